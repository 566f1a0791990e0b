import Synchronization

/// Where a subscription of a ``DaemonSessionClient`` begins.
public enum EventStart: Sendable, Hashable {
    /// Behind ``DaemonSessionClient/lastEventID``.
    case cursor
    /// With what happens from then on.
    case live
    /// Behind that id; 0 is everything the daemon holds.
    case after(Int64)
}

extension DaemonSessionClient {
    /// The events of this session from where they were left: see ``DaemonClient/subscribeEvents(_:lastEventID:maxQueued:resume:clientId:)``.
    ///
    /// One subscription of this object is read at a time. ``lastEventID`` moves forward when the next event is asked for, so that one in
    /// whose handling the loop was left comes again in the next.
    ///
    /// - Parameters:
    ///   - start: Looked at when the first event is asked for.
    ///   - maxQueued: How many events may wait for this reader before it is put out, 16 to 2048.
    ///   - resume: Whether to connect again when the connection ends.
    public func events(
        from start: EventStart = .cursor, maxQueued: Int? = nil, resume: EventResume = .never
    ) -> DaemonSessionEvents {
        DaemonSessionEvents(session: self, start: start, maxQueued: maxQueued, resume: resume)
    }
}

/// The events of a ``DaemonSessionClient``. As ``DaemonEventStream``, but for the cursor, which the session keeps.
///
/// - Throws: ``DaemonSubscriptionError`` when another subscription of that object is being read, and what ``DaemonEventStream`` throws.
public struct DaemonSessionEvents: AsyncSequence, Sendable {
    /// What comes.
    public typealias Element = DaemonEvent

    let session: DaemonSessionClient
    let start: EventStart
    let maxQueued: Int?
    let resume: EventResume

    /// A new subscription, which begins with its first ``AsyncIterator/next()``.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: SessionEventReader(self)) }

    /// One subscription.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: SessionEventReader

        /// The next event; `nil` when the stream is over, again and again.
        public mutating func next() async throws -> DaemonEvent? { try await reader.next() }
    }
}

/// Reads one subscription and moves the session's cursor. The session is free for the next one when it is over or let go.
final class SessionEventReader {
    private let events: DaemonSessionEvents
    private var reader: EventReader?
    private var isOver = false
    private var isHolding = false
    private var given: Int64?

    init(_ events: DaemonSessionEvents) { self.events = events }

    deinit {
        // First the connection, then the right to the next.
        reader = nil
        release()
    }

    func next() async throws -> DaemonEvent? {
        if isOver { return nil }
        commit()
        do {
            if let event = try await started().next() {
                given = event.id
                return event
            }
        } catch {
            finish()
            throw error
        }
        finish()
        return nil
    }

    private func started() throws -> EventReader {
        if let reader { return reader }
        let session = events.session
        let cursor = try session.state.withLock { state throws -> Int64? in
            if state.isSubscribed { throw DaemonSubscriptionError(sessionId: session.sessionId) }
            state.isSubscribed = true
            return state.lastEventID
        }
        isHolding = true
        let start: Int64? =
            switch events.start {
            case .cursor: cursor
            case .live: nil
            case .after(let id): id
            }
        let reader = EventReader(
            session.client,
            EventRequest(
                sessionId: session.sessionId, lastEventID: start, maxQueued: events.maxQueued, clientId: session.clientId,
                resume: events.resume))
        self.reader = reader
        return reader
    }

    private func commit() {
        guard let id = given else { return }
        given = nil
        events.session.state.withLock { $0.lastEventID = max($0.lastEventID ?? 0, id) }
    }

    private func finish() {
        isOver = true
        reader = nil
        release()
    }

    private func release() {
        if !isHolding { return }
        isHolding = false
        events.session.state.withLock { $0.isSubscribed = false }
    }
}
