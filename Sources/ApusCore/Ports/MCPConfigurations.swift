package import ApusBase

/// The files behind ``MCPServers``, for those who look after them from afar. `ApusMCP` conforms.
package protocol MCPConfigurations: Sendable {
    /// All servers of the user and of the daemon's project, in the order in which they are named, as they are written: variables are not
    /// filled in, and secrets that stand there stand here. What cannot be read is announced and left out.
    func configuredServers() async -> [MCPConfiguredServer]

    /// Servers that one could add, in the order of the file that lists them; none where there is no such file. Nothing is looked up in a
    /// network.
    func offeredServers() async throws(MCPServersError) -> [MCPOfferedServer]
}

package struct MCPConfiguredServer: Hashable, Sendable {
    package var name: String
    /// The members of the file, switches of stronger files over them.
    package var configuration: JSONObject
    package var source: MCPServerStatus.Source
    package var isDisabled: Bool

    package init(name: String, configuration: JSONObject, source: MCPServerStatus.Source, isDisabled: Bool) {
        self.name = name
        self.configuration = configuration
        self.source = source
        self.isDisabled = isDisabled
    }
}

package struct MCPOfferedServer: Hashable, Sendable {
    package enum Transport: Hashable, Sendable {
        case stdio(command: String, arguments: [String])
        case http(url: String)
        case sse(url: String)
    }

    package var name: String
    package var summary: String
    package var transport: Transport
    /// What is to be known before it is added.
    package var note: String?
    package var logo: String?

    package init(name: String, summary: String, transport: Transport, note: String? = nil, logo: String? = nil) {
        self.name = name
        self.summary = summary
        self.transport = transport
        self.note = note
        self.logo = logo
    }
}

/// Where no file names servers.
package struct NoMCPConfigurations: MCPConfigurations {
    package init() {}

    package func configuredServers() async -> [MCPConfiguredServer] { [] }
    package func offeredServers() async throws(MCPServersError) -> [MCPOfferedServer] { [] }
}
