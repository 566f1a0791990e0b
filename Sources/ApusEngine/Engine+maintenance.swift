import ApusBase
package import ApusCore

/// What clients do with sessions beside prompting. A session that this process does not own is taken for the moment.
extension Engine {
    package func opened() async -> [SessionID] { sessions.filter { !$0.value.log.isClosed }.keys.sorted() }

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

    package func note(_ notice: SessionNotice, in session: SessionID) async throws(SessionError) {
        try await withOwned(session) { (actor) async throws(SessionError) in try await actor.record([.noticed(notice)]) }
    }

    private func withOwned<Value: Sendable>(
        _ session: SessionID, _ body: @Sendable (SessionActor) async throws(SessionError) -> Value
    ) async throws(SessionError) -> Value {
        let isOurs = sessions[session].map { !$0.log.isClosed } ?? false
        if !isOurs { _ = try await open(session) }
        let result: Result<Value, SessionError>
        do throws(SessionError) {
            result = .success(try await body(try owned(session)))
        } catch {
            result = .failure(error)
        }
        if !isOurs { await retire(session) }
        return try result.get()
    }
}

/// What a list can show in one line.
enum SessionTitle {
    static func cleaned(_ text: String) -> String {
        let line = text.unicodeScalars.prefix(4 * ByteLimit.maximumTitleCharacters).map { scalar -> Character in
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: " "
            default: Character(scalar)
            }
        }
        let words = String(line).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return String(String.UnicodeScalarView(words.unicodeScalars.prefix(ByteLimit.maximumTitleCharacters)))
    }
}
