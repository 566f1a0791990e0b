import ApusBase
import ApusCore

/// Numbers items, collects their text and writes the events of the ``ModelEvent`` contract. All dialects read through it.
struct ResponseAssembler {
    private struct Open {
        var kind: ModelEvent.ItemKind
        var text = ""
    }

    private var open: [Int: Open] = [:]
    private var nextIndex = 0
    private var latestUsage: Usage?
    private(set) var callCount = 0
    /// What is left of ``ByteLimit/responseBytes``.
    private var room = ByteLimit.responseBytes
    /// More came than one response may hold; what went beyond was left out.
    private(set) var isOverfull = false

    /// What an item costs beside its text, so that nothing can be had without end.
    private static let itemBytes = 256

    var isEmpty: Bool { nextIndex == 0 }

    mutating func start(_ kind: ModelEvent.ItemKind, into events: inout [ModelEvent]) -> Int {
        let index = nextIndex
        nextIndex += 1
        open[index] = Open(kind: kind)
        if case .toolCall = kind { callCount += 1 }
        take(Self.itemBytes)
        events.append(.itemStarted(index: index, kind))
        return index
    }

    mutating func append(_ text: String, to index: Int, into events: inout [ModelEvent]) {
        guard !text.isEmpty, open[index] != nil else { return }
        let text = prefix(of: text)
        if text.isEmpty { return }
        open[index]?.text += text
        events.append(.delta(index: index, text))
    }

    /// - Parameter state: what a reasoning item must be given back with.
    mutating func finish(_ index: Int, state: OpaqueState? = nil, into events: inout [ModelEvent]) {
        guard let item = open.removeValue(forKey: index) else { return }
        if let state { take(state.payload.serialized().utf8.count) }
        let content: ItemContent =
            switch item.kind {
            case .text: .text(item.text)
            case .reasoning: .reasoning(item.text, state)
            case .toolCall(let id, let name): .toolCall(ToolCall(id: id, name: name, input: Self.input(item.text)))
            }
        events.append(.itemFinished(index: index, content))
    }

    func text(of index: Int) -> String { open[index]?.text ?? "" }

    mutating func note(_ usage: Usage, into events: inout [ModelEvent]) {
        if latestUsage == usage { return }
        latestUsage = usage
        events.append(.usage(usage))
    }

    private mutating func take(_ bytes: Int) {
        if bytes > room { isOverfull = true }
        room = max(room - bytes, 0)
    }

    /// As much of `text` as there is room for, in whole characters.
    private mutating func prefix(of text: String) -> String {
        let limit = room
        take(text.utf8.count)
        guard text.utf8.count > limit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: limit)
        while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return String(text[..<end])
    }

    /// A call's input as the model wrote it: nothing means no arguments, what is not JSON stays text.
    static func input(_ text: String) -> JSONValue {
        if text.utf8.allSatisfy({ $0 == 0x20 || (0x09...0x0D).contains($0) }) { return .object([:]) }
        do {
            let value = try JSONValue(parsing: text)
            return value.isNull ? .object([:]) : value
        } catch {
            return .string(text)
        }
    }
}
