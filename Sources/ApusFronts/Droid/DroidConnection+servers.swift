import ApusBase
import ApusCore
import DroidWire

/// MCP servers (`droid.md` §3.4).
extension DroidConnection {
    func listServers(_ call: DroidCall<ListMcpServersParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ListMcpServersResult {
        let session = try session(call.sessionId)
        _ = try await opened(session)
        await services.servers.settled(session)
        let changed = McpStatusChanged(await services.servers.status(of: session))
        return ListMcpServersResult(servers: changed.servers, summary: changed.summary)
    }

    func listServerTools(_ call: DroidCall<ListMcpToolsParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ListMcpToolsResult {
        let session = try session(call.sessionId)
        _ = try await opened(session)
        await services.servers.settled(session)
        return ListMcpToolsResult(
            tools: await services.servers.tools(of: session).map { tool in
                var info = DroidMcpToolInfo(serverName: tool.server, name: tool.name, isEnabled: tool.isEnabled)
                info.description = tool.summary
                info.isReadOnly = tool.isReadOnly
                info.inputSchema = tool.inputSchema.objectValue
                return info
            })
    }

    func addServer(_ call: DroidCall<AddMcpServerParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        let server = try MCPServerConfiguration(call.params)
        do throws(MCPServersError) { try await services.servers.add(server) } catch { throw failure(error) }
        return DroidSuccess(success: true)
    }

    func removeServer(_ call: DroidCall<RemoveMcpServerParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        do throws(MCPServersError) { try await services.servers.remove(call.params.serverName) } catch { throw failure(error) }
        return DroidSuccess(success: true)
    }

    func toggleServer(_ call: DroidCall<ToggleMcpServerParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        do throws(MCPServersError) {
            try await services.servers.setEnabled(call.params.enabled, server: call.params.serverName)
        } catch {
            throw failure(error)
        }
        return DroidSuccess(success: true)
    }

    func toggleServerTool(_ call: DroidCall<ToggleMcpToolParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        do throws(MCPServersError) {
            try await services.servers.setEnabled(call.params.enabled, tool: call.params.toolName, of: call.params.serverName)
        } catch {
            throw failure(error)
        }
        return DroidSuccess(success: true)
    }

    func failure(_ error: MCPServersError) -> DroidFailure {
        switch error {
        case .unknownServer, .unknownTool: DroidFailure(.entityNotFound, "\(error)")
        case .exists, .unusable: DroidFailure(.invalidParams, "\(error)")
        case .file: unexpected(error)
        }
    }
}

extension MCPServerConfiguration {
    init(_ configuration: DroidMcpServerConfig) throws(DroidFailure) {
        switch configuration {
        case .stdio(let command):
            self.init(
                name: command.name,
                transport: .stdio(command: command.command, arguments: command.args, environment: command.env.dictionary))
        case .http(let endpoint):
            self.init(
                name: endpoint.name, transport: .http(url: endpoint.url, headers: endpoint.headers.map { Header($0) }),
                signIn: MCPSignInSetting(endpoint.oauth))
        case .sse(let endpoint):
            self.init(
                name: endpoint.name, transport: .sse(url: endpoint.url, headers: endpoint.headers.map { Header($0) }),
                signIn: MCPSignInSetting(endpoint.oauth))
        }
    }

    init(_ params: AddMcpServerParams) throws(DroidFailure) {
        let headers = params.headers?.entries.map { Header(name: $0.key, value: $0.value) } ?? []
        switch params.type {
        case .stdio:
            guard let command = params.command, !command.isEmpty else { throw Self.missing("command", for: params) }
            self.init(
                name: params.name,
                transport: .stdio(command: command, arguments: params.args ?? [], environment: params.env?.dictionary ?? [:]))
        case .http, .unknown:
            guard let url = params.url, !url.isEmpty else { throw Self.missing("url", for: params) }
            self.init(name: params.name, transport: .http(url: url, headers: headers), signIn: MCPSignInSetting(params.oauth))
        case .sse:
            guard let url = params.url, !url.isEmpty else { throw Self.missing("url", for: params) }
            self.init(name: params.name, transport: .sse(url: url, headers: headers), signIn: MCPSignInSetting(params.oauth))
        }
    }

    private static func missing(_ key: String, for params: AddMcpServerParams) -> DroidFailure {
        DroidFailure(.invalidParams, "A server of type \(params.type.rawValue) needs \"\(key)\"", data: ["path": .string(key)])
    }
}

extension MCPServerConfiguration.Header {
    init(_ header: DroidHeader) { self.init(name: header.name, value: header.value) }
}

extension McpStatusChanged {
    init(_ servers: [MCPServerStatus]) {
        let infos = servers.map { server in
            var info = DroidMcpServerInfo(
                name: server.name, status: server.phase.wire, source: server.source.wire, isManaged: false,
                serverType: server.serverType)
            info.error = server.error
            info.toolCount = server.toolCount
            if server.hasTokens { info.hasAuthTokens = true }
            if server.needsSignIn { info.requiresAuth = true }
            info.pendingAuthUrl = server.pendingSignIn?.url
            info.pendingAuthMessage = server.pendingSignIn?.message
            info.pendingAuthState = server.pendingSignIn?.state
            return info
        }
        func count(_ phases: MCPServerStatus.Phase...) -> Int { servers.count { phases.contains($0.phase) } }
        self.init(
            servers: infos,
            summary: DroidMcpSummary(
                total: servers.count, connected: count(.connected), connecting: count(.connecting), failed: count(.failed),
                disabled: count(.disabled)))
    }
}

extension MCPServerStatus {
    fileprivate var serverType: McpServerType {
        let type = McpServerType(rawValue: transport)
        return type.isKnown ? type : .http
    }
}

extension MCPServerStatus.Phase {
    fileprivate var wire: McpServerStatus { McpServerStatus(rawValue: rawValue) }
}

extension MCPServerStatus.Source {
    /// What comes with a session is there for its time only (§3.4).
    var wire: SettingsLevel {
        switch self {
        case .user: .user
        case .project: .project
        case .session: .dynamic
        }
    }
}
