import ApusCore
import ApusTesting

/// Files of servers that a test writes.
final class NotedServerFiles: MCPConfigurations {
    let configured = Watched<[MCPConfiguredServer]>([])
    let offered = Watched<[MCPOfferedServer]>([])
    let fault = Watched<MCPServersError?>(nil)

    func configuredServers() async -> [MCPConfiguredServer] { configured.value }

    func offeredServers() async throws(MCPServersError) -> [MCPOfferedServer] {
        if let fault = fault.value { throw fault }
        return offered.value
    }
}
