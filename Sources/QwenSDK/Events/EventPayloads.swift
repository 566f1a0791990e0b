/// A permission request was answered, by a vote or by what ended it.
public struct PermissionResolved: Sendable, Hashable {
    /// Which request; the id to vote with.
    public let requestId: String
    /// What was decided.
    public let outcome: PermissionOutcome

    init?(_ data: JSON) {
        guard let requestId = data.name("requestId"), let outcome = PermissionOutcome(data["outcome"]) else { return nil }
        self.requestId = requestId
        self.outcome = outcome
    }
}

/// A permission request had been answered already when somebody voted.
public struct PermissionAlreadyResolved: Sendable, Hashable {
    /// Which request; the id to vote with.
    public let requestId: String
    /// The session it is about.
    public let sessionId: String
    /// What was decided before.
    public let outcome: PermissionOutcome

    init?(_ data: JSON) {
        guard let requestId = data.name("requestId"), let sessionId = data.name("sessionId"),
            let outcome = PermissionOutcome(data["outcome"])
        else { return nil }
        self.requestId = requestId
        self.sessionId = sessionId
        self.outcome = outcome
    }
}

/// The model of a session was switched.
public struct ModelSwitched: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// The model from now on.
    public let modelId: String

    init?(_ data: JSON) {
        guard let sessionId = data.name("sessionId"), let modelId = data.name("modelId") else { return nil }
        self.sessionId = sessionId
        self.modelId = modelId
    }
}

/// The model of a session could not be switched, and stays as it was.
public struct ModelSwitchFailed: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// The model that was asked for.
    public let requestedModelId: String
    /// Why, for people.
    public let error: String

    init?(_ data: JSON) {
        guard let sessionId = data.name("sessionId"), let modelId = data.name("requestedModelId"), let error = data.name("error") else {
            return nil
        }
        self.sessionId = sessionId
        requestedModelId = modelId
        self.error = error
    }
}

/// A session was named, or its name taken away.
public struct SessionMetadataUpdated: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// `nil` when the session has no name any more.
    public let displayName: String?

    init?(_ data: JSON) {
        guard let sessionId = data.name("sessionId") else { return nil }
        switch data["displayName"] ?? .null {
        case .null: displayName = nil
        case .string(let name): displayName = name
        default: return nil
        }
        self.sessionId = sessionId
    }
}

/// A session ended without being closed; it can be loaded again.
public struct SessionDied: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// `channel_closed` (the agent ended), `killed`, or `daemon_shutdown`.
    public let reason: String
    /// With what code the agent ended, if it did by itself.
    public let exitCode: Int?
    /// The name of the signal that ended the agent, such as `SIGKILL`.
    public let signalCode: String?

    init?(_ data: JSON) {
        guard let sessionId = data.name("sessionId"), let reason = data.name("reason") else { return nil }
        self.sessionId = sessionId
        self.reason = reason
        switch data["exitCode"] ?? .null {
        case .null: exitCode = nil
        case let code: if code.doubleValue == nil { return nil } else { exitCode = code.intValue }
        }
        switch data["signalCode"] ?? .null {
        case .null: signalCode = nil
        case .string(let name): signalCode = name
        default: return nil
        }
    }
}

/// A session was closed by a client.
public struct SessionClosed: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// `client_close`.
    public let reason: String
    /// The client that closed it.
    public let closedBy: String?

    init?(_ data: JSON) {
        guard let sessionId = data.name("sessionId"), let reason = data.name("reason") else { return nil }
        self.sessionId = sessionId
        self.reason = reason
        closedBy = data["closedBy"]?.stringValue
    }
}

/// Three quarters of what may wait for this reader do (`qwen-serve.md` §3.4).
public struct SlowClientWarning: Sendable, Hashable {
    /// How many events wait for this reader.
    public let queueSize: Int
    /// How many may.
    public let maxQueued: Int
    /// The id of the last event that was put in the queue.
    public let lastEventId: Int64

    init?(_ data: JSON) {
        guard let size = data["queueSize"]?.intValue, let limit = data["maxQueued"]?.intValue, let last = data["lastEventId"]?.intValue
        else {
            return nil
        }
        queueSize = size
        maxQueued = limit
        lastEventId = Int64(last)
    }
}

/// More waited for this reader than may (`qwen-serve.md` §3.4).
public struct ClientEvicted: Sendable, Hashable {
    /// `queue_overflow`.
    public let reason: String
    /// The id of the event that had no place.
    public let droppedAfter: Int64?

    init?(_ data: JSON) {
        guard let reason = data.name("reason") else { return nil }
        self.reason = reason
        switch data["droppedAfter"] {
        case nil: droppedAfter = nil
        case let id?: if id.doubleValue == nil { return nil } else { droppedAfter = id.intValue.map(Int64.init) }
        }
    }
}

/// A stream failed inside the daemon.
public struct StreamError: Sendable, Hashable {
    /// Why, for people.
    public let error: String

    init?(_ data: JSON) {
        guard let error = data.name("error") else { return nil }
        self.error = error
    }
}

/// The turn of a prompt that was taken with 202 is over (`qwen-serve.md` §5.4).
public struct TurnComplete: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String?
    /// Which prompt: the id in ``AcceptedPrompt``.
    public let promptId: String
    /// ``StopReason/endTurn`` when the daemon tells none.
    public let stopReason: StopReason
    /// As it came.
    public let json: JSON

    init?(_ data: JSON) {
        guard let promptId = data.name("promptId") else { return nil }
        self.promptId = promptId
        sessionId = data["sessionId"]?.stringValue
        stopReason = data["stopReason"]?.stringValue.map(StopReason.init(rawValue:)) ?? .endTurn
        json = data
    }
}

/// The turn of a prompt that was taken with 202 failed (`qwen-serve.md` §5.4).
public struct TurnError: Sendable, Hashable {
    /// The session it is about.
    public let sessionId: String?
    /// Which prompt: the id in ``AcceptedPrompt``.
    public let promptId: String
    /// A sentence for people.
    public let message: String
    /// The word or number for what went wrong, if there is one.
    public let code: DaemonHTTPError.Code?
    /// A coarser word for what went wrong, if there is one.
    public let errorKind: String?

    init?(_ data: JSON) {
        guard let promptId = data.name("promptId") else { return nil }
        self.promptId = promptId
        sessionId = data["sessionId"]?.stringValue
        message = data["message"]?.stringValue ?? "The turn failed."
        code = DaemonHTTPError.Code(data["code"])
        errorKind = data["errorKind"]?.stringValue
    }

    /// What waiting for the turn throws (§5.4): the code is the whole body.
    var httpError: DaemonHTTPError {
        let code = code ?? "turn_error"
        return DaemonHTTPError(status: 500, body: .text(code.description), message: message, code: code)
    }
}

/// What follows does not continue what was read: build the state anew (`qwen-serve.md` §3.3).
public struct StateResyncRequired: Sendable, Hashable {
    /// `ring_evicted`, `epoch_reset` (the daemon counts anew) or `seeded_replay_not_in_ring`.
    public let reason: String
    /// The cursor that was asked for.
    public let lastDeliveredId: Int64?
    /// The id of the oldest event that the daemon still holds.
    public let earliestAvailableId: Int64?

    init?(_ data: JSON) {
        guard let reason = data.name("reason") else { return nil }
        self.reason = reason
        lastDeliveredId = data["lastDeliveredId"]?.intValue.map(Int64.init)
        earliestAvailableId = data["earliestAvailableId"]?.intValue.map(Int64.init)
    }
}
