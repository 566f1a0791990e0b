import ApusCore

/// A server as one session has it: what it is called there, which of its tools count, and the connection it shares with others.
struct MCPBinding: Sendable {
    var name: String
    var source: MCPServerStatus.Source
    var transport: MCPServerConfiguration.Transport
    var signIn = MCPSignInSetting.automatic
    var isDisabled = false
    /// Why there is no connection, as the end of a sentence.
    var obstacle: String?
    /// With its switches about single tools, when it comes from a file.
    var entry: MCPServerEntry?

    /// What connections are shared by; `nil` for what gets none.
    var key: MCPConnectionKey? {
        isDisabled || obstacle != nil ? nil : MCPConnectionKey(transport: transport, signIn: signIn, connectLimit: entry?.connectLimit)
    }

    func allows(_ tool: String) -> Bool { entry?.allows(tool) ?? true }

    func status(_ connection: MCPConnection?, _ signIns: MCPSignInHouse) -> MCPServerStatus {
        var status = MCPServerStatus(name: name, phase: .disabled, source: source, transport: transport.name)
        if isDisabled { return status }
        if let obstacle {
            (status.phase, status.error) = (.failed, obstacle)
            return status
        }
        switch connection?.phase {
        case nil, .stopped: status.phase = .disconnected
        case .connecting: status.phase = .connecting
        case .connected: status.phase = .connected
        case .failed(let fault): (status.phase, status.error) = (.failed, sentence(fault))
        case .disconnected(let fault): (status.phase, status.error) = (.disconnected, sentence(fault))
        }
        if let connection, status.phase == .connected || status.phase == .disconnected {
            status.toolCount = connection.tools.count
            (status.resourceCount, status.promptCount) = (connection.counts.resources, connection.counts.prompts)
        }
        if let key, let address = key.address, key.signInOptions != nil {
            let standing = signIns.standing(of: address, server: name)
            (status.needsSignIn, status.hasTokens, status.pendingSignIn) = (standing.isRefused, standing.hasTokens, standing.pending)
        }
        return status
    }

    private func sentence(_ fault: MCPFault) -> String {
        let missing = entry?.missing ?? []
        let hint = missing.isEmpty ? "" : " Not set: \(missing.joined(separator: ", "))."
        return "The MCP server \"\(name)\" \(fault).\(hint)"
    }

    /// Those of the session before those of the user, one of each name.
    static func all(
        _ own: [MCPServerConfiguration], _ found: [MCPConfigurationFiles.Found], _ limits: MCPLimits, _ rules: MCPRules
    ) -> [MCPBinding] {
        var names: Set<String> = []
        var bindings: [MCPBinding] = []
        for server in own where names.insert(server.name).inserted {
            bindings.append(
                MCPBinding(
                    name: server.name, source: .session, transport: server.transport, signIn: server.signIn,
                    obstacle: server.obstacle ?? rules.obstacle(server)))
        }
        for one in found {
            guard let transport = one.entry.transport, names.insert(one.entry.name).inserted else { continue }
            let server = MCPServerConfiguration(name: one.entry.name, transport: transport, signIn: one.entry.signIn)
            let obstacle = server.obstacle ?? rules.obstacle(server)
            bindings.append(
                MCPBinding(
                    name: one.entry.name, source: one.source, transport: transport, signIn: one.entry.signIn,
                    isDisabled: one.entry.isDisabled, obstacle: obstacle, entry: one.entry))
        }
        for index in bindings.indices.dropFirst(limits.servers) {
            bindings[index].obstacle = "A session has \(limits.servers) MCP servers at most; \"\(bindings[index].name)\" is one too many."
        }
        return bindings
    }
}

extension MCPServerConfiguration.Transport {
    var name: String {
        switch self {
        case .stdio: "stdio"
        case .http: "http"
        case .sse: "sse"
        }
    }
}
