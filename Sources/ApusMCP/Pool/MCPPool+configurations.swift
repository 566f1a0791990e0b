package import ApusCore

extension MCPPool: MCPConfigurations {
    package func configuredServers() async -> [MCPConfiguredServer] { files.configured() }
    package func offeredServers() async throws(MCPServersError) -> [MCPOfferedServer] { try files.registry.read() }
}
