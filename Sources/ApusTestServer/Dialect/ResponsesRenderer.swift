import ApusBase

/// OpenAI responses. Everything is told again when it is whole: a part, its item, the response.
struct ResponsesRenderer: StreamRenderer {
    private struct Slot {
        var kind: ReplyEvent.Kind
        var text = ""
    }

    let facts: ReplyFacts
    private var slots: [Int: Slot] = [:]
    private var finishedItems: [JSONValue] = []
    private var nextNumber = 0

    init(facts: ReplyFacts) { self.facts = facts }

    mutating func events(for event: ReplyEvent) -> [WireEvent] {
        switch event {
        case .started:
            [
                named("response.created", [("response", response(status: "in_progress"))]),
                named("response.in_progress", [("response", response(status: "in_progress"))]),
            ]
        case .blockStarted(let index, let kind): begin(index, kind)
        case .delta(let index, let kind, let text): grow(index, kind, text)
        case .blockFinished(let index, let kind): end(index, kind)
        case .finished: [ending]
        case .error(let type, let message):
            [named("error", [("code", .string(type)), ("message", .string(message)), ("param", nil)])]
        }
    }

    // MARK: items

    private mutating func begin(_ index: Int, _ kind: ReplyEvent.Kind) -> [WireEvent] {
        slots[index] = Slot(kind: kind)
        let added = named("response.output_item.added", [("output_index", number(index)), ("item", item(index, kind, isWhole: false))])
        switch kind {
        case .text: return [added, part("response.content_part.added", index, ["type": "output_text", "text": "", "annotations": []])]
        case .reasoning: return [added, part("response.reasoning_summary_part.added", index, ["type": "summary_text", "text": ""])]
        case .redactedReasoning, .toolCall: return [added]
        }
    }

    private mutating func grow(_ index: Int, _ kind: ReplyEvent.Kind, _ text: String) -> [WireEvent] {
        slots[index]?.text += text
        guard let word = Self.word(for: kind) else { return [] }
        return [named("response.\(word).delta", place(index, kind) + [("delta", .string(text))])]
    }

    private mutating func end(_ index: Int, _ kind: ReplyEvent.Kind) -> [WireEvent] {
        let text = JSONValue.string(slots[index]?.text ?? "")
        var events: [WireEvent] = []
        if let word = Self.word(for: kind) {
            let member = word == "function_call_arguments" ? "arguments" : "text"
            events.append(named("response.\(word).done", place(index, kind) + [(member, text)]))
        }
        switch kind {
        case .text: events.append(part("response.content_part.done", index, ["type": "output_text", "text": text, "annotations": []]))
        case .reasoning: events.append(part("response.reasoning_summary_part.done", index, ["type": "summary_text", "text": text]))
        case .redactedReasoning, .toolCall: break
        }
        let whole = item(index, kind, isWhole: true)
        finishedItems.append(whole)
        slots[index] = nil
        return events + [named("response.output_item.done", [("output_index", number(index)), ("item", whole)])]
    }

    /// What grows, in the API's words.
    private static func word(for kind: ReplyEvent.Kind) -> String? {
        switch kind {
        case .text: "output_text"
        case .reasoning: "reasoning_summary_text"
        case .redactedReasoning: nil
        case .toolCall: "function_call_arguments"
        }
    }

    private func id(_ index: Int, _ kind: ReplyEvent.Kind) -> JSONValue {
        switch kind {
        case .text: .string("msg_\(facts.number)_\(index)")
        case .reasoning, .redactedReasoning: .string("rs_\(facts.number)_\(index)")
        case .toolCall: .string("fc_\(facts.number)_\(index)")
        }
    }

    private func item(_ index: Int, _ kind: ReplyEvent.Kind, isWhole: Bool) -> JSONValue {
        let text = JSONValue.string(slots[index]?.text ?? "")
        let status: JSONValue = isWhole ? "completed" : "in_progress"
        switch kind {
        case .text:
            return [
                "id": id(index, kind), "type": "message", "status": status, "role": "assistant",
                "content": isWhole ? [["type": "output_text", "text": text, "annotations": []]] : [],
            ]
        case .reasoning(let signature):
            var item: JSONObject = [
                "id": id(index, kind), "type": "reasoning", "summary": isWhole ? [["type": "summary_text", "text": text]] : [],
            ]
            if isWhole, let signature { item["encrypted_content"] = .string(signature) }
            return .object(item)
        case .redactedReasoning(let data):
            var item: JSONObject = ["id": id(index, kind), "type": "reasoning", "summary": []]
            if isWhole { item["encrypted_content"] = .string(data) }
            return .object(item)
        case .toolCall(let call, let name):
            return [
                "id": id(index, kind), "type": "function_call", "status": status, "call_id": .string(call), "name": .string(name),
                "arguments": text,
            ]
        }
    }

    /// Where a piece belongs.
    private func place(_ index: Int, _ kind: ReplyEvent.Kind) -> [(String, JSONValue)] {
        var members: [(String, JSONValue)] = [("item_id", id(index, kind)), ("output_index", number(index))]
        switch kind {
        case .text: members.append(("content_index", 0))
        case .reasoning: members.append(("summary_index", 0))
        case .redactedReasoning, .toolCall: break
        }
        return members
    }

    private mutating func part(_ name: String, _ index: Int, _ part: JSONValue) -> WireEvent {
        named(name, place(index, slots[index]?.kind ?? .text) + [("part", part)])
    }

    // MARK: the response

    private var ending: WireEvent {
        mutating get {
            let (status, reason) = outcome
            var response = response(status: status).objectValue ?? [:]
            if let reason { response["incomplete_details"] = ["reason": .string(reason)] }
            response["output"] = .array(finishedItems)
            if let usage = facts.usage { response["usage"] = counts(usage) }
            return named("response.\(status == "incomplete" ? "incomplete" : "completed")", [("response", .object(response))])
        }
    }

    /// A turn that ends and one that calls tools look the same here. `nil`: no status at all.
    private var outcome: (status: String?, reason: String?) {
        switch facts.stop {
        case .fitting, .endOfTurn, .toolCalls: ("completed", nil)
        case .outputLimit, .contextLimit: ("incomplete", "max_output_tokens")
        case .refusal: ("incomplete", "content_filter")
        case .word(let word): ("incomplete", word)
        case .unnamed: (nil, nil)
        }
    }

    private func response(status: String?) -> JSONValue {
        var members: JSONObject = [
            "id": .string("resp_\(facts.number)"), "object": "response", "created_at": 1_700_000_000, "model": .string(facts.model),
        ]
        if let status { members["status"] = .string(status) }
        members["error"] = .null
        members["output"] = []
        return .object(members)
    }

    /// Everything the model read counts as input here; there is no word for what went into a cache.
    private func counts(_ usage: TokenCounts) -> JSONValue {
        let input = usage.input + usage.cacheRead + usage.cacheCreation
        return [
            "input_tokens": number(input), "input_tokens_details": ["cached_tokens": number(usage.cacheRead)],
            "output_tokens": number(usage.output), "output_tokens_details": ["reasoning_tokens": number(usage.reasoning ?? 0)],
            "total_tokens": number(input + usage.output),
        ]
    }

    private mutating func named(_ name: String, _ members: [(String, JSONValue)]) -> WireEvent {
        defer { nextNumber += 1 }
        return WireEvent(
            name: name, data: .object(JSONObject([("type", .string(name)), ("sequence_number", number(nextNumber))] + members)))
    }

    private func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
