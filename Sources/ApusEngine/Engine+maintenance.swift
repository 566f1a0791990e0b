import ApusBase
package import ApusCore

/// What clients do with sessions beside prompting. A session that this process does not own is taken for the moment.
extension Engine {
    package func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(SessionError) -> [Event] {
        var place = cursor
        while true {
            // What is open here has been shown further than it is stored.
            let live = sessions[session]?.log
            switch live?.events(after: place, limit: limit) {
            case .events(let events): return events
            case .nothingYet: return []
            case .older, .closed, nil: break
            }
            let stored: [Event]
            do { stored = try await services.log.events(in: session, after: place, limit: limit) } catch { throw .log(error) }
            guard stored.isEmpty, let live, !live.isClosed, place < live.oldestCursor else { return stored }
            // Numbers between the stored end and the live ones were never used.
            place = live.oldestCursor
        }
    }

    package func opened() async -> [SessionID] { sessions.filter { !$0.value.log.isClosed }.keys.sorted() }

    package func opened(since change: Int?) async -> OpenedSessions {
        if let change { await changes.rung(since: change) }
        // Counted before it is looked at, so that nothing is missed.
        let count = changes.count
        let open = Set(sessions.filter { !$0.value.log.isClosed }.keys)
        let fresh = change.map { change in openings.filter { $0.count > change }.map(\.opening) } ?? []
        return OpenedSessions(change: count, open: open, openings: fresh)
    }

    /// An empty title lets the next prompt give one.
    package func rename(_ session: SessionID, to title: String) async throws(SessionError) {
        let title = SessionTitle.cleaned(title)
        try await withOwned(session) { (actor) async throws(SessionError) in
            if actor.log.folded.title != title { try await actor.record([.titleChanged(title)]) }
        }
    }

    package func archive(_ session: SessionID, _ isArchived: Bool) async throws(SessionError) -> Timestamp? {
        let now = services.time.now
        return try await withOwned(session) { (actor) async throws(SessionError) in
            let earlier = actor.log.folded.archivedAt
            if (earlier != nil) == isArchived { return earlier }
            let time = isArchived ? now : nil
            try await actor.record([.sessionArchived(at: time)])
            return time
        }
    }

    package func cancel(turn: TurnID?, writer: String?, in session: SessionID) async throws(SessionError) -> TurnCancellation {
        // A session that nobody owns runs nothing, and what a dead process left in it is ended or gone on with when it is opened.
        guard let actor = sessions[session], !actor.log.isClosed else {
            _ = try await peek(session)
            return .none
        }
        return try await actor.cancel(turn: turn, writer: writer)
    }

    package func note(_ notice: SessionNotice, in session: SessionID) async throws(SessionError) {
        try await withOwned(session) { (actor) async throws(SessionError) in try await actor.record([.noticed(notice)]) }
    }

    package func chooseModel(_ model: String, by client: String?, in session: SessionID) async throws(SessionError) {
        try await withOwned(session) { (actor) async throws(SessionError) in try await actor.chooseModel(model, by: client) }
    }
}

/// What a list can show in one line.
enum SessionTitle {
    static func cleaned(_ text: String) -> String {
        String(String.UnicodeScalarView(line(text).unicodeScalars.prefix(ByteLimit.maximumTitleCharacters)))
    }

    /// The beginning of a text on one line.
    static func line(_ text: String) -> String {
        let line = text.unicodeScalars.prefix(4 * ByteLimit.maximumTitleCharacters).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: Character(scalar)
            }
        }
        return String(line).split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
