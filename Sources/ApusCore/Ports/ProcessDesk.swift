/// Runs commands that clients start in sessions, keeps what they write, and tells those who follow the session.
///
/// Every one ends with the daemon, however that ends: none is left behind.
package protocol ProcessDesk: Sendable {
    /// Starts a command and returns once its program runs and the session's log says so.
    func start(_ command: ProcessCommand) async throws(ProcessDeskError) -> SessionProcess

    /// Those of a session, or without one all: the running ones, and for a while those that have ended. By their start, then by their id.
    func processes(of session: SessionID?) -> [SessionProcess]

    /// Kept output behind the chunk `seq`, oldest first; `nil` when there is no such process (any more). Gaps in the numbers tell of output
    /// that was too old to keep, or of the other stream.
    func output(of process: String, after seq: Int, limit: Int, stream: ProcessStream?) -> ProcessPage?

    /// Asks a process to end, and ends it by force some seconds later. False when it does not run.
    func kill(_ process: String, with signal: ProcessSignal) -> Bool

    /// As `kill`, for all of a session.
    func endAll(of session: SessionID)
}

extension ProcessDesk {
    /// `nil` for one that never was, or was forgotten.
    package func process(_ id: String) -> SessionProcess? { processes(of: nil).first { $0.id == id } }
}

/// A command to start.
package struct ProcessCommand: Hashable, Sendable {
    package var session: SessionID
    /// Split into words by quotes and blanks; no shell reads it.
    package var command: String
    package var label: String?
    /// Absolute; `nil` means where the session works.
    package var workingDirectory: String?
    /// `nil` for none.
    package var timeout: Duration?
    package var bounds: ProcessBounds

    package init(
        session: SessionID, command: String, label: String? = nil, workingDirectory: String? = nil, timeout: Duration? = nil,
        bounds: ProcessBounds = ProcessBounds()
    ) {
        self.session = session
        self.command = command
        self.label = label
        self.workingDirectory = workingDirectory
        self.timeout = timeout
        self.bounds = bounds
    }
}

/// What one process may take of the daemon.
package struct ProcessBounds: Hashable, Sendable {
    /// Running at the same time, those of all sessions counted.
    package var maximumRunning: Int
    /// Kept of its output, both streams together; the oldest goes first.
    package var outputBytes: Int
    /// Told in the session's log.
    package var toldBytes: Int
    /// How long it is known after its end.
    package var memory: Duration

    package init(
        maximumRunning: Int = 5, outputBytes: Int = 1 << 20, toldBytes: Int = 1 << 20, memory: Duration = .seconds(300)
    ) {
        self.maximumRunning = maximumRunning
        self.outputBytes = outputBytes
        self.toldBytes = toldBytes
        self.memory = memory
    }
}

package struct ProcessPage: Hashable, Sendable {
    package var process: SessionProcess
    package var chunks: [ProcessChunk]
    /// More than `limit` were there.
    package var hasMore: Bool

    package init(process: SessionProcess, chunks: [ProcessChunk], hasMore: Bool) {
        self.process = process
        self.chunks = chunks
        self.hasMore = hasMore
    }
}

package enum ProcessDeskError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The words of the command cannot be told: a sentence.
    case badCommand(String)
    case tooMany(limit: Int)
    /// The policy never runs this: a sentence.
    case refused(String)
    case session(SessionError)
    /// Nothing runs: a sentence.
    case notStarted(String)
    case closing

    package var description: String {
        switch self {
        case .badCommand(let sentence), .refused(let sentence), .notStarted(let sentence): sentence
        case .tooMany(let limit): "\(limit) background processes run already; that is the limit. End one first"
        case .session(let error): error.description
        case .closing: "Apus is shutting down"
        }
    }
}

/// For houses that start none.
package struct NoProcessDesk: ProcessDesk {
    package init() {}
    package func start(_ command: ProcessCommand) async throws(ProcessDeskError) -> SessionProcess { throw .closing }
    package func processes(of session: SessionID?) -> [SessionProcess] { [] }
    package func output(of process: String, after seq: Int, limit: Int, stream: ProcessStream?) -> ProcessPage? { nil }
    package func kill(_ process: String, with signal: ProcessSignal) -> Bool { false }
    package func endAll(of session: SessionID) {}
}
