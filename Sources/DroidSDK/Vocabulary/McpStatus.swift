import DroidWire

/// How a sign-in to an MCP server ended.
public enum McpAuthOutcome: Sendable, Hashable, CustomStringConvertible {
    case success, cancelled, failed
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.success, .cancelled, .failed]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .success: "success"
        case .cancelled: "cancelled"
        case .failed: "failed"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.McpAuthOutcome) { self.init(rawValue: wire.rawValue) }
}

/// What `update_mcp_config` does.
public enum McpConfigAction: Sendable, Hashable, CustomStringConvertible {
    case add, remove, enable, disable
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.add, .remove, .enable, .disable]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .add: "add"
        case .remove: "remove"
        case .enable: "enable"
        case .disable: "disable"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.McpConfigAction) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.McpConfigAction { DroidWire.McpConfigAction(rawValue: rawValue) }
}

/// One MCP server.
public enum McpServerStatus: Sendable, Hashable, CustomStringConvertible {
    case connecting, connected, disconnected, failed, disabled
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.connecting, .connected, .disconnected, .failed, .disabled]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .connecting: "connecting"
        case .connected: "connected"
        case .disconnected: "disconnected"
        case .failed: "failed"
        case .disabled: "disabled"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.McpServerStatus) { self.init(rawValue: wire.rawValue) }
}

/// How an MCP server is reached.
public enum McpServerType: Sendable, Hashable, CustomStringConvertible {
    case stdio, http, sse
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.stdio, .http, .sse]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .stdio: "stdio"
        case .http: "http"
        case .sse: "sse"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.McpServerType) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.McpServerType { DroidWire.McpServerType(rawValue: rawValue) }
}

/// Where a setting is from. Servers that a session brought are `dynamic` (§12, 13).
public enum SettingsLevel: Sendable, Hashable, CustomStringConvertible {
    case org, runtime, user, project, folder, dynamic, builtin
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.org, .runtime, .user, .project, .folder, .dynamic, .builtin]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
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

    public var description: String { rawValue }

    init(_ wire: DroidWire.SettingsLevel) { self.init(rawValue: wire.rawValue) }
}
