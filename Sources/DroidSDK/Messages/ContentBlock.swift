import DroidWire

/// A part of a message (`droid.md` §5.6).
///
/// One of an unknown type invalidates the whole message for older clients, so a server sends only what is here. A client keeps what it
/// does not know, or cannot read, as it is.
public enum ContentBlock: Sendable, Hashable {
    case text(TextBlock)
    case image(ImageBlock)
    case thinking(ThinkingBlock)
    case redactedThinking(RedactedThinkingBlock)
    case toolUse(ToolUseBlock)
    case toolResult(ToolResultBlock)
    case document(DocumentBlock)
    case unknown(JSONMembers)
}

extension ContentBlock {
    init(_ wire: DroidWire.DroidContentBlock) {
        switch wire {
        case .text(let value): self = .text(TextBlock(value))
        case .image(let value): self = .image(ImageBlock(value))
        case .thinking(let value): self = .thinking(ThinkingBlock(value))
        case .redactedThinking(let value): self = .redactedThinking(RedactedThinkingBlock(value))
        case .toolUse(let value): self = .toolUse(ToolUseBlock(value))
        case .toolResult(let value): self = .toolResult(ToolResultBlock(value))
        case .document(let value): self = .document(DocumentBlock(value))
        case .unknown(let value): self = .unknown(JSONMembers(value))
        }
    }
}

/// What a tool gave back: text, or blocks of text, images and documents.
public enum ToolResultContent: Sendable, Hashable {
    case text(String)
    case blocks([ContentBlock])
}

extension ToolResultContent {
    init(_ wire: DroidWire.DroidToolResultContent) {
        switch wire {
        case .text(let value): self = .text(value)
        case .blocks(let value): self = .blocks(value.map(ContentBlock.init))
        }
    }
}
