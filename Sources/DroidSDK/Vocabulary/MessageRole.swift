import DroidWire

/// The image formats a message may carry.
public enum ImageMediaType: Sendable, Hashable, CustomStringConvertible {
    case jpeg, png, gif, webp
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.jpeg, .png, .gif, .webp]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .jpeg: "image/jpeg"
        case .png: "image/png"
        case .gif: "image/gif"
        case .webp: "image/webp"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidImageType) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidImageType { DroidWire.DroidImageType(rawValue: rawValue) }
}

/// Who a message is from.
public enum MessageRole: Sendable, Hashable, CustomStringConvertible {
    case user, assistant, tool, system
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.user, .assistant, .tool, .system]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .user: "user"
        case .assistant: "assistant"
        case .tool: "tool"
        case .system: "system"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidMessageRole) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidMessageRole { DroidWire.DroidMessageRole(rawValue: rawValue) }
}

/// Who sees a message.
public enum MessageVisibility: Sendable, Hashable, CustomStringConvertible {
    case both, llmOnly, userOnly
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.both, .llmOnly, .userOnly]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .both: "both"
        case .llmOnly: "llm_only"
        case .userOnly: "user_only"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidVisibility) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidVisibility { DroidWire.DroidVisibility(rawValue: rawValue) }
}

/// When a hook runs.
public enum HookEventName: Sendable, Hashable, CustomStringConvertible {
    case preToolUse, postToolUse, notification, userPromptSubmit, stop, subagentStop, preCompact, sessionStart, sessionEnd
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .preToolUse, .postToolUse, .notification, .userPromptSubmit, .stop, .subagentStop, .preCompact, .sessionStart, .sessionEnd,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
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

    public var description: String { rawValue }

    init(_ wire: DroidWire.HookEventName) { self.init(rawValue: wire.rawValue) }
}

/// How far the hook of a message is.
public enum HookMessageStatus: Sendable, Hashable, CustomStringConvertible {
    case executing, completed, error
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.executing, .completed, .error]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .executing: "executing"
        case .completed: "completed"
        case .error: "error"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.HookMessageStatus) { self.init(rawValue: wire.rawValue) }
}

/// How a hook ended.
public enum HookStatus: Sendable, Hashable, CustomStringConvertible {
    case completed, error
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.completed, .error]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .completed: "completed"
        case .error: "error"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.HookStatus) { self.init(rawValue: wire.rawValue) }
}

/// How far a tool call is.
public enum ToolExecutionPhase: Sendable, Hashable, CustomStringConvertible {
    case streamingInput, queued, executing, settledAfterExecution, settledWithoutExecution, settledUnknown
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .streamingInput, .queued, .executing, .settledAfterExecution, .settledWithoutExecution, .settledUnknown,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
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

    public var description: String { rawValue }

    init(_ wire: DroidWire.ToolExecutionPhase) { self.init(rawValue: wire.rawValue) }
}

/// What a step of progress is.
public enum ToolProgressType: Sendable, Hashable, CustomStringConvertible {
    case toolCall, toolResult, error, status, message
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.toolCall, .toolResult, .error, .status, .message]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .toolCall: "tool_call"
        case .toolResult: "tool_result"
        case .error: "error"
        case .status: "status"
        case .message: "message"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.ToolProgressType) { self.init(rawValue: wire.rawValue) }
}
