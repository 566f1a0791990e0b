import ApusBase
import ApusTransport
import DroidWire
import Synchronization

/// The protocol itself, typed: one method for each of its methods, for one session at a time. ``DaemonSession`` is built on it.
///
/// A client gets its session from ``initializeSession(_:)`` or ``loadSession(_:)`` and names it in every request from then on. Requests may be
/// made at the same time. Each has the time-out of its method (30 s; 60 s to open a session or to rewind, 240 s to compact, 300 s to
/// authenticate an MCP server in exec mode) and throws ``TimeoutError``; other errors are ``ProtocolError``, ``SessionNotFoundError`` (−32004),
/// ``ConnectionError``, and ``ProcessExitError`` in exec mode. Cancelling the task throws at once; the server may still do what was asked.
public final class DaemonClient: Sendable {
    struct State {
        var sessionId: String?
        var isClosed = false
        var permissionHandler: PermissionHandler?
        var askUserHandler: AskUserHandler?
        var subscribers: [(id: Int, filter: SessionNotificationType?, callback: @Sendable (SessionNotification) -> Void)] = []
        var nextSubscriber = 0
        var turn: TurnStream?
        /// A turn that was begun here and is not known to have ended.
        var hasOwnTurn = false
        /// What the session was opened with.
        var mcpServers: [DroidMcpServerConfig]?
    }

    static let closedError = ConnectionError("Daemon client has been closed. Create a new DaemonClient instance.")

    let router: DroidRouter
    /// Of the daemon family; goes into what opens a session.
    private let token: String?
    let state = Mutex(State())

    init(_ router: DroidRouter, token: String?) {
        self.router = router
        self.token = token
    }

    /// The session this client is about; `nil` before one was opened.
    public var sessionId: String? { state.withLock { $0.sessionId } }

    var mcpServers: [DroidMcpServerConfig]? { state.withLock { $0.mcpServers } }

    /// Sets who answers when the agent asks; `nil` for nobody: what it asks during a turn begun here is then cancelled.
    public func setHandlers(permission: PermissionHandler?, askUser: AskUserHandler?) {
        state.withLock { state in
            state.permissionHandler = permission
            state.askUserHandler = askUser
        }
    }

    /// Stops listening; running streams end. Nothing is sent: the session lives on.
    public func close() {
        let turn = state.withLock { state -> TurnStream? in
            state.isClosed = true
            state.subscribers = []
            state.permissionHandler = nil
            state.askUserHandler = nil
            defer { state.turn = nil }
            return state.turn
        }
        router.remove(self)
        turn?.end()
    }

    /// `initialize_session`: a new session, which this client is about from then on.
    public func initializeSession(_ params: InitializeSessionParams) async throws -> InitializeSessionResult {
        try check()
        state.withLock { $0.mcpServers = params.wire.mcpServers }
        let reply = Reply<DroidWire.InitializeSessionResult>()
        let method = DroidMethod.initializeSession
        let id = router.send(DroidCall(params.wire, token: token)) { [self] outcome in
            let result = DaemonClient.result(outcome, of: DroidWire.InitializeSessionParams.self, session: nil)
            // Bound here, before the next frame is looked at: it may already be about this session.
            if case .success(let value) = result {
                router.note(value.cursor, of: value.sessionId)
                bind(value.sessionId)
            }
            reply.resolve(result)
        }
        defer { router.forget(id) }
        return InitializeSessionResult(
            try await reply.value(within: method.entry.timeout, of: method.wireName(router.family), router.clock))
    }

    /// `load_session`: a session that exists, which this client is about from then on. What waits for an answer there is asked again.
    public func loadSession(_ params: LoadSessionParams) async throws -> LoadSessionResult {
        try check()
        let before = sessionId
        // Bound by what was asked for, since servers need not say it again, and may ask before they answer.
        bind(params.sessionId)
        do {
            state.withLock { $0.mcpServers = params.wire.mcpServers }
            let wire = try await call(params.wire) { [self] outcome, session in
                let result = DaemonClient.result(outcome, of: DroidWire.LoadSessionParams.self, session: session)
                if case .success(let value) = result { router.note(value.cursor, of: value.sessionId ?? params.sessionId) }
                return result
            }
            let result = LoadSessionResult(wire)
            if let sessionId = result.sessionId, sessionId != params.sessionId { bind(sessionId) }
            return result
        } catch {
            if let before { bind(before) } else { unbind() }
            throw error
        }
    }

    /// `logout`
    public func logout() async throws { _ = try await call(DroidWire.LogoutParams()) }

    /// A method that only the product knows, with params that are sent as they are.
    ///
    /// - Parameters:
    ///   - method: Without its family: `list_crons`.
    ///   - params: The session is not added.
    ///   - timeout: After it ``TimeoutError`` is thrown.
    public func request(_ method: String, _ params: JSONMembers = [:], timeout: Duration = .seconds(30)) async throws -> JSON {
        try check()
        let wireName = router.family.rawValue + "." + method
        let reply = Reply<JSON>()
        let session = sessionId
        let id = router.send(wireName, params.object) { outcome in
            reply.resolve(outcome.flatMap { DaemonClient.json($0, session: session) })
        }
        defer { router.forget(id) }
        return try await reply.value(within: timeout, of: wireName, router.clock)
    }

    // MARK: Inside

    func call<Params: DroidParams>(_ params: Params) async throws -> Params.Result {
        try await call(params) { DaemonClient.result($0, of: Params.self, session: $1) }
    }

    /// A method that answers whether it succeeded. A server that only acknowledges has not failed.
    func confirmed<Params: DroidParams>(_ params: Params) async throws -> Bool where Params.Result == DroidSuccess {
        let answer = try await call(params) { outcome, session in outcome.flatMap { DaemonClient.json($0, session: session) } }
        return answer["success"]?.boolValue ?? true
    }

    private func call<Params: DroidParams, Value: Sendable>(
        _ params: Params, read: @escaping @Sendable (Result<DroidResponse, any Error>, String?) -> Result<Value, any Error>
    ) async throws -> Value {
        try check()
        let entry = Params.method.entry
        let session = sessionId
        if entry.scope == .session, session == nil { throw SessionError.noActiveSession }
        let needsSession = entry.scope == .session || entry.scope == .anySession
        let call = DroidCall(params, sessionId: needsSession ? session : nil, token: entry.needsToken ? token : nil)
        let reply = Reply<Value>()
        let named = params.namedSession ?? session
        let id = router.send(call) { reply.resolve(read($0, named)) }
        defer { router.forget(id) }
        return try await reply.value(
            within: timeout(of: entry), of: Params.method.wireName(router.family), router.clock)
    }

    private func timeout(of entry: DroidMethodEntry) -> Duration {
        // The one method that the socket's clients wait for less than those of a process (`droid.md` §3).
        entry.method == .authenticateMcpServer && router.family == .daemon ? DroidTimeout.request : entry.timeout
    }

    func check() throws {
        if state.withLock({ $0.isClosed }) { throw router.end ?? DaemonClient.closedError }
    }

    private func bind(_ session: String) {
        let isOpen = state.withLock { state -> Bool in
            if !state.isClosed { state.sessionId = session }
            return !state.isClosed
        }
        if isOpen { router.add(self) }
    }

    private func unbind() {
        state.withLock { $0.sessionId = nil }
        router.remove(self)
    }

    static func result<Params: DroidParams>(
        _ outcome: Result<DroidResponse, any Error>, of type: Params.Type, session: String?
    ) -> Result<Params.Result, any Error> {
        outcome.flatMap { response in
            do throws(DroidResponseError) {
                return .success(try response.result(Params.Result.self))
            } catch {
                return .failure(publicError(error, Params.method.rawValue, response.id, session))
            }
        }
    }

    private static func json(_ response: DroidResponse, session: String?) -> Result<JSON, any Error> {
        switch response.outcome {
        case .success(let value): .success(JSON(value))
        case .failure(let failure): .failure(publicError(.failed(failure), "", response.id, session))
        }
    }

    private static func publicError(
        _ error: DroidResponseError, _ method: String, _ id: String?, _ session: String?
    ) -> any Error {
        switch error {
        case .failed(let failure) where failure.code == .entityNotFound:
            SessionNotFoundError(sessionId: session ?? id ?? "")
        case .failed(let failure):
            ProtocolError(code: failure.code.number, message: failure.message, data: failure.data.map(JSON.init))
        case .malformed(let error):
            ProtocolError(code: ProtocolError.Code.parseError, message: "Malformed response to \(method): \(error)")
        }
    }
}

extension DroidParams {
    /// The session that the params themselves name.
    fileprivate var namedSession: String? {
        switch self {
        case let params as DroidWire.LoadSessionParams: params.sessionId
        case let params as DroidWire.GetSessionMessagesParams: params.sessionId
        case let params as DroidWire.ArchiveSessionParams: params.sessionId
        case let params as DroidWire.UnarchiveSessionParams: params.sessionId
        default: nil
        }
    }
}
