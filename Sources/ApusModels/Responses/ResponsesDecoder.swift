import ApusBase
import ApusCore

/// Reads the stream of the Responses API: output items by index, each added, grown and done; then the whole response once more with
/// its status and usage. What a server streams only in part is completed from the whole items.
struct ResponsesDecoder: ResponseDecoder {
    private let endpoint: ModelEndpoint
    private let errors: ProviderError
    private let token: @Sendable () -> String
    private(set) var items = ResponseAssembler()
    private var slots = ResponsesSlots()
    private var taken: Set<CallID>
    private var stop: StopReason?
    private var hasRefused = false
    private(set) var isComplete = false

    /// - Parameters:
    ///   - takenCalls: ids of the conversation so far, which imitations of the API may repeat.
    ///   - token: makes the part of an invented id that keeps it unique.
    init(endpoint: ModelEndpoint, takenCalls: Set<CallID> = [], token: @escaping @Sendable () -> String = { randomToken(length: 12) }) {
        self.endpoint = endpoint
        self.token = token
        errors = ProviderError(endpoint: endpoint)
        taken = takenCalls
    }

    var hasStopReason: Bool { stop != nil }

    mutating func read(_ event: ServerSentEvent, into events: inout [ModelEvent]) throws(ModelError) {
        if event.data.trimmingSpaces == "[DONE]" {
            isComplete = true
            return
        }
        let value = try errors.value(of: event)
        switch value["type"]?.stringValue ?? event.event ?? "" {
        case "response.output_item.added": begin(value, into: &events)
        case "response.output_item.done": finishItem(value, into: &events)
        case "response.output_text.delta": growText(value, into: &events)
        case "response.refusal.delta":
            // A refusal is text to read, as it was meant for people.
            hasRefused = true
            growText(value, into: &events)
        case "response.reasoning_summary_text.delta": growReasoning(value, part: "summary_index", into: &events)
        case "response.reasoning_text.delta": growReasoning(value, part: "content_index", into: &events)
        case "response.function_call_arguments.delta": growInput(value, value["delta"]?.stringValue ?? "", into: &events)
        case "response.function_call_arguments.done": completeInput(value, into: &events)
        case "response.completed", "response.incomplete", "response.failed", "response.cancelled":
            try end(value["response"] ?? value, into: &events)
        case "error": throw errors.error(inStream: value)
        default:
            // What tells of progress only, and kinds that came after this was written.
            if value["type"] == nil, value["error"].map({ !$0.isNull }) ?? false { throw errors.error(inStream: value) }
        }
    }

    mutating func read(document: JSONValue, into events: inout [ModelEvent]) throws(ModelError) {
        guard document["output"]?.arrayValue != nil else {
            if document["error"].map({ !$0.isNull }) ?? false { throw errors.error(inStream: document) }
            throw errors.violation("a document without output: \(document.serialized().prefix(200))")
        }
        try end(document, into: &events)
    }

    mutating func finish(into events: inout [ModelEvent]) throws(ModelError) {
        guard stop != nil || isComplete else { throw errors.broken("it ended without response.completed") }
        for key in slots.openKeys { close(key, with: nil, into: &events) }
        let reason = stop ?? (items.callCount > 0 ? .toolCalls : .endOfTurn)
        try items.checkEmptiness(reason, errors)
        events.append(.finished(reason))
    }

    // MARK: the end

    private mutating func end(_ response: JSONValue, into events: inout [ModelEvent]) throws(ModelError) {
        if let error = response["error"], !error.isNull { throw errors.error(inStream: response) }
        let status = response["status"]?.stringValue ?? "completed"
        if status == "failed" || status == "cancelled" { throw errors.broken("its status is \(status)") }
        if items.isEmpty { readWhole(response["output"]?.arrayValue ?? [], into: &events) }
        for key in slots.openKeys { close(key, with: nil, into: &events) }
        if let usage = Self.usage(response["usage"]) { items.note(usage, into: &events) }
        if let why = response["incomplete_details"]?["reason"]?.stringValue {
            stop = Self.reason(why)
        } else if status == "incomplete" {
            stop = .other
        } else if items.callCount > 0 {
            stop = .toolCalls
        } else {
            stop = hasRefused ? .refusal : .endOfTurn
        }
        isComplete = true
    }

    private mutating func readWhole(_ output: [JSONValue], into events: inout [ModelEvent]) {
        slots = ResponsesSlots()
        for (index, item) in output.enumerated() {
            finishItem(["output_index": .integer(Int64(index)), "item": item], into: &events)
        }
    }

    private static func reason(_ word: String) -> StopReason {
        switch word {
        case "max_output_tokens", "max_tokens": .outputLimit
        case "content_filter": .refusal
        default: .other
        }
    }

    private static func usage(_ value: JSONValue?) -> Usage? {
        guard let value, value.objectValue != nil else { return nil }
        func count(_ value: JSONValue?) -> Int? { value?.integerValue.map { Int($0) } }
        let cached = count(value["input_tokens_details"]?["cached_tokens"]) ?? 0
        return Usage(
            inputTokens: max((count(value["input_tokens"]) ?? 0) - cached, 0), outputTokens: count(value["output_tokens"]) ?? 0,
            cacheReadTokens: cached, reasoningTokens: count(value["output_tokens_details"]?["reasoning_tokens"]))
    }
}

// MARK: - Items

extension ResponsesDecoder {
    private mutating func begin(_ value: JSONValue, into events: inout [ModelEvent]) {
        guard let item = value["item"] else { return }
        let key = slots.key(of: value, beginning: true)
        if slots[key].map({ !$0.isDone }) ?? false { close(key, with: nil, into: &events) }
        slots[key] = ResponsesSlots.Slot(item)
        startCall(key, item, into: &events)
    }

    private mutating func finishItem(_ value: JSONValue, into events: inout [ModelEvent]) {
        guard let item = value["item"] else { return }
        let key = slots.key(of: value)
        if let known = slots[key], known.isDone {
            guard let id = item["id"]?.stringValue, id != known.id else { return }
            slots[key] = nil
        }
        if slots[key] == nil { slots[key] = ResponsesSlots.Slot(item) }
        if slots[key]?.kind == nil { slots[key]?.kind = ResponsesSlots.Kind(item) }
        startCall(key, item, into: &events)
        close(key, with: item, into: &events)
    }

    /// Shows the call of a slot as soon as its name is known.
    private mutating func startCall(_ key: Int64, _ value: JSONValue?, into events: inout [ModelEvent]) {
        guard let slot = slots[key], slot.kind == .call, slot.item == nil else { return }
        var id = CallID(value?["call_id"]?.stringValue ?? value?["id"]?.stringValue ?? "")
        while id.rawValue.isEmpty || taken.contains(id) { id = CallID("call_\(key)_\(token())") }
        taken.insert(id)
        let item = items.start(.toolCall(id, name: value?["name"]?.stringValue ?? ""), into: &events)
        items.append(slot.early, to: item, into: &events)
        slots[key]?.item = item
        slots[key]?.early = ""
    }

    private mutating func growText(_ value: JSONValue, into events: inout [ModelEvent]) {
        guard let text = value["delta"]?.stringValue, !text.isEmpty else { return }
        let key = slots.key(of: value)
        guard let item = open(key, as: .message, into: &events) else { return }
        items.append(text, to: item, into: &events)
    }

    /// Parts of a summary are paragraphs.
    private mutating func growReasoning(_ value: JSONValue, part name: String, into events: inout [ModelEvent]) {
        guard let text = value["delta"]?.stringValue, !text.isEmpty else { return }
        let key = slots.key(of: value)
        guard let item = open(key, as: .reasoning, into: &events) else { return }
        let part = "\(name) \(value[name]?.integerValue ?? 0)"
        if let before = slots[key]?.part, before != part { items.append("\n\n", to: item, into: &events) }
        slots[key]?.part = part
        items.append(text, to: item, into: &events)
    }

    private mutating func growInput(_ value: JSONValue, _ text: String, into events: inout [ModelEvent]) {
        let key = slots.key(of: value)
        if slots[key] == nil { slots[key] = ResponsesSlots.Slot(kind: .call) }
        guard let slot = slots[key], !slot.isDone, slot.kind == .call else { return }
        if let item = slot.item { items.append(text, to: item, into: &events) } else { slots[key]?.early += text }
    }

    private mutating func completeInput(_ value: JSONValue, into events: inout [ModelEvent]) {
        guard let slot = slots[slots.key(of: value)], slot.kind == .call, let whole = value["arguments"]?.stringValue else { return }
        let shown = slot.item.map { items.text(of: $0) } ?? slot.early
        growInput(value, Self.rest(of: whole, behind: shown), into: &events)
    }

    /// The item of a slot, begun with its first character. `nil` when the slot is of another kind or done.
    private mutating func open(_ key: Int64, as kind: ResponsesSlots.Kind, into events: inout [ModelEvent]) -> Int? {
        if slots[key] == nil { slots[key] = ResponsesSlots.Slot(kind: kind) }
        guard let slot = slots[key], !slot.isDone, slot.kind == kind else { return nil }
        if let item = slot.item { return item }
        let item = items.start(kind == .reasoning ? .reasoning : .text, into: &events)
        slots[key]?.item = item
        return item
    }

    /// - Parameter whole: the finished item, when the server sent one.
    private mutating func close(_ key: Int64, with whole: JSONValue?, into events: inout [ModelEvent]) {
        guard let slot = slots[key], !slot.isDone else { return }
        startCall(key, whole, into: &events)
        let state = whole.flatMap { reasoningState($0) }
        if let whole, let kind = slot.kind {
            let text = ResponsesSlots.text(of: whole)
            if ResponsesSlots.isRefusal(whole) { hasRefused = true }
            if kind != .call, !text.isEmpty || (kind == .reasoning && state != nil) { _ = open(key, as: kind, into: &events) }
            if let item = slots[key]?.item { items.append(Self.rest(of: text, behind: items.text(of: item)), to: item, into: &events) }
        }
        slots[key]?.isDone = true
        if let item = slots[key]?.item { items.finish(item, state: state, into: &events) }
    }

    private func reasoningState(_ item: JSONValue) -> OpaqueState? {
        guard item["type"]?.stringValue == "reasoning", item["encrypted_content"]?.stringValue?.isEmpty == false else { return nil }
        return OpaqueState(dialect: ResponsesProvider.dialect, payload: ["model": .string(endpoint.model), "item": item])
    }

    /// What was shown stays shown: only a continuation of it can be added.
    private static func rest(of whole: String, behind shown: String) -> String {
        // By bytes: a piece may end between a letter and its accent.
        whole.utf8.starts(with: shown.utf8) ? String(decoding: whole.utf8.dropFirst(shown.utf8.count), as: UTF8.self) : ""
    }
}
