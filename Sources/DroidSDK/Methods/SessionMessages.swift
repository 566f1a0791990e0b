import DroidWire

public struct SearchHit: Sendable, Hashable {
    public var docId: String
    public var kind: SearchKind
    public var score: Double?
    public var toolName: String?
    public var messageRole: MessageRole?
    public var snippets: [JSON]

    public init(
        docId: String, kind: SearchKind, snippets: [JSON], score: Double? = nil, toolName: String? = nil, messageRole: MessageRole? = nil
    ) {
        self.docId = docId
        self.kind = kind
        self.snippets = snippets
        self.score = score
        self.toolName = toolName
        self.messageRole = messageRole
    }
}

extension SearchHit {
    init(_ wire: DroidWire.DroidSearchHit) {
        self.init(
            docId: wire.docId, kind: SearchKind(wire.kind), snippets: wire.snippets.map(JSON.init), score: wire.score,
            toolName: wire.toolName, messageRole: wire.messageRole.map(MessageRole.init))
    }
}

public struct SearchedSession: Sendable, Hashable {
    public var sessionId: String
    public var title: String?
    public var updatedAt: Double?
    public var hits: [SearchHit]
    public var totals: JSON?

    public init(sessionId: String, hits: [SearchHit], title: String? = nil, updatedAt: Double? = nil, totals: JSON? = nil) {
        self.sessionId = sessionId
        self.hits = hits
        self.title = title
        self.updatedAt = updatedAt
        self.totals = totals
    }
}

extension SearchedSession {
    init(_ wire: DroidWire.DroidSearchedSession) {
        self.init(
            sessionId: wire.sessionId, hits: wire.hits.map(SearchHit.init), title: wire.title, updatedAt: wire.updatedAt,
            totals: wire.totals.map(JSON.init))
    }
}

/// A page of a session, newest first as the server decides.
public struct GetSessionMessagesParams: Sendable, Hashable {
    public var sessionId: String
    public var limit: Int?
    public var cursor: String?
    public var role: MessageRole?

    public init(sessionId: String, limit: Int? = nil, cursor: String? = nil, role: MessageRole? = nil) {
        self.sessionId = sessionId
        self.limit = limit
        self.cursor = cursor
        self.role = role
    }
}

extension GetSessionMessagesParams {
    var wire: DroidWire.GetSessionMessagesParams {
        DroidWire.GetSessionMessagesParams(
            sessionId: sessionId, limit: limit.flatMap(DroidPageSize.init), cursor: cursor, role: role.map(\.wire))
    }
}

public struct GetSessionMessagesResult: Sendable, Hashable {
    public var messages: [SessionMessage]
    public var hasMore: Bool
    public var nextCursor: String?

    public init(messages: [SessionMessage], hasMore: Bool, nextCursor: String? = nil) {
        self.messages = messages
        self.hasMore = hasMore
        self.nextCursor = nextCursor
    }
}

extension GetSessionMessagesResult {
    init(_ wire: DroidWire.GetSessionMessagesResult) {
        self.init(messages: wire.messages.map(SessionMessage.init), hasMore: wire.hasMore, nextCursor: wire.nextCursor)
    }
}

public struct SearchSessionsParams: Sendable, Hashable {
    public var query: String
    public var kind: SearchKind?
    public var limitSessions: Int?
    public var limitHitsPerSession: Int?
    public var contextChars: Int?

    public init(
        query: String, kind: SearchKind? = nil, limitSessions: Int? = nil, limitHitsPerSession: Int? = nil, contextChars: Int? = nil
    ) {
        self.query = query
        self.kind = kind
        self.limitSessions = limitSessions
        self.limitHitsPerSession = limitHitsPerSession
        self.contextChars = contextChars
    }
}

extension SearchSessionsParams {
    var wire: DroidWire.SearchSessionsParams {
        DroidWire.SearchSessionsParams(
            query: query, kind: kind.map(\.wire), limitSessions: limitSessions, limitHitsPerSession: limitHitsPerSession,
            contextChars: contextChars)
    }
}

public struct SearchSessionsResult: Sendable, Hashable {
    public var query: String
    public var sessions: [SearchedSession]

    public init(query: String, sessions: [SearchedSession]) {
        self.query = query
        self.sessions = sessions
    }
}

extension SearchSessionsResult {
    init(_ wire: DroidWire.SearchSessionsResult) {
        self.init(query: wire.query, sessions: wire.sessions.map(SearchedSession.init))
    }
}
