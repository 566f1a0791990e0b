import ApusBase
import ApusCore

/// A conversation in the shape of Chat Completions: plain texts, calls with their input as text, one message a result.
///
/// Neighbouring user messages become one, since many servers' templates demand that roles alternate. Reasoning is given back only
/// within the tool loop that is going on and only to the model that wrote it: there some models need it, elsewhere some refuse it.
struct ChatHistory {
    private let system: String
    private let messages: [ModelMessage]
    private let model: String

    init(_ request: ModelRequest, model: String) {
        system = request.system
        messages = TranscriptRepair.repaired(request.messages)
        self.model = model
    }

    /// The calls that have an id already.
    static func calls(in messages: [ModelMessage]) -> Set<CallID> {
        var ids: Set<CallID> = []
        for case .assistant(let items) in messages {
            for case .toolCall(let call) in items { ids.insert(call.id) }
        }
        return ids
    }

    func write(into writer: inout JSONWriter) {
        let loopStart = messages.lastIndex { if case .user = $0 { true } else { false } } ?? -1
        writer.beginArray()
        if !system.isEmpty { Self.write("system", system, into: &writer) }
        var waiting = ChatUserMessage()
        for (index, message) in messages.enumerated() {
            if case .user(let texts, let media) = message {
                waiting.add(texts, media)
                continue
            }
            waiting.flush(into: &writer)
            switch message {
            case .user: break
            case .assistant(let items): write(items, givingBackReasoning: index > loopStart, into: &writer)
            case .toolResults(let results):
                for result in results {
                    writer.beginObject()
                    writer.field("role", "tool")
                    writer.field("tool_call_id", result.call.rawValue)
                    writer.field("content", result.text)
                    writer.endObject()
                }
                // Results are text only here: what else they have follows in the user's name, before anything the user says.
                waiting.add(mediaOf: results)
            }
        }
        waiting.flush(into: &writer)
        writer.endArray()
    }

    private static func write(_ role: String, _ content: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("role", role)
        writer.field("content", content)
        writer.endObject()
    }

    private func write(_ items: [ItemContent], givingBackReasoning: Bool, into writer: inout JSONWriter) {
        var text = ""
        var calls: [ToolCall] = []
        for item in items {
            switch item {
            case .text(let more): text += more
            case .toolCall(let call): calls.append(call)
            case .reasoning: break
            }
        }
        if text.isEmpty && calls.isEmpty { return }
        writer.beginObject()
        writer.field("role", "assistant")
        if text.isEmpty { writer.nullField("content") } else { writer.field("content", text) }
        if givingBackReasoning { writeReasoning(of: items, into: &writer) }
        if !calls.isEmpty {
            writer.key("tool_calls")
            writer.beginArray()
            for call in calls { Self.write(call, into: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }

    private func writeReasoning(of items: [ItemContent], into writer: inout JSONWriter) {
        var fields = JSONObject()
        var details: [JSONValue] = []
        for case .reasoning(let text, let state?) in items {
            guard state.dialect == ChatCompletionsProvider.dialect, state.payload["model"]?.stringValue == model else { continue }
            if let field = state.payload["field"]?.stringValue, !text.isEmpty {
                fields[field] = .string((fields[field]?.stringValue ?? "") + text)
            }
            details += state.payload["details"]?.arrayValue ?? []
        }
        for (name, value) in fields { writer.field(name, value) }
        if !details.isEmpty { writer.field("reasoning_details", .array(details)) }
    }

    private static func write(_ call: ToolCall, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("id", call.id.rawValue)
        writer.field("type", "function")
        writer.key("function")
        writer.beginObject()
        writer.field("name", call.name)
        writer.field("arguments", call.inputObject.serialized())
        writer.endObject()
        writer.endObject()
    }
}
