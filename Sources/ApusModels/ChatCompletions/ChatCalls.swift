import ApusBase
import ApusCore

/// Sorts the pieces of tool calls that come interleaved, and gives ids to those that have none.
///
/// A piece belongs to the call of its index, unless it names a function and brings another id: some servers give every call the index
/// 0. Without an index it belongs to the call of its id, or to the newest one. A server that gives neither ids nor useful indexes sends
/// calls whole, so a name behind a finished input begins the next call.
struct ChatCalls {
    private struct Call {
        var index: Int64?
        /// As the server wrote it.
        var id: String
        /// `nil` until the name is known.
        var item: Int?
        /// Input that came before the name.
        var early = ""
    }

    private var calls: [Call] = []
    private var taken: Set<CallID>
    private let token: @Sendable () -> String

    init(taken: Set<CallID>, token: @escaping @Sendable () -> String) {
        self.taken = taken
        self.token = token
    }

    mutating func read(_ delta: JSONValue, _ items: inout ResponseAssembler, into events: inout [ModelEvent]) {
        let id = delta["id"]?.stringValue ?? ""
        let function = delta["function"]
        let name = function?["name"]?.stringValue ?? ""
        let piece = Self.input(function?["arguments"])
        var place = place(index: delta["index"]?.integerValue, id: id, name: name)
        if id.isEmpty, !name.isEmpty, !piece.isEmpty, let item = calls[place].item, Self.isWhole(items.text(of: item)) {
            calls.append(Call(index: calls[place].index, id: ""))
            place = calls.count - 1
        }
        if calls[place].id.isEmpty { calls[place].id = id }
        if calls[place].item == nil {
            guard !name.isEmpty else {
                calls[place].early += piece
                return
            }
            start(place, name, &items, into: &events)
        }
        if let item = calls[place].item { items.append(piece, to: item, into: &events) }
    }

    /// Finishes all, in the order they began. A call that never got a name is started without one, so that the model is told.
    mutating func finish(_ items: inout ResponseAssembler, into events: inout [ModelEvent]) {
        for place in calls.indices {
            if calls[place].item == nil { start(place, "", &items, into: &events) }
            if let item = calls[place].item { items.finish(item, into: &events) }
        }
        calls = []
    }

    private mutating func start(_ place: Int, _ name: String, _ items: inout ResponseAssembler, into events: inout [ModelEvent]) {
        let item = items.start(.toolCall(identity(of: place), name: name), into: &events)
        calls[place].item = item
        items.append(calls[place].early, to: item, into: &events)
        calls[place].early = ""
    }

    private mutating func place(index: Int64?, id: String, name: String) -> Int {
        let found: Int? =
            if let index {
                calls.lastIndex { $0.index == index }
            } else if !id.isEmpty {
                calls.lastIndex { $0.id == id }
            } else {
                calls.indices.last
            }
        if let found, id.isEmpty || name.isEmpty || calls[found].id.isEmpty || calls[found].id == id { return found }
        calls.append(Call(index: index, id: id))
        return calls.count - 1
    }

    /// The server's id when no call of the conversation has it, else one of ours.
    private mutating func identity(of place: Int) -> CallID {
        var id = CallID(calls[place].id)
        while id.rawValue.isEmpty || taken.contains(id) { id = CallID("call_\(place)_\(token())") }
        taken.insert(id)
        return id
    }

    private static func isWhole(_ text: String) -> Bool {
        // Not JSON yet is the ordinary case.
        guard !text.isEmpty, let value = try? JSONValue(parsing: text) else { return false }
        return value.objectValue != nil
    }

    /// Text as it is; an object written out, which some servers send whole.
    private static func input(_ value: JSONValue?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): text
        case let value?: value.serialized()
        }
    }
}
