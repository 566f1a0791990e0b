import DroidWire

/// Runs as long as the person takes to sign in.
public struct AuthenticateMcpServerParams: Sendable, Hashable {
    public var serverName: String

    public init(serverName: String) {
        self.serverName = serverName
    }
}

extension AuthenticateMcpServerParams {
    var wire: DroidWire.AuthenticateMcpServerParams {
        DroidWire.AuthenticateMcpServerParams(serverName: serverName)
    }
}

public struct CancelMcpAuthParams: Sendable, Hashable {
    public var serverName: String

    public init(serverName: String) {
        self.serverName = serverName
    }
}

extension CancelMcpAuthParams {
    var wire: DroidWire.CancelMcpAuthParams {
        DroidWire.CancelMcpAuthParams(serverName: serverName)
    }
}

public struct ClearMcpAuthParams: Sendable, Hashable {
    public var serverName: String

    public init(serverName: String) {
        self.serverName = serverName
    }
}

extension ClearMcpAuthParams {
    var wire: DroidWire.ClearMcpAuthParams {
        DroidWire.ClearMcpAuthParams(serverName: serverName)
    }
}

public struct McpConfigEntry: Sendable, Hashable {
    public var name: String
    public var config: JSON
    public var source: SettingsLevel
    public var status: McpServerStatus?
    public var error: String?

    public init(name: String, config: JSON, source: SettingsLevel, status: McpServerStatus? = nil, error: String? = nil) {
        self.name = name
        self.config = config
        self.source = source
        self.status = status
        self.error = error
    }
}

extension McpConfigEntry {
    init(_ wire: DroidWire.DroidMcpConfigEntry) {
        self.init(
            name: wire.name, config: JSON(wire.config), source: SettingsLevel(wire.source), status: wire.status.map(McpServerStatus.init),
            error: wire.error)
    }
}

public struct GetMcpConfigParams: Sendable, Hashable {

    public init() {}
}

extension GetMcpConfigParams {
    var wire: DroidWire.GetMcpConfigParams {
        DroidWire.GetMcpConfigParams()
    }
}

public struct GetMcpConfigResult: Sendable, Hashable {
    public var servers: [McpConfigEntry]

    public init(servers: [McpConfigEntry]) {
        self.servers = servers
    }
}

extension GetMcpConfigResult {
    init(_ wire: DroidWire.GetMcpConfigResult) {
        self.init(servers: wire.servers.map(McpConfigEntry.init))
    }
}

public struct SubmitMcpAuthCodeParams: Sendable, Hashable {
    public var serverName: String
    public var code: String
    public var state: String

    public init(serverName: String, code: String, state: String) {
        self.serverName = serverName
        self.code = code
        self.state = state
    }
}

extension SubmitMcpAuthCodeParams {
    var wire: DroidWire.SubmitMcpAuthCodeParams {
        DroidWire.SubmitMcpAuthCodeParams(serverName: serverName, code: code, state: state)
    }
}

public struct SubmitMcpAuthErrorParams: Sendable, Hashable {
    public var serverName: String
    public var error: String
    public var errorDescription: String?
    public var state: String

    public init(serverName: String, error: String, state: String, errorDescription: String? = nil) {
        self.serverName = serverName
        self.error = error
        self.state = state
        self.errorDescription = errorDescription
    }
}

extension SubmitMcpAuthErrorParams {
    var wire: DroidWire.SubmitMcpAuthErrorParams {
        DroidWire.SubmitMcpAuthErrorParams(serverName: serverName, error: error, errorDescription: errorDescription, state: state)
    }
}

public struct UpdateMcpConfigParams: Sendable, Hashable {
    public var action: McpConfigAction
    public var serverNames: [String]
    public var serverConfig: JSON?

    public init(action: McpConfigAction, serverNames: [String], serverConfig: JSON? = nil) {
        self.action = action
        self.serverNames = serverNames
        self.serverConfig = serverConfig
    }
}

extension UpdateMcpConfigParams {
    var wire: DroidWire.UpdateMcpConfigParams {
        DroidWire.UpdateMcpConfigParams(action: action.wire, serverNames: serverNames, serverConfig: serverConfig.map(\.value))
    }
}

public struct UpdateMcpConfigResult: Sendable, Hashable {
    public var success: Bool
    public var servers: [McpConfigEntry]
    public var error: String?

    public init(success: Bool, servers: [McpConfigEntry], error: String? = nil) {
        self.success = success
        self.servers = servers
        self.error = error
    }
}

extension UpdateMcpConfigResult {
    init(_ wire: DroidWire.UpdateMcpConfigResult) {
        self.init(success: wire.success, servers: wire.servers.map(McpConfigEntry.init), error: wire.error)
    }
}
