/// A session of a daemon (`opta-v3.md` §4.1, Appendix A).
public struct DaemonSession: Sendable, Hashable {
    /// What it is called; to be taken as it is, whatever its form (§5 row 22).
    public let id: String
    /// ``DaemonSessionStatus/active``.
    public var status: DaemonSessionStatus { .active }
    /// The default of the turns that this client submits; `nil` when it was never said.
    public internal(set) var mode: DaemonMode?
    /// The model that is asked; `nil` when the daemon does not say.
    public let model: String?
    /// The name of the session, if it has one.
    public let title: String?
    /// ISO 8601 in UTC.
    public let createdAt: String?
    /// ISO 8601 in UTC.
    public let updatedAt: String?
    /// The turn that runs.
    public let activeTurnID: String?
    /// How many wait behind it.
    public let queuedTurns: Int
    /// Since the session began.
    public let toolCallCount: Int
    /// Who has turns that run or wait.
    public let writerCount: Int
    /// What was said; empty where the daemon sends the session without it (creating one).
    public let messages: [DaemonMessage]
    /// The whole answer.
    public let json: JSON

    /// Whether a turn runs.
    public var isRunning: Bool { activeTurnID != nil }

    init(_ answer: AnswerObject, mode: DaemonMode?) throws {
        id = try answer.text("sessionId")
        self.mode = mode
        json = answer.json
        model = json["model"]?.stringValue
        title = json["title"]?.stringValue
        createdAt = json["createdAt"]?.stringValue
        updatedAt = json["updatedAt"]?.stringValue
        activeTurnID = json["activeTurnId"]?.stringValue
        queuedTurns = json["queuedTurns"]?.intValue ?? 0
        toolCallCount = json["toolCallCount"]?.intValue ?? 0
        writerCount = json["writerCount"]?.intValue ?? 0
        messages = (json["messages"]?.arrayValue ?? []).compactMap(DaemonMessage.init)
    }
}

/// One message of a conversation (`opta-v3.md` Appendix A).
public struct DaemonMessage: Sendable, Hashable {
    /// `system`, `user`, `assistant` or `tool`.
    public let role: String
    /// The message as it stands on the wire.
    public let json: JSON

    /// A message to begin a session with.
    public init(role: String, text: String) {
        self.init(role: role, json: ["role": .string(role), "content": .string(text)])
    }

    private init(role: String, json: JSON) {
        self.role = role
        self.json = json
    }

    init?(_ json: JSON) {
        guard let role = json["role"]?.stringValue else { return nil }
        self.init(role: role, json: json)
    }

    /// Its texts, one after another; empty when it has none.
    public var text: String {
        switch json["content"] {
        case .string(let text)?: text
        case .array(let parts)?: parts.compactMap { $0["text"]?.stringValue }.joined()
        default: ""
        }
    }
}

/// What a session is made of; all of it may be left out (`opta-v3.md` §2.4 #5).
public struct NewDaemonSession: Sendable, Hashable {
    /// Letters, digits, `_` and `-`, up to 64; `nil` lets the daemon choose.
    public var sessionID: String?
    /// Sent along; daemons take it from the turns, so ``DaemonClient`` puts it there.
    public var mode: DaemonMode?
    /// `nil` is the daemon's default.
    public var model: String?
    /// A name for people.
    public var title: String?
    /// What was said before.
    public var messages: [DaemonMessage]
    /// Anything; daemons take it and may forget it.
    public var metadata: JSON?

    /// From its parts.
    public init(
        sessionID: String? = nil, mode: DaemonMode? = nil, model: String? = nil, title: String? = nil, messages: [DaemonMessage] = [],
        metadata: JSON? = nil
    ) {
        self.sessionID = sessionID
        self.mode = mode
        self.model = model
        self.title = title
        self.messages = messages
        self.metadata = metadata
    }

    var json: JSON {
        var body = JSONMembers()
        body["sessionId"] = sessionID.map(JSON.string)
        body["mode"] = mode.map { .string($0.rawValue) }
        body["model"] = model.map(JSON.string)
        body["title"] = title.map(JSON.string)
        if !messages.isEmpty { body["messages"] = .array(messages.map(\.json)) }
        body["metadata"] = metadata
        return .object(body)
    }
}
