/// A session that a daemon gave (`qwen-serve.md` §2.4, §2.10).
public struct DaemonSession: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// As the daemon spells it, without symbolic links.
    public let workspaceCwd: String
    /// Whether it was there before; `false` for the one who made it.
    public let attached: Bool
    /// What the daemon calls this client in this session (§2.12); send it back with the calls that follow, or use a ``DaemonSessionClient``, which
    /// does. It says who did something, and permits nothing.
    public let clientId: String?
    /// In ISO 8601, when the daemon tells.
    public let createdAt: String?
    /// What loading and resuming give beyond that; `nil` for a session that was made or attached to.
    public let state: DaemonAgentState?
    /// The whole answer.
    public let json: JSON

    init(_ answer: AnswerObject) throws {
        json = answer.json
        sessionId = try answer.text("sessionId")
        workspaceCwd = try answer.text("workspaceCwd")
        attached = json["attached"]?.boolValue ?? false
        clientId = json["clientId"]?.stringValue
        createdAt = json["createdAt"]?.stringValue
        state = json["state"].map(DaemonAgentState.init)
    }
}

/// A session in a list (`qwen-serve.md` §2.5).
public struct DaemonSessionSummary: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// Where it works.
    public let workspaceCwd: String
    /// In ISO 8601.
    public let createdAt: String?
    /// The name of the session, if it has one.
    public let displayName: String?
    /// How many clients are attached.
    public let clientCount: Int?
    /// Whether a turn runs.
    public let hasActivePrompt: Bool?
    /// The whole entry.
    public let json: JSON

    init(_ entry: AnswerObject) throws {
        json = entry.json
        sessionId = try entry.text("sessionId")
        workspaceCwd = try entry.text("workspaceCwd")
        createdAt = json["createdAt"]?.stringValue
        displayName = json["displayName"]?.stringValue
        clientCount = json["clientCount"]?.intValue
        hasActivePrompt = json["hasActivePrompt"]?.boolValue
    }
}

/// What holds after ``DaemonClient/updateSessionMetadata(_:displayName:clientId:)``.
public struct DaemonSessionMetadata: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// `nil` when the session has no name.
    public let displayName: String?

    init(_ answer: AnswerObject) throws {
        sessionId = try answer.text("sessionId")
        displayName = answer.json["displayName"]?.stringValue
    }
}

/// What ``DaemonClient/heartbeat(_:clientId:)`` gets back.
public struct DaemonHeartbeat: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// Only when one was sent that the session knows.
    public let clientId: String?
    /// By the daemon's clock, in milliseconds since 1970.
    public let lastSeenAt: Int64

    init(_ answer: AnswerObject) throws {
        sessionId = try answer.text("sessionId")
        clientId = answer.json["clientId"]?.stringValue
        lastSeenAt = try answer.number("lastSeenAt")
    }
}
