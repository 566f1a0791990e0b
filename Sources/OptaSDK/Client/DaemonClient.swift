import ApusBase
public import ApusTransport

/// Speaks to an Opta daemon (protocol v3, `opta-v3.md`): Apus's, or the original one.
///
/// One client serves any number of sessions and of tasks at the same time. It has a ``clientID`` of its own, knows the sessions that were created or
/// named with it, and fills in what the daemon wants to know of every turn. ``close()`` ends its connections, and so does letting go of it, a
/// little later.
///
/// Errors, deadlines and cancellation are those of ``DaemonHTTPClient``.
public final class DaemonClient: DaemonService, CustomStringConvertible {
    /// The routes, with nothing filled in.
    public let http: DaemonHTTPClient
    /// Single sockets.
    public let sockets: DaemonWSClient
    /// What the daemon knows this client by, new for each.
    public let clientID: String
    /// How many sessions a client may have while a ``DaemonWebSocket`` follows all of them. With more of them, calls that make or name another one throw
    /// ``DaemonLimitError`` and send nothing.
    public static let followedSessionLimit = 256
    private let registry: SessionRegistry
    private let schedule: ReconnectSchedule

    /// - Parameters:
    ///   - host: A name or an address, without scheme and path; what only listens (`0.0.0.0`) is dialled as loopback.
    ///   - port: 1 to 65535. What is none fails the calls.
    ///   - token: The daemon's token, or any key that it takes; white space around it is taken away. It stands in no description and no
    ///     error, and is sent to this host only.
    ///   - tls: Whose certificates count, of a daemon that speaks TLS, as those do that others reach; `nil` is without: token and conversation can be
    ///     read on the way, so that it is for one on this machine.
    public convenience init(host: String = "127.0.0.1", port: Int = 9_999, token: String, tls: ServerTrust? = nil) {
        self.init(endpoint: DaemonEndpoint(DaemonAccess(host: host, port: port, token: token, tls: tls)))
    }

    /// With a token that was kept earlier.
    ///
    /// - Throws: ``TokenStoreError`` when the store has none for this host and port, or cannot be read.
    public convenience init(
        host: String = "127.0.0.1", port: Int = 9_999, tokens: any TokenStore, tls: ServerTrust? = nil
    ) throws {
        guard let token = try tokens.token(host: host, port: port) else {
            throw TokenStoreError("There is no token for \(host):\(port). Save one first, or give it.")
        }
        self.init(host: host, port: port, token: token, tls: tls)
    }

    init(
        endpoint: DaemonEndpoint, transport: (any HTTPTransport)? = nil, dialer: SocketDialer = .network,
        clock: TransportClock = .system, schedule: ReconnectSchedule = ReconnectSchedule(),
        clientID: String = "swift-" + randomToken(length: 16), sessionLimit: Int = followedSessionLimit
    ) {
        registry = SessionRegistry(limit: sessionLimit)
        http = DaemonHTTPClient(endpoint: endpoint, transport: transport, clock: clock)
        sockets = DaemonWSClient(endpoint: endpoint, dialer: dialer, clock: clock)
        self.clientID = clientID
        self.schedule = schedule
    }

    /// The daemon of this user, by what it notes of itself (§1.2, §5 row 3). The client follows it through restarts: when its token is refused, or it
    /// is not there any more, the file is read again.
    ///
    /// - Parameters:
    ///   - path: `nil` is ``DaemonStateFile/defaultPath(environment:)``.
    ///   - tokens: Where the token is kept as well; `nil` is nowhere.
    ///   - tls: Whose certificates count, of a daemon that was started with TLS, which the file does not say; `nil` is without.
    /// - Throws: ``DaemonStateFileError``; ``TokenStoreError``.
    public static func fromStateFile(
        at path: String? = nil, tokens: (any TokenStore)? = nil, tls: ServerTrust? = nil
    ) throws -> DaemonClient {
        DaemonClient(endpoint: try stateFileEndpoint(at: path, tokens: tokens, tls: tls))
    }

    static func stateFileEndpoint(
        at path: String?, tokens: (any TokenStore)? = nil, tls: ServerTrust? = nil
    ) throws -> DaemonEndpoint {
        let path = path ?? DaemonStateFile.defaultPath()
        let file = try DaemonStateFile.read(at: path)
        try tokens?.save(file.token, host: file.host, port: file.port)
        return DaemonEndpoint(file.access(tls)) { try DaemonStateFile.read(at: path).access(tls) }
    }

    /// For people.
    public var description: String { "DaemonClient(\(http.address))" }

    /// Ends all calls and closes the connections; sessions go on. ``DaemonWebSocket``s are closed by themselves. Calls after it fail. Again is
    /// no error.
    public func close() async { await http.close() }

    // MARK: sessions

    /// Makes a session, or takes up the one of that id as it is (§2.4 #5, §5 rows 4 and 5).
    ///
    /// - Parameters:
    ///   - sessionID: Letters, digits, `_` and `-`, up to 64; `nil` lets the daemon choose.
    ///   - mode: The default of the turns that this client submits to it; kept here, as daemons do not.
    ///   - model: `nil` is the daemon's default.
    ///   - title: A name for people.
    ///   - messages: What was said before.
    ///   - metadata: Anything; daemons take it and may forget it.
    public func createSession(
        sessionID: String? = nil, mode: DaemonMode? = nil, model: String? = nil, title: String? = nil, messages: [DaemonMessage] = [],
        metadata: JSON? = nil
    ) async throws -> DaemonSession {
        try await registry.withRoom(for: sessionID) {
            let session = try await http.createSession(
                NewDaemonSession(sessionID: sessionID, mode: mode, model: model, title: title, messages: messages, metadata: metadata))
            registry.note(session.id, mode: mode)
            return known(session)
        }
    }

    /// The session and its messages (§2.4 #6).
    ///
    /// - Throws: ``DaemonHTTPError`` with status 404 when there is none.
    public func session(_ id: String) async throws -> DaemonSession {
        try await registry.withRoom(for: id) {
            let session = try await http.session(id)
            registry.note(session.id)
            return known(session)
        }
    }

    private func known(_ session: DaemonSession) -> DaemonSession {
        var session = session
        session.mode = registry.mode(of: session.id)
        return session
    }

    /// Ends this client's part in a session: cancels what it has running and waiting there, and drops the session's sockets (§5 row 21). The session stays, and
    /// so do the turns of others. No such session is no error.
    public func close(_ sessionID: String) async throws {
        let writers = registry.forget(sessionID)
        for writer in writers.sorted() {
            do {
                _ = try await http.cancel(sessionID, writerID: writer)
            } catch let error as DaemonHTTPError where error.status == 404 {
                return
            }
        }
    }

    // MARK: turns

    /// Asks (§2.4 #7, §5 rows 6 and 7). Turns of a session run one after another; what becomes of this one comes as events.
    ///
    /// - Parameters:
    ///   - sessionID: The session to ask.
    ///   - content: What is asked; not empty.
    ///   - mode: What the turn may do; `nil` is that of the session, and ``DaemonMode/chat`` when it has none.
    ///   - overrides: What it has otherwise than its session.
    ///   - lastSeenSeq: Refuse the turn (409) when the session has gone beyond this.
    ///   - writerID: Who asks; `nil` is ``clientID``.
    /// - Throws: ``DaemonHTTPError``: 404 no such session, 409, 507 disk full.
    @discardableResult
    public func submitTurn(
        _ sessionID: String, content: String, mode: DaemonMode? = nil, overrides: DaemonTurnOverrides = DaemonTurnOverrides(),
        lastSeenSeq: Int64? = nil,
        writerID: String? = nil
    ) async throws -> DaemonTurn {
        let turn = try await turn(
            sessionID, content: content, mode: mode, overrides: overrides, lastSeenSeq: lastSeenSeq, writerID: writerID)
        return try await http.submitTurn(sessionID, turn)
    }

    func turn(
        _ sessionID: String, content: String, mode: DaemonMode?, overrides: DaemonTurnOverrides, lastSeenSeq: Int64?, writerID: String?
    ) async throws -> DaemonTurnRequest {
        let writer = writerID ?? clientID
        try await registry.withRoom(for: sessionID) { registry.note(sessionID, writer: writer) }
        return DaemonTurnRequest(
            content: content, clientID: clientID, writerID: writer, mode: mode ?? registry.mode(of: sessionID) ?? .chat,
            overrides: overrides, lastSeenSeq: lastSeenSeq)
    }

    /// What the daemon has logged of a session after `afterSeq`, rising (§2.4 #8, §5 rows 8 and 9). Some daemons do not log pieces of
    /// text. The log is told as it is, also what follows the end of a cancelled turn.
    ///
    /// Every call reads for itself: a cancel by writer of turns that were queued or begun before `afterSeq` has no ``DaemonEvent/endedTurnIDs``, and the
    /// end of such a turn is its `turn.error`; one that only waited has none. Whoever has to know follows a ``DaemonWebSocket``.
    ///
    /// - Parameters:
    ///   - sessionID: Whose events.
    ///   - afterSeq: ``DaemonEvent/seq`` of the last event that was read; 0 is from the start.
    public func getEvents(_ sessionID: String, afterSeq: Int64 = 0) async throws -> [DaemonEvent] {
        try await registry.withRoom(for: sessionID) {
            let events = try await http.events(sessionID, afterSeq: afterSeq)
            registry.note(sessionID)
            return events
        }
    }

    /// Cancels (§2.4 #9): with `turnID` that turn, with `writerID` all of that writer's, with neither all of this client's, whichever writers it submitted
    /// them with. Nothing to cancel is no error.
    ///
    /// - Throws: ``DaemonHTTPError`` with status 404 when there is no such session.
    @discardableResult
    public func cancel(_ sessionID: String, turnID: String? = nil, writerID: String? = nil) async throws -> CancelResult {
        var result = CancelResult(cancelledQueued: 0, cancelledActive: false)
        for writer in writers(sessionID, turnID: turnID, writerID: writerID) {
            result = result + (try await http.cancel(sessionID, turnID: turnID, writerID: writer))
        }
        return result
    }

    /// Whose turns a cancel means, one request for each.
    func writers(_ sessionID: String, turnID: String?, writerID: String?) -> [String?] {
        if turnID != nil || writerID != nil { return [writerID] }
        return registry.writers(of: sessionID).union([clientID]).sorted()
    }

    /// Answers what a turn asks (§2.4 #10). The first answer counts; nobody's within 120 s is a no.
    ///
    /// - Parameters:
    ///   - sessionID: Whose request.
    ///   - requestID: ``DaemonPermissionRequest/requestID``.
    ///   - decision: Yes or no.
    ///   - decidedBy: Who says so; `nil` is ``clientID``.
    /// - Returns: Whether this answer was the one.
    @discardableResult
    public func resolvePermission(
        _ sessionID: String, requestID: String, _ decision: PermissionDecision, decidedBy: String? = nil
    ) async throws -> PermissionResult {
        try await http.resolvePermission(sessionID, requestID: requestID, decision, decidedBy: decidedBy ?? clientID)
    }

    // MARK: events as they happen

    /// A socket for the events of a session, or of all sessions that this client has created or named and will (§5 row 10). Nothing is sent before it is
    /// read.
    ///
    /// - Parameters:
    ///   - sessionID: `nil` is all, up to ``followedSessionLimit``; each has a connection and a cursor of its own. If there are more, and `cursors` count, loops
    ///     throw ``DaemonLimitError``.
    ///   - afterSeq: What came up to here is not wanted again, in this session; `nil` is from its start. Of no use without a session, whose
    ///     numbers are their own: see `cursors`.
    ///   - cursors: The same for several sessions.
    ///   - bufferLimit: How many events may wait for a reader before it is told that it fell behind.
    public func connectWebSocket(
        sessionID: String? = nil, afterSeq: Int64? = nil, cursors: [String: Int64] = [:], bufferLimit: Int = 4_096
    ) -> DaemonWebSocket {
        let tools = FeedTools(http: http, sockets: sockets, schedule: schedule, clock: http.clock)
        let hub = SocketHub(tools: tools, bufferLimit: bufferLimit)
        let (known, leave) = registry.follow(
            SessionRegistry.Socket(
                followsAll: sessionID == nil,
                onJoin: { [weak hub] id in if sessionID == nil { hub?.join(id, afterSeq: cursors[id] ?? 0) } },
                onLeave: { [weak hub] id in hub?.leave(id) }))
        if let sessionID {
            registry.note(sessionID)
            hub.join(sessionID, afterSeq: afterSeq ?? cursors[sessionID] ?? 0)
        } else {
            do {
                try registry.name(cursors.keys.sorted())
                for id in known { hub.join(id, afterSeq: cursors[id] ?? 0) }
            } catch {
                leave()
                hub.fail(error)
            }
        }
        return DaemonWebSocket(hub: hub, client: self, leave: leave)
    }
}
