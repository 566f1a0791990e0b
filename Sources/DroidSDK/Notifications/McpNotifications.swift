import DroidWire

public struct McpAuthCompleted: Sendable, Hashable {
    public var serverName: String
    public var outcome: McpAuthOutcome
    public var message: String

    public init(serverName: String, outcome: McpAuthOutcome, message: String) {
        self.serverName = serverName
        self.outcome = outcome
        self.message = message
    }
}

extension McpAuthCompleted {
    init(_ wire: DroidWire.McpAuthCompleted) {
        self.init(serverName: wire.serverName, outcome: McpAuthOutcome(wire.outcome), message: wire.message)
    }
}

public struct McpAuthRequired: Sendable, Hashable {
    public var serverName: String
    public var authUrl: String
    public var message: String
    public var state: String

    public init(serverName: String, authUrl: String, message: String, state: String) {
        self.serverName = serverName
        self.authUrl = authUrl
        self.message = message
        self.state = state
    }
}

extension McpAuthRequired {
    init(_ wire: DroidWire.McpAuthRequired) {
        self.init(serverName: wire.serverName, authUrl: wire.authUrl, message: wire.message, state: wire.state)
    }
}

public struct McpStatusChanged: Sendable, Hashable {
    public var servers: [McpServerStatusInfo]
    public var summary: McpSummary

    public init(servers: [McpServerStatusInfo], summary: McpSummary) {
        self.servers = servers
        self.summary = summary
    }
}

extension McpStatusChanged {
    init(_ wire: DroidWire.McpStatusChanged) {
        self.init(servers: wire.servers.map(McpServerStatusInfo.init), summary: McpSummary(wire.summary))
    }
}
