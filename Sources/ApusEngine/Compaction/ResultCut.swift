import ApusBase
import ApusCore

/// What the model is shown of results that have no room as they are: head and tail of each. The log keeps them whole.
///
/// A note in the conversation says how much room the results of the newest response before it have together, so that every later request, in
/// a fork or behind a restart too, shows the same. Pure.
enum ResultCut {
    private static let source = "cut-results:"
    private static let bytesPerToken = 4

    static func note(tokens: Int) -> ContextNote {
        ContextNote(
            source: source + String(tokens),
            text: "Long results of your last calls are shown without their middle: the context has no room for them. "
                + "Ask for smaller parts where you need what was left out.")
    }

    static func isNote(_ note: ContextNote) -> Bool { room(of: note) != nil }

    /// The session as the model sees it.
    static func shown(_ state: SessionState) -> SessionState {
        var shown = state
        var newest: Int?
        // Of several notes about the same results the smallest room counts, and what is left out is counted from the whole.
        var rooms: [Int: Int] = [:]
        for place in state.visiblePlaces {
            switch state.transcript[place] {
            case .user: continue
            // Where the provider did not come to an end the results are those of the response before.
            case .response(let response): if response.end != nil { newest = place }
            case .context(_, let note):
                guard let tokens = room(of: note), let newest else { continue }
                rooms[newest] = min(rooms[newest] ?? tokens, tokens)
            }
        }
        for (place, tokens) in rooms {
            guard case .response(let response) = state.transcript[place] else { continue }
            shown.transcript[place] = .response(cut(response, bytes: tokens * bytesPerToken))
        }
        return shown
    }

    private static func room(of note: ContextNote) -> Int? {
        guard note.source.hasPrefix(source), let tokens = Int(note.source.dropFirst(source.count)) else { return nil }
        return min(max(tokens, 0), 1 << 40)
    }

    private static func cut(_ response: Response, bytes: Int) -> Response {
        var response = response
        let share = share(of: response.outcomes.map(\.text.utf8.count), in: bytes)
        for index in response.outcomes.indices { response.outcomes[index].text = cut(response.outcomes[index].text, bytes: share) }
        return response
    }

    /// What each may have at most; what short ones leave goes to the long ones.
    private static func share(of sizes: [Int], in room: Int) -> Int {
        var rest = room
        for (index, size) in sizes.sorted().enumerated() {
            let share = rest / (sizes.count - index)
            if size > share { return share }
            rest -= size
        }
        return Int.max
    }

    /// The notice in the middle is not counted.
    private static func cut(_ text: String, bytes: Int) -> String {
        let all = Array(text.utf8)
        guard all.count > bytes else { return text }
        let isWithin = { (index: Int) in all.indices.contains(index) && all[index] & 0xC0 == 0x80 }
        var head = bytes / 2
        while isWithin(head) { head -= 1 }
        var tail = all.count - (bytes - bytes / 2)
        while isWithin(tail) { tail += 1 }
        let omitted = all[head..<tail].count { $0 & 0xC0 != 0x80 }
        return String(decoding: all[..<head], as: UTF8.self) + "\n[… \(omitted) characters omitted …]\n"
            + String(decoding: all[tail...], as: UTF8.self)
    }
}
