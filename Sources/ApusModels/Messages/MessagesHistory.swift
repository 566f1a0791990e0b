import ApusBase
import ApusCore

/// A conversation in the shape the Messages API wants: roles alternate, the user's role answers every tool use first, no text is
/// empty, ids have only letters, digits, `_` and `-`, and reasoning is given back only with the signature it came with.
struct MessagesHistory {
    private enum Block {
        case text(String)
        case media(Media)
        case thinking(String, signature: String)
        case verbatim(JSONValue)
        case toolUse(id: String, ToolCall)
        case toolResult(id: String, ModelToolResult)

        var isThinking: Bool {
            switch self {
            case .thinking, .verbatim: true
            case .text, .media, .toolUse, .toolResult: false
            }
        }

        var isToolUse: Bool {
            if case .toolUse = self { true } else { false }
        }
    }

    private struct Message {
        var role: String
        var blocks: [Block]
    }

    private var messages: [Message] = []
    private var ids: [CallID: String] = [:]
    private var usedIDs: Set<String> = []

    init(_ source: [ModelMessage]) {
        for message in TranscriptRepair.repaired(source) {
            switch message {
            case .user(let texts, let media): add("user", media.map { .media($0) } + texts.compactMap(Self.text))
            case .assistant(let items): add("assistant", items.compactMap { block($0) })
            case .toolResults(let results): add("user", results.map { .toolResult(id: id(of: $0.call), $0) })
            }
        }
    }

    /// The API refuses thinking while the response being continued has tool uses but no thinking of its own before them.
    var allowsThinking: Bool {
        guard let last = messages.last(where: { $0.role == "assistant" }), last.blocks.contains(where: \.isToolUse) else { return true }
        return last.blocks.first?.isThinking ?? true
    }

    /// - Parameter marking: whether the newest message of the user's role ends with a mark for prompt caching.
    func write(marking: Bool, into writer: inout JSONWriter) {
        let marked = marking ? messages.lastIndex { $0.role == "user" } : nil
        writer.beginArray()
        for (place, message) in messages.enumerated() {
            writer.beginObject()
            writer.field("role", message.role)
            writer.key("content")
            writer.beginArray()
            let markedBlock = place == marked ? message.blocks.count - 1 : -1
            for (place, block) in message.blocks.enumerated() { Self.write(block, isMarked: place == markedBlock, into: &writer) }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
    }

    private mutating func add(_ role: String, _ blocks: [Block]) {
        if blocks.isEmpty { return }
        if messages.last?.role == role {
            messages[messages.count - 1].blocks += blocks
        } else {
            messages.append(Message(role: role, blocks: blocks))
        }
    }

    private mutating func block(_ item: ItemContent) -> Block? {
        switch item {
        case .text(let text): return Self.text(text)
        case .toolCall(let call): return .toolUse(id: id(of: call.id), call)
        case .reasoning(let text, let state):
            guard let state, state.dialect == MessagesProvider.dialect else { return nil }
            if let signature = state.payload["signature"]?.stringValue { return .thinking(text, signature: signature) }
            return .verbatim(state.payload)
        }
    }

    /// The API refuses blocks of white space only.
    private static func text(_ text: String) -> Block? {
        text.allSatisfy(\.isWhitespace) ? nil : .text(text)
    }

    /// The same id for a call and its result; ids of other providers may need mending.
    private mutating func id(of call: CallID) -> String {
        if let id = ids[call] { return id }
        var mended = String(call.rawValue.unicodeScalars.map { Self.isAllowed($0) ? Character($0) : "_" })
        if mended.isEmpty { mended = "call" }
        var id = mended
        var suffix = 2
        while !usedIDs.insert(id).inserted {
            id = "\(mended)_\(suffix)"
            suffix += 1
        }
        ids[call] = id
        return id
    }

    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
        default: false
        }
    }

    private static func write(_ block: Block, isMarked: Bool, into writer: inout JSONWriter) {
        if case .verbatim(let value) = block { return writer.value(value) }
        writer.beginObject()
        switch block {
        case .verbatim: break
        case .text(let text):
            writer.field("type", "text")
            writer.field("text", text)
        case .media(let media): Self.writeMembers(of: media, into: &writer)
        case .thinking(let text, let signature):
            writer.field("type", "thinking")
            writer.field("thinking", text)
            writer.field("signature", signature)
        case .toolUse(let id, let call):
            writer.field("type", "tool_use")
            writer.field("id", id)
            writer.field("name", call.name)
            writer.key("input")
            writer.value(call.inputObject)
        case .toolResult(let id, let result):
            writer.field("type", "tool_result")
            writer.field("tool_use_id", id)
            Self.writeContent(of: result, into: &writer)
            if result.isError { writer.field("is_error", true) }
        }
        if isMarked { MessagesRequest.writeCacheMark(into: &writer) }
        writer.endObject()
    }
}
