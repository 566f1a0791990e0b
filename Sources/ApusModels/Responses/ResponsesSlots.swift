import ApusBase

/// The output items of a Responses stream by their index; where a server leaves the index out, by their id or as the newest.
struct ResponsesSlots {
    enum Kind {
        case message, reasoning, call

        /// `nil` for kinds that are not shown, such as calls of tools that run at the provider.
        init?(_ item: JSONValue) {
            switch item["type"]?.stringValue {
            case "message": self = .message
            case "reasoning": self = .reasoning
            case "function_call": self = .call
            default: return nil
            }
        }
    }

    struct Slot {
        var kind: Kind?
        /// The server's own.
        var id: String?
        /// `nil` until there is something to show.
        var item: Int?
        /// Input that came before the name.
        var early = ""
        /// The newest part of a reasoning text.
        var part: String?
        var isDone = false

        init(kind: Kind) { self.kind = kind }

        init(_ item: JSONValue) {
            kind = Kind(item)
            id = item["id"]?.stringValue
        }
    }

    private var slots: [Int64: Slot] = [:]

    subscript(key: Int64) -> Slot? {
        get { slots[key] }
        set { slots[key] = newValue }
    }

    var openKeys: [Int64] { slots.filter { !$0.value.isDone }.keys.sorted() }

    /// - Parameter beginning: the event begins an item, so the newest one is not meant.
    func key(of event: JSONValue, beginning: Bool = false) -> Int64 {
        if let index = event["output_index"]?.integerValue { return index }
        let newest = slots.keys.max() ?? -1
        if let id = event["item_id"]?.stringValue ?? event["item"]?["id"]?.stringValue,
            let known = slots.first(where: { $0.value.id == id })
        {
            return known.key
        }
        let isNewestOver = slots[newest]?.isDone ?? true
        return beginning || isNewestOver ? newest + 1 : newest
    }

    /// Everything readable in a finished item, in the order and with the gaps in which it is streamed.
    static func text(of item: JSONValue) -> String {
        func texts(_ list: JSONValue?) -> [String] {
            (list?.arrayValue ?? []).compactMap { $0["text"]?.stringValue ?? $0["refusal"]?.stringValue }.filter { !$0.isEmpty }
        }
        switch Kind(item) {
        case .message: return texts(item["content"]).joined()
        case .reasoning: return (texts(item["content"]) + texts(item["summary"])).joined(separator: "\n\n")
        case .call:
            if let text = item["arguments"]?.stringValue { return text }
            // Some imitations write the object itself.
            return item["arguments"].map { $0.isNull ? "" : $0.serialized() } ?? ""
        case nil: return ""
        }
    }

    static func isRefusal(_ item: JSONValue) -> Bool {
        (item["content"]?.arrayValue ?? []).contains { $0["type"]?.stringValue == "refusal" }
    }
}
