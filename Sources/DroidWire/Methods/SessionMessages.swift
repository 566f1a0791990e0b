package import ApusBase

/// A page of a session, newest first as the server decides.
package struct GetSessionMessagesParams: DroidRecord, DroidParams {
    package typealias Result = GetSessionMessagesResult
    package static let method = DroidMethod.getSessionMessages

    package var sessionId: String
    package var limit: DroidPageSize?
    package var cursor: String?
    package var role: DroidMessageRole?

    package init(sessionId: String, limit: DroidPageSize? = nil, cursor: String? = nil, role: DroidMessageRole? = nil) {
        self.sessionId = sessionId
        self.limit = limit
        self.cursor = cursor
        self.role = role
    }

    package init(blank: DroidBlank) { self.init(sessionId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.optional("limit", &limit)
        try members.optional("cursor", &cursor)
        try members.optional("role", &role)
    }
}

package struct GetSessionMessagesResult: DroidRecord {
    package var messages: [DroidMessage]
    package var hasMore: Bool
    package var nextCursor: String?

    package init(messages: [DroidMessage], hasMore: Bool, nextCursor: String? = nil) {
        self.messages = messages
        self.hasMore = hasMore
        self.nextCursor = nextCursor
    }

    package init(blank: DroidBlank) { self.init(messages: [], hasMore: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("messages", &messages)
        try members.required("hasMore", &hasMore)
        try members.optional("nextCursor", &nextCursor)
    }
}

package struct SearchSessionsParams: DroidRecord, DroidParams {
    package typealias Result = SearchSessionsResult
    package static let method = DroidMethod.searchSessions

    package var query: String
    package var kind: DroidSearchKind?
    package var limitSessions: Int?
    package var limitHitsPerSession: Int?
    package var contextChars: Int?

    package init(
        query: String, kind: DroidSearchKind? = nil, limitSessions: Int? = nil, limitHitsPerSession: Int? = nil,
        contextChars: Int? = nil
    ) {
        self.query = query
        self.kind = kind
        self.limitSessions = limitSessions
        self.limitHitsPerSession = limitHitsPerSession
        self.contextChars = contextChars
    }

    package init(blank: DroidBlank) { self.init(query: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("query", &query)
        try members.optional("kind", &kind)
        try members.optional("limitSessions", &limitSessions)
        try members.optional("limitHitsPerSession", &limitHitsPerSession)
        try members.optional("contextChars", &contextChars)
    }
}

package struct SearchSessionsResult: DroidRecord {
    package var query: String
    package var sessions: [DroidSearchedSession]

    package init(query: String, sessions: [DroidSearchedSession]) {
        self.query = query
        self.sessions = sessions
    }

    package init(blank: DroidBlank) { self.init(query: "", sessions: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("query", &query)
        try members.required("sessions", &sessions)
    }
}

package struct DroidSearchedSession: DroidRecord {
    package var sessionId: String
    package var title: String?
    package var updatedAt: Double?
    package var hits: [DroidSearchHit]
    package var totals: JSONValue?

    package init(
        sessionId: String, title: String? = nil, updatedAt: Double? = nil, hits: [DroidSearchHit], totals: JSONValue? = nil
    ) {
        self.sessionId = sessionId
        self.title = title
        self.updatedAt = updatedAt
        self.hits = hits
        self.totals = totals
    }

    package init(blank: DroidBlank) { self.init(sessionId: "", hits: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.optional("title", &title)
        try members.optional("updatedAt", &updatedAt)
        try members.required("hits", &hits)
        try members.optional("totals", &totals)
    }
}

package struct DroidSearchHit: DroidRecord {
    package var docId: String
    package var kind: DroidSearchKind
    package var score: Double?
    package var toolName: String?
    package var messageRole: DroidMessageRole?
    package var snippets: [JSONValue]

    package init(
        docId: String, kind: DroidSearchKind, score: Double? = nil, toolName: String? = nil,
        messageRole: DroidMessageRole? = nil, snippets: [JSONValue]
    ) {
        self.docId = docId
        self.kind = kind
        self.score = score
        self.toolName = toolName
        self.messageRole = messageRole
        self.snippets = snippets
    }

    package init(blank: DroidBlank) { self.init(docId: "", kind: DroidSearchKind(blank: blank), snippets: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("docId", &docId)
        try members.required("kind", &kind)
        try members.optional("score", &score)
        try members.optional("toolName", &toolName)
        try members.optional("messageRole", &messageRole)
        try members.required("snippets", &snippets)
    }
}
