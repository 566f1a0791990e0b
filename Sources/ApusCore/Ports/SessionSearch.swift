/// Finding sessions among many, without opening them. The store conforms.
package protocol SessionSearch: Sendable {
    /// Newest first, in pages.
    func list(_ filter: SessionFilter) async throws(EventLogError) -> SessionPage

    /// Sessions whose messages hold all words of `query`, best first. An empty query finds nothing.
    func search(_ query: SessionQuery) async throws(EventLogError) -> [SessionMatch]
}

package struct SessionFilter: Hashable, Sendable {
    /// 1 to 100. A page has more when several sessions were changed in its last millisecond, at most 1,000 of them.
    package var limit: Int
    /// Only sessions last changed before this.
    package var before: Timestamp?
    /// Only this working directory.
    package var workingDirectory: String?
    package var includesArchived: Bool
    /// Whether sessions of subagents are listed too.
    package var includesChildren: Bool

    package init(
        limit: Int = 50, before: Timestamp? = nil, workingDirectory: String? = nil, includesArchived: Bool = false,
        includesChildren: Bool = false
    ) {
        self.limit = limit
        self.before = before
        self.workingDirectory = workingDirectory
        self.includesArchived = includesArchived
        self.includesChildren = includesChildren
    }
}

package struct SessionPage: Hashable, Sendable {
    package var sessions: [ListedSession]
    package var hasMore: Bool

    package init(sessions: [ListedSession], hasMore: Bool) {
        self.sessions = sessions
        self.hasMore = hasMore
    }
}

package struct ListedSession: Hashable, Sendable {
    package var summary: SessionSummary
    /// Prompts and responses.
    package var messageCount: Int
    package var archivedAt: Timestamp?
    package var labels: [SessionLabel]

    package init(summary: SessionSummary, messageCount: Int, archivedAt: Timestamp? = nil, labels: [SessionLabel] = []) {
        self.summary = summary
        self.messageCount = messageCount
        self.archivedAt = archivedAt
        self.labels = labels
    }
}

package struct SessionQuery: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// What was said by people and by the model.
        case message
        case toolUse, toolResult
    }

    package var text: String
    /// Empty means all.
    package var kinds: Set<Kind>
    package var sessionLimit: Int
    package var hitsPerSession: Int
    /// Characters around a hit.
    package var contextCharacters: Int

    package init(
        text: String, kinds: Set<Kind> = [], sessionLimit: Int = 20, hitsPerSession: Int = 3, contextCharacters: Int = 120
    ) {
        self.text = text
        self.kinds = kinds
        self.sessionLimit = sessionLimit
        self.hitsPerSession = hitsPerSession
        self.contextCharacters = contextCharacters
    }
}

package struct SessionMatch: Hashable, Sendable {
    package struct Hit: Hashable, Sendable {
        package enum Role: String, Hashable, Sendable, CaseIterable {
            case user, assistant, tool
        }

        /// The message or call it was found in.
        package var document: String
        package var kind: SessionQuery.Kind
        package var role: Role
        package var tool: String?
        package var snippets: [String]

        package init(document: String, kind: SessionQuery.Kind, role: Role, tool: String? = nil, snippets: [String]) {
            self.document = document
            self.kind = kind
            self.role = role
            self.tool = tool
            self.snippets = snippets
        }
    }

    package var summary: SessionSummary
    package var hits: [Hit]
    /// All hits of the session, also those beyond `hits`.
    package var total: Int

    package init(summary: SessionSummary, hits: [Hit], total: Int) {
        self.summary = summary
        self.hits = hits
        self.total = total
    }
}
