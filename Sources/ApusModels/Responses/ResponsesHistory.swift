import ApusBase
import ApusCore

/// A conversation in the shape of the Responses API: a flat list of items.
///
/// Encrypted reasoning goes back as it came, to the model that wrote it, and only in front of what it led to: the API refuses a
/// reasoning item that nothing follows. Reasoning without its encrypted form cannot be given back, since nothing is stored there.
struct ResponsesHistory {
    private let messages: [ModelMessage]
    private let model: String
    /// Ids that are sent in another form.
    private let shortened: [CallID: String]

    private static let longestID = 64

    init(_ messages: [ModelMessage], model: String) {
        let messages = TranscriptRepair.repaired(messages)
        self.messages = messages
        self.model = model
        let tooLong = Set(ChatHistory.calls(in: messages).filter { $0.rawValue.utf8.count > Self.longestID })
        shortened = Dictionary(
            uniqueKeysWithValues: tooLong.sorted { $0.rawValue < $1.rawValue }.enumerated().map { place, id in
                (id, "\(id.rawValue.prefix(56))_\(place + 1)")
            })
    }

    func write(into writer: inout JSONWriter) {
        writer.beginArray()
        for message in messages {
            switch message {
            case .user(let texts, let media): writeUser(texts, media, into: &writer)
            case .assistant(let items): write(items, into: &writer)
            case .toolResults(let results):
                for result in results {
                    writer.beginObject()
                    writer.field("type", "function_call_output")
                    writer.field("call_id", id(result.call))
                    writeOutput(of: result, into: &writer)
                    writer.endObject()
                }
            }
        }
        writer.endArray()
    }

    private func writeUser(_ texts: [String], _ media: [Media], into writer: inout JSONWriter) {
        let texts = texts.filter { !$0.isEmpty }
        if texts.isEmpty && media.isEmpty { return }
        Self.beginMessage("user", into: &writer)
        for media in media { Self.write(media, into: &writer) }
        for text in texts { Self.write("input_text", text, into: &writer) }
        Self.endMessage(into: &writer)
    }

    private func write(_ items: [ItemContent], into writer: inout JSONWriter) {
        let lastVisible = items.lastIndex { item in
            switch item {
            case .text(let text): !text.isEmpty
            case .toolCall: true
            case .reasoning: false
            }
        }
        for (place, item) in items.enumerated() {
            switch item {
            case .text(let text):
                if text.isEmpty { continue }
                Self.beginMessage("assistant", into: &writer)
                Self.write("output_text", text, into: &writer)
                Self.endMessage(into: &writer)
            case .toolCall(let call): write(call, into: &writer)
            case .reasoning(_, let state):
                guard let lastVisible, place < lastVisible, let state, state.dialect == ResponsesProvider.dialect else { continue }
                guard state.payload["model"]?.stringValue == model, let item = state.payload["item"] else { continue }
                writer.value(item)
            }
        }
    }

    private static func beginMessage(_ role: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("type", "message")
        writer.field("role", role)
        writer.key("content")
        writer.beginArray()
    }

    private static func endMessage(into writer: inout JSONWriter) {
        writer.endArray()
        writer.endObject()
    }

    static func write(_ type: String, _ text: String, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("type", type)
        writer.field("text", text)
        writer.endObject()
    }

    /// Longer ids are those of other providers.
    private func id(_ call: CallID) -> String { shortened[call] ?? call.rawValue }

    private func write(_ call: ToolCall, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("type", "function_call")
        writer.field("call_id", id(call.id))
        writer.field("name", call.name)
        writer.field("arguments", call.inputObject.serialized())
        writer.endObject()
    }
}
