import DroidWire

/// Why a turn ended.
public enum AgentTurnCompletionReason: Sendable, Hashable, CustomStringConvertible {
    case completed, cancelled, permissionRejected, error, processExit, specHandoff, structuredOutputMissing, structuredOutputInvalid,
        structuredOutputSchemaInvalid, modelUsageExhausted, modelAuthenticationFailed, modelRequestRejected, modelProviderUnreachable,
        modelProviderUnavailable, promptRejected, completionPersistenceFailed, noApproverAvailable
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .completed, .cancelled, .permissionRejected, .error, .processExit, .specHandoff, .structuredOutputMissing, .structuredOutputInvalid,
        .structuredOutputSchemaInvalid, .modelUsageExhausted, .modelAuthenticationFailed, .modelRequestRejected, .modelProviderUnreachable,
        .modelProviderUnavailable, .promptRejected, .completionPersistenceFailed, .noApproverAvailable,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .completed: "completed"
        case .cancelled: "cancelled"
        case .permissionRejected: "permission_rejected"
        case .error: "error"
        case .processExit: "process_exit"
        case .specHandoff: "spec_handoff"
        case .structuredOutputMissing: "structured_output_missing"
        case .structuredOutputInvalid: "structured_output_invalid"
        case .structuredOutputSchemaInvalid: "structured_output_schema_invalid"
        case .modelUsageExhausted: "model_usage_exhausted"
        case .modelAuthenticationFailed: "model_authentication_failed"
        case .modelRequestRejected: "model_request_rejected"
        case .modelProviderUnreachable: "model_provider_unreachable"
        case .modelProviderUnavailable: "model_provider_unavailable"
        case .promptRejected: "prompt_rejected"
        case .completionPersistenceFailed: "completion_persistence_failed"
        case .noApproverAvailable: "no_approver_available"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.AgentTurnCompletionReason) { self.init(rawValue: wire.rawValue) }
}

/// The kind of an `error` notification.
public enum DroidErrorType: Sendable, Hashable, CustomStringConvertible {
    case connectionError, protocolError, sessionError, timeoutError, droidClientError, processExitError, error
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .connectionError, .protocolError, .sessionError, .timeoutError, .droidClientError, .processExitError, .error,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .connectionError: "ConnectionError"
        case .protocolError: "ProtocolError"
        case .sessionError: "SessionError"
        case .timeoutError: "TimeoutError"
        case .droidClientError: "DroidClientError"
        case .processExitError: "ProcessExitError"
        case .error: "Error"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidErrorType) { self.init(rawValue: wire.rawValue) }
}

/// Why a model is asked again (`llm_retry`).
public enum RetryReason: Sendable, Hashable, CustomStringConvertible {
    case overloaded, rateLimited, timeout, network, emptyResponse, unspecified
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.overloaded, .rateLimited, .timeout, .network, .emptyResponse, .unspecified]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .overloaded: "overloaded"
        case .rateLimited: "rate_limited"
        case .timeout: "timeout"
        case .network: "network"
        case .emptyResponse: "empty_response"
        case .unspecified: "unknown"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidRetryReason) { self.init(rawValue: wire.rawValue) }
}

/// What a session is doing. A turn must show one that every client knows before it is idle again (§0, 7).
public enum DroidWorkingState: Sendable, Hashable, CustomStringConvertible {
    case idle, streamingAssistantMessage, waitingForToolConfirmation, executingTool, compactingConversation, thinking
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .idle, .streamingAssistantMessage, .waitingForToolConfirmation, .executingTool, .compactingConversation, .thinking,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .idle: "idle"
        case .streamingAssistantMessage: "streaming_assistant_message"
        case .waitingForToolConfirmation: "waiting_for_tool_confirmation"
        case .executingTool: "executing_tool"
        case .compactingConversation: "compacting_conversation"
        case .thinking: "thinking"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidWorkingState) { self.init(rawValue: wire.rawValue) }
}

/// Why there is no structured output.
public enum StructuredOutputErrorCode: Sendable, Hashable, CustomStringConvertible {
    case missingStructuredOutput, invalidStructuredOutput, invalidSchema, schemaValidationFailed
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.missingStructuredOutput, .invalidStructuredOutput, .invalidSchema, .schemaValidationFailed]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .missingStructuredOutput: "missing_structured_output"
        case .invalidStructuredOutput: "invalid_structured_output"
        case .invalidSchema: "invalid_schema"
        case .schemaValidationFailed: "schema_validation_failed"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.StructuredOutputErrorCode) { self.init(rawValue: wire.rawValue) }
}
