/// The durable truth about sessions.
///
/// Numbers rise strictly per session and are never given twice, whatever dies when. A *fact* is shown after its commit; a *delta*
/// as soon as the kernel has its bytes; both strictly in order, so a delta behind an uncommitted fact waits for it.
package protocol EventLog: Sendable {
    /// Makes an empty session owned by this process. The first commit should be `sessionCreated`.
    func create(_ session: SessionID, show: @escaping @Sendable ([Event]) -> Void) async throws(EventLogError) -> any SessionWriter

    /// Takes ownership of a session nobody live owns, and folds what a dead owner left behind. `show` hears every event written
    /// through the writer from now on, in order, as it becomes showable, from one thread at a time; it must not block.
    /// Throws `.inUse` while another live process (or this one) owns the session.
    func open(_ session: SessionID, show: @escaping @Sendable ([Event]) -> Void) async throws(EventLogError) -> any SessionWriter

    /// Events after `cursor`, oldest first, at most `limit`; needs no ownership. Text runs come back as the pieces that were shown.
    func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(EventLogError) -> [Event]

    /// Copies `source`, or its events up to and with the number `end`, into the new session `target`, same numbers; `target` is owned by
    /// nobody. The source is read at one moment and not changed.
    func copy(_ source: SessionID, to target: SessionID, upTo end: EventNumber?) async throws(EventLogError)

    /// Sessions whose owner is provably dead, each of which is then opened and mended by the engine.
    func orphans() async throws(EventLogError) -> [SessionID]
}

extension EventLog {
    /// Copies everything.
    package func copy(_ source: SessionID, to target: SessionID) async throws(EventLogError) {
        try await copy(source, to: target, upTo: nil)
    }
}

/// The writing end of one owned session.
package protocol SessionWriter: Sendable {
    /// Stores facts in one transaction, after everything shown or committed before. Returns the number of the last.
    func commit(_ facts: [EventKind]) async throws(EventLogError) -> EventNumber

    /// Hands over a delta; returns at once unless the queue is over its bound, then waits until it has drained.
    /// A delta that cannot be stored is reported by the next `commit`.
    func show(_ delta: Delta) async

    /// Stores a snapshot of the state at `state.lastEvent`, so that the next load need not fold everything.
    func save(_ state: SessionState) async throws(EventLogError)

    /// Waits for what was handed over, gives up ownership, and shows nothing more.
    func close() async

    /// As `close`, but something is to go on in the session: it stays this process's as long as that lives, and is one of the
    /// ``EventLog/orphans()`` then.
    func leave() async
}

/// Reading across sessions.
package protocol SessionIndex: Sendable {
    /// Newest first. `prefix` matches the start of an id.
    func sessions(withPrefix prefix: String, limit: Int) async throws(EventLogError) -> [SessionSummary]

    /// The newest stored snapshot, if any.
    func snapshot(of session: SessionID) async throws(EventLogError) -> SessionState?
}

package enum EventLogError: Error, Hashable, Sendable, CustomStringConvertible {
    case notFound(SessionID)
    case exists(SessionID)
    /// Another live process owns the session.
    case inUse(SessionID, process: Int32)
    /// Ownership was taken by another process, or given up: nothing was written.
    case fenced(SessionID)
    /// The store itself failed: disk full, damaged or newer file. A whole sentence.
    case store(String)

    package var description: String {
        switch self {
        case .notFound(let id): "Session not found: \(id)"
        case .exists(let id): "Session \(id) exists already"
        case .inUse(let id, let process): "Session \(id) is in use by pid \(process)"
        case .fenced(let id): "Session \(id) is owned by another process now; nothing was written"
        case .store(let sentence): sentence
        }
    }
}
