/// What `GET /health` answers (`qwen-serve.md` §2.1).
public struct DaemonHealth: Sendable, Hashable {
    /// `ok`.
    public let status: String
    /// How many sessions live; only of a deep check.
    public let sessions: Int?
    /// How many permission requests are open in all sessions; only of a deep check.
    public let pendingPermissions: Int?

    init(_ answer: AnswerObject) {
        status = answer.json["status"]?.stringValue ?? ""
        sessions = answer.json["sessions"]?.intValue
        pendingPermissions = answer.json["pendingPermissions"]?.intValue
    }
}

/// What `GET /capabilities` answers (`qwen-serve.md` §2.3).
public struct DaemonCapabilities: Sendable, Hashable {
    /// The version of the frames, 1.
    public let v: Int
    /// How the daemon is built, for people. Decide nothing by it.
    public let mode: String
    /// In the daemon's order.
    public let features: [String]
    /// The workspace that the daemon is bound to, if it is.
    public let workspaceCwd: String?
    /// The protocol's version, such as `v1`, and all that are spoken; daemons of the first stage tell none.
    public let protocolVersion: String?
    /// All versions of the protocol that are spoken.
    public let supportedProtocolVersions: [String]
    /// The whole answer.
    public let json: JSON

    /// Whether the daemon promises a feature.
    public func supports(_ feature: DaemonFeature) -> Bool { features.contains(feature.rawValue) }

    init(_ answer: AnswerObject) throws {
        json = answer.json
        v = Int(try answer.number("v"))
        mode = json["mode"]?.stringValue ?? ""
        guard let tags = json["features"]?.arrayValue else { throw answer.missing("features", "a list") }
        features = tags.compactMap(\.stringValue)
        workspaceCwd = json["workspaceCwd"]?.stringValue
        protocolVersion = json["protocolVersions"]?["current"]?.stringValue
        supportedProtocolVersions = (json["protocolVersions"]?["supported"]?.arrayValue ?? []).compactMap(\.stringValue)
    }
}
