/// The servers of this process that one session uses, from before it opens until it closes.
struct HostedServers: Sendable {
    let configs: [McpServerConfig]
    private let running: [any HostedMcpServer]

    /// Starts them one after the other; when one does not start, those before it are stopped again.
    static func start(_ servers: [SessionMcpServer]) async throws -> HostedServers {
        var configs: [McpServerConfig] = []
        var running: [any HostedMcpServer] = []
        for server in servers {
            switch server {
            case .config(let config): configs.append(config)
            case .hosted(let hosted):
                do {
                    configs.append(try await hosted.start())
                    running.append(hosted)
                } catch {
                    for started in running { await started.stop() }
                    throw error
                }
            }
        }
        return HostedServers(configs: configs, running: running)
    }

    func stop() async {
        for server in running { await server.stop() }
    }
}
