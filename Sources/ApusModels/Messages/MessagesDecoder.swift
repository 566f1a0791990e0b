import ApusBase
import ApusCore

/// Reads the stream of the Messages API: blocks by index, each started, grown and stopped; then the stop reason and usage.
struct MessagesDecoder: ResponseDecoder {
    private enum Block {
        /// Not shown until it has a first character.
        case text(item: Int?)
        case thinking(item: Int?, signature: String)
        case tool(item: Int, wholeInput: JSONValue?, hasInput: Bool)
        case ignored
    }

    private let errors: ProviderError
    private(set) var items = ResponseAssembler()
    private var blocks: [Int64: Block] = [:]
    private var usage = Usage()
    private var stop: StopReason?
    private(set) var isComplete = false

    init(endpoint: ModelEndpoint) {
        errors = ProviderError(endpoint: endpoint)
    }

    var hasStopReason: Bool { stop != nil }

    mutating func read(_ event: ServerSentEvent, into events: inout [ModelEvent]) throws(ModelError) {
        if event.data == "[DONE]" {
            // Written by proxies that speak both dialects.
            isComplete = true
            return
        }
        let value = try errors.value(of: event)
        switch value["type"]?.stringValue ?? event.event ?? "" {
        case "message_start": note(value["message"]?["usage"], into: &events)
        case "content_block_start": start(value, into: &events)
        case "content_block_delta": grow(value, into: &events)
        case "content_block_stop": stopBlock(value["index"]?.integerValue ?? -1, into: &events)
        case "message_delta":
            if let reason = value["delta"]?["stop_reason"]?.stringValue { stop = Self.reason(reason) }
            note(value["usage"], into: &events)
        case "message_stop": isComplete = true
        case "error": throw errors.error(inStream: value)
        default:
            // Pings, and kinds that came after this was written.
            if value["error"] != nil && value["type"] == nil { throw errors.error(inStream: value) }
        }
    }

    mutating func read(document: JSONValue, into events: inout [ModelEvent]) throws(ModelError) {
        if document["error"] != nil { throw errors.error(inStream: document) }
        guard let content = document["content"]?.arrayValue else {
            throw errors.violation("a document without content: \(document.serialized().prefix(200))")
        }
        for (index, block) in content.enumerated() {
            start(["index": .integer(Int64(index)), "content_block": block], into: &events)
            stopBlock(Int64(index), into: &events)
        }
        note(document["usage"], into: &events)
        stop = document["stop_reason"]?.stringValue.map(Self.reason) ?? .endOfTurn
    }

    mutating func finish(into events: inout [ModelEvent]) throws(ModelError) {
        guard stop != nil || isComplete else { throw errors.broken("it ended without a stop reason") }
        for index in blocks.keys.sorted() { stopBlock(index, into: &events) }
        let reason = stop ?? (items.callCount > 0 ? .toolCalls : .endOfTurn)
        try items.checkEmptiness(reason, errors)
        events.append(.finished(reason))
    }

    // MARK: blocks

    private mutating func start(_ value: JSONValue, into events: inout [ModelEvent]) {
        guard let block = value["content_block"], let index = value["index"]?.integerValue else { return }
        if blocks[index] != nil { stopBlock(index, into: &events) }
        switch block["type"]?.stringValue {
        case "text":
            blocks[index] = .text(item: nil)
            growText(index, block["text"]?.stringValue ?? "", into: &events)
        case "thinking":
            blocks[index] = .thinking(item: nil, signature: "")
            growThinking(index, block["thinking"]?.stringValue ?? "", signature: block["signature"]?.stringValue ?? "", into: &events)
        case "redacted_thinking":
            let item = items.start(.reasoning, into: &events)
            items.finish(item, state: OpaqueState(dialect: MessagesProvider.dialect, payload: block), into: &events)
            blocks[index] = .ignored
        case "tool_use":
            let id = CallID(block["id"]?.stringValue ?? "call_" + randomToken(length: 24))
            let item = items.start(.toolCall(id, name: block["name"]?.stringValue ?? ""), into: &events)
            // Streaming servers put an empty object here and the input into deltas.
            let isPlaceholder = block["input"].map { $0.isNull || $0.objectValue?.isEmpty == true } ?? true
            let input = isPlaceholder ? Optional.none : block["input"]
            blocks[index] = .tool(item: item, wholeInput: input, hasInput: false)
        default: blocks[index] = .ignored
        }
    }

    private mutating func grow(_ value: JSONValue, into events: inout [ModelEvent]) {
        guard let index = value["index"]?.integerValue, let delta = value["delta"] else { return }
        switch delta["type"]?.stringValue {
        case "text_delta": growText(index, delta["text"]?.stringValue ?? "", into: &events)
        case "thinking_delta": growThinking(index, delta["thinking"]?.stringValue ?? "", signature: "", into: &events)
        case "signature_delta": growThinking(index, "", signature: delta["signature"]?.stringValue ?? "", into: &events)
        case "input_json_delta":
            guard case .tool(let item, _, let hasInput) = blocks[index], let text = delta["partial_json"]?.stringValue else { return }
            items.append(text, to: item, into: &events)
            blocks[index] = .tool(item: item, wholeInput: nil, hasInput: hasInput || !text.isEmpty)
        default: break
        }
    }

    private mutating func growText(_ index: Int64, _ text: String, into events: inout [ModelEvent]) {
        guard case .text(let open) = blocks[index], !text.isEmpty else { return }
        let item = open ?? items.start(.text, into: &events)
        blocks[index] = .text(item: item)
        items.append(text, to: item, into: &events)
    }

    private mutating func growThinking(_ index: Int64, _ text: String, signature: String, into events: inout [ModelEvent]) {
        guard case .thinking(let open, let before) = blocks[index], !text.isEmpty || !signature.isEmpty else { return }
        let item = open ?? items.start(.reasoning, into: &events)
        blocks[index] = .thinking(item: item, signature: before + signature)
        items.append(text, to: item, into: &events)
    }

    private mutating func stopBlock(_ index: Int64, into events: inout [ModelEvent]) {
        guard let block = blocks.removeValue(forKey: index) else { return }
        switch block {
        case .ignored: break
        case .text(let item): if let item { items.finish(item, into: &events) }
        case .thinking(let item, let signature):
            guard let item else { return }
            let payload: JSONValue = ["type": "thinking", "signature": .string(signature)]
            let state = signature.isEmpty ? nil : OpaqueState(dialect: MessagesProvider.dialect, payload: payload)
            items.finish(item, state: state, into: &events)
        case .tool(let item, let wholeInput, let hasInput):
            if let wholeInput, !hasInput { items.append(wholeInput.serialized(), to: item, into: &events) }
            items.finish(item, into: &events)
        }
    }

    // MARK: details

    /// Every count is cumulative, and later events name only some of them.
    private mutating func note(_ value: JSONValue?, into events: inout [ModelEvent]) {
        guard let value else { return }
        func count(_ name: String) -> Int? { value[name]?.integerValue.map { Int($0) } }
        usage.inputTokens = count("input_tokens") ?? usage.inputTokens
        usage.outputTokens = count("output_tokens") ?? usage.outputTokens
        usage.cacheReadTokens = count("cache_read_input_tokens") ?? usage.cacheReadTokens
        usage.cacheCreationTokens = count("cache_creation_input_tokens") ?? usage.cacheCreationTokens
        let reasoning = value["output_tokens_details"]?["thinking_tokens"]?.integerValue
        usage.reasoningTokens = reasoning.map { Int($0) } ?? usage.reasoningTokens
        items.note(usage, into: &events)
    }

    private static func reason(_ word: String) -> StopReason {
        switch word {
        case "end_turn", "stop_sequence": .endOfTurn
        case "tool_use": .toolCalls
        case "max_tokens": .outputLimit
        case "model_context_window_exceeded": .contextLimit
        case "refusal": .refusal
        default: .other
        }
    }
}

extension ResponseAssembler {
    /// An answer without anything in it is worth another attempt, unless the reason it stopped explains it.
    func checkEmptiness(_ reason: StopReason, _ errors: ProviderError) throws(ModelError) {
        guard isEmpty else { return }
        switch reason {
        case .endOfTurn, .toolCalls, .other: throw errors.empty()
        case .contextLimit: throw errors.overflow()
        case .outputLimit, .refusal: return
        }
    }
}
