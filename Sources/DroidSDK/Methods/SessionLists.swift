import DroidWire

public struct ArchiveSessionParams: Sendable, Hashable {
    public var sessionId: String

    public init(sessionId: String) {
        self.sessionId = sessionId
    }
}

extension ArchiveSessionParams {
    var wire: DroidWire.ArchiveSessionParams {
        DroidWire.ArchiveSessionParams(sessionId: sessionId)
    }
}

public struct ArchiveSessionResult: Sendable, Hashable {
    public var success: Bool
    public var archivedAt: JSON

    public init(success: Bool, archivedAt: JSON) {
        self.success = success
        self.archivedAt = archivedAt
    }
}

extension ArchiveSessionResult {
    init(_ wire: DroidWire.ArchiveSessionResult) {
        self.init(success: wire.success, archivedAt: JSON(wire.archivedAt))
    }
}

public struct AvailableSession: Sendable, Hashable {
    public var sessionId: String
    public var hostId: String?
    public var updatedAt: Double
    public var title: String?
    public var cwd: String?
    public var repoRoot: String?
    public var messagesCount: Int?
    public var archivedAt: JSON?
    public var callingSessionId: String?
    public var callingToolUseId: String?
    public var tags: [SessionTag]?
    public var mission: MissionSummary?

    public init(sessionId: String, updatedAt: Double) {
        self.sessionId = sessionId
        self.updatedAt = updatedAt
    }
}

extension AvailableSession {
    init(_ wire: DroidWire.DroidAvailableSession) {
        self.init(sessionId: wire.sessionId, updatedAt: wire.updatedAt)
        hostId = wire.hostId
        title = wire.title
        cwd = wire.cwd
        repoRoot = wire.repoRoot
        messagesCount = wire.messagesCount
        archivedAt = wire.archivedAt.map(JSON.init)
        callingSessionId = wire.callingSessionId
        callingToolUseId = wire.callingToolUseId
        tags = wire.tags?.map(SessionTag.init)
        mission = wire.mission.map(MissionSummary.init)
    }
}

public struct MissionSummary: Sendable, Hashable {
    public var state: MissionState
    public var title: String
    public var workingDirectory: String
    public var createdAt: JSON
    public var elapsedMs: Double
    public var completedFeatures: Int
    public var totalFeatures: Int

    public init(
        state: MissionState, title: String, workingDirectory: String, createdAt: JSON, elapsedMs: Double, completedFeatures: Int,
        totalFeatures: Int
    ) {
        self.state = state
        self.title = title
        self.workingDirectory = workingDirectory
        self.createdAt = createdAt
        self.elapsedMs = elapsedMs
        self.completedFeatures = completedFeatures
        self.totalFeatures = totalFeatures
    }
}

extension MissionSummary {
    init(_ wire: DroidWire.DroidMissionSummary) {
        self.init(
            state: MissionState(wire.state), title: wire.title, workingDirectory: wire.workingDirectory, createdAt: JSON(wire.createdAt),
            elapsedMs: wire.elapsedMs, completedFeatures: wire.completedFeatures, totalFeatures: wire.totalFeatures)
    }
}

/// `updatedAt` is in seconds, unlike every other time of the protocol.
public struct OpenedSession: Sendable, Hashable {
    public var sessionId: String
    public var hostId: String?
    public var updatedAt: Double
    public var workingState: DroidWorkingState
    public var cwd: String?
    public var repoRoot: String?
    public var messagesCount: Int?
    public var callingSessionId: String?
    public var callingToolUseId: String?
    public var tags: [SessionTag]?

    public init(sessionId: String, updatedAt: Double, workingState: DroidWorkingState) {
        self.sessionId = sessionId
        self.updatedAt = updatedAt
        self.workingState = workingState
    }
}

extension OpenedSession {
    init(_ wire: DroidWire.DroidOpenedSession) {
        self.init(sessionId: wire.sessionId, updatedAt: wire.updatedAt, workingState: DroidWorkingState(wire.workingState))
        hostId = wire.hostId
        cwd = wire.cwd
        repoRoot = wire.repoRoot
        messagesCount = wire.messagesCount
        callingSessionId = wire.callingSessionId
        callingToolUseId = wire.callingToolUseId
        tags = wire.tags?.map(SessionTag.init)
    }
}

public struct SessionFilter: Sendable, Hashable {
    public var missionSessions: JSON?
    public var includeBtwForks: Bool?
    public var missionStates: [MissionState]?

    public init(missionSessions: JSON? = nil, includeBtwForks: Bool? = nil, missionStates: [MissionState]? = nil) {
        self.missionSessions = missionSessions
        self.includeBtwForks = includeBtwForks
        self.missionStates = missionStates
    }
}

extension SessionFilter {
    var wire: DroidWire.DroidSessionFilter {
        DroidWire.DroidSessionFilter(
            missionSessions: missionSessions.map(\.value), includeBtwForks: includeBtwForks, missionStates: missionStates?.map(\.wire))
    }
}

public struct ListAvailableSessionsParams: Sendable, Hashable {
    public var limit: Int?
    public var endBefore: Double?
    public var includeMissionMetadata: Bool?
    public var filter: SessionFilter?

    public init(limit: Int? = nil, endBefore: Double? = nil, includeMissionMetadata: Bool? = nil, filter: SessionFilter? = nil) {
        self.limit = limit
        self.endBefore = endBefore
        self.includeMissionMetadata = includeMissionMetadata
        self.filter = filter
    }
}

extension ListAvailableSessionsParams {
    var wire: DroidWire.ListAvailableSessionsParams {
        DroidWire.ListAvailableSessionsParams(
            limit: limit.flatMap(DroidPageSize.init), endBefore: endBefore, includeMissionMetadata: includeMissionMetadata,
            filter: filter.map(\.wire))
    }
}

public struct ListAvailableSessionsResult: Sendable, Hashable {
    public var sessions: [AvailableSession]
    public var hasMore: Bool
    public var nextCursor: JSON?

    public init(sessions: [AvailableSession], hasMore: Bool, nextCursor: JSON? = nil) {
        self.sessions = sessions
        self.hasMore = hasMore
        self.nextCursor = nextCursor
    }
}

extension ListAvailableSessionsResult {
    init(_ wire: DroidWire.ListAvailableSessionsResult) {
        self.init(sessions: wire.sessions.map(AvailableSession.init), hasMore: wire.hasMore, nextCursor: wire.nextCursor.map(JSON.init))
    }
}

/// The sessions that a daemon holds (§3.5).
public struct ListOpenedSessionsParams: Sendable, Hashable {
    public var filter: SessionFilter?

    public init(filter: SessionFilter? = nil) {
        self.filter = filter
    }
}

extension ListOpenedSessionsParams {
    var wire: DroidWire.ListOpenedSessionsParams {
        DroidWire.ListOpenedSessionsParams(filter: filter.map(\.wire))
    }
}

public struct ListOpenedSessionsResult: Sendable, Hashable {
    public var sessions: [OpenedSession]

    public init(sessions: [OpenedSession]) {
        self.sessions = sessions
    }
}

extension ListOpenedSessionsResult {
    init(_ wire: DroidWire.ListOpenedSessionsResult) {
        self.init(sessions: wire.sessions.map(OpenedSession.init))
    }
}

public struct UnarchiveSessionParams: Sendable, Hashable {
    public var sessionId: String

    public init(sessionId: String) {
        self.sessionId = sessionId
    }
}

extension UnarchiveSessionParams {
    var wire: DroidWire.UnarchiveSessionParams {
        DroidWire.UnarchiveSessionParams(sessionId: sessionId)
    }
}
