/// Whose model it is; a local one is `generic-chat-completion-api` or `factory`, because both SDKs check the word.
package enum DroidModelProvider: DroidEnumeration {
    case anthropic, openai, genericChatCompletionApi, factory, google, xai, voyage
    case unknown(String)

    package static let known: [Self] = [.anthropic, .openai, .genericChatCompletionApi, .factory, .google, .xai, .voyage]

    package var rawValue: String {
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
}

/// What a tool does, in one word.
package enum DroidToolCategory: DroidEnumeration {
    case read, edit, execute, other
    case unknown(String)

    package static let known: [Self] = [.read, .edit, .execute, .other]

    package var rawValue: String {
        switch self {
        case .read: "read"
        case .edit: "edit"
        case .execute: "execute"
        case .other: "other"
        case .unknown(let value): value
        }
    }
}

/// Where a tool is from.
package enum DroidToolSource: DroidEnumeration {
    case native, mcp, connector
    case unknown(String)

    package static let known: [Self] = [.native, .mcp, .connector]

    package var rawValue: String {
        switch self {
        case .native: "native"
        case .mcp: "mcp"
        case .connector: "connector"
        case .unknown(let value): value
        }
    }
}

/// Where a skill is from. `automation` is unknown to older clients.
package enum DroidSkillLocation: DroidEnumeration {
    case project, personal, builtin, automation
    case unknown(String)

    package static let known: [Self] = [.project, .personal, .builtin, .automation]

    package var rawValue: String {
        switch self {
        case .project: "project"
        case .personal: "personal"
        case .builtin: "builtin"
        case .automation: "automation"
        case .unknown(let value): value
        }
    }
}

/// Where it is kept that a skill is disabled.
package enum DroidSkillSettingsLevel: DroidEnumeration {
    case user, project
    case unknown(String)

    package static let known: [Self] = [.user, .project]

    package var rawValue: String {
        switch self {
        case .user: "user"
        case .project: "project"
        case .unknown(let value): value
        }
    }
}

/// What a file of a skill is.
package enum DroidSkillResourceType: DroidEnumeration {
    case reference, asset
    case unknown(String)

    package static let known: [Self] = [.reference, .asset]

    package var rawValue: String {
        switch self {
        case .reference: "reference"
        case .asset: "asset"
        case .unknown(let value): value
        }
    }
}

/// What a sandbox is put around.
package enum DroidSandboxMode: DroidEnumeration {
    case perCommand, wholeProcess
    case unknown(String)

    package static let known: [Self] = [.perCommand, .wholeProcess]

    package var rawValue: String {
        switch self {
        case .perCommand: "per-command"
        case .wholeProcess: "whole-process"
        case .unknown(let value): value
        }
    }
}

/// Whether a count of tokens was counted.
package enum DroidContextAccuracy: DroidEnumeration {
    case exact, estimated
    case unknown(String)

    package static let known: [Self] = [.exact, .estimated]

    package var rawValue: String {
        switch self {
        case .exact: "exact"
        case .estimated: "estimated"
        case .unknown(let value): value
        }
    }
}

/// The parts of a context, by the colour they are shown in.
package enum DroidContextColor: DroidEnumeration {
    case systemPrompt, systemTools, mcpTools, userInfo, agentsMd, customAgents, skills, messages
    case unknown(String)

    package static let known: [Self] = [
        .systemPrompt, .systemTools, .mcpTools, .userInfo, .agentsMd, .customAgents, .skills, .messages,
    ]

    package var rawValue: String {
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
}
