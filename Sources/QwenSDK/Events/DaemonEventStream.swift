/// The events of a session, as they happen (`qwen-serve.md` §3).
///
/// Nothing is sent before the first event is asked for, and every loop over the stream is a subscription of its own. Leaving the loop closes the connection, and so does
/// cancelling the task, which ends the stream without an error.
///
/// The stream ends with the connection: after `session_died`, `session_closed`, `client_evicted`, `stream_error`, or without a word. See
/// ``EventResume`` for one that goes on. What is not read stays with the daemon, which warns a slow reader and then puts it out (§3.4).
///
/// - Throws: ``DaemonHTTPError`` when the daemon refuses (404 for a session that is not there, 429 with ``DaemonHTTPError/retryAfter`` when it has too many
///   readers) or answers with something else than `text/event-stream`; ``DaemonTimeoutError`` when it does not open the stream within the client's
///   `fetchTimeout`; ``DaemonConnectionError`` when the connection is lost; ``SSEFramingError``. After that the stream is over.
public struct DaemonEventStream: AsyncSequence, Sendable {
    /// What comes.
    public typealias Element = DaemonEvent

    let client: DaemonClient
    let request: EventRequest

    /// A new subscription, which begins with its first ``AsyncIterator/next()``.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(reader: EventReader(client, request)) }

    /// One subscription.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let reader: EventReader

        /// The next event; `nil` when the stream is over, again and again.
        public mutating func next() async throws -> DaemonEvent? { try await reader.next() }
    }
}

/// What a subscription asks for.
struct EventRequest: Sendable {
    var sessionId: String
    var lastEventID: Int64?
    var epoch: String?
    var maxQueued: Int?
    var clientId: String?
    var resume: EventResume = .never
    /// Whether this goes on with something that began, so that opening the stream is worth more than one try.
    var continues = false

    /// - Parameter cursor: Where to go on.
    func call(from cursor: Int64?, epoch: String?) -> DaemonCall {
        var call = DaemonCall(
            "GET", "/session/:id/events", [sessionId], query: maxQueued.map { "?maxQueued=\($0)" } ?? "", clientId: clientId)
        call.headers.append(.init("Accept", "text/event-stream"))
        if let cursor { call.headers.append(.init("Last-Event-ID", "\(cursor)")) }
        if let epoch, cursor != nil { call.headers.append(.init("X-Qwen-Event-Epoch", epoch)) }
        return call
    }
}

extension DaemonClient {
    /// `GET /session/:id/events`: what happens in a session (§3). Nothing is sent before the first event is asked for.
    ///
    /// - Parameters:
    ///   - sessionId: The session to read.
    ///   - lastEventID: Replay what came after this id, 0 for everything the daemon holds, then go on with what happens. `nil` is only what happens
    ///     from the moment on in which the daemon opens the stream.
    ///   - maxQueued: How many events may wait for this reader before it is put out, 16 to 2048; `nil` is the daemon's default.
    ///   - resume: Whether to connect again when the connection ends.
    ///   - clientId: Who reads.
    public func subscribeEvents(
        _ sessionId: String, lastEventID: Int64? = nil, maxQueued: Int? = nil, resume: EventResume = .never, clientId: String? = nil
    ) -> DaemonEventStream {
        DaemonEventStream(
            client: self,
            request: EventRequest(
                sessionId: sessionId, lastEventID: lastEventID, maxQueued: maxQueued, clientId: clientId, resume: resume))
    }
}
