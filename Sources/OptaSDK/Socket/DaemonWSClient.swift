public import ApusTransport

/// Opens sockets to single sessions, each once and as it is: no reconnecting, no cursors (`opta-v3.md` §3). ``DaemonWebSocket`` is what programs use.
///
/// The token goes to the configured host and nowhere else, in a header.
public final class DaemonWSClient: Sendable, CustomStringConvertible {
    let endpoint: DaemonEndpoint
    let dialer: SocketDialer
    let clock: TransportClock

    /// The parameters are those of ``DaemonHTTPClient/init(host:port:token:tls:)``.
    public convenience init(host: String = "127.0.0.1", port: Int = 9_999, token: String, tls: ServerTrust? = nil) {
        self.init(endpoint: DaemonEndpoint(DaemonAccess(host: host, port: port, token: token, tls: tls)))
    }

    init(endpoint: DaemonEndpoint, dialer: SocketDialer = .network, clock: TransportClock = .system) {
        self.endpoint = endpoint
        self.dialer = dialer
        self.clock = clock
    }

    /// For people.
    public var description: String { "DaemonWSClient(\(endpoint.current.authority))" }

    /// Opens a socket to a session: what was logged after `afterSeq` comes first, then what happens (§3.3). The session need not be there yet.
    ///
    /// One attempt, of up to 8 s; cancelling the task ends it. A wrong token shows only after that: ``DaemonWSConnection/next()`` throws
    /// ``DaemonRefusedError`` then.
    ///
    /// - Throws: ``DaemonConnectionError`` when the socket cannot be opened.
    public func connect(sessionID: String, afterSeq: Int64 = 0) async throws -> DaemonWSConnection {
        do {
            return try await open(endpoint.current, sessionID: sessionID, afterSeq: afterSeq)
        } catch {
            throw DaemonConnectionError("GET /v3/ws: \(error)", wasSent: false)
        }
    }

    func open(_ access: DaemonAccess, sessionID: String, afterSeq: Int64) async throws(TransportError) -> DaemonWSConnection {
        if let problem = access.problem { throw .connectFailed(problem) }
        let link = dialer.link(access, SocketDialer.target(sessionID: sessionID, afterSeq: afterSeq), clock)
        try await link.connect()
        return DaemonWSConnection(link, sessionID: sessionID)
    }
}

/// One open socket to one session.
///
/// Letting go of it does not close it: call ``close()``.
public final class DaemonWSConnection: Sendable {
    /// Whose events come.
    public let sessionID: String
    let link: any SocketLink

    init(_ link: any SocketLink, sessionID: String) {
        self.link = link
        self.sessionID = sessionID
    }

    /// The next message, for one reader; `nil` after ``close()`` and when the task is cancelled.
    ///
    /// - Throws: ``DaemonRefusedError`` when the daemon closed with 4000 or 4001; ``DaemonConnectionError`` when the connection is gone.
    public func next() async throws -> DaemonFrame? {
        do {
            return try await receive()
        } catch .closed(let code, let reason) where code == 4_000 || code == 4_001 {
            throw DaemonRefusedError(code: code, reason: reason)
        } catch {
            throw DaemonConnectionError("GET /v3/ws: \(error)")
        }
    }

    func receive() async throws(TransportError) -> DaemonFrame? {
        try await link.receive().map { DaemonFrame($0, sessionID: sessionID) }
    }

    /// Sends one message (§3.6). What answers it comes from ``next()``.
    public func send(_ message: JSON) async throws {
        do {
            try await link.send(Array(message.text.utf8))
        } catch {
            throw DaemonConnectionError("GET /v3/ws: \(error)")
        }
    }

    /// Says good-bye (1000) and ends the connection, within 5 s. Again is no error.
    public func close() async { await link.close() }
}
