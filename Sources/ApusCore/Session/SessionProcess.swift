package import ApusBase

/// A command that a client runs in a session, beside its turns: its output is kept for a while and told to all who follow the session. It
/// ends with the daemon at the latest; see ``BackgroundProcess`` for those that do not.
package struct SessionProcess: Hashable, Sendable {
    package enum State: String, Hashable, Sendable, CaseIterable {
        case running
        /// Left by itself with code 0.
        case completed
        /// Left with another code, was ended by a signal of somebody else's, or passed a bound.
        case failed
        /// Ended because somebody asked, or because its session or the daemon ended.
        case killed
        /// Ended because its time was over.
        case timeout
    }

    /// Eight letters and digits.
    package var id: String
    package var session: SessionID
    /// 0 for a command that could not be started.
    package var pid: Int32
    package var command: String
    package var label: String?
    /// Absolute.
    package var workingDirectory: String
    package var state: State
    /// `nil` while it runs, and when a signal ended it.
    package var exitCode: Int32?
    package var startedAt: Timestamp
    package var endedAt: Timestamp?
    /// 0 for no limit.
    package var timeoutMilliseconds: Int

    package init(
        id: String, session: SessionID, pid: Int32, command: String, label: String? = nil, workingDirectory: String,
        state: State = .running, exitCode: Int32? = nil, startedAt: Timestamp, endedAt: Timestamp? = nil, timeoutMilliseconds: Int = 0
    ) {
        self.id = id
        self.session = session
        self.pid = pid
        self.command = command
        self.label = label
        self.workingDirectory = workingDirectory
        self.state = state
        self.exitCode = exitCode
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.timeoutMilliseconds = timeoutMilliseconds
    }
}

/// Which of its two streams a process wrote to.
package enum ProcessStream: String, Hashable, Sendable, CaseIterable {
    case stdout, stderr
}

/// What may be sent to a process.
package enum ProcessSignal: String, Hashable, Sendable, CaseIterable {
    case terminate = "SIGTERM"
    case kill = "SIGKILL"
    case interrupt = "SIGINT"
}

/// A piece of a process's output; whole characters.
package struct ProcessChunk: Hashable, Sendable {
    /// Of this process, from 1, without gaps.
    package var seq: Int
    package var time: Timestamp
    package var stream: ProcessStream
    package var text: String

    package init(seq: Int, time: Timestamp, stream: ProcessStream, text: String) {
        self.seq = seq
        self.time = time
        self.stream = stream
        self.text = text
    }
}

/// Output of one process as a session's log tells it: chunks, or how much is not told.
package struct ProcessOutput: Hashable, Sendable {
    /// So many chunks at most, so that a protocol can tell each in a frame of its own.
    package static let maximumChunks = 4

    package var process: String
    package var pid: Int32
    package var chunks: [ProcessChunk]
    /// Bytes that the log leaves out, counted from the start of the process; 0 when this is not about them.
    package var untoldBytes: Int
    /// The newest chunk there was.
    package var lastSeq: Int
    package var time: Timestamp

    package init(process: String, pid: Int32, chunks: [ProcessChunk], untoldBytes: Int = 0, lastSeq: Int, time: Timestamp) {
        self.process = process
        self.pid = pid
        self.chunks = chunks
        self.untoldBytes = untoldBytes
        self.lastSeq = lastSeq
        self.time = time
    }
}

/// What has become of a process.
package struct ProcessChange: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable, CaseIterable {
        case started, completed, failed, killed, timeout
        /// No program ran.
        case notStarted = "spawn-error"
    }

    package var process: SessionProcess
    package var reason: Reason
    package var previous: SessionProcess.State?
    /// The signal that ended it, `SIGTERM` for example.
    package var signal: String?

    package init(_ process: SessionProcess, _ reason: Reason, previous: SessionProcess.State? = nil, signal: String? = nil) {
        self.process = process
        self.reason = reason
        self.previous = previous
        self.signal = signal
    }
}

extension SessionProcess: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = [
            "id": .string(id), "session": .string(session.rawValue), "pid": .integer(Int64(pid)), "command": .string(command),
            "cwd": .string(workingDirectory), "state": .string(state.rawValue), "startedAt": .integer(startedAt),
            "timeoutMs": .integer(Int64(timeoutMilliseconds)),
        ]
        object.set("label", label)
        object.set("exitCode", exitCode.map { Int($0) })
        object.set("endedAt", endedAt.map { Int($0) })
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            id: try value.text("id"), session: SessionID(try value.text("session")), pid: Int32(clamping: try value.integer("pid")),
            command: try value.text("command"), label: value["label"]?.stringValue, workingDirectory: try value.text("cwd"),
            state: try value.choice("state"), exitCode: value["exitCode"]?.integerValue.map { Int32(clamping: $0) },
            startedAt: Timestamp(try value.integer("startedAt")), endedAt: value["endedAt"]?.integerValue,
            timeoutMilliseconds: try value.integer("timeoutMs"))
    }
}

extension ProcessChunk: StoredForm {
    package func encoded() -> JSONValue {
        ["seq": .integer(Int64(seq)), "time": .integer(time), "stream": .string(stream.rawValue), "text": .string(text)]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            seq: try value.integer("seq"), time: Timestamp(try value.integer("time")), stream: try value.choice("stream"),
            text: try value.text("text"))
    }
}

extension ProcessOutput: StoredForm {
    package func encoded() -> JSONValue {
        [
            "process": .string(process), "pid": .integer(Int64(pid)), "chunks": .array(chunks.map { $0.encoded() }),
            "untold": .integer(Int64(untoldBytes)), "last": .integer(Int64(lastSeq)), "time": .integer(time),
        ]
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            process: try value.text("process"), pid: Int32(clamping: try value.integer("pid")), chunks: try value.decodeList("chunks"),
            untoldBytes: try value.integer("untold"), lastSeq: try value.integer("last"), time: Timestamp(try value.integer("time")))
    }
}

extension ProcessChange: StoredForm {
    package func encoded() -> JSONValue {
        var object: JSONObject = ["process": process.encoded(), "reason": .string(reason.rawValue)]
        object.set("previous", previous?.rawValue)
        object.set("signal", signal)
        return .object(object)
    }

    package init(decoding value: JSONValue) throws(DecodingFault) {
        self.init(
            try value.decode("process"), try value.choice("reason"),
            previous: value["previous"] == nil ? nil : try value.choice("previous"), signal: value["signal"]?.stringValue)
    }
}
