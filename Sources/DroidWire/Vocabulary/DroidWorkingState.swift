/// What a session is doing. A turn must show one that every client knows before it is idle again (§0, 7).
package enum DroidWorkingState: DroidEnumeration {
    case idle, streamingAssistantMessage, waitingForToolConfirmation, executingTool, compactingConversation, thinking
    case unknown(String)

    package static let known: [Self] = [
        .idle, .streamingAssistantMessage, .waitingForToolConfirmation, .executingTool, .compactingConversation, .thinking,
    ]

    package var rawValue: String {
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

    /// Whether every client vintage takes it as the sign that a turn has begun; `thinking` is dropped by older ones.
    package var beginsTurnForEveryClient: Bool {
        switch self {
        case .streamingAssistantMessage, .waitingForToolConfirmation, .executingTool, .compactingConversation: true
        case .idle, .thinking, .unknown: false
        }
    }
}

/// Why a turn ended.
package enum AgentTurnCompletionReason: DroidEnumeration {
    case completed, cancelled, permissionRejected, error, processExit, specHandoff, structuredOutputMissing,
        structuredOutputInvalid, structuredOutputSchemaInvalid, modelUsageExhausted, modelAuthenticationFailed,
        modelRequestRejected, modelProviderUnreachable, modelProviderUnavailable, promptRejected, completionPersistenceFailed,
        noApproverAvailable
    case unknown(String)

    package static let known: [Self] = [
        .completed, .cancelled, .permissionRejected, .error, .processExit, .specHandoff, .structuredOutputMissing,
        .structuredOutputInvalid, .structuredOutputSchemaInvalid, .modelUsageExhausted, .modelAuthenticationFailed,
        .modelRequestRejected, .modelProviderUnreachable, .modelProviderUnavailable, .promptRejected, .completionPersistenceFailed,
        .noApproverAvailable,
    ]

    package var rawValue: String {
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
}

/// The kind of an `error` notification.
package enum DroidErrorType: DroidEnumeration {
    case connectionError, protocolError, sessionError, timeoutError, droidClientError, processExitError, error
    case unknown(String)

    package static let known: [Self] = [
        .connectionError, .protocolError, .sessionError, .timeoutError, .droidClientError, .processExitError, .error,
    ]

    package var rawValue: String {
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
}

/// Why there is no structured output.
package enum StructuredOutputErrorCode: DroidEnumeration {
    case missingStructuredOutput, invalidStructuredOutput, invalidSchema, schemaValidationFailed
    case unknown(String)

    package static let known: [Self] = [.missingStructuredOutput, .invalidStructuredOutput, .invalidSchema, .schemaValidationFailed]

    package var rawValue: String {
        switch self {
        case .missingStructuredOutput: "missing_structured_output"
        case .invalidStructuredOutput: "invalid_structured_output"
        case .invalidSchema: "invalid_schema"
        case .schemaValidationFailed: "schema_validation_failed"
        case .unknown(let value): value
        }
    }
}

/// Why a model is asked again (`llm_retry`).
package enum DroidRetryReason: DroidEnumeration {
    case overloaded, rateLimited, timeout, network, emptyResponse, unspecified
    case unknown(String)

    package static let known: [Self] = [.overloaded, .rateLimited, .timeout, .network, .emptyResponse, .unspecified]

    package var rawValue: String {
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
}
