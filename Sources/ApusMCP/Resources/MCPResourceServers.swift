import ApusBase
import ApusCore

/// A server with resources, as one session has it.
struct MCPResourceServer: Sendable {
    var name: String
    var connection: MCPConnection
    /// How long a request may be silent.
    var callLimit: Duration
    /// What a request claims: that it reads, as the protocol says, or more where settings want that.
    var claim: ServerClaim

    /// What a request claims that takes the server no word but its own, or one that a model chose: that may carry out what the server is not
    /// to have, so that it is as any tool that says nothing of itself.
    func claim(isOwnWord: Bool) -> ServerClaim {
        isOwnWord ? claim : ServerClaim(readOnly: nil, destructive: nil)
    }
}

/// The servers that one of the two tools of resources reaches, and what both do alike.
struct MCPResourceServers: Sendable {
    private static let shownServers = 32

    /// Not empty, names apart.
    let servers: [MCPResourceServer]
    let limits: MCPLimits

    /// For the descriptions.
    var names: String {
        let names = servers.prefix(Self.shownServers).map(\.name).joined(separator: ", ")
        return servers.count > Self.shownServers ? names + " and \(servers.count - Self.shownServers) more" : names
    }

    func server(in input: JSONValue, for tool: String) throws(ToolInputError) -> MCPResourceServer {
        guard let name = input["server"]?.stringValue else {
            throw ToolInputError("\(tool) wants the name of a \"server\": \(names).")
        }
        guard let server = servers.first(where: { $0.name == name }) else {
            throw ToolInputError("No MCP server named \"\(MCPFault.shown(name, limit: 64))\" has resources here. There are: \(names).")
        }
        return server
    }

    /// A request to one server within a call of a model.
    func ask(
        _ server: MCPResourceServer, _ method: String, _ params: JSONObject, _ context: ToolContext, atMost total: Duration? = nil
    ) async throws(MCPFault) -> JSONValue {
        let caller = MCPCall.Caller(show: context.showOutput, ask: context.askUser)
        return try await server.connection.request(method, params) {
            MCPCall(server: server.name, caller: caller, idle: server.callLimit, total: total ?? limits.wholeCall)
        }
    }

    func failure(_ fault: MCPFault, of server: MCPResourceServer) -> ToolResult {
        if fault == .cancelled { return ToolResult(.interrupted, "Interrupted. The MCP server \"\(server.name)\" was told so.") }
        return ToolResult(.failed, fault.sentence(of: server.name))
    }
}

extension MCPPool {
    /// Waits until the servers of a session have said what they have beside tools, not for long.
    func counted(_ session: SessionID) async {
        await withTaskGroup(of: Void.self) { group in
            for (_, connection) in bound(session) ?? [] { if let connection { group.addTask { await connection.counted() } } }
        }
    }

    /// The tools that list and read resources, each as far as the session's selection and the servers' switches leave it a server.
    func resourceTools(of session: SessionID, _ selection: ToolSelection) -> [any Tool] {
        let bound = bound(session) ?? []
        func servers(_ tool: String) -> MCPResourceServers? {
            let servers = bound.compactMap { binding, connection -> MCPResourceServer? in
                guard let connection, connection.counts.hasResources, binding.allows(tool),
                    selection.allows(tool, called: tool, of: binding.name)
                else { return nil }
                let key = MCPToolNames.Key(server: binding.name, tool: tool)
                return MCPResourceServer(
                    name: binding.name, connection: connection, callLimit: callLimit(of: binding),
                    claim: ServerClaim.reads.raised(to: rules.level(of: key, at: binding.key?.address)))
            }
            return servers.isEmpty ? nil : MCPResourceServers(servers: servers, limits: limits)
        }
        let listing = servers(ListResourcesTool.name).map { ListResourcesTool($0) as any Tool }
        let reading = servers(ReadResourceTool.name).map { ReadResourceTool($0) as any Tool }
        return [listing, reading].compactMap(\.self)
    }
}
