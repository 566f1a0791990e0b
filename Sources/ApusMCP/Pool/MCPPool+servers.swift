package import ApusCore

extension MCPPool: MCPServers {
    package func attach(_ servers: [MCPServerConfiguration], to session: SessionID) async { bind(session, servers) }

    package func settled(_ session: SessionID) async {
        guard let (connections, deadline) = unsettled(session) else { return }
        // Who is slower goes on connecting; its status says so.
        try? await within(deadline - .now, "the handshakes") {
            for connection in connections { await connection.settled() }
        }
    }

    package func detach(_ session: SessionID) async { release(session) }

    package func status(of session: SessionID) async -> [MCPServerStatus] { statuses(of: session) ?? [] }

    package func tools(of session: SessionID) async -> [MCPToolListing] {
        (bound(session) ?? []).flatMap { binding, connection in
            (connection?.tools ?? []).map { tool in
                MCPToolListing(
                    server: binding.name, name: tool.name, summary: tool.summary, isEnabled: binding.allows(tool.name),
                    isReadOnly: tool.isReadOnly, inputSchema: tool.inputSchema)
            }
        }
    }

    package func add(_ server: MCPServerConfiguration) async throws(MCPServersError) {
        try await editor.add(server)
        bindAll()
    }

    package func remove(_ name: String) async throws(MCPServersError) {
        try await editor.remove(name)
        bindAll()
    }

    package func setEnabled(_ isEnabled: Bool, server: String) async throws(MCPServersError) {
        try await editor.setEnabled(isEnabled, server: server)
        bindAll()
    }

    package func setEnabled(_ isEnabled: Bool, tool: String, of server: String) async throws(MCPServersError) {
        if let known = connectedTools(of: server), !known.contains(where: { $0.name == tool }) { throw .unknownTool(tool, server: server) }
        try await editor.setEnabled(isEnabled, tool: tool, of: server)
        bindAll()
    }
}

extension MCPPool {
    /// How long a call may be silent.
    func callLimit(of binding: MCPBinding) -> Duration {
        binding.entry?.callLimit ?? rules.callLimit ?? (binding.entry == nil ? limits.sessionCall : limits.call)
    }
}

/// The tools of a session's servers, for the engine: connected ones, and those whose connection was lost and is opened anew by a call.
package struct MCPToolSource: ToolSource {
    private let pool: MCPPool

    package init(_ pool: MCPPool) { self.pool = pool }

    package func tools(for scope: ToolScope) async -> [any Tool] {
        if !pool.isAttached(scope.session) { await pool.attach([], to: scope.session) }
        await pool.settled(scope.session)
        await pool.counted(scope.session)
        pool.announceFailures(of: scope.session)
        let bound = pool.bound(scope.session) ?? []
        let tools = bound.flatMap { binding, connection in
            connection.map { connection in connection.tools.map { (binding: binding, connection: connection, remote: $0) } } ?? []
        }
        let names = MCPToolNames.names(of: tools.map { MCPToolNames.Key(server: $0.binding.name, tool: $0.remote.name) })
        let offered = tools.compactMap { tool -> (any Tool)? in
            let key = MCPToolNames.Key(server: tool.binding.name, tool: tool.remote.name)
            guard let name = names[key], tool.binding.allows(key.tool), scope.selection.allows(name, called: key.tool, of: key.server)
            else { return nil }
            return MCPTool(
                name: name, server: key.server, remote: tool.remote, connection: tool.connection, limits: pool.limits,
                callLimit: pool.callLimit(of: tool.binding),
                level: pool.rules.level(of: key, at: tool.binding.key?.address))
        }
        return offered + pool.resourceTools(of: scope.session, scope.selection)
    }
}
