import ApusBase
import ApusCore

/// How the end of a turn is told (§0.1-5, §6).
enum QwenEnding: Hashable, Sendable {
    case stop(String)
    case failure(message: String, reason: TurnEndReason)

    /// - Parameter stop: Of the last response of the turn.
    init(_ end: TurnEnd, stop: StopReason?) {
        switch end.reason {
        case .completed, .handedOver: self = .stop(Self.word(stop))
        case .interrupted, .permissionRejected: self = .stop("cancelled")
        case .responseLimit: self = .stop("max_turn_requests")
        case .permissionDenied, .timeLimit, .providerError, .noProgress, .outputInvalid, .promptRefused, .hookStopped, .ownerDied,
            .internalError:
            let sentence = end.detail.isEmpty ? "The turn ended: \(end.reason.rawValue)" : end.detail
            self = .failure(message: sentence, reason: end.reason)
        }
    }

    private static func word(_ stop: StopReason?) -> String {
        switch stop {
        case .outputLimit, .contextLimit: "max_tokens"
        case .refusal: "refusal"
        case .endOfTurn, .toolCalls, .other, nil: "end_turn"
        }
    }

    /// JSON-RPC's number for an error of the agent itself.
    static let code: Int64 = -32603

    /// The answer to a prompt that was waited for.
    func answer(to prompt: TurnID) -> HTTPAnswer {
        switch self {
        case .stop(let reason): .json(200, ["stopReason": .string(reason)])
        case .failure(let message, let reason):
            QwenFailure(
                500, message,
                [
                    "code": .integer(Self.code),
                    "data": ["reason": .string(reason.rawValue), "promptId": .string(prompt.rawValue)],
                ]
            ).answer
        }
    }
}
