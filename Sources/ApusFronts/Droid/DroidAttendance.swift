import ApusCore

/// Which sessions have viewers in this process, over all connections: the last one who leaves gives a session up that nothing runs in.
final class DroidAttendance: Sendable {
    private struct State {
        var viewers: [SessionID: Int] = [:]
        /// Sessions that are just being opened or given up: one after the other.
        var busy: Set<SessionID> = []
        /// Sessions whose MCP servers were started.
        var attached: Set<SessionID> = []
    }

    private let services: ClientServices
    private let state = Awaited(State())

    init(_ services: ClientServices) { self.services = services }

    /// Opens a session for somebody who will look at it until ``leave(_:)``.
    func enter(_ session: SessionID) async throws(SessionError) -> SessionState {
        guard await lock(session) else { throw .closing }
        defer { unlock(session) }
        let opened = try await services.sessions.open(session)
        state.change { $0.viewers[session, default: 0] += 1 }
        return opened
    }

    func leave(_ session: SessionID) async {
        guard await lock(session) else {
            // Nobody to wait for: the count alone is kept right.
            state.change { _ = Self.remove(session, &$0) }
            return
        }
        defer { unlock(session) }
        guard state.change({ Self.remove(session, &$0) }) else { return }
        await services.maintenance.retire(session)
        guard await !services.maintenance.opened().contains(session) else { return }
        if state.change({ $0.attached.remove(session) }) != nil { await services.servers.detach(session) }
    }

    /// Starts the servers of a session: those that its client named, or without any those of the user, and these once.
    func attach(_ servers: [MCPServerConfiguration]?, to session: SessionID) async {
        let isFirst = state.change { $0.attached.insert(session).inserted }
        if let servers { return await services.servers.attach(servers, to: session) }
        if isFirst { await services.servers.attach([], to: session) }
    }

    /// Whether that was the last one.
    private static func remove(_ session: SessionID, _ state: inout State) -> Bool {
        guard let count = state.viewers[session] else { return false }
        state.viewers[session] = count > 1 ? count - 1 : nil
        return count == 1
    }

    private func lock(_ session: SessionID) async -> Bool {
        await state.next { state in state.busy.insert(session).inserted ? true : nil } ?? false
    }

    private func unlock(_ session: SessionID) { state.change { _ = $0.busy.remove(session) } }
}
