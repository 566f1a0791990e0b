import ApusBase
package import ApusCore
import ApusMCP
import ApusProcess

/// The MCP servers of the user and of a trusted project, from outside of a run: `apus mcp`.
package struct ServerList: Sendable {
    private let configuration: DaemonConfiguration

    package init(_ configuration: DaemonConfiguration) { self.configuration = configuration }

    package func add(_ server: MCPServerConfiguration) async throws(MCPServersError) { try await pool(nil).add(server) }
    package func remove(_ name: String) async throws(MCPServersError) { try await pool(nil).remove(name) }

    /// Connects to all of them, as a run would, and ends them again. Takes as long as the slowest, at most the limit of a handshake.
    package func statuses() async -> [MCPServerStatus] {
        let processes = ProcessTable(keeper: configuration.keeper)
        let servers = pool(processes)
        let session = SessionID("list")
        let statuses = await withTaskGroup(of: Void.self) { group in
            group.addTask { await servers.run() }
            await servers.attach([], to: session)
            await servers.settled(session)
            let statuses = await servers.status(of: session)
            servers.close()
            return statuses
        }
        await processes.terminateAll(within: .seconds(4))
        return statuses
    }

    private func pool(_ processes: ProcessTable?) -> MCPPool {
        Daemon.servers(
            configuration, processes ?? ProcessTable(keeper: configuration.keeper),
            temporaryDirectory: configuration.environment["TMPDIR"] ?? "/tmp")
    }
}
