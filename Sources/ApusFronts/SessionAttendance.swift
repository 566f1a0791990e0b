package import ApusCore

/// Which sessions have viewers in this process, over all connections of all protocols: the last one who leaves gives a session up that
/// nothing runs in.
package final class SessionAttendance: Sendable {
    private struct State {
        var viewers: [SessionID: Int] = [:]
        /// Sessions that are just being opened or given up: one after the other.
        var busy: Set<SessionID> = []
        /// Sessions whose MCP servers were started.
        var attached: Set<SessionID> = []
        /// Sessions without viewers in which something ran when the last one left, oldest first.
        var lingering: [SessionID] = []
    }

    /// Lingering sessions that are looked at whenever somebody leaves.
    private static let maximumLooks = 16

    private let sessions: any SessionService
    private let maintenance: any SessionMaintenance
    private let servers: any MCPServers
    private let processes: any ProcessDesk
    private let state = Awaited(State())

    package init(
        _ sessions: any SessionService, _ maintenance: any SessionMaintenance, _ servers: any MCPServers,
        _ processes: any ProcessDesk = NoProcessDesk()
    ) {
        self.sessions = sessions
        self.maintenance = maintenance
        self.servers = servers
        self.processes = processes
    }

    /// Opens a session for somebody who will look at it until ``leave(_:)``.
    package func enter(_ session: SessionID) async throws(SessionError) -> SessionState {
        guard await lock(session) else { throw .closing }
        defer { unlock(session) }
        let opened = try await sessions.open(session)
        state.change { state in
            state.viewers[session, default: 0] += 1
            state.lingering.removeAll { $0 == session }
        }
        return opened
    }

    package func leave(_ session: SessionID) async {
        if remove(session) { await giveUp(session) }
        // What ran in others may have ended meanwhile.
        let others = state.change { state in
            let others = Array(state.lingering.filter { $0 != session }.prefix(Self.maximumLooks))
            // Behind the rest, so that every one comes up.
            state.lingering.removeAll { others.contains($0) }
            return others
        }
        for other in others { await giveUp(other) }
    }

    /// Whether that was the last viewer.
    private func remove(_ session: SessionID) -> Bool {
        state.change { state in
            guard let count = state.viewers[session] else { return false }
            state.viewers[session] = count > 1 ? count - 1 : nil
            return count == 1
        }
    }

    /// Unless somebody looks at it again. A session in which something runs is left alone until later.
    private func giveUp(_ session: SessionID) async {
        guard await lock(session) else { return state.change { $0.lingering.append(session) } }
        defer { unlock(session) }
        if state.value.viewers[session] != nil { return }
        await maintenance.retire(session)
        if await maintenance.opened().contains(session) { return state.change { $0.lingering.append(session) } }
        if state.change({ $0.attached.remove(session) }) != nil { await self.servers.detach(session) }
    }

    /// Starts the servers of a session: those that its client named, or without any those of the user, and these once.
    func attach(_ servers: [MCPServerConfiguration]?, to session: SessionID) async {
        let isFirst = state.change { $0.attached.insert(session).inserted }
        if let servers { return await self.servers.attach(servers, to: session) }
        if isFirst { await self.servers.attach([], to: session) }
    }

    /// Ends a session for all who look at it: what runs in it, turns and commands, and its servers.
    func end(_ session: SessionID) async {
        processes.endAll(of: session)
        await sessions.close(session)
        if state.change({ $0.attached.remove(session) }) != nil { await servers.detach(session) }
    }

    private func lock(_ session: SessionID) async -> Bool {
        await state.next { state in state.busy.insert(session).inserted ? true : nil } ?? false
    }

    private func unlock(_ session: SessionID) { state.change { _ = $0.busy.remove(session) } }
}
