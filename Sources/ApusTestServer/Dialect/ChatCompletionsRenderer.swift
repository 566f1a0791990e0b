import ApusBase

/// OpenAI chat completions.
struct ChatCompletionsRenderer: StreamRenderer {
    let facts: ReplyFacts
    /// Tool calls are numbered among themselves.
    private var callIndices: [Int: Int] = [:]

    init(facts: ReplyFacts) { self.facts = facts }

    mutating func events(for event: ReplyEvent) -> [WireEvent] {
        switch event {
        case .started: [chunk(delta: ["role": "assistant", "content": ""])]
        case .blockStarted(let index, .toolCall(let id, let name)): [callStart(index, id: id, name: name)]
        case .blockStarted: []
        case .delta(let index, let kind, let text): delta(index, kind, text)
        case .blockFinished: []
        case .finished: ending
        case .error(let type, let message):
            [WireEvent(data: ["error": ["message": .string(message), "type": .string(type), "code": nil]])]
        }
    }

    private mutating func callStart(_ index: Int, id: String, name: String) -> WireEvent {
        let position = callIndices.count
        callIndices[index] = position
        return chunk(delta: [
            "tool_calls": [
                [
                    "index": .integer(Int64(position)), "id": .string(id), "type": "function",
                    "function": ["name": .string(name), "arguments": ""],
                ]
            ]
        ])
    }

    private func delta(_ index: Int, _ kind: ReplyEvent.Kind, _ text: String) -> [WireEvent] {
        switch kind {
        case .text: return [chunk(delta: ["content": .string(text)])]
        case .reasoning: return [chunk(delta: .object([facts.shape.reasoningMember: .string(text)]))]
        case .redactedReasoning: return []
        case .toolCall:
            let position = Int64(callIndices[index] ?? 0)
            return [chunk(delta: ["tool_calls": [["index": .integer(position), "function": ["arguments": .string(text)]]]])]
        }
    }

    private var ending: [WireEvent] {
        var events: [WireEvent] = []
        if let finishReason { events.append(chunk(delta: [:], finishReason: finishReason)) }
        if let usage = facts.usage { events.append(chunk(choices: [], usage: counts(usage))) }
        if !facts.shape.omitsDone { events.append(WireEvent(data: "[DONE]")) }
        return events
    }

    private var finishReason: String? {
        switch facts.stop {
        case .fitting, .endOfTurn: "stop"
        case .toolCalls: "tool_calls"
        case .outputLimit, .contextLimit: "length"
        case .refusal: "content_filter"
        case .word(let word): word
        case .unnamed: nil
        }
    }

    /// Everything the model read counts as prompt here; there is no word for what went into a cache.
    private func counts(_ usage: TokenCounts) -> JSONValue {
        let prompt = usage.input + usage.cacheRead + usage.cacheCreation
        var counts: JSONObject = [
            "prompt_tokens": .integer(Int64(prompt)), "completion_tokens": .integer(Int64(usage.output)),
            "total_tokens": .integer(Int64(prompt + usage.output)),
            "prompt_tokens_details": ["cached_tokens": .integer(Int64(usage.cacheRead))],
        ]
        if let reasoning = usage.reasoning { counts["completion_tokens_details"] = ["reasoning_tokens": .integer(Int64(reasoning))] }
        return .object(counts)
    }

    private func chunk(delta: JSONValue, finishReason: String? = nil) -> WireEvent {
        chunk(choices: [["index": 0, "delta": delta, "finish_reason": finishReason.map { .string($0) } ?? .null]])
    }

    private func chunk(choices: JSONValue, usage: JSONValue? = nil) -> WireEvent {
        var members: JSONObject = [
            "id": .string("chatcmpl-\(facts.number)"), "object": "chat.completion.chunk", "created": 1_700_000_000,
            "model": .string(facts.model), "choices": choices,
        ]
        if let usage { members["usage"] = usage }
        return WireEvent(data: .object(members))
    }
}
