package import ApusBase

/// A part of a message (`droid.md` §5.6).
///
/// One of an unknown type invalidates the whole message for older clients, so a server sends only what is here. A client keeps what it
/// does not know, or cannot read, as it is.
package enum DroidContentBlock: DroidValue {
    case text(DroidTextBlock)
    case image(DroidImageBlock)
    case thinking(DroidThinkingBlock)
    case redactedThinking(DroidRedactedThinkingBlock)
    case toolUse(DroidToolUseBlock)
    case toolResult(DroidToolResultBlock)
    case document(DroidDocumentBlock)
    case unknown(JSONObject)

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let object = json.objectValue else { throw .wrongType("an object", json) }
        do {
            self = try DroidContentBlock(known: object, reading)
        } catch {
            if reading == .closed { throw error }
            self = .unknown(object)
        }
    }

    private init(known object: JSONObject, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let type = object["type"] else { throw .missing("type") }
        switch type {
        case "text": self = .text(try DroidTextBlock(members: object, besides: "type", reading))
        case "image": self = .image(try DroidImageBlock(members: object, besides: "type", reading))
        case "thinking": self = .thinking(try DroidThinkingBlock(members: object, besides: "type", reading))
        case "redacted_thinking": self = .redactedThinking(try DroidRedactedThinkingBlock(members: object, besides: "type", reading))
        case "tool_use": self = .toolUse(try DroidToolUseBlock(members: object, besides: "type", reading))
        case "tool_result": self = .toolResult(try DroidToolResultBlock(members: object, besides: "type", reading))
        case "document": self = .document(try DroidDocumentBlock(members: object, besides: "type", reading))
        default:
            let known = ["text", "image", "thinking", "redacted_thinking", "tool_use", "tool_result", "document"]
            throw DroidDecodingError.unknownValue(type.stringValue ?? type.serialized(), known: known).within("type")
        }
    }

    package func write(into writer: inout JSONWriter) {
        switch self {
        case .text(let block): block.write(tagged: "type", "text", into: &writer)
        case .image(let block): block.write(tagged: "type", "image", into: &writer)
        case .thinking(let block): block.write(tagged: "type", "thinking", into: &writer)
        case .redactedThinking(let block): block.write(tagged: "type", "redacted_thinking", into: &writer)
        case .toolUse(let block): block.write(tagged: "type", "tool_use", into: &writer)
        case .toolResult(let block): block.write(tagged: "type", "tool_result", into: &writer)
        case .document(let block): block.write(tagged: "type", "document", into: &writer)
        case .unknown(let object): writer.object(object)
        }
    }
}

/// What a tool gave back: text, or blocks of text, images and documents.
package enum DroidToolResultContent: DroidValue {
    case text(String)
    case blocks([DroidContentBlock])

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        switch json {
        case .string(let text): self = .text(text)
        case .array: self = .blocks(try [DroidContentBlock](from: json, reading))
        default: throw .wrongType("a string or an array", json)
        }
    }

    package func write(into writer: inout JSONWriter) {
        switch self {
        case .text(let text): writer.string(text)
        case .blocks(let blocks): blocks.write(into: &writer)
        }
    }
}

/// The block as it stands by itself in a notification or a permission request, where it keeps its type.
package struct DroidToolUse: DroidValue {
    package var block: DroidToolUseBlock

    package init(_ block: DroidToolUseBlock) { self.block = block }
    package init(blank: DroidBlank) { block = DroidToolUseBlock(blank: blank) }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let object = json.objectValue else { throw .wrongType("an object", json) }
        guard let type = object["type"] else { throw .missing("type") }
        if type != "tool_use" {
            throw DroidDecodingError.unknownValue(type.stringValue ?? type.serialized(), known: ["tool_use"]).within("type")
        }
        block = try DroidToolUseBlock(members: object, besides: "type", reading)
    }

    package func write(into writer: inout JSONWriter) { block.write(tagged: "type", "tool_use", into: &writer) }
}
