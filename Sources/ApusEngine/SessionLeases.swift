import ApusCore

/// Why sessions of this process are open: clients have asked for them, or calls need them for as long as they take. Pure.
///
/// A session that is open for calls alone is given up with the last of them; one that a client has asked for meanwhile is not, whoever opened
/// it. What a client gives up while a call needs it is given up with that call.
struct SessionLeases {
    enum Opener {
        /// Until ``SessionMaintenance/retire(_:)`` or ``SessionService/close(_:)``.
        case client
        case call
    }

    /// How many calls need a session.
    private var calls: [SessionID: Int] = [:]
    /// How many of them stay for what goes on in it beside its turns.
    private var holds: [SessionID: Int] = [:]
    /// Open for calls alone.
    private var borrowed: Set<SessionID> = []

    /// Each needs its ``end(_:)``.
    mutating func begin(_ session: SessionID) { calls[session, default: 0] += 1 }

    /// Whether the session is to be given up now.
    mutating func end(_ session: SessionID) -> Bool {
        Self.countDown(&calls, session)
        return calls[session] == nil && borrowed.contains(session)
    }

    /// Somebody wanted a session open, and it is.
    ///
    /// - Parameter isFresh: It was not before.
    mutating func opened(_ session: SessionID, for opener: Opener, isFresh: Bool) {
        switch opener {
        case .client: borrowed.remove(session)
        case .call: if isFresh { borrowed.insert(session) }
        }
    }

    /// No client needs a session any more. Whether it may be given up at once; otherwise the last call does it.
    mutating func mayGo(_ session: SessionID) -> Bool {
        if calls[session] == nil { return true }
        borrowed.insert(session)
        return false
    }

    mutating func closed(_ session: SessionID) { borrowed.remove(session) }

    mutating func hold(_ session: SessionID) { holds[session, default: 0] += 1 }
    mutating func release(_ session: SessionID) { Self.countDown(&holds, session) }

    /// Whether something goes on in a session that this process has begun.
    func isHeld(_ session: SessionID) -> Bool { holds[session] != nil }

    private static func countDown(_ counts: inout [SessionID: Int], _ session: SessionID) {
        guard let count = counts[session] else { return }
        counts[session] = count > 1 ? count - 1 : nil
    }
}
