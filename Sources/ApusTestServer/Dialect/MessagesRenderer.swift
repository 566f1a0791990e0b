import ApusBase

/// Anthropic messages.
struct MessagesRenderer: StreamRenderer {
    let facts: ReplyFacts

    func events(for event: ReplyEvent) -> [WireEvent] {
        switch event {
        case .started: [start, named("ping", [])]
        case .blockStarted(let index, let kind):
            [named("content_block_start", [("index", number(index)), ("content_block", opening(of: kind))])]
        case .delta(let index, let kind, let text):
            [delta(index, kind, text)]
        case .blockFinished(let index, let kind): end(of: index, kind)
        case .finished: [lastFacts, named("message_stop", [])]
        case .error(let type, let message):
            [named("error", [("error", ["type": .string(type), "message": .string(message)])])]
        }
    }

    private var start: WireEvent {
        var message: JSONObject = [
            "id": .string("msg_\(facts.number)"), "type": "message", "role": "assistant", "model": .string(facts.model), "content": [],
            "stop_reason": nil, "stop_sequence": nil,
        ]
        if let usage = facts.usage {
            message["usage"] = [
                "input_tokens": number(usage.input), "cache_creation_input_tokens": number(usage.cacheCreation),
                "cache_read_input_tokens": number(usage.cacheRead), "output_tokens": 1,
            ]
        }
        return named("message_start", [("message", .object(message))])
    }

    private var lastFacts: WireEvent {
        var members: [(String, JSONValue)] = [("delta", ["stop_reason": stopReason, "stop_sequence": nil])]
        if let usage = facts.usage { members.append(("usage", ["output_tokens": number(usage.output)])) }
        return named("message_delta", members)
    }

    private var stopReason: JSONValue {
        switch facts.stop {
        case .fitting, .endOfTurn: "end_turn"
        case .toolCalls: "tool_use"
        case .outputLimit: "max_tokens"
        case .contextLimit: "model_context_window_exceeded"
        case .refusal: "refusal"
        case .word(let word): .string(word)
        case .unnamed: nil
        }
    }

    private func opening(of kind: ReplyEvent.Kind) -> JSONValue {
        switch kind {
        case .text: ["type": "text", "text": ""]
        case .reasoning: ["type": "thinking", "thinking": "", "signature": ""]
        case .redactedReasoning(let data): ["type": "redacted_thinking", "data": .string(data)]
        case .toolCall(let id, let name): ["type": "tool_use", "id": .string(id), "name": .string(name), "input": [:]]
        }
    }

    private func delta(_ index: Int, _ kind: ReplyEvent.Kind, _ text: String) -> WireEvent {
        let content: JSONValue =
            switch kind {
            case .text, .redactedReasoning: ["type": "text_delta", "text": .string(text)]
            case .reasoning: ["type": "thinking_delta", "thinking": .string(text)]
            case .toolCall: ["type": "input_json_delta", "partial_json": .string(text)]
            }
        return named("content_block_delta", [("index", number(index)), ("delta", content)])
    }

    private func end(of index: Int, _ kind: ReplyEvent.Kind) -> [WireEvent] {
        let stop = named("content_block_stop", [("index", number(index))])
        guard case .reasoning(let signature?) = kind else { return [stop] }
        let content: JSONValue = ["type": "signature_delta", "signature": .string(signature)]
        return [named("content_block_delta", [("index", number(index)), ("delta", content)]), stop]
    }

    private func named(_ name: String, _ members: [(String, JSONValue)]) -> WireEvent {
        WireEvent(name: name, data: .object(JSONObject([("type", .string(name))] + members)))
    }

    private func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
