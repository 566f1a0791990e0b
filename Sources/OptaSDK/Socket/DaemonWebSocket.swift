import Synchronization

/// A connection to a session ended.
public struct DaemonDisconnect: Sendable, Hashable {
    /// Whose.
    public let sessionID: String
    /// The close code: 1001 the daemon goes, 1013 it had too much waiting for this reader, 4001 the token is wrong; `nil` when the connection broke or
    /// fell silent.
    public let code: Int?
    /// What the daemon, or the system, said.
    public let reason: String
    /// Whether it is opened again by itself.
    public let willReconnect: Bool
}

/// The events of one session, or of all sessions of a client, as they happen, and commands to them (`opta-v3.md` §3, §5 rows 10 to 20).
///
/// Read it with a loop over ``events``, or with closures (`on(.event)`, `on(.disconnect)`), or both; nothing is sent before the first of them.
///
/// - Order: within a session by ``DaemonEvent/seq``, each event once, whatever happens to the connection. Nothing is said of the order between sessions.
/// - Reconnecting: a lost connection is opened again after 1 s, 2 s, 4 s, 8 s, and from then on 10 s, each with up to 20 % more, from the last event
///   that was given. A daemon that is silent for 25 s, asked for a sign of life, counts as lost. After the close codes 4000 and 4001 it is the
///   end, unless the state file has a new token. While a socket cannot be opened and HTTP works, the log is read each second instead.
/// - Turns: nothing of a turn comes after the event that ends it (§4.4). A daemon that died in a turn and does not know it any more gives it a
///   ``DaemonEventName/turnError`` of this library, with the code `turn-lost`.
/// - Lost text: a daemon that does not log the pieces of answers cannot repeat them. If some are missing, the whole text is read from the session and
///   given as ``DaemonEventName/clientTurnText`` just before the end of the turn.
/// - Slow readers: each has a buffer of its own. When it is full the reader is told (``DaemonFellBehind``), and goes on at its cursor when it has
///   read half of it.
///
/// Letting go of the socket closes it, a little later; a loop over ``events`` holds it.
public final class DaemonWebSocket: Sendable {
    /// What `on` takes for events.
    public struct EventTopic: Sendable {
        /// Each event.
        public static let event = EventTopic()
    }

    /// What `on` takes for ends of connections.
    public struct DisconnectTopic: Sendable {
        /// The end of a connection.
        public static let disconnect = DisconnectTopic()
    }

    let hub: SocketHub
    private let client: DaemonClient
    private let leave: @Sendable () -> Void

    init(hub: SocketHub, client: DaemonClient, leave: @escaping @Sendable () -> Void) {
        self.hub = hub
        self.client = client
        self.leave = leave
    }

    deinit {
        leave()
        _ = hub.end(nil)?.cancel()
    }

    /// Calls `body` with each event, one at a time and in order, from a task of this socket. It should return soon: while it runs, nothing else is
    /// called. Closures cannot be taken back.
    public func on(_ topic: EventTopic, _ body: @escaping @Sendable (DaemonEvent) -> Void) { hub.onEvent(body) }

    /// Calls `body` with each end of a connection, after the events before it. Opens nothing by itself.
    public func on(_ topic: DisconnectTopic, _ body: @escaping @Sendable (DaemonDisconnect) -> Void) { hub.onDisconnect(body) }

    /// As the one with a parameter, for those who need none.
    public func on(_ topic: DisconnectTopic, _ body: @escaping @Sendable () -> Void) { hub.onDisconnect { _ in body() } }

    /// The events, for a loop.
    ///
    /// The first loop begins where the socket was told to. One that follows it goes on where it stopped, so that nothing is lost between two turns:
    /// meanwhile events wait, as many as the buffer holds, and those after them are read again (``DaemonFellBehind``). One that runs beside another begins with
    /// what happens from then on.
    public var events: DaemonEvents { DaemonEvents(socket: self) }

    /// The sessions that are followed.
    public var sessionIDs: [String] { hub.sessionIDs }

    /// The last event of a session that every reader has, or has waiting; `nil` when it is not followed. What a program keeps to go on later, as
    /// `afterSeq`.
    public func cursor(of sessionID: String) -> Int64? { hub.feed(sessionID)?.cursor }

    /// Ends all connections and loops, within 5 s. Again is no error.
    public func close() async {
        leave()
        await hub.close()
    }

    // MARK: commands

    /// Submits a turn over the session's socket, or over HTTP when there is none (§3.6). Parameters and errors are those of
    /// ``DaemonClient/submitTurn(_:content:mode:overrides:lastSeenSeq:writerID:)``.
    ///
    /// - Throws: ``DaemonCommandError`` when the daemon refuses it on the socket; ``DaemonConnectionError`` when the socket was lost before the
    ///   answer, in which case the turn may run.
    @discardableResult
    public func submitTurn(
        _ sessionID: String, content: String, mode: DaemonMode? = nil, overrides: DaemonTurnOverrides = DaemonTurnOverrides(),
        writerID: String? = nil
    ) async throws -> DaemonTurn {
        let turn = try await client.turn(
            sessionID, content: content, mode: mode, overrides: overrides, lastSeenSeq: nil, writerID: writerID)
        var message: JSONMembers = ["type": "turn.submit", "sessionId": .string(sessionID)]
        for (name, value) in turn.members { message[name] = value }
        if let answer = try await run("turn.submit", sessionID, .object(message)) {
            return try DaemonTurn(AnswerObject("turn.submit", answer))
        }
        return try await client.http.submitTurn(sessionID, turn)
    }

    /// Cancels over the session's socket, or over HTTP when there is none. As ``DaemonClient/cancel(_:turnID:writerID:)``; no such session is
    /// no error here: nothing is cancelled.
    @discardableResult
    public func cancel(_ sessionID: String, turnID: String? = nil, writerID: String? = nil) async throws -> CancelResult {
        var result = CancelResult(cancelledQueued: 0, cancelledActive: false)
        for writer in client.writers(sessionID, turnID: turnID, writerID: writerID) {
            var message: JSONMembers = ["type": "turn.cancel", "sessionId": .string(sessionID)]
            message["turnId"] = turnID.map(JSON.string)
            message["writerId"] = writer.map(JSON.string)
            if let answer = try await run("turn.cancel", sessionID, .object(message)) {
                result = result + CancelResult(answer)
            } else {
                result = result + (try await client.http.cancel(sessionID, turnID: turnID, writerID: writer))
            }
        }
        return result
    }

    /// Answers a permission request over the session's socket, or over HTTP when there is none. As
    /// ``DaemonClient/resolvePermission(_:requestID:_:decidedBy:)``.
    @discardableResult
    public func resolvePermission(
        _ sessionID: String, requestID: String, _ decision: PermissionDecision, decidedBy: String? = nil
    ) async throws -> PermissionResult {
        let message: JSON = [
            "type": "permission.resolve", "sessionId": .string(sessionID), "requestId": .string(requestID),
            "decision": .string(decision.rawValue), "decidedBy": .string(decidedBy ?? client.clientID),
        ]
        if let answer = try await run("permission.resolve", sessionID, message) { return PermissionResult(answer["result"] ?? [:]) }
        return try await client.resolvePermission(sessionID, requestID: requestID, decision, decidedBy: decidedBy)
    }

    /// - Returns: The ack; `nil` when nothing was sent.
    private func run(_ command: String, _ sessionID: String, _ message: JSON) async throws -> JSON? {
        guard let feed = hub.feed(sessionID) else { return nil }
        let outcome: CommandPort.Outcome
        do {
            outcome = try await client.http.within(DaemonCall.Deadline.ordinary.limit, command) {
                try await feed.port.run(command, message)
            }
        } catch let error as DaemonTimeoutError {
            feed.connectAgain()
            throw error
        }
        switch outcome {
        case .ack(let json): return json
        case .refused(let reason, let json):
            throw DaemonCommandError(command: command, reason: reason, issues: DaemonIssue.list(json["details"]))
        case .notSent: return nil
        case .lost: throw DaemonConnectionError("\(command): the socket was lost before the answer")
        }
    }
}

/// The events of a ``DaemonWebSocket``, for loops.
///
/// Cancelling the task of a loop ends it without an error; so does ``DaemonWebSocket/close()``, after what waits. It throws
/// ``DaemonRefusedError``, or ``DaemonHTTPError`` with status 401, when the daemon refuses the token.
public struct DaemonEvents: AsyncSequence, Sendable {
    /// What comes.
    public typealias Element = DaemonEvent

    let socket: DaemonWebSocket

    /// A new reader.
    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(socket) }

    /// One reader.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private let place: Place

        init(_ socket: DaemonWebSocket) { place = Place(socket) }

        /// The next event; `nil` when it is over, again and again.
        public mutating func next() async throws -> DaemonEvent? {
            while let item = try await place.reader.queue.next() {
                if case .event(let event) = item { return event }
            }
            return nil
        }
    }

    /// Leaves when its loop does.
    private final class Place: Sendable {
        let reader: SocketReader
        private let socket: DaemonWebSocket

        init(_ socket: DaemonWebSocket) {
            self.socket = socket
            reader = socket.hub.addReader()
        }

        deinit { socket.hub.remove(reader) }
    }
}
