/// The session as an event shows it (`session.snapshot`, `session.updated`).
public struct DaemonSessionSnapshot: Sendable, Hashable {
    /// The session, with its messages where the event has them.
    public let session: DaemonSession
    /// The payload.
    public let json: JSON

    init?(_ json: JSON) {
        guard var members = json["snapshot"]?.objectValue else { return nil }
        members["messages"] = json["messages"] ?? members["messages"]
        // What has no id is malformed.
        guard let session = try? DaemonSession(AnswerObject("", .object(members)), mode: nil) else { return nil }
        self.session = session
        self.json = json
    }
}

/// A turn waits (`turn.queued`).
public struct DaemonTurnQueued: Sendable, Hashable {
    /// Which turn.
    public let turnID: String
    /// Who asked.
    public let writerID: String?
    /// With which client.
    public let clientID: String?
    /// How many wait, this one among them: 1 when it can begin at once.
    public let queueSize: Int?

    init?(_ json: JSON) {
        guard let turnID = json["turnId"]?.stringValue else { return nil }
        self.turnID = turnID
        writerID = json["writerId"]?.stringValue
        clientID = json["clientId"]?.stringValue
        queueSize = json["queueSize"]?.intValue
    }
}

/// A turn runs (`turn.start`).
public struct DaemonTurnStart: Sendable, Hashable {
    /// Which turn.
    public let turnID: String
    /// Who asked.
    public let writerID: String?
    /// With which client.
    public let clientID: String?
    /// As it was submitted.
    public let mode: DaemonMode?

    init?(_ json: JSON) {
        guard let turnID = json["turnId"]?.stringValue else { return nil }
        self.turnID = turnID
        writerID = json["writerId"]?.stringValue
        clientID = json["clientId"]?.stringValue
        mode = json["mode"]?.stringValue.map(DaemonMode.init(rawValue:))
    }
}

/// A piece of text (`turn.token`, `turn.thinking`). Pieces of a turn continue each other, before and after its tools.
public struct DaemonTurnDelta: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// Of any length.
    public let text: String

    init?(_ event: DaemonEvent) {
        guard let text = event.deltaText else { return nil }
        self.text = text
        turnID = event.turnID
    }
}

/// A turn wants to do something that needs an answer (`permission.request`). Nobody's answer within 120 s is a no.
public struct DaemonPermissionRequest: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// What to answer with.
    public let requestID: String
    /// What would run.
    public let toolName: String
    /// With what.
    public let args: JSON

    init?(_ json: JSON) {
        guard let requestID = json["requestId"]?.stringValue else { return nil }
        self.requestID = requestID
        turnID = json["turnId"]?.stringValue
        toolName = json["toolName"]?.stringValue ?? json["name"]?.stringValue ?? ""
        args = json["args"] ?? [:]
    }
}

/// A permission request is over (`permission.resolved`).
public struct DaemonPermissionResolved: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// Which request.
    public let requestID: String
    /// How.
    public let decision: PermissionDecision

    init?(_ json: JSON) {
        guard let requestID = json["requestId"]?.stringValue, let decision = json["decision"]?.stringValue else { return nil }
        self.requestID = requestID
        self.decision = PermissionDecision(rawValue: decision)
        turnID = json["turnId"]?.stringValue
    }
}

/// A tool runs (`turn.tool_call`, on the wire `tool.start`).
public struct DaemonToolCall: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// What runs.
    public let toolName: String
    /// Which call; its result has the same.
    public let id: String?
    /// Its arguments, an object; the text as it came when that is no JSON.
    public let args: JSON

    init?(_ json: JSON) {
        guard let name = json["toolName"]?.stringValue ?? json["name"]?.stringValue else { return nil }
        toolName = name
        id = json["id"]?.stringValue
        turnID = json["turnId"]?.stringValue
        let args = json["args"] ?? [:]
        // The wire has them as text; text that is no JSON stays text.
        self.args = args.stringValue.flatMap { try? JSON(parsing: $0) } ?? args
    }
}

/// A tool is done (`turn.tool_result`, on the wire `tool.end`).
public struct DaemonToolResult: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// What ran.
    public let toolName: String
    /// Which call.
    public let id: String?
    /// What the model is told; failures begin with `Error: `.
    public let result: String

    init?(_ json: JSON) {
        guard let name = json["toolName"]?.stringValue ?? json["name"]?.stringValue, let result = json["result"] else { return nil }
        toolName = name
        id = json["id"]?.stringValue
        turnID = json["turnId"]?.stringValue
        self.result = result.stringValue ?? result.text
    }
}

/// A turn goes on (`turn.progress`).
public struct DaemonTurnProgress: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// What it is at.
    public let phase: String
    /// For people.
    public let message: String?

    init?(_ json: JSON) {
        guard let phase = json["phase"]?.stringValue else { return nil }
        self.phase = phase
        turnID = json["turnId"]?.stringValue
        message = json["message"]?.stringValue
    }
}

/// An agent began something else (`agent.phase`).
public struct DaemonAgentPhase: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// `spawn_subagent`, `return_to_main`, or one of the agent's own.
    public let phase: String
    /// Which agent.
    public let agentID: String?
    /// The payload.
    public let json: JSON

    init?(_ json: JSON) {
        guard let phase = json["phase"]?.stringValue else { return nil }
        self.phase = phase
        self.json = json
        turnID = json["turnId"]?.stringValue
        agentID = json["agentId"]?.stringValue
    }
}

/// How a turn went. Numbers that a daemon does not tell are 0.
public struct DaemonTurnStats: Sendable, Hashable {
    /// Of the answer; the same as ``completionTokens``.
    public let tokens: Int
    /// Of what the model was given.
    public let promptTokens: Int
    /// Of the answer.
    public let completionTokens: Int
    /// How many tools ran.
    public let toolCalls: Int
    /// In seconds.
    public let elapsed: Double
    /// In tokens per second; 0 for very short turns.
    public let speed: Double
    /// In milliseconds; `nil` when there was no token.
    public let firstTokenLatency: Int?

    init(_ json: JSON) {
        completionTokens = json["completionTokens"]?.intValue ?? json["tokens"]?.intValue ?? 0
        tokens = json["tokens"]?.intValue ?? completionTokens
        promptTokens = json["promptTokens"]?.intValue ?? 0
        toolCalls = json["toolCalls"]?.intValue ?? 0
        elapsed = json["elapsed"]?.doubleValue ?? 0
        speed = json["speed"]?.doubleValue ?? 0
        firstTokenLatency = json["firstTokenLatencyMs"]?.intValue
    }
}

/// A turn ended well (`turn.done`).
public struct DaemonTurnDone: Sendable, Hashable {
    /// Which turn.
    public let turnID: String
    /// Who asked.
    public let writerID: String?
    /// How it went.
    public let stats: DaemonTurnStats

    init?(_ json: JSON) {
        guard let turnID = json["turnId"]?.stringValue else { return nil }
        self.turnID = turnID
        writerID = json["writerId"]?.stringValue
        stats = DaemonTurnStats(json["stats"] ?? [:])
    }
}

/// A turn failed or was cancelled (`turn.error`).
public struct DaemonTurnError: Sendable, Hashable {
    /// Which turn.
    public let turnID: String?
    /// Who asked.
    public let writerID: String?
    /// A sentence; `Turn cancelled` for those.
    public let message: String
    /// `no-model-loaded`, `lmx-timeout` and others; often there is none.
    public let code: String?

    init?(_ json: JSON) {
        guard let message = json["message"]?.stringValue else { return nil }
        self.message = message
        turnID = json["turnId"]?.stringValue
        writerID = json["writerId"]?.stringValue
        code = json["code"]?.stringValue
    }
}

/// Turns were cancelled (`session.cancelled`): the ids are those of whoever asked for it.
public struct DaemonSessionCancelled: Sendable, Hashable {
    /// How many.
    public let cancelled: Int
    /// The turn that was named.
    public let turnID: String?
    /// The writer that was named.
    public let writerID: String?

    init(_ json: JSON) {
        cancelled = json["cancelled"]?.intValue ?? 0
        turnID = json["turnId"]?.stringValue
        writerID = json["writerId"]?.stringValue
    }
}

/// A background process is in another state (`background.status`).
public struct BackgroundStatus: Sendable, Hashable {
    /// As it is now.
    public let process: BackgroundProcess
    /// `started`, `running`, `completed`, `failed`, `killed`, `timeout`, `spawn-error`.
    public let reason: String

    init?(_ json: JSON) {
        guard let process = BackgroundProcess(json["process"]), let reason = json["reason"]?.stringValue else { return nil }
        self.process = process
        self.reason = reason
    }
}

/// A background process wrote something (`background.output`).
public struct BackgroundPiece: Sendable, Hashable {
    /// Which process.
    public let processID: String
    /// Rises within the process; not the event's.
    public let seq: Int64
    /// Standard output or standard error.
    public let stream: BackgroundStream
    /// What was written.
    public let text: String

    init?(_ json: JSON) {
        guard let id = json["processId"]?.stringValue, let seq = json["seq"]?.intValue, let stream = json["stream"]?.stringValue,
            let text = json["text"]?.stringValue
        else { return nil }
        processID = id
        self.seq = Int64(seq)
        self.stream = BackgroundStream(rawValue: stream)
        self.text = text
    }
}

/// The reader of ``DaemonWebSocket/events`` was so slow that its buffer was full. Nothing is lost: when it has read what waits, the session is
/// asked again for what came after this place. A daemon that does not log the pieces of answers leaves them out then; their text comes as
/// ``DaemonReconciledText``.
public struct DaemonFellBehind: Sendable, Hashable {
    /// The last event before.
    public let afterSeq: Int64
}

/// Pieces of an answer did not come, because the daemon does not log them (`opta-v3.md` §5 row 20): here is all of it, before the event that ends
/// the turn.
public struct DaemonReconciledText: Sendable, Hashable {
    /// Which turn.
    public let turnID: String
    /// The whole answer, from the session's messages; `nil` when it could not be had, see ``problem``.
    public let text: String?
    /// What follows the pieces that came, when those are its beginning: to be appended to what is shown. `nil` when text in the middle is
    /// missing: show ``text`` instead.
    public let missing: String?
    /// Why there is no text.
    public let problem: String?

    init?(_ json: JSON) {
        guard let turnID = json["turnId"]?.stringValue else { return nil }
        self.turnID = turnID
        text = json["text"]?.stringValue
        missing = json["missing"]?.stringValue
        problem = json["problem"]?.stringValue
    }
}
