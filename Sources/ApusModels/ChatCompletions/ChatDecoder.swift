import ApusBase
import ApusCore

/// Reads the stream of a Chat Completions API, with the liberties that servers take: reasoning under several names, calls without
/// ids or indexes, input as an object, content in parts, usage anywhere or nowhere, an end without `[DONE]`.
struct ChatDecoder: ResponseDecoder {
    private let endpoint: ModelEndpoint
    private let errors: ProviderError
    private(set) var items = ResponseAssembler()
    private var calls: ChatCalls
    private var textItem: Int?
    private var reasoning: ChatReasoning?
    private var reasoningItem: Int?
    private var stopWord: String?
    private(set) var isComplete = false

    /// - Parameters:
    ///   - takenCalls: ids of the conversation so far; a server that numbers anew in each answer would repeat them.
    ///   - token: makes the part of an invented id that keeps it unique.
    init(endpoint: ModelEndpoint, takenCalls: Set<CallID> = [], token: @escaping @Sendable () -> String = { randomToken(length: 12) }) {
        self.endpoint = endpoint
        errors = ProviderError(endpoint: endpoint)
        calls = ChatCalls(taken: takenCalls, token: token)
    }

    var hasStopReason: Bool { stopWord != nil }

    mutating func read(_ event: ServerSentEvent, into events: inout [ModelEvent]) throws(ModelError) {
        if event.data.trimmingSpaces == "[DONE]" {
            isComplete = true
            return
        }
        let value = try errors.value(of: event)
        if event.event == "error" || Self.isError(value) { throw errors.error(inStream: value) }
        read(value, into: &events)
    }

    mutating func read(document: JSONValue, into events: inout [ModelEvent]) throws(ModelError) {
        if Self.isError(document) { throw errors.error(inStream: document) }
        guard document["choices"]?.arrayValue != nil else {
            throw errors.violation("a document without choices: \(document.serialized().prefix(200))")
        }
        read(document, into: &events)
        isComplete = true
    }

    private static func isError(_ value: JSONValue) -> Bool {
        value["error"].map { !$0.isNull } ?? false || value["object"]?.stringValue == "error"
    }

    mutating func finish(into events: inout [ModelEvent]) throws(ModelError) {
        guard stopWord != nil || isComplete else { throw errors.broken("it ended without a finish_reason") }
        if stopWord == "error" { throw errors.broken("its finish_reason is error") }
        closeReasoning(into: &events)
        closeText(into: &events)
        calls.finish(&items, into: &events)
        let reason = self.reason
        try items.checkEmptiness(reason, errors)
        events.append(.finished(reason))
    }

    /// Servers say `stop` with calls and `tool_calls` without any; the calls themselves are believed.
    private var reason: StopReason {
        switch stopWord {
        case "length", "max_tokens": .outputLimit
        case "content_filter", "refusal": .refusal
        default:
            if items.callCount > 0 {
                .toolCalls
            } else {
                switch stopWord {
                case nil, "stop", "tool_calls", "function_call", "end_turn", "eos": .endOfTurn
                default: .other
                }
            }
        }
    }

    private mutating func read(_ chunk: JSONValue, into events: inout [ModelEvent]) {
        if let usage = Self.usage(in: chunk) { items.note(usage, into: &events) }
        for choice in chunk["choices"]?.arrayValue ?? [] where (choice["index"]?.integerValue ?? 0) == 0 {
            if let delta = choice["delta"] ?? choice["message"] {
                readReasoning(delta, into: &events)
                readContent(delta["content"], into: &events)
                // A refusal is text to read, as it was meant for people.
                growText(delta["refusal"]?.stringValue, into: &events)
                readCalls(delta["tool_calls"], into: &events)
            }
            // Some write an empty text where others write null.
            if let word = choice["finish_reason"]?.stringValue, !word.isEmpty, word != "null" { stopWord = word }
        }
    }

    // MARK: reasoning and text

    private mutating func readReasoning(_ delta: JSONValue, into events: inout [ModelEvent]) {
        for field in ["reasoning_content", "reasoning"] {
            guard let text = delta[field]?.stringValue, !text.isEmpty else { continue }
            growReasoning(text, field: field, into: &events)
            break
        }
        if let details = delta["reasoning_details"]?.arrayValue, !details.isEmpty {
            growReasoning("", field: nil, into: &events)
            reasoning?.add(details)
        }
    }

    private mutating func readContent(_ content: JSONValue?, into events: inout [ModelEvent]) {
        guard let parts = content?.arrayValue else { return growText(content?.stringValue, into: &events) }
        for part in parts {
            if part["type"]?.stringValue == "thinking" {
                let text =
                    part["thinking"]?.stringValue ?? (part["thinking"]?.arrayValue ?? []).compactMap { $0["text"]?.stringValue }.joined()
                growReasoning(text, field: nil, into: &events)
            } else {
                growText(part["text"]?.stringValue, into: &events)
            }
        }
    }

    private mutating func growReasoning(_ text: String, field: String?, into events: inout [ModelEvent]) {
        closeText(into: &events)
        let item = reasoningItem ?? items.start(.reasoning, into: &events)
        reasoningItem = item
        if reasoning == nil { reasoning = ChatReasoning(model: endpoint.model) }
        if let field { reasoning?.field = field }
        items.append(text, to: item, into: &events)
    }

    private mutating func growText(_ text: String?, into events: inout [ModelEvent]) {
        guard let text, !text.isEmpty else { return }
        closeReasoning(into: &events)
        let item = textItem ?? items.start(.text, into: &events)
        textItem = item
        items.append(text, to: item, into: &events)
    }

    private mutating func closeText(into events: inout [ModelEvent]) {
        if let item = textItem.take() { items.finish(item, into: &events) }
    }

    private mutating func closeReasoning(into events: inout [ModelEvent]) {
        guard let item = reasoningItem.take() else { return }
        items.finish(item, state: reasoning.take()?.state, into: &events)
    }

    private mutating func readCalls(_ value: JSONValue?, into events: inout [ModelEvent]) {
        guard let deltas = value?.arrayValue, !deltas.isEmpty else { return }
        closeReasoning(into: &events)
        closeText(into: &events)
        for delta in deltas { calls.read(delta, &items, into: &events) }
    }

    // MARK: usage

    private static func usage(in chunk: JSONValue) -> Usage? {
        guard let value = [chunk["usage"], chunk["x_groq"]?["usage"]].compactMap(\.self).first(where: { $0.objectValue != nil }) else {
            return nil
        }
        func count(_ value: JSONValue?) -> Int? { value?.integerValue.map { Int($0) } }
        let cached = count(value["prompt_tokens_details"]?["cached_tokens"]) ?? count(value["prompt_cache_hit_tokens"]) ?? 0
        let prompt = count(value["prompt_tokens"]) ?? 0
        return Usage(
            inputTokens: max(prompt - cached, 0), outputTokens: count(value["completion_tokens"]) ?? 0, cacheReadTokens: cached,
            reasoningTokens: count(value["completion_tokens_details"]?["reasoning_tokens"]))
    }
}
