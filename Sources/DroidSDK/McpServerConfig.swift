import DroidWire

/// Where a session finds an MCP server (`droid.md` §3.1).
public enum McpServerConfig: Sendable, Hashable {
    /// A program that the daemon starts on its machine and talks to over its standard streams.
    case stdio(name: String, command: String, args: [String] = [], env: [String: String] = [:])
    /// Streamable HTTP. Headers keep their order.
    case http(name: String, url: String, headers: [McpHeader] = [], oauth: McpOAuth? = nil)
    /// The older transport over server-sent events.
    case sse(name: String, url: String, headers: [McpHeader] = [], oauth: McpOAuth? = nil)

    public var name: String {
        switch self {
        case .stdio(let name, _, _, _), .http(let name, _, _, _), .sse(let name, _, _, _): name
        }
    }
}

/// An HTTP header that goes with every request to an MCP server.
public struct McpHeader: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Whether and how an MCP server wants OAuth (`droid.md` §3.1, protocol 1.221).
public enum McpOAuth: Sendable, Hashable {
    case disabled
    case options(McpOAuthOptions)
}

public struct McpOAuthOptions: Sendable, Hashable {
    public enum Resource: Sendable, Hashable {
        case disabled
        case named(String)
    }

    /// How the client proves itself at the token endpoint.
    public enum TokenEndpointAuthMethod: String, Sendable, Hashable, CaseIterable {
        case none
        case clientSecretBasic = "client_secret_basic"
        case clientSecretPost = "client_secret_post"
    }

    public var scopes: [String]?
    public var resource: Resource?
    public var authorizationServerIssuer: String?
    public var clientMetadataUrl: String?
    public var clientId: String?
    public var clientSecret: String?
    /// 1 to 65535; anything else is not sent.
    public var callbackPort: Int?
    public var tokenEndpointAuthMethod: TokenEndpointAuthMethod?

    public init() {}
}

extension McpServerConfig {
    var wire: DroidMcpServerConfig {
        switch self {
        case .stdio(let name, let command, let args, let env):
            let pairs = env.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            return .stdio(DroidMcpCommand(name: name, command: command, args: args, env: DroidMap(pairs)))
        case .http(let name, let url, let headers, let oauth):
            return .http(McpServerConfig.endpoint(name, url, headers, oauth))
        case .sse(let name, let url, let headers, let oauth):
            return .sse(McpServerConfig.endpoint(name, url, headers, oauth))
        }
    }

    init(_ wire: DroidMcpServerConfig) {
        switch wire {
        case .stdio(let command):
            self = .stdio(name: command.name, command: command.command, args: command.args, env: command.env.dictionary)
        case .http(let endpoint):
            self = .http(
                name: endpoint.name, url: endpoint.url, headers: McpServerConfig.headers(endpoint),
                oauth: endpoint.oauth.map(McpOAuth.init))
        case .sse(let endpoint):
            self = .sse(
                name: endpoint.name, url: endpoint.url, headers: McpServerConfig.headers(endpoint),
                oauth: endpoint.oauth.map(McpOAuth.init))
        }
    }

    private static func endpoint(_ name: String, _ url: String, _ headers: [McpHeader], _ oauth: McpOAuth?) -> DroidMcpEndpoint {
        DroidMcpEndpoint(
            name: name, url: url, headers: headers.map { DroidHeader(name: $0.name, value: $0.value) }, oauth: oauth.map(\.wire))
    }

    private static func headers(_ endpoint: DroidMcpEndpoint) -> [McpHeader] {
        endpoint.headers.map { McpHeader(name: $0.name, value: $0.value) }
    }
}

extension McpOAuth {
    var wire: DroidMcpOAuth {
        switch self {
        case .disabled: .first(DroidFalse())
        case .options(let options): .second(options.wire)
        }
    }

    init(_ wire: DroidMcpOAuth) {
        switch wire {
        case .first: self = .disabled
        case .second(let options): self = .options(McpOAuthOptions(options))
        }
    }
}

extension McpOAuthOptions {
    var wire: DroidMcpOAuthOptions {
        var wire = DroidMcpOAuthOptions()
        wire.scopes = scopes
        switch resource {
        case .disabled: wire.resource = .first(DroidFalse())
        case .named(let name): wire.resource = .second(name)
        case nil: wire.resource = nil
        }
        wire.authorizationServerIssuer = authorizationServerIssuer
        wire.clientMetadataUrl = clientMetadataUrl
        wire.clientId = clientId
        wire.clientSecret = clientSecret
        wire.callbackPort = callbackPort.flatMap(DroidPort.init)
        wire.tokenEndpointAuthMethod = tokenEndpointAuthMethod.map { DroidWire.TokenEndpointAuthMethod(rawValue: $0.rawValue) }
        return wire
    }

    init(_ wire: DroidMcpOAuthOptions) {
        self.init()
        scopes = wire.scopes
        switch wire.resource {
        case .first: resource = .disabled
        case .second(let name): resource = .named(name)
        case nil: resource = nil
        }
        authorizationServerIssuer = wire.authorizationServerIssuer
        clientMetadataUrl = wire.clientMetadataUrl
        clientId = wire.clientId
        clientSecret = wire.clientSecret
        callbackPort = wire.callbackPort?.number
        tokenEndpointAuthMethod = wire.tokenEndpointAuthMethod.flatMap { TokenEndpointAuthMethod(rawValue: $0.rawValue) }
    }
}
