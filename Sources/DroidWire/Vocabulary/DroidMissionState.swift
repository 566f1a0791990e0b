/// Where a mission stands.
package enum DroidMissionState: DroidEnumeration {
    case awaitingInput, initializing, running, paused, orchestratorTurn, completed
    case unknown(String)

    package static let known: [Self] = [.awaitingInput, .initializing, .running, .paused, .orchestratorTurn, .completed]

    package var rawValue: String {
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
}

/// What an entry of a mission's log is about.
package enum DroidMissionEvent: DroidEnumeration {
    case missionAccepted, missionPaused, missionResumed, missionRunStarted, workerStarted, workerSelectedFeature, workerCompleted,
        workerFailed, workerPaused, handoffItemsDismissed, milestoneValidationTriggered
    case unknown(String)

    package static let known: [Self] = [
        .missionAccepted, .missionPaused, .missionResumed, .missionRunStarted, .workerStarted, .workerSelectedFeature,
        .workerCompleted, .workerFailed, .workerPaused, .handoffItemsDismissed, .milestoneValidationTriggered,
    ]

    package var rawValue: String {
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
}

/// Where a feature of a mission stands.
package enum DroidFeatureStatus: DroidEnumeration {
    case pending, inProgress, completed, cancelled
    case unknown(String)

    package static let known: [Self] = [.pending, .inProgress, .completed, .cancelled]

    package var rawValue: String {
        switch self {
        case .pending: "pending"
        case .inProgress: "in_progress"
        case .completed: "completed"
        case .cancelled: "cancelled"
        case .unknown(let value): value
        }
    }
}

/// How well a worker did.
package enum DroidSuccessState: DroidEnumeration {
    case success, partial, failure
    case unknown(String)

    package static let known: [Self] = [.success, .partial, .failure]

    package var rawValue: String {
        switch self {
        case .success: "success"
        case .partial: "partial"
        case .failure: "failure"
        case .unknown(let value): value
        }
    }
}

/// How bad a discovered issue is.
package enum DroidIssueSeverity: DroidEnumeration {
    case blocking, nonBlocking, suggestion
    case unknown(String)

    package static let known: [Self] = [.blocking, .nonBlocking, .suggestion]

    package var rawValue: String {
        switch self {
        case .blocking: "blocking"
        case .nonBlocking: "non_blocking"
        case .suggestion: "suggestion"
        case .unknown(let value): value
        }
    }
}

/// What is dismissed from a handoff.
package enum DroidDismissalType: DroidEnumeration {
    case discoveredIssue, criticalContext, incompleteWork
    case unknown(String)

    package static let known: [Self] = [.discoveredIssue, .criticalContext, .incompleteWork]

    package var rawValue: String {
        switch self {
        case .discoveredIssue: "discovered_issue"
        case .criticalContext: "critical_context"
        case .incompleteWork: "incomplete_work"
        case .unknown(let value): value
        }
    }
}
