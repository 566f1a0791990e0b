/// The platforms of a ``DroidSessionSource``.
package enum DroidSessionPlatform: DroidEnumeration {
    case slack, web, api, sessionsApi, linear, jira, microsoftTeams, readinessRemediation, readinessEvaluation, wikiGeneration,
        wikiCiSetup, automation, tui, desktop, acp, unspecified
    case unknown(String)

    package static let known: [Self] = [
        .slack, .web, .api, .sessionsApi, .linear, .jira, .microsoftTeams, .readinessRemediation, .readinessEvaluation,
        .wikiGeneration, .wikiCiSetup, .automation, .tui, .desktop, .acp, .unspecified,
    ]

    package var rawValue: String {
        switch self {
        case .slack: "slack"
        case .web: "web"
        case .api: "api"
        case .sessionsApi: "sessions_api"
        case .linear: "linear"
        case .jira: "jira"
        case .microsoftTeams: "microsoft-teams"
        case .readinessRemediation: "readiness-remediation"
        case .readinessEvaluation: "readiness-evaluation"
        case .wikiGeneration: "wiki-generation"
        case .wikiCiSetup: "wiki-ci-setup"
        case .automation: "automation"
        case .tui: "tui"
        case .desktop: "desktop"
        case .acp: "acp"
        case .unspecified: "unknown"
        case .unknown(let value): value
        }
    }
}
