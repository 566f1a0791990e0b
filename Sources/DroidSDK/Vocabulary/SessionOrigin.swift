import DroidWire

/// Why a client closes a session; SDKs send `other`.
public enum CloseReason: Sendable, Hashable, CustomStringConvertible {
    case clear, logout, promptInputExit, other
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.clear, .logout, .promptInputExit, .other]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .clear: "clear"
        case .logout: "logout"
        case .promptInputExit: "prompt_input_exit"
        case .other: "other"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.CloseReason) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.CloseReason { DroidWire.CloseReason(rawValue: rawValue) }
}

/// The part of a session in a mission.
public enum DecompSessionType: Sendable, Hashable, CustomStringConvertible {
    case orchestrator, worker
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.orchestrator, .worker]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .orchestrator: "orchestrator"
        case .worker: "worker"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DecompSessionType) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DecompSessionType { DroidWire.DecompSessionType(rawValue: rawValue) }
}

/// What becomes of a waiting message.
public enum QueueAction: Sendable, Hashable, CustomStringConvertible {
    case updateQueue, delete
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.updateQueue, .delete]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .updateQueue: "update_queue"
        case .delete: "delete"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidQueueAction) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidQueueAction { DroidWire.DroidQueueAction(rawValue: rawValue) }
}

/// Where a message waits that comes during a turn.
public enum QueuePlacement: Sendable, Hashable, CustomStringConvertible {
    case endOfTurn, endOfLoop
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.endOfTurn, .endOfLoop]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .endOfTurn: "end_of_turn"
        case .endOfLoop: "end_of_loop"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidQueuePlacement) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidQueuePlacement { DroidWire.DroidQueuePlacement(rawValue: rawValue) }
}

/// Where a session or a message comes from.
public enum SessionOrigin: Sendable, Hashable, CustomStringConvertible {
    case web, desktop, cliTui, cliExec, cliAcp, slack, jira, linear, microsoftTeams, sessionsApi, api, sdk, automation,
        readinessRemediation, readinessEvaluation, wikiGeneration, wikiCiSetup
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .web, .desktop, .cliTui, .cliExec, .cliAcp, .slack, .jira, .linear, .microsoftTeams, .sessionsApi, .api, .sdk, .automation,
        .readinessRemediation, .readinessEvaluation, .wikiGeneration, .wikiCiSetup,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
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

    public var description: String { rawValue }

    init(_ wire: DroidWire.SessionOrigin) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.SessionOrigin { DroidWire.SessionOrigin(rawValue: rawValue) }
}
