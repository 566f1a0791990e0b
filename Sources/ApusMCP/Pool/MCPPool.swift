package import ApusCore
import Synchronization

/// The MCP servers of all sessions: one connection for each configuration, however many sessions have it, ended when the last of them
/// has given it up.
///
/// Nothing connects before `run` is called, and everything has ended when it returns. A session that nobody attached gets the user's
/// servers with its first look at its tools.
package final class MCPPool: Sendable {
    private struct Attachment {
        var own: [MCPServerConfiguration]
        var bindings: [MCPBinding]
        /// Until when its servers are waited for.
        var deadline: ContinuousClock.Instant
    }

    private struct Shared {
        var connection: MCPConnection
        var users: Set<SessionID>
    }

    private struct State {
        var sessions: [SessionID: Attachment] = [:]
        var connections: [MCPConnectionKey: Shared] = [:]
        /// Servers of which was told that they want a sign-in.
        var announced: Set<String> = []
    }

    let limits: MCPLimits
    let files: MCPConfigurationFiles
    let editor: MCPFileEditor
    let signIns: MCPSignInHouse
    let rules: MCPRules
    private let clients: MCPHTTPClients
    private let opener: MCPOpener
    private let state = Mutex(State())
    /// Changes of servers and of sign-ins.
    let watch: Watch
    /// What runs until `run` returns: connections, sign-ins.
    private let jobs: AsyncStream<@Sendable () async -> Void>
    private let start: AsyncStream<@Sendable () async -> Void>.Continuation

    /// - Parameters:
    ///   - programs: how servers that are programs are started; `nil` where none may be.
    ///   - certificates: path of a PEM file with the trusted roots, usually `SSL_CERT_FILE`.
    ///   - rules: what settings say of servers.
    ///   - conceal: told tokens, which are to be shown nowhere.
    package init(
        files: MCPConfigurationFiles, programs: MCPProgramSetting?, certificates: String? = nil, limits: MCPLimits = MCPLimits(),
        rules: MCPRules = MCPRules(), conceal: @escaping @Sendable ([String]) -> Void = { _ in }
    ) {
        self.files = files
        self.limits = limits
        self.rules = rules
        editor = MCPFileEditor(files: files)
        let clients = MCPHTTPClients(certificates: certificates, connectLimit: limits.connect)
        let watch = Watch()
        let (jobs, start) = AsyncStream<@Sendable () async -> Void>.makeStream(bufferingPolicy: .unbounded)
        signIns = MCPSignInHouse(
            file: OAuthTokenFile(path: files.tokens, conceal: conceal), client: { clients.open() },
            start: { job in
                if case .enqueued = start.yield(job) { return true }
                return false
            }, announce: { watch.change() })
        opener = MCPOpener(programs: programs, clients: clients, signIns: signIns)
        (self.clients, self.watch, self.jobs, self.start) = (clients, watch, jobs, start)
    }

    /// Carries all connections until `close` or until the task is cancelled; then ends them and their programs.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.followSignIns() }
            for await job in jobs { group.addTask { await job() } }
        }
        await clients.close()
    }

    /// Ends `run`. Calls that are still under way fail.
    package func close() {
        let connections = state.withLock { state in
            defer { (state.sessions, state.connections) = ([:], [:]) }
            return state.connections.values.map(\.connection)
        }
        for connection in connections { connection.stop() }
        signIns.close()
        start.finish()
        watch.change()
    }

    // MARK: Sessions

    /// Which connections are open or being opened: for tests and reports.
    package var connectionCount: Int { state.withLock { $0.connections.count } }

    func isAttached(_ session: SessionID) -> Bool { state.withLock { $0.sessions[session] != nil } }

    /// Binds a session anew.
    func bind(_ session: SessionID, _ own: [MCPServerConfiguration]?) {
        let found = files.read()
        let (started, stopped) = state.withLock { state -> ([MCPConnection], [MCPConnection]) in
            let own = own ?? state.sessions[session]?.own ?? []
            let bindings = MCPBinding.all(own, found, limits, rules)
            let keys = Set(bindings.compactMap(\.key))
            var started: [MCPConnection] = []
            for key in keys {
                if state.connections[key] == nil {
                    let connection = MCPConnection(key, opener: opener, limits: limits) { [watch] in watch.change() }
                    state.connections[key] = Shared(connection: connection, users: [])
                    started.append(connection)
                }
                state.connections[key]?.users.insert(session)
            }
            state.sessions[session] = Attachment(own: own, bindings: bindings, deadline: .now + limits.connect)
            return (started, Self.release(session, keeping: keys, &state))
        }
        for connection in started { start.yield { await connection.run() } }
        for connection in stopped { connection.stop() }
        watch.change()
    }

    /// After a change of the files.
    func bindAll() {
        for session in state.withLock({ Array($0.sessions.keys) }) { bind(session, nil) }
    }

    func release(_ session: SessionID) {
        let stopped = state.withLock { state in
            state.sessions[session] = nil
            return Self.release(session, keeping: [], &state)
        }
        for connection in stopped { connection.stop() }
        watch.change()
    }

    private static func release(
        _ session: SessionID, keeping keys: Set<MCPConnectionKey>, _ state: inout State
    ) -> [MCPConnection] {
        var stopped: [MCPConnection] = []
        for (key, shared) in state.connections where !keys.contains(key) && shared.users.contains(session) {
            state.connections[key]?.users.remove(session)
            if shared.users.count == 1 {
                state.connections[key] = nil
                stopped.append(shared.connection)
            }
        }
        return stopped
    }

    /// Somebody signed in there, or out, which closes what is open.
    func reopen(_ address: String, closing isClosing: Bool) {
        let connections = state.withLock { state in state.connections.filter { $0.key.address == address }.map(\.value.connection) }
        for connection in connections { connection.reopen(closing: isClosing) }
    }

    /// Whether nobody was told yet that this server failed.
    func isNews(_ server: String) -> Bool { state.withLock { $0.announced.insert(server).inserted } }

    // MARK: Looking

    /// `nil` when the session is not attached.
    func statuses(of session: SessionID) -> [MCPServerStatus]? {
        bound(session)?.map { $0.binding.status($0.connection, signIns) }
    }

    func bound(_ session: SessionID) -> [(binding: MCPBinding, connection: MCPConnection?)]? {
        state.withLock { state in
            state.sessions[session]?.bindings.map { binding in
                (binding, binding.key.flatMap { state.connections[$0]?.connection })
            }
        }
    }

    /// The connections of a session that have not answered yet, as long as they are waited for.
    func unsettled(_ session: SessionID) -> (connections: [MCPConnection], deadline: ContinuousClock.Instant)? {
        state.withLock { state in
            guard let attachment = state.sessions[session], attachment.deadline > .now else { return nil }
            let connections = attachment.bindings.compactMap { $0.key.flatMap { state.connections[$0]?.connection } }
            let unsettled = connections.filter { !$0.isSettled }
            return unsettled.isEmpty ? nil : (unsettled, attachment.deadline)
        }
    }

    func connectedTools(of server: String) -> [MCPRemoteTool]? {
        state.withLock { state in
            for attachment in state.sessions.values {
                if let binding = attachment.bindings.first(where: { $0.name == server }), let key = binding.key,
                    let connection = state.connections[key]?.connection, connection.phase == .connected
                {
                    return connection.tools
                }
            }
            return nil
        }
    }

    package func changes(of session: SessionID) -> AsyncStream<[MCPServerStatus]> {
        let look = ChangeLook(seen: watch.revision, last: statuses(of: session))
        return AsyncStream { [self] in
            while !Task.isCancelled {
                look.seen = await watch.change(after: look.seen)
                let now = statuses(of: session)
                if now == nil, look.last != nil { return nil }
                guard let now, now != look.last else { continue }
                look.last = now
                return now
            }
            return nil
        }
    }
}

/// What one reader of changes has seen.
private final class ChangeLook: Sendable {
    private let state: Mutex<(seen: Int, last: [MCPServerStatus]?)>

    init(seen: Int, last: [MCPServerStatus]?) { state = Mutex((seen, last)) }

    var seen: Int {
        get { state.withLock { $0.seen } }
        set { state.withLock { $0.seen = newValue } }
    }

    var last: [MCPServerStatus]? {
        get { state.withLock { $0.last } }
        set { state.withLock { $0.last = newValue } }
    }
}
