import DroidWire

public struct DocumentBlock: Sendable, Hashable {
    public var source: DocumentSource
    public var id: String?

    public init(source: DocumentSource, id: String? = nil) {
        self.source = source
        self.id = id
    }
}

extension DocumentBlock {
    init(_ wire: DroidWire.DroidDocumentBlock) {
        self.init(source: DocumentSource(wire.source), id: wire.id)
    }
}

public struct ImageBlock: Sendable, Hashable {
    public var source: Base64ImageSource
    public var id: String?
    public var generated: Bool?

    public init(source: Base64ImageSource, id: String? = nil, generated: Bool? = nil) {
        self.source = source
        self.id = id
        self.generated = generated
    }
}

extension ImageBlock {
    init(_ wire: DroidWire.DroidImageBlock) {
        self.init(source: Base64ImageSource(wire.source), id: wire.id, generated: wire.generated)
    }
}

public struct RedactedThinkingBlock: Sendable, Hashable {
    public var data: String
    public var id: String?

    public init(data: String, id: String? = nil) {
        self.data = data
        self.id = id
    }
}

extension RedactedThinkingBlock {
    init(_ wire: DroidWire.DroidRedactedThinkingBlock) {
        self.init(data: wire.data, id: wire.id)
    }
}

public struct TextBlock: Sendable, Hashable {
    public var text: String
    public var id: String?

    public init(text: String, id: String? = nil) {
        self.text = text
        self.id = id
    }
}

extension TextBlock {
    init(_ wire: DroidWire.DroidTextBlock) {
        self.init(text: wire.text, id: wire.id)
    }
}

/// Its signature must be there, an empty one if there is none (§0, 13).
public struct ThinkingBlock: Sendable, Hashable {
    public var thinking: String
    public var signature: String = ""
    public var id: String?
    public var signatureProvider: String?
    public var durationMs: Double?

    public init(thinking: String, signature: String = "", id: String? = nil, signatureProvider: String? = nil, durationMs: Double? = nil) {
        self.thinking = thinking
        self.signature = signature
        self.id = id
        self.signatureProvider = signatureProvider
        self.durationMs = durationMs
    }
}

extension ThinkingBlock {
    init(_ wire: DroidWire.DroidThinkingBlock) {
        self.init(
            thinking: wire.thinking, signature: wire.signature, id: wire.id, signatureProvider: wire.signatureProvider,
            durationMs: wire.durationMs)
    }
}

public struct ToolResultBlock: Sendable, Hashable {
    public var toolUseId: String
    public var content: ToolResultContent?
    public var isError: Bool?
    public var id: String?

    public init(toolUseId: String, content: ToolResultContent? = nil, isError: Bool? = nil, id: String? = nil) {
        self.toolUseId = toolUseId
        self.content = content
        self.isError = isError
        self.id = id
    }
}

extension ToolResultBlock {
    init(_ wire: DroidWire.DroidToolResultBlock) {
        self.init(toolUseId: wire.toolUseId, content: wire.content.map(ToolResultContent.init), isError: wire.isError, id: wire.id)
    }
}

/// A call of a tool. Its input is an object, never an array.
public struct ToolUseBlock: Sendable, Hashable {
    public var id: String
    public var name: String
    public var input: JSONMembers
    public var thoughtSignature: String?

    public init(id: String, name: String, input: JSONMembers, thoughtSignature: String? = nil) {
        self.id = id
        self.name = name
        self.input = input
        self.thoughtSignature = thoughtSignature
    }
}

extension ToolUseBlock {
    init(_ wire: DroidWire.DroidToolUseBlock) {
        self.init(id: wire.id, name: wire.name, input: JSONMembers(wire.input), thoughtSignature: wire.thoughtSignature)
    }
}
