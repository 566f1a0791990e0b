import ApusBase
import ApusCore
import DroidWire

/// What a session is, in the words of the protocol (Appendix A). Made of its state alone, so that a replay says the same.
enum OptaWords {
    static func date(_ time: Timestamp) -> String { DroidTimestamp(millisecondsSince1970: time).text }

    // MARK: Writers

    /// Before a writer's name in the origin of its turns: no connection of another protocol is called so.
    private static let prefix = "opta/"

    static func origin(of writer: String) -> String { prefix + writer }

    /// Who wrote a turn; for turns of other protocols the name of that.
    static func writer(_ origin: TurnOrigin) -> String {
        if origin.front == .opta, origin.writer.hasPrefix(prefix) { return String(origin.writer.dropFirst(prefix.count)) }
        return origin.front.rawValue
    }

    static func client(_ origin: TurnOrigin) -> String { origin.client ?? origin.qwenClient ?? writer(origin) }

    /// Turns of other protocols by the one table of modes.
    static func mode(of input: TurnInput, in settings: SessionSettings) -> String {
        if input.origin.front == .opta, let mode = input.origin.mode { return mode }
        let settings = input.overrides.applied(to: settings)
        if settings.interaction == .spec { return "plan" }
        return settings.autonomy >= .medium ? "do" : "chat"
    }

    /// As a request to cancel named its writer.
    static func named(_ writer: String) -> String { writer.hasPrefix(prefix) ? String(writer.dropFirst(prefix.count)) : writer }

    // MARK: Sessions

    static func snapshot(_ state: SessionState, defaultModel: String) -> JSONObject {
        var snapshot: JSONObject = [
            "sessionId": .string(state.header.id.rawValue), "model": .string(state.settings.model ?? defaultModel),
        ]
        if !state.title.isEmpty { snapshot["title"] = .string(state.title) }
        snapshot["createdAt"] = .string(date(state.header.createdAt))
        snapshot["updatedAt"] = .string(date(state.updatedAt))
        if let running = state.running { snapshot["activeTurnId"] = .string(running.input.turn.rawValue) }
        let inputs = state.queue + (state.running.map { [$0.input] } ?? [])
        snapshot["queuedTurns"] = .integer(Int64(state.queue.count))
        snapshot["toolCallCount"] = .integer(Int64(state.transcript.reduce(0) { $0 + $1.toolRuns }))
        snapshot["writerCount"] = .integer(Int64(Set(inputs.map { writer($0.origin) }).count))
        return snapshot
    }

    /// What people, the model and its tools said; what only the model was told stays between it and us.
    static func messages(_ state: SessionState) -> [JSONValue] {
        state.transcript.flatMap { entry -> [JSONValue] in
            switch entry {
            case .user(_, _, let text, let media):
                let names = media.map { "[\($0.details.type.phrase), \($0.byteCount) bytes]" }
                return [["role": "user", "content": .string(([text] + names).filter { !$0.isEmpty }.joined(separator: "\n"))]]
            case .context(_, let note):
                return note.source == OptaSeed.source ? [["role": "system", "content": .string(note.text)]] : []
            case .response(let response): return messages(response)
            }
        }
    }

    private static func messages(_ response: Response) -> [JSONValue] {
        let text = response.text
        let calls = response.calls
        if text.isEmpty, calls.isEmpty { return [] }
        var said: JSONObject = ["role": "assistant", "content": text.isEmpty ? .null : .string(text)]
        if !calls.isEmpty {
            said["tool_calls"] = .array(
                calls.map { call in
                    [
                        "id": .string(call.id.rawValue), "type": "function",
                        "function": ["name": .string(call.name), "arguments": .string(arguments(call.input))],
                    ]
                })
        }
        return [.object(said)]
            + response.outcomes.map { outcome in
                ["role": "tool", "content": .string(outcome.text), "tool_call_id": .string(outcome.call.rawValue)]
            }
    }

    /// The JSON text of a call's input; what the model wrote when that was no JSON.
    static func arguments(_ input: JSONValue) -> String { input.stringValue ?? input.serialized() }

    // MARK: Turns

    static func stats(of end: TurnEnd, toolCalls: Int) -> JSONValue {
        let written = end.usage.outputTokens
        let elapsed = Double(end.durationMilliseconds) / 1_000
        let read = end.usage.inputTokens + end.usage.cacheReadTokens + end.usage.cacheCreationTokens
        return [
            "tokens": .integer(Int64(written)), "promptTokens": .integer(Int64(read)), "completionTokens": .integer(Int64(written)),
            "toolCalls": .integer(Int64(toolCalls)), "elapsed": .double(elapsed),
            "speed": .double(elapsed > 0.1 ? Double(written) / elapsed : 0),
            "firstTokenLatencyMs": end.firstDeltaMilliseconds.map { .integer(Int64($0.rounded())) } ?? .null,
        ]
    }
}

extension ToolOutcome {
    /// Whether the call ran, or was told to clients as one that did.
    var isToldAsRun: Bool {
        switch status {
        case .succeeded, .failed, .interrupted: true
        case .refused, .notRun: false
        }
    }
}

extension TranscriptEntry {
    /// Calls of a response that ran.
    var toolRuns: Int { if case .response(let response) = self { response.outcomes.count(where: \.isToldAsRun) } else { 0 } }

    func isResponse(of turn: TurnID) -> Bool { if case .response(let response) = self { response.turn == turn } else { false } }
}
