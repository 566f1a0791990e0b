/// The MCP servers of a session as a whole.
package enum McpStatus: DroidEnumeration {
    case notInitialized, initializing, ready, noServers, failed
    case unknown(String)

    package static let known: [Self] = [.notInitialized, .initializing, .ready, .noServers, .failed]

    package var rawValue: String {
        switch self {
        case .notInitialized: "not-initialized"
        case .initializing: "initializing"
        case .ready: "ready"
        case .noServers: "no-servers"
        case .failed: "failed"
        case .unknown(let value): value
        }
    }
}

/// One MCP server.
package enum McpServerStatus: DroidEnumeration {
    case connecting, connected, disconnected, failed, disabled
    case unknown(String)

    package static let known: [Self] = [.connecting, .connected, .disconnected, .failed, .disabled]

    package var rawValue: String {
        switch self {
        case .connecting: "connecting"
        case .connected: "connected"
        case .disconnected: "disconnected"
        case .failed: "failed"
        case .disabled: "disabled"
        case .unknown(let value): value
        }
    }
}

/// How an MCP server is reached.
package enum McpServerType: DroidEnumeration {
    case stdio, http, sse
    case unknown(String)

    package static let known: [Self] = [.stdio, .http, .sse]

    package var rawValue: String {
        switch self {
        case .stdio: "stdio"
        case .http: "http"
        case .sse: "sse"
        case .unknown(let value): value
        }
    }
}

/// Where a setting is from. Servers that a session brought are `dynamic` (§12, 13).
package enum SettingsLevel: DroidEnumeration {
    case org, runtime, user, project, folder, dynamic, builtin
    case unknown(String)

    package static let known: [Self] = [.org, .runtime, .user, .project, .folder, .dynamic, .builtin]

    package var rawValue: String {
        switch self {
        case .org: "org"
        case .runtime: "runtime"
        case .user: "user"
        case .project: "project"
        case .folder: "folder"
        case .dynamic: "dynamic"
        case .builtin: "builtin"
        case .unknown(let value): value
        }
    }
}

/// How a sign-in to an MCP server ended.
package enum McpAuthOutcome: DroidEnumeration {
    case success, cancelled, failed
    case unknown(String)

    package static let known: [Self] = [.success, .cancelled, .failed]

    package var rawValue: String {
        switch self {
        case .success: "success"
        case .cancelled: "cancelled"
        case .failed: "failed"
        case .unknown(let value): value
        }
    }
}

/// How a client shows itself to a token endpoint.
package enum TokenEndpointAuthMethod: DroidEnumeration {
    case none, clientSecretBasic, clientSecretPost
    case unknown(String)

    package static let known: [Self] = [.none, .clientSecretBasic, .clientSecretPost]

    package var rawValue: String {
        switch self {
        case .none: "none"
        case .clientSecretBasic: "client_secret_basic"
        case .clientSecretPost: "client_secret_post"
        case .unknown(let value): value
        }
    }
}

/// What `update_mcp_config` does.
package enum McpConfigAction: DroidEnumeration {
    case add, remove, enable, disable
    case unknown(String)

    package static let known: [Self] = [.add, .remove, .enable, .disable]

    package var rawValue: String {
        switch self {
        case .add: "add"
        case .remove: "remove"
        case .enable: "enable"
        case .disable: "disable"
        case .unknown(let value): value
        }
    }
}
