import DroidWire

public struct McpRegistryEntry: Sendable, Hashable {
    public var name: String
    public var description: String
    public var type: McpServerType
    public var command: String?
    public var args: [String]?
    public var url: String?
    public var note: String?
    public var logoUrl: String?

    public init(name: String, description: String, type: McpServerType) {
        self.name = name
        self.description = description
        self.type = type
    }
}

extension McpRegistryEntry {
    init(_ wire: DroidWire.DroidMcpRegistryEntry) {
        self.init(name: wire.name, description: wire.description, type: McpServerType(wire.type))
        command = wire.command
        args = wire.args
        url = wire.url
        note = wire.note
        logoUrl = wire.logoUrl
    }
}

public struct McpToolInfo: Sendable, Hashable {
    public var serverName: String
    public var name: String
    public var description: String?
    public var isEnabled: Bool
    public var isReadOnly: Bool?
    public var inputSchema: JSONMembers?

    public init(
        serverName: String, name: String, isEnabled: Bool, description: String? = nil, isReadOnly: Bool? = nil,
        inputSchema: JSONMembers? = nil
    ) {
        self.serverName = serverName
        self.name = name
        self.isEnabled = isEnabled
        self.description = description
        self.isReadOnly = isReadOnly
        self.inputSchema = inputSchema
    }
}

extension McpToolInfo {
    init(_ wire: DroidWire.DroidMcpToolInfo) {
        self.init(
            serverName: wire.serverName, name: wire.name, isEnabled: wire.isEnabled, description: wire.description,
            isReadOnly: wire.isReadOnly, inputSchema: wire.inputSchema.map(JSONMembers.init))
    }
}

public struct ListMcpRegistryParams: Sendable, Hashable {

    public init() {}
}

extension ListMcpRegistryParams {
    var wire: DroidWire.ListMcpRegistryParams {
        DroidWire.ListMcpRegistryParams()
    }
}

public struct ListMcpRegistryResult: Sendable, Hashable {
    public var servers: [McpRegistryEntry]

    public init(servers: [McpRegistryEntry]) {
        self.servers = servers
    }
}

extension ListMcpRegistryResult {
    init(_ wire: DroidWire.ListMcpRegistryResult) {
        self.init(servers: wire.servers.map(McpRegistryEntry.init))
    }
}

public struct ListMcpToolsParams: Sendable, Hashable {

    public init() {}
}

extension ListMcpToolsParams {
    var wire: DroidWire.ListMcpToolsParams {
        DroidWire.ListMcpToolsParams()
    }
}

public struct ListMcpToolsResult: Sendable, Hashable {
    public var tools: [McpToolInfo]

    public init(tools: [McpToolInfo]) {
        self.tools = tools
    }
}

extension ListMcpToolsResult {
    init(_ wire: DroidWire.ListMcpToolsResult) {
        self.init(tools: wire.tools.map(McpToolInfo.init))
    }
}

public struct ToggleMcpToolParams: Sendable, Hashable {
    public var serverName: String
    public var toolName: String
    public var enabled: Bool

    public init(serverName: String, toolName: String, enabled: Bool) {
        self.serverName = serverName
        self.toolName = toolName
        self.enabled = enabled
    }
}

extension ToggleMcpToolParams {
    var wire: DroidWire.ToggleMcpToolParams {
        DroidWire.ToggleMcpToolParams(serverName: serverName, toolName: toolName, enabled: enabled)
    }
}
