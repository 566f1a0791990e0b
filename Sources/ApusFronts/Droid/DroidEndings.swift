import ApusBase
import ApusCore
import DroidWire

/// How the end of a turn is told (`droid.md` §5.7).
struct DroidEnding {
    var reason: AgentTurnCompletionReason
    /// For the clients that know a failed turn by an `error` notification.
    var error: String?

    /// - Parameters:
    ///   - retried: Why the last attempt failed that another one followed in this turn.
    ///   - hasAnswer: The model said something at the end.
    init(_ end: TurnEnd, retried: ModelError.Kind?, hasAnswer: Bool) {
        switch end.reason {
        case .completed: self.init(.completed)
        case .handedOver: self.init(.specHandoff)
        case .interrupted: self.init(.cancelled)
        case .permissionRejected: self.init(.permissionRejected)
        case .permissionDenied: self.init(.noApproverAvailable, end.detail)
        case .outputInvalid: self.init(hasAnswer ? .structuredOutputInvalid : .structuredOutputMissing)
        case .providerError: self.init(Self.reason(retried), end.detail)
        case .promptRefused: self.init(.promptRejected, end.detail)
        case .responseLimit, .timeLimit, .noProgress, .hookStopped, .internalError: self.init(.error, end.detail)
        case .ownerDied: self.init(.processExit, end.detail)
        }
    }

    private init(_ reason: AgentTurnCompletionReason, _ error: String? = nil) {
        self.reason = reason
        self.error = error.map { $0.isEmpty ? "The turn ended: \(reason.rawValue)" : $0 }
    }

    private static func reason(_ kind: ModelError.Kind?) -> AgentTurnCompletionReason {
        switch kind {
        case nil: .error
        case .network, .timeout, .streamBroken: .modelProviderUnreachable
        case .rateLimited, .overloaded, .server, .emptyResponse: .modelProviderUnavailable
        case .authentication: .modelAuthenticationFailed
        case .payment: .modelUsageExhausted
        case .permission, .notFound, .invalidRequest, .contextOverflow: .modelRequestRejected
        case .protocolViolation, .cancelled: .error
        }
    }
}

extension DroidStructuredOutput {
    /// The answer of a turn that was to have a shape. Both keys are always there (§0, 10).
    init(_ end: TurnEnd, message: String, answer: String) {
        if case .object(let object) = end.structuredOutput {
            self.init(messageId: message, structuredOutput: object, structuredOutputError: nil)
            return
        }
        let problem: DroidStructuredOutputError
        if end.structuredOutput != nil {
            problem = DroidStructuredOutputError(
                code: .invalidStructuredOutput, message: "The answer fits the schema and is no object, which this protocol cannot carry")
        } else if answer.isEmpty {
            problem = DroidStructuredOutputError(code: .missingStructuredOutput, message: end.detail)
        } else {
            // Whether it is JSON at all is what this asks.
            let isJSON = (try? JSONValue(parsing: answer)) != nil
            problem = DroidStructuredOutputError(
                code: isJSON ? .schemaValidationFailed : .invalidStructuredOutput, message: end.detail)
        }
        self.init(messageId: message, structuredOutput: nil, structuredOutputError: problem)
    }
}
