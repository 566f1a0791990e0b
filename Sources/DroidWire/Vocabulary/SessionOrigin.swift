/// Where a session or a message comes from.
package enum SessionOrigin: DroidEnumeration {
    case web, desktop, cliTui, cliExec, cliAcp, slack, jira, linear, microsoftTeams, sessionsApi, api, sdk, automation,
        readinessRemediation, readinessEvaluation, wikiGeneration, wikiCiSetup
    case unknown(String)

    package static let known: [Self] = [
        .web, .desktop, .cliTui, .cliExec, .cliAcp, .slack, .jira, .linear, .microsoftTeams, .sessionsApi, .api, .sdk, .automation,
        .readinessRemediation, .readinessEvaluation, .wikiGeneration, .wikiCiSetup,
    ]

    package var rawValue: String {
        switch self {
        case .web: "web"
        case .desktop: "desktop"
        case .cliTui: "cli_tui"
        case .cliExec: "cli_exec"
        case .cliAcp: "cli_acp"
        case .slack: "slack"
        case .jira: "jira"
        case .linear: "linear"
        case .microsoftTeams: "microsoft-teams"
        case .sessionsApi: "sessions_api"
        case .api: "api"
        case .sdk: "sdk"
        case .automation: "automation"
        case .readinessRemediation: "readiness-remediation"
        case .readinessEvaluation: "readiness-evaluation"
        case .wikiGeneration: "wiki-generation"
        case .wikiCiSetup: "wiki-ci-setup"
        case .unknown(let value): value
        }
    }
}

/// The kind of client in a request's attribution (§1.2).
package enum DroidClientType: DroidEnumeration {
    case webDesktop, webApp, webWorkspace, daemon, cli, backend, sdk
    case unknown(String)

    package static let known: [Self] = [.webDesktop, .webApp, .webWorkspace, .daemon, .cli, .backend, .sdk]

    package var rawValue: String {
        switch self {
        case .webDesktop: "web-desktop"
        case .webApp: "web-app"
        case .webWorkspace: "web-workspace"
        case .daemon: "daemon"
        case .cli: "cli"
        case .backend: "backend"
        case .sdk: "sdk"
        case .unknown(let value): value
        }
    }
}

/// The languages an attribution may name; other SDKs send none.
package enum DroidSDKLanguage: DroidEnumeration {
    case typescript, python
    case unknown(String)

    package static let known: [Self] = [.typescript, .python]

    package var rawValue: String {
        switch self {
        case .typescript: "typescript"
        case .python: "python"
        case .unknown(let value): value
        }
    }
}

/// The system a daemon runs on.
package enum DroidPlatform: DroidEnumeration {
    case darwin, win32, linux
    case unknown(String)

    package static let known: [Self] = [.darwin, .win32, .linux]

    package var rawValue: String {
        switch self {
        case .darwin: "darwin"
        case .win32: "win32"
        case .linux: "linux"
        case .unknown(let value): value
        }
    }
}

/// The part of a session in a mission.
package enum DecompSessionType: DroidEnumeration {
    case orchestrator, worker
    case unknown(String)

    package static let known: [Self] = [.orchestrator, .worker]

    package var rawValue: String {
        switch self {
        case .orchestrator: "orchestrator"
        case .worker: "worker"
        case .unknown(let value): value
        }
    }
}

/// Why a client closes a session; SDKs send `other`.
package enum CloseReason: DroidEnumeration {
    case clear, logout, promptInputExit, other
    case unknown(String)

    package static let known: [Self] = [.clear, .logout, .promptInputExit, .other]

    package var rawValue: String {
        switch self {
        case .clear: "clear"
        case .logout: "logout"
        case .promptInputExit: "prompt_input_exit"
        case .other: "other"
        case .unknown(let value): value
        }
    }
}

/// Where a message waits that comes during a turn.
package enum DroidQueuePlacement: DroidEnumeration {
    case endOfTurn, endOfLoop
    case unknown(String)

    package static let known: [Self] = [.endOfTurn, .endOfLoop]

    package var rawValue: String {
        switch self {
        case .endOfTurn: "end_of_turn"
        case .endOfLoop: "end_of_loop"
        case .unknown(let value): value
        }
    }
}

/// What becomes of a waiting message.
package enum DroidQueueAction: DroidEnumeration {
    case updateQueue, delete
    case unknown(String)

    package static let known: [Self] = [.updateQueue, .delete]

    package var rawValue: String {
        switch self {
        case .updateQueue: "update_queue"
        case .delete: "delete"
        case .unknown(let value): value
        }
    }
}

/// What kind of program talks; internal to the product.
package enum DroidMode: DroidEnumeration {
    case terminalUi, nonInteractiveCli, interactiveCli, headless
    case unknown(String)

    package static let known: [Self] = [.terminalUi, .nonInteractiveCli, .interactiveCli, .headless]

    package var rawValue: String {
        switch self {
        case .terminalUi: "terminal-ui"
        case .nonInteractiveCli: "non-interactive-cli"
        case .interactiveCli: "interactive-cli"
        case .headless: "headless"
        case .unknown(let value): value
        }
    }
}

/// The protocol of a headless program; internal to the product.
package enum DroidSubMode: DroidEnumeration {
    case jsonRpc, acp
    case unknown(String)

    package static let known: [Self] = [.jsonRpc, .acp]

    package var rawValue: String {
        switch self {
        case .jsonRpc: "json-rpc"
        case .acp: "acp"
        case .unknown(let value): value
        }
    }
}
