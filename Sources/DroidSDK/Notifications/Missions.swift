import DroidWire

public struct MissionFeature: Sendable, Hashable {
    public var id: String
    public var description: String
    public var status: MissionFeatureStatus
    public var skillName: String
    public var preconditions: [String]
    public var expectedBehavior: [String]
    public var verificationSteps: [String]
    public var fulfills: [String]?
    public var milestone: String?
    public var workerSessionIds: [String]?
    public var currentWorkerSessionId: String?
    public var completedWorkerSessionId: String?

    public init(
        id: String, description: String, status: MissionFeatureStatus, skillName: String, preconditions: [String],
        expectedBehavior: [String], verificationSteps: [String]
    ) {
        self.id = id
        self.description = description
        self.status = status
        self.skillName = skillName
        self.preconditions = preconditions
        self.expectedBehavior = expectedBehavior
        self.verificationSteps = verificationSteps
    }
}

extension MissionFeature {
    init(_ wire: DroidWire.DroidMissionFeature) {
        self.init(
            id: wire.id, description: wire.description, status: MissionFeatureStatus(wire.status), skillName: wire.skillName,
            preconditions: wire.preconditions, expectedBehavior: wire.expectedBehavior, verificationSteps: wire.verificationSteps)
        fulfills = wire.fulfills
        milestone = wire.milestone
        workerSessionIds = wire.workerSessionIds
        currentWorkerSessionId = wire.currentWorkerSessionId
        completedWorkerSessionId = wire.completedWorkerSessionId
    }
}

public struct MissionFeaturesChanged: Sendable, Hashable {
    public var features: [MissionFeature]

    public init(features: [MissionFeature]) {
        self.features = features
    }
}

extension MissionFeaturesChanged {
    init(_ wire: DroidWire.MissionFeaturesChanged) {
        self.init(features: wire.features.map(MissionFeature.init))
    }
}

public struct MissionHeartbeat: Sendable, Hashable {
    public var timestamp: JSON

    public init(timestamp: JSON) {
        self.timestamp = timestamp
    }
}

extension MissionHeartbeat {
    init(_ wire: DroidWire.MissionHeartbeat) {
        self.init(timestamp: JSON(wire.timestamp))
    }
}

public struct MissionProgressEntry: Sendable, Hashable {
    public var progressLog: [MissionProgress]

    public init(progressLog: [MissionProgress]) {
        self.progressLog = progressLog
    }
}

extension MissionProgressEntry {
    init(_ wire: DroidWire.MissionProgressEntry) {
        self.init(progressLog: wire.progressLog.map(MissionProgress.init))
    }
}

public struct MissionStateChanged: Sendable, Hashable {
    public var state: MissionState
    public var updatedAt: JSON?

    public init(state: MissionState, updatedAt: JSON? = nil) {
        self.state = state
        self.updatedAt = updatedAt
    }
}

extension MissionStateChanged {
    init(_ wire: DroidWire.MissionStateChanged) {
        self.init(state: MissionState(wire.state), updatedAt: wire.updatedAt.map(JSON.init))
    }
}

public struct MissionWorkerCompleted: Sendable, Hashable {
    public var workerSessionId: String
    public var exitCode: Int

    public init(workerSessionId: String, exitCode: Int) {
        self.workerSessionId = workerSessionId
        self.exitCode = exitCode
    }
}

extension MissionWorkerCompleted {
    init(_ wire: DroidWire.MissionWorkerCompleted) {
        self.init(workerSessionId: wire.workerSessionId, exitCode: wire.exitCode)
    }
}

public struct MissionWorkerStarted: Sendable, Hashable {
    public var workerSessionId: String

    public init(workerSessionId: String) {
        self.workerSessionId = workerSessionId
    }
}

extension MissionWorkerStarted {
    init(_ wire: DroidWire.MissionWorkerStarted) {
        self.init(workerSessionId: wire.workerSessionId)
    }
}
