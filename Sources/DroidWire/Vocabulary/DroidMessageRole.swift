/// Who a message is from.
package enum DroidMessageRole: DroidEnumeration {
    case user, assistant, tool, system
    case unknown(String)

    package static let known: [Self] = [.user, .assistant, .tool, .system]

    package var rawValue: String {
        switch self {
        case .user: "user"
        case .assistant: "assistant"
        case .tool: "tool"
        case .system: "system"
        case .unknown(let value): value
        }
    }
}

/// Who sees a message.
package enum DroidVisibility: DroidEnumeration {
    case both, llmOnly, userOnly
    case unknown(String)

    package static let known: [Self] = [.both, .llmOnly, .userOnly]

    package var rawValue: String {
        switch self {
        case .both: "both"
        case .llmOnly: "llm_only"
        case .userOnly: "user_only"
        case .unknown(let value): value
        }
    }
}

/// The image formats a message may carry.
package enum DroidImageType: DroidEnumeration {
    case jpeg, png, gif, webp
    case unknown(String)

    package static let known: [Self] = [.jpeg, .png, .gif, .webp]

    package var rawValue: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .gif: "image/gif"
        case .webp: "image/webp"
        case .unknown(let value): value
        }
    }
}

/// When a hook runs.
package enum HookEventName: DroidEnumeration {
    case preToolUse, postToolUse, notification, userPromptSubmit, stop, subagentStop, preCompact, sessionStart, sessionEnd
    case unknown(String)

    package static let known: [Self] = [
        .preToolUse, .postToolUse, .notification, .userPromptSubmit, .stop, .subagentStop, .preCompact, .sessionStart, .sessionEnd,
    ]

    package var rawValue: String {
        switch self {
        case .preToolUse: "PreToolUse"
        case .postToolUse: "PostToolUse"
        case .notification: "Notification"
        case .userPromptSubmit: "UserPromptSubmit"
        case .stop: "Stop"
        case .subagentStop: "SubagentStop"
        case .preCompact: "PreCompact"
        case .sessionStart: "SessionStart"
        case .sessionEnd: "SessionEnd"
        case .unknown(let value): value
        }
    }
}

/// How a hook ended.
package enum HookStatus: DroidEnumeration {
    case completed, error
    case unknown(String)

    package static let known: [Self] = [.completed, .error]

    package var rawValue: String {
        switch self {
        case .completed: "completed"
        case .error: "error"
        case .unknown(let value): value
        }
    }
}

/// How far the hook of a message is.
package enum HookMessageStatus: DroidEnumeration {
    case executing, completed, error
    case unknown(String)

    package static let known: [Self] = [.executing, .completed, .error]

    package var rawValue: String {
        switch self {
        case .executing: "executing"
        case .completed: "completed"
        case .error: "error"
        case .unknown(let value): value
        }
    }
}

/// What a step of progress is.
package enum ToolProgressType: DroidEnumeration {
    case toolCall, toolResult, error, status, message
    case unknown(String)

    package static let known: [Self] = [.toolCall, .toolResult, .error, .status, .message]

    package var rawValue: String {
        switch self {
        case .toolCall: "tool_call"
        case .toolResult: "tool_result"
        case .error: "error"
        case .status: "status"
        case .message: "message"
        case .unknown(let value): value
        }
    }
}

/// How far a tool call is.
package enum ToolExecutionPhase: DroidEnumeration {
    case streamingInput, queued, executing, settledAfterExecution, settledWithoutExecution, settledUnknown
    case unknown(String)

    package static let known: [Self] = [
        .streamingInput, .queued, .executing, .settledAfterExecution, .settledWithoutExecution, .settledUnknown,
    ]

    package var rawValue: String {
        switch self {
        case .streamingInput: "streaming_input"
        case .queued: "queued"
        case .executing: "executing"
        case .settledAfterExecution: "settled_after_execution"
        case .settledWithoutExecution: "settled_without_execution"
        case .settledUnknown: "settled_unknown"
        case .unknown(let value): value
        }
    }
}
