import DroidWire

/// A server that stays. Headers are a map here and a list in ``McpServerConfig``.
public struct AddMcpServerParams: Sendable, Hashable {
    public var name: String
    public var type: McpServerType
    public var url: String?
    public var headers: [String: String]?
    public var oauth: McpOAuth?
    public var command: String?
    public var args: [String]?
    public var env: [String: String]?

    public init(name: String, type: McpServerType) {
        self.name = name
        self.type = type
    }
}

extension AddMcpServerParams {
    var wire: DroidWire.AddMcpServerParams {
        var wire = DroidWire.AddMcpServerParams(name: name, type: type.wire)
        wire.url = url
        wire.headers = headers.map { DroidMap(sorted: $0) }
        wire.oauth = oauth.map(\.wire)
        wire.command = command
        wire.args = args
        wire.env = env.map { DroidMap(sorted: $0) }
        return wire
    }
}

public struct McpConfigError: Sendable, Hashable {
    public var path: String
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

extension McpConfigError {
    init(_ wire: DroidWire.DroidMcpConfigError) {
        self.init(path: wire.path, message: wire.message)
    }
}

/// The state of one server (§3.4); the first five are needed.
public struct McpServerStatusInfo: Sendable, Hashable {
    public var name: String
    public var status: McpServerStatus
    public var source: SettingsLevel
    public var isManaged: Bool
    public var serverType: McpServerType
    public var error: String?
    public var toolCount: Int?
    public var hasAuthTokens: Bool?
    public var requiresAuth: Bool?
    public var pendingAuthUrl: String?
    public var pendingAuthMessage: String?
    public var pendingAuthState: String?

    public init(name: String, status: McpServerStatus, source: SettingsLevel, isManaged: Bool, serverType: McpServerType) {
        self.name = name
        self.status = status
        self.source = source
        self.isManaged = isManaged
        self.serverType = serverType
    }
}

extension McpServerStatusInfo {
    init(_ wire: DroidWire.DroidMcpServerInfo) {
        self.init(
            name: wire.name, status: McpServerStatus(wire.status), source: SettingsLevel(wire.source), isManaged: wire.isManaged,
            serverType: McpServerType(wire.serverType))
        error = wire.error
        toolCount = wire.toolCount
        hasAuthTokens = wire.hasAuthTokens
        requiresAuth = wire.requiresAuth
        pendingAuthUrl = wire.pendingAuthUrl
        pendingAuthMessage = wire.pendingAuthMessage
        pendingAuthState = wire.pendingAuthState
    }
}

public struct McpSummary: Sendable, Hashable {
    public var total: Int
    public var connected: Int
    public var connecting: Int
    public var failed: Int
    public var disabled: Int?
    public var configError: McpConfigError?

    public init(total: Int, connected: Int, connecting: Int, failed: Int, disabled: Int? = nil, configError: McpConfigError? = nil) {
        self.total = total
        self.connected = connected
        self.connecting = connecting
        self.failed = failed
        self.disabled = disabled
        self.configError = configError
    }
}

extension McpSummary {
    init(_ wire: DroidWire.DroidMcpSummary) {
        self.init(
            total: wire.total, connected: wire.connected, connecting: wire.connecting, failed: wire.failed, disabled: wire.disabled,
            configError: wire.configError.map(McpConfigError.init))
    }
}

public struct ListMcpServersParams: Sendable, Hashable {

    public init() {}
}

extension ListMcpServersParams {
    var wire: DroidWire.ListMcpServersParams {
        DroidWire.ListMcpServersParams()
    }
}

public struct ListMcpServersResult: Sendable, Hashable {
    public var servers: [McpServerStatusInfo]
    public var summary: McpSummary

    public init(servers: [McpServerStatusInfo], summary: McpSummary) {
        self.servers = servers
        self.summary = summary
    }
}

extension ListMcpServersResult {
    init(_ wire: DroidWire.ListMcpServersResult) {
        self.init(servers: wire.servers.map(McpServerStatusInfo.init), summary: McpSummary(wire.summary))
    }
}

public struct RemoveMcpServerParams: Sendable, Hashable {
    public var serverName: String

    public init(serverName: String) {
        self.serverName = serverName
    }
}

extension RemoveMcpServerParams {
    var wire: DroidWire.RemoveMcpServerParams {
        DroidWire.RemoveMcpServerParams(serverName: serverName)
    }
}

public struct ToggleMcpServerParams: Sendable, Hashable {
    public var serverName: String
    public var enabled: Bool

    public init(serverName: String, enabled: Bool) {
        self.serverName = serverName
        self.enabled = enabled
    }
}

extension ToggleMcpServerParams {
    var wire: DroidWire.ToggleMcpServerParams {
        DroidWire.ToggleMcpServerParams(serverName: serverName, enabled: enabled)
    }
}
