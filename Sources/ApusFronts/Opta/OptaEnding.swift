import ApusCore

/// How the end of a turn is told (§3.5, §4.2).
enum OptaEnding: Hashable, Sendable {
    case done
    case error(message: String, code: String?)

    /// - Parameter hasBegun: The model had answered.
    init(_ end: TurnEnd, hasBegun: Bool, model: String) {
        switch end.reason {
        case .completed, .handedOver: self = .done
        case .interrupted: self = .error(message: "Turn cancelled", code: nil)
        case .ownerDied: self = .error(message: "Daemon restarted", code: nil)
        case .providerError:
            let code = Self.code(end.failure)
            let detail = end.detail.isEmpty ? "The model failed" : end.detail
            self = .error(message: hasBegun ? detail : Self.preflight(code, detail, model), code: code)
        case .permissionRejected, .permissionDenied, .responseLimit, .timeLimit, .noProgress, .outputInvalid, .promptRefused,
            .hookStopped, .internalError:
            self = .error(message: end.detail.isEmpty ? "The turn ended: \(end.reason.rawValue)" : end.detail, code: nil)
        }
    }

    private static let noModel = "no-model-loaded"

    private static func code(_ failure: ModelError.Kind?) -> String? {
        switch failure {
        case .notFound: noModel
        case .network: "lmx-connection-refused"
        case .timeout: "lmx-timeout"
        case .streamBroken: "lmx-ws-closed"
        case .rateLimited, .overloaded, .server, .emptyResponse, .authentication, .payment, .permission, .invalidRequest,
            .contextOverflow, .protocolViolation, .cancelled, nil:
            nil
        }
    }

    private static func preflight(_ code: String?, _ detail: String, _ model: String) -> String {
        let advice = "No Model Loaded - Use Opta Menu to begin."
        return switch code {
        case noModel: "\(advice) Session model \"\(model)\" is not loaded. \(detail)"
        case .some: "\(advice) LMX preflight failed: \(detail)"
        case nil: detail
        }
    }
}
