/// A complete message of the model.
public struct AssistantMessage: Sendable, Hashable {
    public let message: SessionMessage
    /// Its text blocks, joined.
    public let text: String
}

/// A message of a user, this one's own included.
public struct UserMessage: Sendable, Hashable {
    public let message: SessionMessage
}

/// A call of a tool.
public struct ToolCallMessage: Sendable, Hashable {
    public let toolUse: ToolUseBlock
}

/// What a tool brought back.
public struct ToolResultMessage: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        case text(String)
        /// Blocks of any kind, as they came.
        case blocks([JSON])
    }

    public let toolUseId: String
    /// Of the call with that id; empty when it was not seen in this turn.
    public let toolName: String
    public let content: Content
    public let isError: Bool

    /// The text, or that of the text blocks joined.
    public var text: String {
        switch content {
        case .text(let text): text
        case .blocks(let blocks): blocks.compactMap { $0["text"]?.stringValue }.joined()
        }
    }
}

/// A command of the user's that ran at some point of the turn. Times are seconds.
public struct HookMessage: Sendable, Hashable {
    public enum Status: String, Sendable, Hashable {
        case started, completed, error
    }

    public let hookId: String
    public let eventName: HookEventName?
    public let matcher: String?
    public let toolCallId: String?
    public let command: String?
    public let timeout: Double?
    public let status: Status
    public let exitCode: Int?
    public let stdout: String?
    public let stderr: String?
}

/// Something went wrong in the turn. It may go on; the ``ResultMessage`` says how it ended.
public struct ErrorMessage: Sendable, Hashable {
    public let message: String
    public let errorType: DroidErrorType
    /// ISO 8601 with its zone.
    public let timestamp: String
}

/// A piece of text. Joined in their order, those of one block are its text.
public struct TextDeltaMessage: Sendable, Hashable {
    public let messageId: String
    public let blockIndex: Int
    public internal(set) var text: String
}

/// A block of text is at its end.
public struct TextCompleteMessage: Sendable, Hashable {
    public let messageId: String
    public let blockIndex: Int
    /// How long was thought, in milliseconds, where that is told.
    public let durationMs: Double?
}

/// What a running tool says of itself.
public struct ToolProgressMessage: Sendable, Hashable {
    public let toolUseId: String
    public let toolName: String
    /// The update's text, else its status, else its details, else empty.
    public let content: String
    public let update: ToolProgress
}

/// How a turn ended (`droid.md` §6.3).
public struct ResultMessage: Sendable, Hashable {
    public enum Subtype: String, Sendable, Hashable {
        case success
        case errorDuringExecution = "error_during_execution"
        case errorStructuredOutput = "error_structured_output"
    }

    public let sessionId: String
    public let subtype: Subtype
    /// Why the server says the turn ended; `nil` from a server that does not say. An interrupted turn is a success with
    /// ``AgentTurnCompletionReason/cancelled``.
    public let reason: AgentTurnCompletionReason?
    /// As the server measured it, else the time since the stream began, in milliseconds.
    public let durationMs: Int
    /// Always 1.
    public let numTurns: Int
    /// The last assistant message's text; where that is empty, all deltas of the turn joined, or the first text there was.
    public let result: String
    /// Of this turn; `nil` when the server did not tell.
    public let tokenUsage: TokenUsage?
    /// The complete messages of the turn before this one, at most ``maximumMessages`` of them: the latest.
    public let messages: [DroidMessage]
    /// What fits the schema that was asked for.
    public let structuredOutput: JSON?
    public let structuredOutputError: StructuredOutputFailure?
    /// Every error of the turn.
    public let errors: [ErrorMessage]

    /// How many messages a result keeps.
    public static let maximumMessages = 10_000

    public var isError: Bool { subtype != .success }
    public var success: Bool { subtype == .success }
    public var text: String { result }
    public var turnCount: Int { numTurns }
    /// The first error of the turn.
    public var error: ErrorMessage? { errors.first }
    public var wasInterrupted: Bool { reason == .cancelled || reason == .permissionRejected }
}
