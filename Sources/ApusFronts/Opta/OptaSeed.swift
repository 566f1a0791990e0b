import ApusBase
import ApusCore

/// The messages that a session is made with (§2.4 #5): facts as if they had been said in it, so that the model sees them, and whoever asks
/// gets them back.
enum OptaSeed {
    /// Of what was given as a system's message.
    static let source = "opta"

    /// Entries that are no objects with a role are dropped.
    static func facts(_ messages: [JSONValue]) -> [EventKind] {
        var facts: [EventKind] = []
        /// Calls that wait for their result.
        var open: [CallID] = []
        let turn = TurnID.unique()
        func close() {
            for call in open {
                facts.append(.toolFinished(ToolOutcome(call: call, status: .notRun, text: "Error: no result was recorded")))
            }
            open = []
        }
        for message in messages {
            guard let role = message["role"]?.stringValue else { continue }
            let text = text(message["content"])
            switch role {
            case "user":
                close()
                facts.append(.userMessage(.unique(), turn, text))
            case "assistant":
                close()
                let said = response(text, message["tool_calls"]?.arrayValue ?? [], in: turn)
                open = said.calls
                facts += said.facts
            case "tool":
                let call = CallID(message["tool_call_id"]?.stringValue ?? "")
                guard let index = open.firstIndex(of: call) else { continue }
                open.remove(at: index)
                facts.append(.toolFinished(ToolOutcome(call: call, status: .succeeded, text: text)))
            default:
                close()
                facts.append(.contextAdded(.unique(), ContextNote(source: source, text: text)))
            }
        }
        close()
        return facts
    }

    private static func response(_ text: String, _ calls: [JSONValue], in turn: TurnID) -> (facts: [EventKind], calls: [CallID]) {
        let message = MessageID.unique()
        var content: [ItemContent] = text.isEmpty ? [] : [.text(text)]
        var ids: [CallID] = []
        for call in calls {
            guard let id = call["id"]?.stringValue, let name = call["function"]?["name"]?.stringValue, !ids.contains(CallID(id)) else {
                continue
            }
            let arguments = call["function"]?["arguments"]?.stringValue ?? "{}"
            // What is no JSON stays the text it is, as with a call of the model's own.
            let input = (try? JSONValue(parsing: arguments)) ?? .string(arguments)
            ids.append(CallID(id))
            content.append(.toolCall(ToolCall(id: CallID(id), name: name, input: input)))
        }
        let stop: StopReason = ids.isEmpty ? .endOfTurn : .toolCalls
        return (
            [.responseStarted(message, turn)]
                + content.map { .itemFinished(Item(id: .unique(), message: message, content: $0)) }
                + [.responseFinished(ResponseEnd(message: message, stop: stop, usage: .zero))], ids
        )
    }

    /// Parts that are no text are named.
    private static func text(_ content: JSONValue?) -> String {
        guard let parts = content?.arrayValue else { return content?.stringValue ?? "" }
        return parts.compactMap { part in
            if let text = part["text"]?.stringValue { return text }
            guard let url = part["image_url"]?["url"]?.stringValue else { return nil }
            return "[image: \(url.hasPrefix("data:") ? "data" : String(url.prefix(200)))]"
        }.joined(separator: "\n")
    }
}
