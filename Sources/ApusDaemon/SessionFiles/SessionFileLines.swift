import ApusBase
import ApusCore
import DroidWire

/// A session in the form of the original's files (`droid-exec.md` §5.5). Pure.
struct SessionFileLines: Sendable {
    let state: SessionState

    /// The first line.
    var start: JSONValue {
        var object: JSONObject = [
            "type": "session_start", "id": .string(state.header.id.rawValue), "title": .string(title), "owner": "", "version": 2,
            "cwd": .string(state.directory), "hostId": "", "createdAt": .string(Self.time(state.header.createdAt)),
        ]
        if let parent = state.header.parent ?? state.header.caller?.session { object["parentSessionId"] = .string(parent.rawValue) }
        if let caller = state.header.caller { object["callingToolUseId"] = .string(caller.call.rawValue) }
        return .object(object)
    }

    /// Never empty: readers skip a session without a title.
    var title: String { state.title.isEmpty ? "Untitled" : state.title }

    /// One entry may be two lines: a response and the results of its calls.
    func lines(of entry: TranscriptEntry) -> [JSONValue] {
        switch entry {
        case .context(let message, let note):
            return [line(id: "context-\(message)", role: "user", [Self.text(note.text)], more: [("visibility", "llm_only")])]
        case .user(let message, _, let text, let media):
            return [line(id: message.rawValue, role: "user", [Self.text(text)] + media.map(Self.placeholder))]
        case .response(let response):
            let blocks = response.blocks.compactMap(Self.block)
            if blocks.isEmpty { return [] }
            var lines = [line(id: response.message.rawValue, role: "assistant", blocks, more: [("modelId", .string(model))])]
            if !response.outcomes.isEmpty {
                lines.append(line(id: "\(response.message)-results", role: "user", response.outcomes.map(Self.result)))
            }
            return lines
        }
    }

    /// The lines of the transcript from an entry on, with the newest compaction at its place unless it was written before.
    func lines(from start: Int, afterCompaction known: MessageID?) -> [JSONValue] {
        guard let compaction = state.compaction, compaction.message != known else { return state.transcript[start...].flatMap(lines) }
        let place = min(max(state.compactedAt, start), state.transcript.count)
        return state.transcript[start..<place].flatMap(lines) + [line(of: compaction)] + state.transcript[place...].flatMap(lines)
    }

    private func line(of compaction: Compaction) -> JSONValue {
        var object: JSONObject = [
            "type": "compaction_state", "id": .string(compaction.message.rawValue), "timestamp": .string(Self.time(state.updatedAt)),
            "summaryText": .string(compaction.summary), "removedCount": .integer(Int64(compaction.removed)),
        ]
        object["anchorMessageId"] = compaction.keptFrom.map { .string($0.rawValue) } ?? .null
        return .object(object)
    }

    /// The sibling file.
    var settings: JSONValue {
        let settings = state.settings
        var object: JSONObject = [
            "model": .string(model), "interactionMode": .string(settings.interaction.rawValue),
            "autonomyLevel": .string(min(settings.autonomy, .high).rawValue),
            "tokenUsage": [
                "inputTokens": .integer(Int64(state.usage.inputTokens)), "outputTokens": .integer(Int64(state.usage.outputTokens)),
                "cacheCreationTokens": .integer(Int64(state.usage.cacheCreationTokens)),
                "cacheReadTokens": .integer(Int64(state.usage.cacheReadTokens)),
                "thinkingTokens": .integer(Int64(state.usage.reasoningTokens ?? 0)),
            ],
            "tags": .array(
                settings.labels.map { label in
                    let metadata = label.metadata.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.string($0.value)) }
                    return ["name": .string(label.name), "metadata": .object(JSONObject(metadata))]
                }),
        ]
        if let effort = settings.effort { object["reasoningEffort"] = .string(effort.rawValue) }
        if let model = settings.specModel { object["specModeModel"] = .string(model) }
        if let effort = settings.specEffort { object["specModeReasoningEffort"] = .string(effort.rawValue) }
        if let time = state.archivedAt { object["archivedAt"] = .string(Self.time(time)) }
        return .object(object)
    }

    private var model: String { state.settings.model ?? "" }

    private func line(id: String, role: String, _ blocks: [JSONValue], more: [(String, JSONValue)] = []) -> JSONValue {
        var message: JSONObject = ["role": .string(role), "content": .array(blocks)]
        for (name, value) in more { message[name] = value }
        return [
            "type": "message", "id": .string(id), "timestamp": .string(Self.time(state.updatedAt)), "message": .object(message),
        ]
    }

    private static func block(_ block: Response.Block) -> JSONValue? {
        switch block.item.content {
        case .text(let text): return self.text(text)
        case .reasoning(let text, let opaque):
            // A block that was cut off has no signature and could not be given back.
            if block.isInterrupted || text.isEmpty { return nil }
            return ["type": "thinking", "thinking": .string(text), "signature": .string(opaque?.payload["signature"]?.stringValue ?? "")]
        case .toolCall(let call):
            if block.isInterrupted { return nil }
            return ["type": "tool_use", "id": .string(call.id.rawValue), "name": .string(call.name), "input": call.input]
        }
    }

    private static func result(_ outcome: ToolOutcome) -> JSONValue {
        [
            "type": "tool_result", "tool_use_id": .string(outcome.call.rawValue), "is_error": .bool(outcome.isError),
            "content": .string(outcome.text),
        ]
    }

    private static func text(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

    /// The bytes stay in the blob store.
    private static func placeholder(_ media: MediaReference) -> JSONValue {
        text("[\(media.details.type.phrase)\(media.details.name.map { " \($0)" } ?? ""), \(media.byteCount) bytes]")
    }

    private static func time(_ time: Timestamp) -> String { DroidTimestamp(millisecondsSince1970: time).text }
}
