import ApusBase
import ApusCore
import OptaWire

/// Background processes in the words of the protocol (§2.5, §3.5).
enum OptaProcess {
    /// - Parameter now: for one that runs: how long it has.
    static func json(_ process: SessionProcess, at now: Timestamp) -> JSONValue {
        var object: JSONObject = [
            "processId": .string(process.id), "sessionId": .string(process.session.rawValue), "pid": .integer(Int64(process.pid)),
            "command": .string(process.command),
        ]
        if let label = process.label { object["label"] = .string(label) }
        object["cwd"] = .string(process.workingDirectory)
        object["state"] = .string(process.state.rawValue)
        object["exitCode"] = process.exitCode.map { .integer(Int64($0)) } ?? .null
        object["startedAt"] = .string(OptaWords.date(process.startedAt))
        object["endedAt"] = process.endedAt.map { .string(OptaWords.date($0)) } ?? .null
        object["runtimeMs"] = .integer(max((process.endedAt ?? now) - process.startedAt, 0))
        object["timeoutMs"] = .integer(Int64(process.timeoutMilliseconds))
        return .object(object)
    }

    static func json(_ chunk: ProcessChunk) -> JSONValue {
        [
            "seq": .integer(Int64(chunk.seq)), "ts": .string(OptaWords.date(chunk.time)), "stream": .string(chunk.stream.rawValue),
            "text": .string(chunk.text),
        ]
    }

    /// What `background.status` says.
    static func payload(_ change: ProcessChange) -> JSONObject {
        let process = change.process
        var object: JSONObject = [
            "process": json(process, at: process.endedAt ?? process.startedAt), "reason": .string(change.reason.rawValue),
        ]
        if let previous = change.previous { object["previousState"] = .string(previous.rawValue) }
        if let signal = change.signal { object["signal"] = .string(signal) }
        return object
    }

    /// What as many `background.output` say as there are chunks; or one, about what none will tell.
    static func payloads(_ output: ProcessOutput, in session: SessionID) -> [JSONObject] {
        var told = output.chunks.map { json($0) }
        if output.untoldBytes > 0 {
            let text =
                "\n[… \(output.untoldBytes) bytes so far are not sent as events; "
                + "GET /v3/background/\(output.process)/output has the newest …]\n"
            told = [json(ProcessChunk(seq: output.lastSeq, time: output.time, stream: .stdout, text: text))]
        }
        return told.map { chunk in
            var object: JSONObject = [
                "processId": .string(output.process), "sessionId": .string(session.rawValue), "pid": .integer(Int64(output.pid)),
            ]
            for (name, value) in chunk.objectValue ?? [:] { object[name] = value }
            return object
        }
    }
}
