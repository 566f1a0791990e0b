package import ApusBase

/// A prompt as submitted.
package struct TurnInput: Hashable, Sendable {
    package var turn: TurnID
    package var prompt: String
    package var origin: TurnOrigin
    package var limits: TurnLimits
    /// The same key returns the stored receipt; the same key with another prompt is a conflict.
    package var idempotencyKey: String?
    /// What the final answer must be: one JSON value that fits. The model is told, and asked to repair what does not.
    package var outputSchema: JSONSchema?
    /// Images and documents that came with the prompt.
    package var media: [MediaReference]
    package var overrides: TurnOverrides

    /// The id of the prompt in the transcript: that of the turn, as clients of the droid protocol expect (`droid.md` §0, 8).
    package var message: MessageID { MessageID(turn.rawValue) }

    package init(
        turn: TurnID = .unique(), prompt: String, origin: TurnOrigin, limits: TurnLimits = TurnLimits(),
        idempotencyKey: String? = nil,
        outputSchema: JSONSchema? = nil, media: [MediaReference] = [], overrides: TurnOverrides = .none
    ) {
        self.turn = turn
        self.prompt = prompt
        self.origin = origin
        self.limits = limits
        self.idempotencyKey = idempotencyKey
        self.outputSchema = outputSchema
        self.media = media
        self.overrides = overrides
    }
}

/// Bounds a caller may set on one turn; `nil` means the engine's own.
package struct TurnLimits: Hashable, Sendable {
    /// Responses of the model before the turn is stopped.
    package var responses: Int?
    /// Wall time of the whole turn, in milliseconds.
    package var milliseconds: Int?

    package init(responses: Int? = nil, milliseconds: Int? = nil) {
        self.responses = responses
        self.milliseconds = milliseconds
    }
}

/// Why a turn ended. Closed: every protocol says each of these in its own words.
package enum TurnEndReason: String, Hashable, Sendable, CaseIterable {
    case completed
    /// A plan was approved, and is carried out in another session.
    case handedOver
    /// A client or a signal asked for the end.
    case interrupted
    /// A call needed an approval and nobody could be asked.
    case permissionDenied
    /// Somebody was asked and said no, or nobody answered in time, where the origin ends a turn with that.
    case permissionRejected
    case responseLimit
    case timeLimit
    /// The provider failed for good, after the retries that its error allows.
    case providerError
    /// The model said nothing, or the same call over and over.
    case noProgress
    /// The final answer did not fit the turn's output schema, also after its repairs.
    case outputInvalid
    /// A hook refused the prompt: the model has not seen it.
    case promptRefused
    /// A hook ended the turn.
    case hookStopped
    /// The process that ran the turn died; found at the next start.
    case ownerDied
    /// Something of ours failed; the log has the details.
    case internalError
}

/// The terminal fact of a turn; exactly one for every turn that was started.
package struct TurnEnd: Hashable, Sendable {
    package var turn: TurnID
    package var reason: TurnEndReason
    /// For people: the failure sentence. Empty when the turn completed.
    package var detail: String
    /// Cumulative for this turn.
    package var usage: Usage
    package var durationMilliseconds: Int
    /// Responses whose calls all ran, the last, call-less one included (`droid-exec.md` C5).
    package var settledResponses: Int
    /// From the start of the turn to the first delta.
    package var firstDeltaMilliseconds: Double?
    package var denials: [AccessDenial]
    /// What the provider's last failure was, when that ended the turn.
    package var failure: ModelError.Kind?
    /// The final answer as the value it is, when the turn had an output schema and completed.
    package var structuredOutput: JSONValue?

    package init(
        turn: TurnID, reason: TurnEndReason, detail: String = "", usage: Usage = .zero, durationMilliseconds: Int = 0,
        settledResponses: Int = 0, firstDeltaMilliseconds: Double? = nil, denials: [AccessDenial] = [],
        failure: ModelError.Kind? = nil, structuredOutput: JSONValue? = nil
    ) {
        self.turn = turn
        self.reason = reason
        self.detail = detail
        self.usage = usage
        self.durationMilliseconds = durationMilliseconds
        self.settledResponses = settledResponses
        self.firstDeltaMilliseconds = firstDeltaMilliseconds
        self.denials = denials
        self.failure = failure
        self.structuredOutput = structuredOutput
    }
}
