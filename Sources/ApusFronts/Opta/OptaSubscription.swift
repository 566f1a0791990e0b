import ApusBase
import ApusCore

/// Events as they are told to one client: of one session from its cursor on, or of all sessions from now on (§3.3).
struct OptaSubscription: Sendable {
    enum Target: Sendable {
        /// It need not exist: it is joined when it does, and again when it was given up and comes back.
        case one(SessionID, after: Int64)
        /// Without what was before.
        case all
    }

    enum End: Hashable, Sendable {
        case cancelled
        /// Nothing can be sent any more.
        case over
        case tooSlow
        /// The log cannot be read; a sentence.
        case failed(String)
    }

    let target: Target
    let telling: OptaTelling

    /// The last event of a session that was told, for who waits for that.
    var told: Awaited<[SessionID: EventNumber]> { telling.told }

    func run() async -> End {
        switch target {
        case .one(let session, let cursor): await OptaEar(telling: telling, session: session).run(after: cursor)
        case .all: await OptaStarEar(telling: telling).run()
        }
    }
}
