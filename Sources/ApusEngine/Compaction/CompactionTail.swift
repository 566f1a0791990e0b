import ApusCore

/// Where the part of a conversation begins that a compaction leaves as it was. Only prompts and responses begin one, and a response has the
/// results of its calls with it, so that calls and results are never parted. Pure.
enum CompactionTail {
    /// What is kept has at most this part of the limit, …
    static let keptPart = 8
    /// … the newest message this one, and the newest response with results that the model has not seen is kept whatever its size.
    private static let newestPart = 3

    /// The last prompt with everything behind it when it takes little room, as a place in `places`; otherwise their end.
    static func afterTurn(_ state: SessionState, _ places: [Int], limit: Int) -> Int {
        let prompts = places.indices.filter { if case .user = state.transcript[places[$0]] { true } else { false } }
        guard let last = prompts.last, prompts.count > 1 else { return places.endIndex }
        let kept = places[last...].map { state.transcript[$0] }
        return ContextMeter.tokens(of: kept) <= limit / keptPart ? last : places.endIndex
    }

    /// As many of the newest messages as have room, and that response in any case.
    static func inTurn(_ state: SessionState, _ places: [Int], limit: Int) -> Int {
        let unseen = unseen(state, places)
        var begin = places.endIndex
        var size = 0
        var hasNewest = false
        // A prompt that an earlier compaction kept has nothing behind it that could be kept with it.
        for index in places.indices.dropFirst(state.visibleHead.count).reversed() {
            let entry = state.transcript[places[index]]
            // Cut off, and not seen when its turn asks again.
            if case .response(let response) = entry, response.end == nil { continue }
            size += ContextMeter.tokens(of: [entry])
            if case .context(_, let note) = entry { size += ContextMeter.tokens(note.text) }
            if index < unseen ?? .max, size > limit / (hasNewest ? keptPart : newestPart) { break }
            guard entry.isMessage else { continue }
            begin = index
            hasNewest = true
        }
        return begin
    }

    /// The newest response, when it has calls: the model has said nothing since, so that it cannot have seen their results.
    static func unseen(_ state: SessionState, _ places: [Int]) -> Int? {
        let newest = places.lastIndex { place in
            if case .response(let response) = state.transcript[place] { response.end != nil } else { false }
        }
        guard let newest, case .response(let response) = state.transcript[places[newest]], !response.calls.isEmpty else { return nil }
        return newest
    }
}
