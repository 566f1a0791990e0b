import DroidWire

/// Whether a count of tokens was counted.
public enum ContextAccuracy: Sendable, Hashable, CustomStringConvertible {
    case exact, estimated
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.exact, .estimated]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .exact: "exact"
        case .estimated: "estimated"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidContextAccuracy) { self.init(rawValue: wire.rawValue) }
}

/// The parts of a context, by the colour they are shown in.
public enum ContextColor: Sendable, Hashable, CustomStringConvertible {
    case systemPrompt, systemTools, mcpTools, userInfo, agentsMd, customAgents, skills, messages
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.systemPrompt, .systemTools, .mcpTools, .userInfo, .agentsMd, .customAgents, .skills, .messages]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .systemPrompt: "systemPrompt"
        case .systemTools: "systemTools"
        case .mcpTools: "mcpTools"
        case .userInfo: "userInfo"
        case .agentsMd: "agentsMd"
        case .customAgents: "customAgents"
        case .skills: "skills"
        case .messages: "messages"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidContextColor) { self.init(rawValue: wire.rawValue) }
}

/// Whose model it is; a local one is `generic-chat-completion-api` or `factory`, because both SDKs check the word.
public enum ModelProvider: Sendable, Hashable, CustomStringConvertible {
    case anthropic, openai, genericChatCompletionApi, factory, google, xai, voyage
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.anthropic, .openai, .genericChatCompletionApi, .factory, .google, .xai, .voyage]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .anthropic: "anthropic"
        case .openai: "openai"
        case .genericChatCompletionApi: "generic-chat-completion-api"
        case .factory: "factory"
        case .google: "google"
        case .xai: "xai"
        case .voyage: "voyage"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidModelProvider) { self.init(rawValue: wire.rawValue) }
}

/// What a sandbox is put around.
public enum SandboxMode: Sendable, Hashable, CustomStringConvertible {
    case perCommand, wholeProcess
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.perCommand, .wholeProcess]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .perCommand: "per-command"
        case .wholeProcess: "whole-process"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSandboxMode) { self.init(rawValue: wire.rawValue) }
}

/// Where a skill is from. `automation` is unknown to older clients.
public enum SkillLocation: Sendable, Hashable, CustomStringConvertible {
    case project, personal, builtin, automation
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.project, .personal, .builtin, .automation]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .project: "project"
        case .personal: "personal"
        case .builtin: "builtin"
        case .automation: "automation"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSkillLocation) { self.init(rawValue: wire.rawValue) }
}

/// What a file of a skill is.
public enum SkillResourceType: Sendable, Hashable, CustomStringConvertible {
    case reference, asset
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.reference, .asset]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .reference: "reference"
        case .asset: "asset"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSkillResourceType) { self.init(rawValue: wire.rawValue) }
}

/// Where it is kept that a skill is disabled.
public enum SkillSettingsLevel: Sendable, Hashable, CustomStringConvertible {
    case user, project
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.user, .project]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .user: "user"
        case .project: "project"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSkillSettingsLevel) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidSkillSettingsLevel { DroidWire.DroidSkillSettingsLevel(rawValue: rawValue) }
}

/// What a tool does, in one word.
public enum ToolCategory: Sendable, Hashable, CustomStringConvertible {
    case read, edit, execute, other
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.read, .edit, .execute, .other]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .read: "read"
        case .edit: "edit"
        case .execute: "execute"
        case .other: "other"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidToolCategory) { self.init(rawValue: wire.rawValue) }
}

/// Where a tool is from.
public enum ToolSource: Sendable, Hashable, CustomStringConvertible {
    case native, mcp, connector
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.native, .mcp, .connector]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .native: "native"
        case .mcp: "mcp"
        case .connector: "connector"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidToolSource) { self.init(rawValue: wire.rawValue) }
}
