import DroidWire

public struct MissionDismissal: Sendable, Hashable {
    public var type: DismissalType
    public var sourceFeatureId: String
    public var summary: String
    public var justification: String

    public init(type: DismissalType, sourceFeatureId: String, summary: String, justification: String) {
        self.type = type
        self.sourceFeatureId = sourceFeatureId
        self.summary = summary
        self.justification = justification
    }
}

extension MissionDismissal {
    init(_ wire: DroidWire.DroidMissionDismissal) {
        self.init(
            type: DismissalType(wire.type), sourceFeatureId: wire.sourceFeatureId, summary: wire.summary, justification: wire.justification)
    }
}

/// An entry of a mission's log (§5.4). Which members there are depends on `type`; entries are shown and stored, never acted on, so they are one
/// open record.
public struct MissionProgress: Sendable, Hashable {
    public var timestamp: JSON
    public var type: MissionEvent
    public var workerSessionId: String?
    public var spawnId: String?
    public var featureId: String?
    public var title: String?
    public var message: String?
    public var reason: String?
    public var milestone: String?
    public var successState: MissionSuccessState?
    public var returnToOrchestrator: Bool?
    public var exitCode: Int?
    public var commitId: String?
    public var validatorsPassed: Bool?
    public var handoff: MissionHandoff?
    public var dismissals: [MissionDismissal]?

    public init(timestamp: JSON, type: MissionEvent) {
        self.timestamp = timestamp
        self.type = type
    }
}

extension MissionProgress {
    init(_ wire: DroidWire.DroidMissionProgress) {
        self.init(timestamp: JSON(wire.timestamp), type: MissionEvent(wire.type))
        workerSessionId = wire.workerSessionId
        spawnId = wire.spawnId
        featureId = wire.featureId
        title = wire.title
        message = wire.message
        reason = wire.reason
        milestone = wire.milestone
        successState = wire.successState.map(MissionSuccessState.init)
        returnToOrchestrator = wire.returnToOrchestrator
        exitCode = wire.exitCode
        commitId = wire.commitId
        validatorsPassed = wire.validatorsPassed
        handoff = wire.handoff.map(MissionHandoff.init)
        dismissals = wire.dismissals?.map(MissionDismissal.init)
    }
}
