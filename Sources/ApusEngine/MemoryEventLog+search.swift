import ApusBase
package import ApusCore

/// Looks at everything: for tests, and for few sessions.
extension MemoryEventLog: SessionSearch {
    package func list(_ filter: SessionFilter) async throws(EventLogError) -> SessionPage {
        let limit = min(max(filter.limit, 1), 100)
        let fitting = states().filter { state in
            (filter.before.map { state.updatedAt < $0 } ?? true)
                && (filter.workingDirectory.map { state.header.workingDirectory == $0 } ?? true)
                && (filter.includesArchived || state.archivedAt == nil)
                && (filter.includesChildren || state.header.caller == nil)
        }.sorted { ($0.updatedAt, $0.header.id) > ($1.updatedAt, $1.header.id) }
        let sessions = fitting.prefix(limit).map { state in
            ListedSession(
                summary: Self.summary(of: state), messageCount: state.transcript.count(where: \.isMessage), archivedAt: state.archivedAt,
                labels: state.settings.labels)
        }
        return SessionPage(sessions: sessions, hasMore: fitting.count > limit)
    }

    package func search(_ query: SessionQuery) async throws(EventLogError) -> [SessionMatch] {
        let words = Self.words(query.text)
        if words.isEmpty { return [] }
        var matches: [SessionMatch] = []
        for state in states().sorted(by: { ($0.updatedAt, $0.header.id) > ($1.updatedAt, $1.header.id) }) {
            let hits = Self.texts(of: state).filter { hit, text in
                (query.kinds.isEmpty || query.kinds.contains(hit.kind)) && words.isSubset(of: Self.words(text))
            }.map { hit, text in
                var hit = hit
                hit.snippets = [String(text.prefix(2 * max(query.contextCharacters, 16)))]
                return hit
            }
            if hits.isEmpty { continue }
            matches.append(
                SessionMatch(summary: Self.summary(of: state), hits: Array(hits.prefix(query.hitsPerSession)), total: hits.count))
        }
        return Array(matches.prefix(query.sessionLimit))
    }

    private static func words(_ text: String) -> Set<String> {
        Set(text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
    }

    private static func summary(of state: SessionState) -> SessionSummary {
        SessionSummary(header: state.header, title: state.title, updatedAt: state.updatedAt)
    }

    private static func texts(of state: SessionState) -> [(SessionMatch.Hit, String)] {
        state.transcript.flatMap { entry -> [(SessionMatch.Hit, String)] in
            switch entry {
            case .context: return []
            case .user(let message, _, let text, _):
                return [(SessionMatch.Hit(document: message.rawValue, kind: .message, role: .user, snippets: []), text)]
            case .response(let response):
                var texts = [
                    (SessionMatch.Hit(document: response.message.rawValue, kind: .message, role: .assistant, snippets: []), response.text)
                ]
                for call in response.calls {
                    let use = SessionMatch.Hit(
                        document: call.id.rawValue, kind: .toolUse, role: .assistant, tool: call.name, snippets: [])
                    texts.append((use, call.name + " " + call.input.serialized()))
                    guard let outcome = response.outcome(of: call.id) else { continue }
                    let result = SessionMatch.Hit(document: call.id.rawValue, kind: .toolResult, role: .tool, tool: call.name, snippets: [])
                    texts.append((result, outcome.text))
                }
                return texts
            }
        }
    }
}
