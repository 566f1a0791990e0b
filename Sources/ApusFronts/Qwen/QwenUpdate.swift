import ApusBase
import ApusCore

/// The variants of `session_update` (§6.3).
enum QwenUpdate {
    /// The notification as the agent would send it, and its members once more beside it, where the quickstart looks (§0.1-1).
    static func data(_ update: JSONObject, in session: String) -> JSONValue {
        var data: JSONObject = ["sessionId": .string(session), "update": .object(update)]
        for (key, value) in update where key != "sessionId" && key != "update" { data[key] = value }
        return .object(data)
    }

    static func text(_ text: String) -> JSONValue { ["type": "text", "text": .string(text)] }

    static func content(_ blocks: [JSONValue]) -> JSONValue { .array(blocks.map { ["type": "content", "content": $0] }) }

    static func chunk(_ kind: String, _ text: String) -> JSONObject { ["sessionUpdate": .string(kind), "content": self.text(text)] }

    /// The prompt as every client sees it; what came with it is named, not repeated.
    static func prompt(_ text: String, _ media: [MediaReference], at time: Timestamp) -> [JSONObject] {
        var texts = text.isEmpty ? [] : [text]
        if !media.isEmpty {
            texts.append(
                media.map { reference in
                    let name = reference.details.name.map { " \"\($0)\"" } ?? ""
                    return "[\(reference.details.type.phrase)\(name), \(reference.byteCount) bytes]"
                }.joined(separator: "\n"))
        }
        return texts.map { text in
            var update = chunk("user_message_chunk", text)
            update["_meta"] = ["serverTimestamp": .integer(time), "source": "bridge-echo"]
            return update
        }
    }

    static func called(_ call: ToolCall) -> JSONObject {
        var update: JSONObject = ["sessionUpdate": "tool_call"]
        for (key, value) in QwenToolWords.members(of: call) { update[key] = value }
        update["status"] = "pending"
        let diffs = QwenToolWords.diffs(of: call)
        if !diffs.isEmpty { update["content"] = .array(diffs) }
        return update
    }

    static func running(_ call: CallID) -> JSONObject {
        ["sessionUpdate": "tool_call_update", "toolCallId": .string(call.rawValue), "status": "in_progress"]
    }

    /// An edit that was done keeps its diff in sight.
    static func finished(_ outcome: ToolOutcome, of call: ToolCall?) -> JSONObject {
        let isDone = outcome.status == .succeeded
        let diffs = isDone ? call.map { QwenToolWords.diffs(of: $0) } ?? [] : []
        let said = content([text(outcome.text)]).arrayValue ?? []
        return [
            "sessionUpdate": "tool_call_update", "toolCallId": .string(outcome.call.rawValue),
            "status": isDone ? "completed" : "failed", "content": .array(diffs.isEmpty ? said : diffs),
            "rawOutput": ["status": .string(outcome.status.rawValue), "text": .string(outcome.text)],
        ]
    }

    static func plan(_ todos: [Todo]) -> JSONObject {
        [
            "sessionUpdate": "plan",
            "entries": .array(
                todos.map { ["content": .string($0.text), "priority": "medium", "status": .string($0.status.rawValue)] }),
        ]
    }

    static func commands(_ commands: [JSONValue]) -> JSONObject {
        ["sessionUpdate": "available_commands_update", "availableCommands": .array(commands)]
    }

    static func command(_ command: ListedCommand) -> JSONValue {
        [
            "name": .string(command.name), "description": .string(command.summary),
            "input": command.argumentHint.map { ["hint": .string($0)] } ?? .null,
        ]
    }

    static func mode(_ mode: QwenMode) -> JSONObject { ["sessionUpdate": "current_mode_update", "currentModeId": .string(mode.rawValue)] }

    /// What a response cost, on a chunk without words (§6.4).
    static func usage(_ usage: Usage) -> JSONObject {
        let input = usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens
        var tokens: JSONObject = [
            "inputTokens": .integer(Int64(input)), "outputTokens": .integer(Int64(usage.outputTokens)),
            "totalTokens": .integer(Int64(input + usage.outputTokens)),
        ]
        if let thought = usage.reasoningTokens { tokens["thoughtTokens"] = .integer(Int64(thought)) }
        if usage.cacheReadTokens > 0 { tokens["cachedReadTokens"] = .integer(Int64(usage.cacheReadTokens)) }
        var update = chunk("agent_message_chunk", "")
        update["_meta"] = ["usage": .object(tokens)]
        return update
    }
}
