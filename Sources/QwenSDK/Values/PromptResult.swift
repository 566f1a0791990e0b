/// How a turn ended (`qwen-serve.md` §2.6).
public struct PromptResult: Sendable, Hashable {
    /// Why the turn ended.
    public let stopReason: StopReason
    /// The whole answer, or the data of the `turn_complete` event.
    public let json: JSON

    init(_ answer: AnswerObject) throws {
        json = answer.json
        stopReason = StopReason(rawValue: try answer.text("stopReason"))
    }

    init(_ turn: TurnComplete) {
        json = turn.json
        stopReason = turn.stopReason
    }
}

/// A prompt that a daemon took without waiting for its turn (`qwen-serve.md` §2.6, the answer 202).
public struct AcceptedPrompt: Sendable, Hashable {
    /// Which prompt: the id in ``AcceptedPrompt``.
    public let promptId: String
    /// The number of the session's last event before the prompt: reading from here misses nothing of the turn.
    public let lastEventId: Int64
    /// Which count of events the number belongs to, when the daemon tells.
    public let eventEpoch: String?

    init(_ answer: AnswerObject) throws {
        promptId = try answer.text("promptId")
        lastEventId = try answer.number("lastEventId")
        eventEpoch = answer.json["eventEpoch"]?.stringValue
    }
}
