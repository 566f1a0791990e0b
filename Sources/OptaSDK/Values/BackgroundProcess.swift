/// A command that outlives its turn (`opta-v3.md` §2.5, Appendix A).
public struct BackgroundProcess: Sendable, Hashable {
    /// What it is called.
    public let id: String
    /// Whose it is.
    public let sessionID: String
    /// Of the system.
    public let pid: Int?
    /// As it was given.
    public let command: String
    /// A name for people.
    public let label: String?
    /// Absolute.
    public let cwd: String?
    /// How far it is.
    public let state: BackgroundState
    /// `nil` while it runs, and after a signal.
    public let exitCode: Int?
    /// All of it: times, limits.
    public let json: JSON

    init(_ answer: AnswerObject) throws {
        json = answer.json
        id = try answer.text("processId")
        sessionID = try answer.text("sessionId")
        command = try answer.text("command")
        state = BackgroundState(rawValue: try answer.text("state"))
        pid = json["pid"]?.intValue
        label = json["label"]?.stringValue
        cwd = json["cwd"]?.stringValue
        exitCode = json["exitCode"]?.intValue
    }

    /// `nil` when something is missing.
    init?(_ json: JSON?) {
        guard let json, let process = try? BackgroundProcess(AnswerObject("", json)) else { return nil }
        self = process
    }
}

/// A part of what a background process wrote.
public struct BackgroundOutput: Sendable, Hashable {
    /// One piece.
    public struct Chunk: Sendable, Hashable {
        /// Rises from 1 within the process; not the `seq` of events.
        public let seq: Int64
        /// ISO 8601.
        public let ts: String?
        /// Standard output or standard error.
        public let stream: BackgroundStream
        /// What was written.
        public let text: String
    }

    /// As it was then.
    public let process: BackgroundProcess
    /// In their order.
    public let chunks: [Chunk]
    /// Where to go on reading.
    public let nextSeq: Int64
    /// Whether there is more already.
    public let hasMore: Bool

    init(_ answer: AnswerObject) throws {
        process = try BackgroundProcess(answer.object("process"))
        nextSeq = try answer.number("nextSeq")
        hasMore = answer.json["hasMore"]?.boolValue ?? false
        chunks = try answer.list("chunks").map {
            Chunk(
                seq: try $0.number("seq"), ts: $0.json["ts"]?.stringValue, stream: BackgroundStream(rawValue: try $0.text("stream")),
                text: try $0.text("text"))
        }
    }
}

/// What a daemon can do beside sessions (`opta-v3.md` §2.5 #18).
public struct DaemonOperation: Sendable, Hashable {
    /// `config.get`.
    public let id: String
    /// For people.
    public let title: String?
    /// For people.
    public let details: String?
    /// What it may do.
    public let safety: OperationSafety

    init(_ entry: AnswerObject) throws {
        id = try entry.text("id")
        title = entry.json["title"]?.stringValue
        details = entry.json["description"]?.stringValue
        safety = OperationSafety(rawValue: try entry.text("safety"))
    }
}
