import ApusTransport
import DroidWire
import Synchronization

/// A connection to a daemon, with as many sessions on it as one likes. ``connectDaemon(_:)`` makes one.
///
/// When it is lost, every running stream and every open request fails at once, and it is not opened again, unless
/// ``ConnectDaemonOptions/whenDropped`` says otherwise. Sessions live in the daemon, and can be resumed on a connection of later.
public final class DaemonConnection: Sendable {
    static let closedError = ConnectionError("Daemon connection has been closed. Call connectDaemon() to create a new connection.")
    static let emptyKeyError = ConnectionError("Daemon authentication failed: Parse error")

    private let router: DroidRouter
    private let token: String
    private let isClosed = Mutex(false)

    private init(_ router: DroidRouter, token: String) {
        self.router = router
        self.token = token
    }

    /// Opens a transport of any kind and authenticates on it.
    ///
    /// - Parameters:
    ///   - transport: Not connected yet; the connection owns it from now on.
    ///   - apiKey: Must not be empty; a daemon has no stored login to fall back to.
    /// - Throws: ``ConnectionError`` "Daemon authentication failed: …" or "Daemon authentication timed out after 30000ms"; what the transport throws.
    public static func open(_ transport: any DroidClientTransport, apiKey: String) async throws -> DaemonConnection {
        try await open(transport, .apiKey(apiKey), clock: .system)
    }

    static func open(
        _ transport: any DroidClientTransport, _ credential: DaemonCredential, clock: TransportClock,
        reconnecting: DroidReconnecting? = nil
    ) async throws -> DaemonConnection {
        if credential.text.isEmpty { throw emptyKeyError }
        let router = DroidRouter(transport, .daemon, clock: clock)
        do {
            try await router.start()
            try await authenticate(router, credential)
            if let reconnecting { try await router.resumeWhenLost(reconnecting) }
        } catch {
            await router.close(with: closedError)
            throw error
        }
        return DaemonConnection(router, token: credential.text)
    }

    private static func authenticate(_ router: DroidRouter, _ credential: DaemonCredential) async throws {
        // What the answer holds is nobody's business here: that it is no error is all.
        let reply = Reply<Void>()
        let id = router.send(DroidCall(credential.params)) { outcome in
            reply.resolve(
                outcome.flatMap { response in
                    guard case .failure(let failure) = response.outcome else { return .success(()) }
                    let text = failure.message.isEmpty ? "unknown error" : failure.message
                    return .failure(ConnectionError("Daemon authentication failed: \(text)"))
                })
        }
        defer { router.forget(id) }
        do {
            try await reply.value(within: DroidTimeout.authenticate, of: "daemon.authenticate", router.clock)
        } catch let error as TimeoutError {
            throw ConnectionError("Daemon authentication timed out after \(error.timeout.wholeMilliseconds)ms", cause: error)
        }
    }

    // MARK: Sessions

    /// Creates a session. Servers of this process are started before, and stopped again when it fails.
    public func createSession(_ options: DaemonSessionOptions = DaemonSessionOptions()) async throws -> DaemonSession {
        try check()
        return try await SessionOpening.create(options, client: makeClient())
    }

    /// Takes up a session that exists, created on this connection or any other.
    ///
    /// What it asked and nobody answered yet is in ``DaemonSession/loaded`` and comes to the handlers again.
    ///
    /// - Throws: ``SessionNotFoundError``.
    public func resumeSession(_ sessionId: String, options: DaemonResumeOptions = DaemonResumeOptions()) async throws -> DaemonSession {
        try check()
        return try await SessionOpening.resume(sessionId, options, client: makeClient())
    }

    /// Interrupts the turn of a session that one has no object of. Whoever follows it keeps following it.
    ///
    /// - Throws: ``SessionNotFoundError``.
    public func interruptSession(_ sessionId: String) async throws {
        try check()
        let client = makeClient()
        defer { client.close() }
        _ = try await client.loadSession(LoadSessionParams(sessionId: sessionId))
        try await client.interruptSession()
    }

    /// A session that is closed however the closure ends.
    public func withSession<Value: Sendable>(
        _ options: DaemonSessionOptions = DaemonSessionOptions(), _ body: (DaemonSession) async throws -> Value
    ) async throws -> Value {
        try await SessionOpening.lend(try await createSession(options), body)
    }

    /// A resumed session that is closed however the closure ends.
    public func withSession<Value: Sendable>(
        resuming sessionId: String, options: DaemonResumeOptions = DaemonResumeOptions(),
        _ body: (DaemonSession) async throws -> Value
    ) async throws -> Value {
        try await SessionOpening.lend(try await resumeSession(sessionId, options: options), body)
    }

    /// The protocol itself, without a session yet. Close it when it is not needed any more.
    public func makeClient() -> DaemonClient { DaemonClient(router, token: token) }

    /// Closes the connection; running streams and open requests fail. Sessions stay alive in the daemon. Takes up to 5 s; again does nothing.
    public func close() async {
        let isFirst = isClosed.withLock { isClosed -> Bool in
            defer { isClosed = true }
            return !isClosed
        }
        if isFirst { await router.close(with: DaemonConnection.closedError) }
    }

    private func check() throws {
        if isClosed.withLock({ $0 }) { throw DaemonConnection.closedError }
        if let end = router.end { throw end }
    }
}

/// What a daemon is convinced with.
enum DaemonCredential: Sendable {
    case apiKey(String)
    case token(String)

    var text: String {
        switch self {
        case .apiKey(let text), .token(let text): text
        }
    }

    var params: AuthenticateParams {
        switch self {
        case .apiKey(let key): AuthenticateParams(apiKey: key, caller: DroidProtocol.sdkCaller)
        case .token(let token): AuthenticateParams(token: token, caller: DroidProtocol.sdkCaller)
        }
    }
}
