import DroidWire

/// What is dismissed from a handoff.
public enum DismissalType: Sendable, Hashable, CustomStringConvertible {
    case discoveredIssue, criticalContext, incompleteWork
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.discoveredIssue, .criticalContext, .incompleteWork]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .discoveredIssue: "discovered_issue"
        case .criticalContext: "critical_context"
        case .incompleteWork: "incomplete_work"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidDismissalType) { self.init(rawValue: wire.rawValue) }
}

/// Where a feature of a mission stands.
public enum MissionFeatureStatus: Sendable, Hashable, CustomStringConvertible {
    case pending, inProgress, completed, cancelled
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.pending, .inProgress, .completed, .cancelled]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .pending: "pending"
        case .inProgress: "in_progress"
        case .completed: "completed"
        case .cancelled: "cancelled"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidFeatureStatus) { self.init(rawValue: wire.rawValue) }
}

/// How bad a discovered issue is.
public enum IssueSeverity: Sendable, Hashable, CustomStringConvertible {
    case blocking, nonBlocking, suggestion
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.blocking, .nonBlocking, .suggestion]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .blocking: "blocking"
        case .nonBlocking: "non_blocking"
        case .suggestion: "suggestion"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidIssueSeverity) { self.init(rawValue: wire.rawValue) }
}

/// What an entry of a mission's log is about.
public enum MissionEvent: Sendable, Hashable, CustomStringConvertible {
    case missionAccepted, missionPaused, missionResumed, missionRunStarted, workerStarted, workerSelectedFeature, workerCompleted,
        workerFailed, workerPaused, handoffItemsDismissed, milestoneValidationTriggered
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .missionAccepted, .missionPaused, .missionResumed, .missionRunStarted, .workerStarted, .workerSelectedFeature, .workerCompleted,
        .workerFailed, .workerPaused, .handoffItemsDismissed, .milestoneValidationTriggered,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .missionAccepted: "mission_accepted"
        case .missionPaused: "mission_paused"
        case .missionResumed: "mission_resumed"
        case .missionRunStarted: "mission_run_started"
        case .workerStarted: "worker_started"
        case .workerSelectedFeature: "worker_selected_feature"
        case .workerCompleted: "worker_completed"
        case .workerFailed: "worker_failed"
        case .workerPaused: "worker_paused"
        case .handoffItemsDismissed: "handoff_items_dismissed"
        case .milestoneValidationTriggered: "milestone_validation_triggered"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidMissionEvent) { self.init(rawValue: wire.rawValue) }
}

/// Where a mission stands.
public enum MissionState: Sendable, Hashable, CustomStringConvertible {
    case awaitingInput, initializing, running, paused, orchestratorTurn, completed
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.awaitingInput, .initializing, .running, .paused, .orchestratorTurn, .completed]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .awaitingInput: "awaiting_input"
        case .initializing: "initializing"
        case .running: "running"
        case .paused: "paused"
        case .orchestratorTurn: "orchestrator_turn"
        case .completed: "completed"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidMissionState) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.DroidMissionState { DroidWire.DroidMissionState(rawValue: rawValue) }
}

/// How well a worker did.
public enum MissionSuccessState: Sendable, Hashable, CustomStringConvertible {
    case success, partial, failure
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.success, .partial, .failure]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .success: "success"
        case .partial: "partial"
        case .failure: "failure"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSuccessState) { self.init(rawValue: wire.rawValue) }
}
