/// What came of the text of the running turn, and whether all of it did (`opta-v3.md` §5 row 20).
///
/// Numbers of the original's events go up by one, also for those that it does not log: a gap between the start of a turn and its end is text that
/// may be lost, and no gap is proof that none is. A gap where no turn runs is proof that the numbers mean nothing of the kind (``countsInSteps``).
struct TurnTextKeeper: Sendable {
    private(set) var turnID: String?
    /// Pieces between two gaps are one.
    private(set) var segments: [String] = []
    private(set) var hasGap = false
    /// Whether numbers were seen to go up by more than one where nothing can have been left out: from the queue of a turn to its start.
    private(set) var countsInSteps = false
    private var isFromStart = false
    /// The turn whose `turn.queued` was the event before.
    private var queued: String?
    /// The number of the first event of the turn that came.
    private(set) var start: Int64 = 0

    /// - Parameter before: The number of the last event before this one.
    mutating func note(_ event: DaemonEvent, before: Int64) {
        let isGap = event.seq > before + 1
        if isGap {
            hasGap = true
            if segments.last?.isEmpty == false {
                segments.append("")
            } else if segments.count <= 1 {
                isFromStart = false
            }
        }
        defer { queued = event.event == .turnQueued ? event.turnID : nil }
        if start == 0 { start = event.seq }
        switch event.event {
        case .turnStart:
            if isGap, let queued, queued == event.turnID { countsInSteps = true }
            turnID = event.turnID
            segments = [""]
            hasGap = false
            isFromStart = true
            start = event.seq
        case .turnToken:
            if let turn = event.turnID, turn != turnID {
                turnID = turn
                segments = [""]
                isFromStart = false
                start = event.seq
            }
            if segments.isEmpty { segments = [""] }
            segments[segments.count - 1] += event.deltaText ?? ""
        default: break
        }
    }

    /// The turn is over.
    mutating func end() {
        turnID = nil
        segments = []
        hasGap = false
        isFromStart = false
        start = 0
    }

    /// Whether the pieces that came are all of the answer at the turn's place; also when both are nothing, as of a turn that only calls tools.
    func isWhole(with history: TurnHistory, end: Int64) -> Bool {
        guard let place = place(in: history, end) else { return false }
        return history.answers[place] == segments.joined()
    }

    private func place(in history: TurnHistory, _ end: Int64) -> Int? {
        let answers = history.answers
        let place = history.ends.firstIndex(of: end).map { answers.count - (history.ends.count - $0) }
        return place.flatMap { answers.indices.contains($0) ? $0 : nil }
    }

    /// The text of the turn out of a session's messages: the answer at its place or, should what came not fit there, the last one that it fits into.
    ///
    /// - Parameter end: The number of the turn's `turn.done`.
    /// - Returns: All of it, and what follows what came when that is its beginning.
    func reconciled(with history: TurnHistory, end: Int64) -> (text: String, missing: String?)? {
        let answers = history.answers
        // Bytes, as a piece may end within what is one character with the next.
        let pieces = segments.filter { !$0.isEmpty }.map { Array($0.utf8) }
        let isBeginning = isFromStart && segments.first?.isEmpty == false
        let fits: (String) -> Bool = { !$0.isEmpty && Self.fit(pieces, isBeginning, into: Array($0.utf8)) }
        let atPlace = place(in: history, end).flatMap { fits(answers[$0]) ? answers[$0] : nil }
        // Without a piece and a place any answer would fit.
        guard let text = atPlace ?? (pieces.isEmpty ? nil : answers.last(where: fits)) else { return nil }
        if pieces.isEmpty { return (text, text) }
        if pieces.count == 1, isBeginning { return (text, String(decoding: text.utf8.dropFirst(pieces[0].count), as: UTF8.self)) }
        return (text, nil)
    }

    private static func fit(_ pieces: [[UInt8]], _ isBeginning: Bool, into text: [UInt8]) -> Bool {
        var rest = text[...]
        for (index, piece) in pieces.enumerated() {
            if index == 0, isBeginning {
                guard rest.starts(with: piece) else { return false }
                rest = rest.dropFirst(piece.count)
            } else {
                guard let place = rest.firstRange(of: piece) else { return false }
                rest = rest[place.upperBound...]
            }
        }
        return true
    }
}

/// What a session said, and the ends of its latest turns.
struct TurnHistory: Sendable {
    var messages: [DaemonMessage]
    /// The numbers of `turn.done`, rising, up to the latest.
    var ends: [Int64]

    /// One for each question, as far as it was answered.
    var answers: [String] {
        var answers: [String] = []
        var isAnswered = false
        for message in messages {
            switch message.role {
            case "user":
                if !isAnswered, !answers.isEmpty { answers.removeLast() }
                answers.append("")
                isAnswered = false
            case "assistant":
                if answers.isEmpty { answers.append("") }
                answers[answers.count - 1] += message.text
                isAnswered = true
            default: break
            }
        }
        if !isAnswered, !answers.isEmpty { answers.removeLast() }
        return answers
    }
}
