/// What a session is from birth: never changed by later events, except that a fork gives the copy a header of its own.
package struct SessionHeader: Hashable, Sendable {
    package var id: SessionID
    package var createdAt: Timestamp
    /// Absolute, links resolved.
    package var workingDirectory: String
    /// The session this one was forked from.
    package var parent: SessionID?
    /// The protocol that made it, for one that has a word of its own for that and says it itself.
    package var announcer: TurnOrigin.Front?
    /// Whose subagent's session this is; `nil` for all others.
    package var caller: SessionCaller?

    package init(
        id: SessionID, createdAt: Timestamp, workingDirectory: String, parent: SessionID? = nil, announcer: TurnOrigin.Front? = nil,
        caller: SessionCaller? = nil
    ) {
        self.id = id
        self.createdAt = createdAt
        self.workingDirectory = workingDirectory
        self.parent = parent
        self.announcer = announcer
        self.caller = caller
    }
}

/// A line of a session list.
package struct SessionSummary: Hashable, Sendable {
    package var header: SessionHeader
    package var title: String
    /// When the last fact was stored.
    package var updatedAt: Timestamp
    /// The live process that owns the session now, if any.
    package var ownerProcess: Int32?

    package init(header: SessionHeader, title: String, updatedAt: Timestamp, ownerProcess: Int32? = nil) {
        self.header = header
        self.title = title
        self.updatedAt = updatedAt
        self.ownerProcess = ownerProcess
    }
}
