import ApusBase
import ApusCore

/// Puts a conversation into the shape that every provider insists on, whatever happened to it: a crash, an older version, another
/// provider's liberties. One that is in order comes out as it went in.
///
/// - Every call has one result, right behind its message and in the order of the calls; a missing one is filled in, one that answers
///   no call is dropped.
/// - No two calls have the same id, and every call has a name that can be sent.
/// - Messages without anything in them are dropped, and the first message is the user's.
struct TranscriptRepair {
    private struct Pending {
        var original: CallID
        var call: CallID
        var name: String
        var result: ModelToolResult?
    }

    static let missingResult = "No result was recorded for this call. It may have run in part, or not at all."
    static let missingStart = "(The beginning of this conversation is not available.)"

    private var repaired: [ModelMessage] = []
    private var pending: [Pending] = []
    /// What came between calls and the next response; it goes behind their results.
    private var held: [ModelMessage] = []
    private var taken: Set<CallID> = []

    static func repaired(_ messages: [ModelMessage]) -> [ModelMessage] {
        var repair = TranscriptRepair()
        for message in messages { repair.add(message) }
        repair.settle()
        if case .assistant = repair.repaired.first { repair.repaired.insert(.user([missingStart]), at: 0) }
        return repair.repaired
    }

    private mutating func add(_ message: ModelMessage) {
        switch message {
        case .user(let texts, let media):
            if texts.allSatisfy(\.isEmpty) && media.isEmpty { return }
            if pending.isEmpty { repaired.append(message) } else { held.append(message) }
        case .toolResults(let results):
            for result in results { answer(with: result) }
        case .assistant(let items):
            settle()
            let items = items.compactMap { mended($0) }
            if !items.isEmpty { repaired.append(.assistant(items)) }
        }
    }

    private mutating func mended(_ item: ItemContent) -> ItemContent? {
        switch item {
        case .text(let text): return text.isEmpty ? nil : item
        case .reasoning: return item
        case .toolCall(let original):
            var call = original
            var suffix = 2
            while !taken.insert(call.id).inserted {
                call.id = CallID("\(original.id.rawValue)_\(suffix)")
                suffix += 1
            }
            call.name = Self.mended(name: call.name)
            pending.append(Pending(original: original.id, call: call.id, name: call.name))
            return .toolCall(call)
        }
    }

    /// Providers take letters, digits, `_` and `-`, at most 64; models invent anything.
    private static func mended(name: String) -> String {
        let scalars = name.unicodeScalars.prefix(64).map { scalar -> Character in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "_", "-": Character(scalar)
            default: "_"
            }
        }
        return scalars.isEmpty ? "unknown" : String(scalars)
    }

    /// Two calls that shared an id are answered in their order.
    private mutating func answer(with result: ModelToolResult) {
        guard let place = pending.firstIndex(where: { $0.original == result.call && $0.result == nil }) else { return }
        var result = result
        result.call = pending[place].call
        pending[place].result = result
    }

    private mutating func settle() {
        if !pending.isEmpty {
            repaired.append(
                .toolResults(
                    pending.map { call in
                        call.result ?? ModelToolResult(call: call.call, tool: call.name, text: Self.missingResult, isError: true)
                    }))
        }
        repaired += held
        pending = []
        held = []
    }
}
