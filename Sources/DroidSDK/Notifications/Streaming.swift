import DroidWire

/// A whole message. The user's own comes first, with the `messageId` of the request as its id.
public struct CreateMessage: Sendable, Hashable {
    public var message: SessionMessage
    public var parentId: String?
    /// Of a message that waited.
    public var requestId: String?

    public init(message: SessionMessage, parentId: String? = nil, requestId: String? = nil) {
        self.message = message
        self.parentId = parentId
        self.requestId = requestId
    }
}

extension CreateMessage {
    init(_ wire: DroidWire.CreateMessage) {
        self.init(message: SessionMessage(wire.message), parentId: wire.parentId, requestId: wire.requestId)
    }
}

/// Both keys are always written, or an older client drops it (§0, 10).
public struct StructuredOutputArrived: Sendable, Hashable {
    public var messageId: String
    public var structuredOutput: JSONMembers?
    public var structuredOutputError: StructuredOutputFailure?

    public init(messageId: String, structuredOutput: JSONMembers? = nil, structuredOutputError: StructuredOutputFailure? = nil) {
        self.messageId = messageId
        self.structuredOutput = structuredOutput
        self.structuredOutputError = structuredOutputError
    }
}

extension StructuredOutputArrived {
    init(_ wire: DroidWire.DroidStructuredOutput) {
        self.init(
            messageId: wire.messageId, structuredOutput: wire.structuredOutput.map(JSONMembers.init),
            structuredOutputError: wire.structuredOutputError.map(StructuredOutputFailure.init))
    }
}

public struct StructuredOutputFailure: Sendable, Hashable {
    public var code: StructuredOutputErrorCode
    public var message: String
    public var details: JSON?

    public init(code: StructuredOutputErrorCode, message: String, details: JSON? = nil) {
        self.code = code
        self.message = message
        self.details = details
    }
}

extension StructuredOutputFailure {
    init(_ wire: DroidWire.DroidStructuredOutputError) {
        self.init(code: StructuredOutputErrorCode(wire.code), message: wire.message, details: wire.details.map(JSON.init))
    }
}

public struct TextBlockCompleted: Sendable, Hashable {
    public var messageId: String
    public var blockIndex: Int
    /// Of thinking only.
    public var durationMs: Double?

    public init(messageId: String, blockIndex: Int, durationMs: Double? = nil) {
        self.messageId = messageId
        self.blockIndex = blockIndex
        self.durationMs = durationMs
    }
}

extension TextBlockCompleted {
    init(_ wire: DroidWire.DroidTextComplete) {
        self.init(messageId: wire.messageId, blockIndex: wire.blockIndex, durationMs: wire.durationMs)
    }
}

/// A piece of text, or of thinking. Pieces of one block come in order.
public struct TextDelta: Sendable, Hashable {
    public var messageId: String
    public var blockIndex: Int
    public var textDelta: String

    public init(messageId: String, blockIndex: Int, textDelta: String) {
        self.messageId = messageId
        self.blockIndex = blockIndex
        self.textDelta = textDelta
    }
}

extension TextDelta {
    init(_ wire: DroidWire.DroidTextDelta) {
        self.init(messageId: wire.messageId, blockIndex: wire.blockIndex, textDelta: wire.textDelta)
    }
}

/// A call, announced as soon as it is parsed and before its message.
public struct ToolCallAnnounced: Sendable, Hashable {
    public var toolUse: ToolUseBlock

    public init(toolUse: ToolUseBlock) {
        self.toolUse = toolUse
    }
}

extension ToolCallAnnounced {
    init(_ wire: DroidWire.DroidToolCall) {
        self.init(toolUse: ToolUseBlock(wire.toolUse.block))
    }
}

public struct ToolProgress: Sendable, Hashable {
    public var type: ToolProgressType
    public var toolName: String?
    public var status: String?
    public var details: String?
    public var text: String?
    public var error: String?
    public var timestamp: Double?
    public var parameters: JSONMembers?
    public var valueSnippet: String?
    public var subagentSessionId: String?
    public var terminalId: String?
    public var fullOutput: String?

    public init(type: ToolProgressType) {
        self.type = type
    }
}

extension ToolProgress {
    init(_ wire: DroidWire.DroidToolProgress) {
        self.init(type: ToolProgressType(wire.type))
        toolName = wire.toolName
        status = wire.status
        details = wire.details
        text = wire.text
        error = wire.error
        timestamp = wire.timestamp
        parameters = wire.parameters.map(JSONMembers.init)
        valueSnippet = wire.valueSnippet
        subagentSessionId = wire.subagentSessionId
        terminalId = wire.terminalId
        fullOutput = wire.fullOutput
    }
}

/// Content is a text or an array of blocks; anything else shows as `[object Object]` in one client.
public struct ToolResultArrived: Sendable, Hashable {
    public var messageId: String
    public var toolUseId: String
    public var content: JSON?
    public var isError: Bool?
    public var id: String?

    public init(messageId: String, toolUseId: String, content: JSON? = nil, isError: Bool? = nil, id: String? = nil) {
        self.messageId = messageId
        self.toolUseId = toolUseId
        self.content = content
        self.isError = isError
        self.id = id
    }
}

extension ToolResultArrived {
    init(_ wire: DroidWire.DroidToolResult) {
        self.init(
            messageId: wire.messageId, toolUseId: wire.toolUseId, content: wire.content.map(JSON.init), isError: wire.isError, id: wire.id)
    }
}

public struct ToolProgressUpdate: Sendable, Hashable {
    public var toolUseId: String
    public var toolName: String
    public var update: ToolProgress

    public init(toolUseId: String, toolName: String, update: ToolProgress) {
        self.toolUseId = toolUseId
        self.toolName = toolName
        self.update = update
    }
}

extension ToolProgressUpdate {
    init(_ wire: DroidWire.ToolProgressUpdate) {
        self.init(toolUseId: wire.toolUseId, toolName: wire.toolName, update: ToolProgress(wire.update))
    }
}
