import DroidWire

/// The platforms of a ``SessionSource``.
public enum SessionPlatform: Sendable, Hashable, CustomStringConvertible {
    case slack, web, api, sessionsApi, linear, jira, microsoftTeams, readinessRemediation, readinessEvaluation, wikiGeneration, wikiCiSetup,
        automation, tui, desktop, acp, unspecified
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .slack, .web, .api, .sessionsApi, .linear, .jira, .microsoftTeams, .readinessRemediation, .readinessEvaluation, .wikiGeneration,
        .wikiCiSetup, .automation, .tui, .desktop, .acp, .unspecified,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
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

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSessionPlatform) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidSessionPlatform { DroidWire.DroidSessionPlatform(rawValue: rawValue) }
}
