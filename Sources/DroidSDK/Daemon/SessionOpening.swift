import DroidWire

/// How sessions are opened, the same over a socket and with a program of their own.
enum SessionOpening {
    static func create(
        _ options: DaemonSessionOptions, client: DaemonClient, ending: @escaping @Sendable () async -> Void = {}
    ) async throws -> DaemonSession {
        try await opened(options.mcpServers, client, options.permissionHandler, options.askUserHandler) { servers in
            let result = try await client.initializeSession(params(options, servers.configs))
            return DaemonSession(
                client: client, sessionId: result.sessionId, settings: result.settings, servers: servers, ending: ending)
        }
    }

    static func resume(
        _ sessionId: String, _ options: DaemonResumeOptions, client: DaemonClient, ending: @escaping @Sendable () async -> Void = {}
    ) async throws -> DaemonSession {
        try await opened(options.mcpServers, client, options.permissionHandler, options.askUserHandler) { servers in
            var params = LoadSessionParams(sessionId: sessionId)
            if !servers.configs.isEmpty { params.mcpServers = servers.configs }
            let result = try await client.loadSession(params)
            return DaemonSession(
                client: client, sessionId: result.sessionId ?? sessionId, settings: result.settings, loaded: result, servers: servers,
                ending: ending)
        }
    }

    static func lend<Value: Sendable>(
        _ session: DaemonSession, _ body: (DaemonSession) async throws -> Value
    ) async throws -> Value {
        do {
            let value = try await body(session)
            await session.close()
            return value
        } catch {
            await session.close()
            throw error
        }
    }

    private static func opened(
        _ mcpServers: [SessionMcpServer], _ client: DaemonClient, _ permission: PermissionHandler?, _ askUser: AskUserHandler?,
        _ open: (HostedServers) async throws -> DaemonSession
    ) async throws -> DaemonSession {
        // Before the session opens: one that is resumed may ask at once.
        client.setHandlers(permission: permission, askUser: askUser)
        let servers: HostedServers
        do {
            servers = try await HostedServers.start(mcpServers)
        } catch {
            client.close()
            throw error
        }
        do {
            return try await open(servers)
        } catch {
            client.close()
            await servers.stop()
            throw error
        }
    }

    /// In the order of `droid.md` §2.5.
    static func params(_ options: DaemonSessionOptions, _ mcpServers: [McpServerConfig]) -> InitializeSessionParams {
        var params = InitializeSessionParams(machineId: DroidProtocol.defaultMachine, cwd: options.cwd ?? ".")
        params.modelId = options.modelId
        params.autonomyLevel = options.autonomyLevel
        params.interactionMode = options.interactionMode
        params.reasoningEffort = options.reasoningEffort
        params.specModeModelId = options.specModeModelId
        params.specModeReasoningEffort = options.specModeReasoningEffort
        if !mcpServers.isEmpty { params.mcpServers = mcpServers }
        params.enabledToolIds = options.enabledToolIds
        params.disabledToolIds = options.disabledToolIds
        params.sessionSource = options.sessionSource
        params.tags = options.tags + [.sdk]
        return params
    }
}
