import ApusTransport
import Synchronization

/// The sessions that a client created or named: their modes, who wrote to them for it, and which sockets want to know of new ones.
final class SessionRegistry: Sendable {
    private struct Entry {
        var mode: DaemonMode?
        var writers: Set<String> = []
    }

    private struct State {
        var sessions: [String: Entry] = [:]
        var order: [String] = []
        var sockets: [Int: Socket] = [:]
        var nextSocket = 0
        /// Sessions that are about to be known.
        var coming = 0

        var isFollowed: Bool { sockets.values.contains(where: \.followsAll) }
    }

    /// A socket that follows all sessions, or one.
    struct Socket: Sendable {
        let followsAll: Bool
        let onJoin: @Sendable (String) -> Void
        let onLeave: @Sendable (String) -> Void
    }

    /// How many sessions there may be while a socket follows all of them.
    let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = limit }

    /// Runs what makes a session known, if it is not, when there is room for it.
    ///
    /// - Parameter id: `nil` is one that has none yet.
    func withRoom<Result>(for id: String?, _ body: () async throws -> Result) async throws -> Result {
        let isNew = try state.withLock { state throws(DaemonLimitError) -> Bool in
            if let id, state.sessions[id] != nil { return false }
            if state.isFollowed, state.sessions.count + state.coming >= limit { throw DaemonLimitError(limit: limit) }
            state.coming += 1
            return true
        }
        defer { if isNew { state.withLock { $0.coming -= 1 } } }
        return try await body()
    }

    /// Makes sessions known that a socket is going to follow beside all others.
    func name(_ ids: [String]) throws(DaemonLimitError) {
        try state.withLock { state throws(DaemonLimitError) in
            let new = ids.count { state.sessions[$0] == nil }
            if state.sessions.count + state.coming + new > limit { throw DaemonLimitError(limit: limit) }
        }
        for id in ids { note(id) }
    }

    /// The session is known from now on.
    func note(_ id: String, mode: DaemonMode? = nil, writer: String? = nil) {
        let sockets = state.withLock { state -> [Socket] in
            let isNew = state.sessions[id] == nil
            var entry = state.sessions[id] ?? Entry()
            if let mode { entry.mode = mode }
            if let writer { entry.writers.insert(writer) }
            state.sessions[id] = entry
            if isNew { state.order.append(id) }
            return isNew ? Array(state.sockets.values) : []
        }
        for socket in sockets { socket.onJoin(id) }
    }

    func mode(of id: String) -> DaemonMode? { state.withLock { $0.sessions[id]?.mode } }

    /// Who wrote to the session.
    func writers(of id: String) -> Set<String> { state.withLock { $0.sessions[id]?.writers ?? [] } }

    /// The session is forgotten.
    ///
    /// - Returns: Who wrote to it.
    func forget(_ id: String) -> Set<String> {
        let (writers, sockets) = state.withLock { state -> (Set<String>, [Socket]) in
            state.order.removeAll { $0 == id }
            return (state.sessions.removeValue(forKey: id)?.writers ?? [], Array(state.sockets.values))
        }
        for socket in sockets { socket.onLeave(id) }
        return writers
    }

    /// - Returns: What is known already, and how the socket leaves.
    func follow(_ socket: Socket) -> (known: [String], leave: @Sendable () -> Void) {
        let (id, known) = state.withLock { state in
            state.nextSocket += 1
            state.sockets[state.nextSocket] = socket
            return (state.nextSocket, state.order)
        }
        return (known, { [weak self] in self?.drop(id) })
    }

    private func drop(_ id: Int) {
        state.withLock { $0.sockets[id] = nil }
    }
}
