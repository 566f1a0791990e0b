import DroidWire

public struct GitRepo: Sendable, Hashable {
    public var repoName: String
    public var owner: String?

    public init(repoName: String, owner: String? = nil) {
        self.repoName = repoName
        self.owner = owner
    }
}

extension GitRepo {
    init(_ wire: DroidWire.DroidGitRepo) {
        self.init(repoName: wire.repoName, owner: wire.owner)
    }
}

public struct MissionSnapshot: Sendable, Hashable {
    public var state: MissionState
    public var features: [MissionFeature]
    public var progressLog: [MissionProgress]
    public var workerSessionIds: [String]
    public var workerStates: [String: WorkerState]?
    public var tokenUsage: TokenUsage?
    public var tokenUsageBySessionId: [String: TokenUsage]?

    public init(state: MissionState, features: [MissionFeature], progressLog: [MissionProgress], workerSessionIds: [String]) {
        self.state = state
        self.features = features
        self.progressLog = progressLog
        self.workerSessionIds = workerSessionIds
    }
}

extension MissionSnapshot {
    init(_ wire: DroidWire.DroidMissionSnapshot) {
        self.init(
            state: MissionState(wire.state), features: wire.features.map(MissionFeature.init),
            progressLog: wire.progressLog.map(MissionProgress.init), workerSessionIds: wire.workerSessionIds)
        workerStates = wire.workerStates?.dictionary.mapValues(WorkerState.init)
        tokenUsage = wire.tokenUsage.map(TokenUsage.init)
        tokenUsageBySessionId = wire.tokenUsageBySessionId?.dictionary.mapValues(TokenUsage.init)
    }
}

/// What is told of a session at init and load.
public struct SessionContent: Sendable, Hashable {
    public var messages: [SessionMessage] = []
    public var title: String?

    public init(messages: [SessionMessage] = [], title: String? = nil) {
        self.messages = messages
        self.title = title
    }
}

extension SessionContent {
    init(_ wire: DroidWire.DroidSessionContent) {
        self.init(messages: wire.messages.map(SessionMessage.init), title: wire.title)
    }
}

public struct WorkerState: Sendable, Hashable {
    public var startedAt: JSON
    public var completedAt: JSON?
    public var exitCode: Int?

    public init(startedAt: JSON, completedAt: JSON? = nil, exitCode: Int? = nil) {
        self.startedAt = startedAt
        self.completedAt = completedAt
        self.exitCode = exitCode
    }
}

extension WorkerState {
    init(_ wire: DroidWire.DroidWorkerState) {
        self.init(startedAt: JSON(wire.startedAt), completedAt: wire.completedAt.map(JSON.init), exitCode: wire.exitCode)
    }
}

public struct SessionWorktree: Sendable, Hashable {
    public var branch: String
    public var path: String
    public var isNewlyCreated: Bool
    public var repoRoot: String?

    public init(branch: String, path: String, isNewlyCreated: Bool, repoRoot: String? = nil) {
        self.branch = branch
        self.path = path
        self.isNewlyCreated = isNewlyCreated
        self.repoRoot = repoRoot
    }
}

extension SessionWorktree {
    init(_ wire: DroidWire.DroidWorktree) {
        self.init(branch: wire.branch, path: wire.path, isNewlyCreated: wire.isNewlyCreated, repoRoot: wire.repoRoot)
    }
}
