import ApusBase
import ApusCore
package import ApusSettings

/// What settings say of MCP servers.
package struct MCPRules: Sendable {
    /// `nil` allows all.
    package var policy: ServerPolicy?
    package var autonomy: ServerAutonomy
    /// How long a call may be silent, where its server's configuration does not say.
    package var callLimit: Duration?

    package init(policy: ServerPolicy? = nil, autonomy: ServerAutonomy = ServerAutonomy(), callLimit: Duration? = nil) {
        self.policy = policy
        self.autonomy = autonomy
        self.callLimit = callLimit
    }

    /// No server may be connected to.
    package static let closed: MCPRules = {
        var warnings: [String] = []
        return MCPRules(policy: ServerPolicy([["enabled": true]], &warnings))
    }()

    package init(_ settings: Settings) {
        self.init(
            policy: settings.serverPolicy, autonomy: settings.serverAutonomy,
            callLimit: settings.serverCallMilliseconds.map { .milliseconds($0.value) })
    }

    /// Why a server may not be connected to; a sentence.
    func obstacle(_ server: MCPServerConfiguration) -> String? {
        guard let policy else { return nil }
        let isAllowed =
            switch server.transport {
            case .stdio(let command, let arguments, _): policy.allows(command: command, arguments: arguments)
            case .http(let url, _), .sse(let url, _): policy.allows(address: url)
            }
        return isAllowed ? nil : "The MCP server \"\(server.name)\" is not among those that the setting mcpPolicy allows."
    }

    func level(of tool: MCPToolNames.Key, at address: String?) -> AutonomyLevel? {
        autonomy.level(server: tool.server, tool: tool.tool, address: address).flatMap(AutonomyLevel.init(rawValue:))
    }
}
