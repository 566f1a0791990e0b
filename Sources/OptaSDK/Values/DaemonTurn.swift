/// A turn that a daemon took (`opta-v3.md` §2.4 #7).
public struct DaemonTurn: Sendable, Hashable {
    /// What it is called; to be taken as it is, whatever its form (§5 row 22).
    public let id: String
    /// How many turns wait in the session, this one among them unless it runs: 0 when it began at once.
    public let queued: Int

    init(_ answer: AnswerObject) throws {
        id = try answer.text("turnId")
        queued = answer.json["queued"]?.intValue ?? 0
    }
}

/// What one turn has otherwise than its session (`opta-v3.md` §2.4 #7). What is `nil` is not sent.
public struct DaemonTurnOverrides: Sendable, Hashable {
    /// From this turn on the session's model as well.
    public var model: String?
    /// Which provider is asked.
    public var provider: String?
    /// Nothing is asked for. Wins over ``auto``, which wins over the mode.
    public var dangerous: Bool?
    /// Most things are not asked for.
    public var auto: Bool?
    /// No commit at the end.
    public var noCommit: Bool?
    /// No checkpoints on the way.
    public var noCheckpoints: Bool?
    /// What the answer is to be written in.
    public var format: DaemonFormat?
    /// How the daemon works on by itself, where it can.
    public var autonomyMode: DaemonAutonomyMode?
    /// 1 to 5.
    public var autonomyLevel: Int?

    /// With nothing, or with what is set afterwards.
    public init(
        model: String? = nil, provider: String? = nil, dangerous: Bool? = nil, auto: Bool? = nil, noCommit: Bool? = nil,
        noCheckpoints: Bool? = nil, format: DaemonFormat? = nil, autonomyMode: DaemonAutonomyMode? = nil, autonomyLevel: Int? = nil
    ) {
        self.model = model
        self.provider = provider
        self.dangerous = dangerous
        self.auto = auto
        self.noCommit = noCommit
        self.noCheckpoints = noCheckpoints
        self.format = format
        self.autonomyMode = autonomyMode
        self.autonomyLevel = autonomyLevel
    }

    var members: JSONMembers {
        var members = JSONMembers()
        members["model"] = model.map(JSON.string)
        members["provider"] = provider.map(JSON.string)
        members["dangerous"] = dangerous.map(JSON.bool)
        members["auto"] = auto.map(JSON.bool)
        members["noCommit"] = noCommit.map(JSON.bool)
        members["noCheckpoints"] = noCheckpoints.map(JSON.bool)
        members["format"] = format.map { .string($0.rawValue) }
        members["autonomyMode"] = autonomyMode.map { .string($0.rawValue) }
        members["autonomyLevel"] = autonomyLevel.map { .integer(Int64($0)) }
        return members
    }
}

/// A turn as a daemon wants it: with everything (`opta-v3.md` §2.4 #7, §3.6).
public struct DaemonTurnRequest: Sendable, Hashable {
    /// What is asked; not empty.
    public var content: String
    /// Which client asks; not empty.
    public var clientID: String
    /// Who asks; turns can be cancelled by it. Not empty.
    public var writerID: String
    /// What the turn may do.
    public var mode: DaemonMode
    /// What it has otherwise than its session.
    public var overrides: DaemonTurnOverrides
    /// Anything.
    public var metadata: JSON?
    /// Refuse the turn (409) when the session has gone beyond this. Over HTTP only.
    public var lastSeenSeq: Int64?

    /// From its parts.
    public init(
        content: String, clientID: String, writerID: String, mode: DaemonMode = .chat,
        overrides: DaemonTurnOverrides = DaemonTurnOverrides(),
        metadata: JSON? = nil, lastSeenSeq: Int64? = nil
    ) {
        self.content = content
        self.clientID = clientID
        self.writerID = writerID
        self.mode = mode
        self.overrides = overrides
        self.metadata = metadata
        self.lastSeenSeq = lastSeenSeq
    }

    var members: JSONMembers {
        var body: JSONMembers = [
            "clientId": .string(clientID), "writerId": .string(writerID), "content": .string(content), "mode": .string(mode.rawValue),
        ]
        body["metadata"] = metadata
        let overrides = overrides.members
        if !overrides.isEmpty { body["overrides"] = .object(overrides) }
        body["lastSeenSeq"] = lastSeenSeq.map(JSON.integer)
        return body
    }
}

/// What a cancel did (`opta-v3.md` §2.4 #9).
public struct CancelResult: Sendable, Hashable {
    /// How many turns in all.
    public let cancelled: Int
    /// How many that waited.
    public let cancelledQueued: Int
    /// Whether the running one.
    public let cancelledActive: Bool

    /// From its parts; the sum is theirs.
    public init(cancelledQueued: Int, cancelledActive: Bool) {
        self.cancelledQueued = cancelledQueued
        self.cancelledActive = cancelledActive
        cancelled = cancelledQueued + (cancelledActive ? 1 : 0)
    }

    /// Of several cancels.
    static func + (one: CancelResult, other: CancelResult) -> CancelResult {
        CancelResult(
            cancelledQueued: one.cancelledQueued + other.cancelledQueued, cancelledActive: one.cancelledActive || other.cancelledActive)
    }

    /// Any form: with the sum, with the parts only, or, as on sockets, with the parts below `cancelled`.
    init(_ json: JSON) {
        let parts = json["cancelled"]?.objectValue == nil ? json : json["cancelled"] ?? [:]
        cancelledQueued = parts["cancelledQueued"]?.intValue ?? 0
        cancelledActive = parts["cancelledActive"]?.boolValue ?? false
        cancelled = parts["cancelled"]?.intValue ?? (cancelledQueued + (cancelledActive ? 1 : 0))
    }
}

/// What came of an answer to a permission request (`opta-v3.md` §2.4 #10).
public struct PermissionResult: Sendable, Hashable {
    /// Whether this answer was the one.
    public let ok: Bool
    /// Whether somebody was first.
    public let conflict: Bool
    /// What the daemon says of it.
    public let message: String?

    init(_ json: JSON) {
        ok = json["ok"]?.boolValue ?? false
        conflict = json["conflict"]?.boolValue ?? false
        message = json["message"]?.stringValue
    }
}
