/// From now on every notification about a session says where it stands, and what opens a session says so, too. Ours alone: a server that
/// has no such method cannot be resumed at an event.
package struct EnableEventCursorsParams: DroidRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.enableEventCursors

    package init() {}
    package init(blank: DroidBlank) {}
    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

/// Follows a session from a cursor on, as if the connection had never been lost. Ours alone.
package struct ResumeEventsParams: DroidRecord, DroidParams {
    package typealias Result = ResumeEventsResult
    package static let method = DroidMethod.resumeEvents

    package var sessionId: String
    package var after: DroidCursor
    /// As in ``LoadSessionParams``.
    package var mcpServers: [DroidMcpServerConfig]?

    package init(sessionId: String, after: DroidCursor) {
        self.sessionId = sessionId
        self.after = after
    }

    package init(blank: DroidBlank) { self.init(sessionId: "", after: DroidCursor(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.required("after", &after)
        try members.optional("mcpServers", &mcpServers)
    }
}

package struct ResumeEventsResult: DroidRecord {
    package var sessionId: String
    package var cursor: DroidCursor

    package init(sessionId: String, cursor: DroidCursor) {
        self.sessionId = sessionId
        self.cursor = cursor
    }

    package init(blank: DroidBlank) { self.init(sessionId: "", cursor: DroidCursor(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.required("cursor", &cursor)
    }
}
