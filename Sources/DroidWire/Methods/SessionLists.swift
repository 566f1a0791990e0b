package import ApusBase

/// The sessions that a daemon holds (§3.5).
package struct ListOpenedSessionsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListOpenedSessionsResult
    package static let method = DroidMethod.listOpenedSessions

    package var filter: DroidSessionFilter?

    package init() {}

    package init(filter: DroidSessionFilter? = nil) {
        self.filter = filter
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("filter", &filter)
    }
}

package struct DroidSessionFilter: DroidOpenRecord {
    package var missionSessions: JSONValue?
    package var includeBtwForks: Bool?
    package var missionStates: [DroidMissionState]?

    package init() {}

    package init(missionSessions: JSONValue? = nil, includeBtwForks: Bool? = nil, missionStates: [DroidMissionState]? = nil) {
        self.missionSessions = missionSessions
        self.includeBtwForks = includeBtwForks
        self.missionStates = missionStates
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("missionSessions", &missionSessions)
        try members.optional("includeBtwForks", &includeBtwForks)
        try members.optional("missionStates", &missionStates)
    }
}

package struct ListOpenedSessionsResult: DroidRecord {
    package var sessions: [DroidOpenedSession]

    package init(sessions: [DroidOpenedSession]) {
        self.sessions = sessions
    }

    package init(blank: DroidBlank) { self.init(sessions: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessions", &sessions)
    }
}

/// `updatedAt` is in seconds, unlike every other time of the protocol.
package struct DroidOpenedSession: DroidRecord {
    package var sessionId: String
    package var hostId: String?
    package var updatedAt: Double
    package var workingState: DroidWorkingState
    package var cwd: String?
    package var repoRoot: String?
    package var messagesCount: Int?
    package var callingSessionId: String?
    package var callingToolUseId: String?
    package var tags: [DroidSessionTag]?

    package init(sessionId: String, updatedAt: Double, workingState: DroidWorkingState) {
        self.sessionId = sessionId
        self.updatedAt = updatedAt
        self.workingState = workingState
    }

    package init(blank: DroidBlank) { self.init(sessionId: "", updatedAt: 0, workingState: DroidWorkingState(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.optional("hostId", &hostId)
        try members.required("updatedAt", &updatedAt)
        try members.required("workingState", &workingState)
        try members.optional("cwd", &cwd)
        try members.optional("repoRoot", &repoRoot)
        try members.optional("messagesCount", &messagesCount)
        try members.optional("callingSessionId", &callingSessionId)
        try members.optional("callingToolUseId", &callingToolUseId)
        try members.optional("tags", &tags)
    }
}

package struct ListAvailableSessionsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListAvailableSessionsResult
    package static let method = DroidMethod.listAvailableSessions

    package var limit: DroidPageSize?
    package var endBefore: Double?
    package var includeMissionMetadata: Bool?
    package var filter: DroidSessionFilter?

    package init() {}

    package init(
        limit: DroidPageSize? = nil, endBefore: Double? = nil, includeMissionMetadata: Bool? = nil,
        filter: DroidSessionFilter? = nil
    ) {
        self.limit = limit
        self.endBefore = endBefore
        self.includeMissionMetadata = includeMissionMetadata
        self.filter = filter
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("limit", &limit)
        try members.optional("endBefore", &endBefore)
        try members.optional("includeMissionMetadata", &includeMissionMetadata)
        try members.optional("filter", &filter)
    }
}

package struct ListAvailableSessionsResult: DroidRecord {
    package var sessions: [DroidAvailableSession]
    package var hasMore: Bool
    package var nextCursor: JSONValue?

    package init(sessions: [DroidAvailableSession], hasMore: Bool, nextCursor: JSONValue? = nil) {
        self.sessions = sessions
        self.hasMore = hasMore
        self.nextCursor = nextCursor
    }

    package init(blank: DroidBlank) { self.init(sessions: [], hasMore: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessions", &sessions)
        try members.required("hasMore", &hasMore)
        try members.optional("nextCursor", &nextCursor)
    }
}

package struct DroidAvailableSession: DroidRecord {
    package var sessionId: String
    package var hostId: String?
    package var updatedAt: Double
    package var title: String?
    package var cwd: String?
    package var repoRoot: String?
    package var messagesCount: Int?
    package var archivedAt: JSONValue?
    package var callingSessionId: String?
    package var callingToolUseId: String?
    package var tags: [DroidSessionTag]?
    package var mission: DroidMissionSummary?

    package init(sessionId: String, updatedAt: Double) {
        self.sessionId = sessionId
        self.updatedAt = updatedAt
    }

    package init(blank: DroidBlank) { self.init(sessionId: "", updatedAt: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.optional("hostId", &hostId)
        try members.required("updatedAt", &updatedAt)
        try members.optional("title", &title)
        try members.optional("cwd", &cwd)
        try members.optional("repoRoot", &repoRoot)
        try members.optional("messagesCount", &messagesCount)
        try members.optional("archivedAt", &archivedAt)
        try members.optional("callingSessionId", &callingSessionId)
        try members.optional("callingToolUseId", &callingToolUseId)
        try members.optional("tags", &tags)
        try members.optional("mission", &mission)
    }
}

package struct DroidMissionSummary: DroidRecord {
    package var state: DroidMissionState
    package var title: String
    package var workingDirectory: String
    package var createdAt: JSONValue
    package var elapsedMs: Double
    package var completedFeatures: Int
    package var totalFeatures: Int

    package init(
        state: DroidMissionState, title: String, workingDirectory: String, createdAt: JSONValue, elapsedMs: Double,
        completedFeatures: Int, totalFeatures: Int
    ) {
        self.state = state
        self.title = title
        self.workingDirectory = workingDirectory
        self.createdAt = createdAt
        self.elapsedMs = elapsedMs
        self.completedFeatures = completedFeatures
        self.totalFeatures = totalFeatures
    }

    package init(blank: DroidBlank) {
        self.init(
            state: DroidMissionState(blank: blank), title: "", workingDirectory: "", createdAt: .null, elapsedMs: 0,
            completedFeatures: 0, totalFeatures: 0
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("state", &state)
        try members.required("title", &title)
        try members.required("workingDirectory", &workingDirectory)
        try members.required("createdAt", &createdAt)
        try members.required("elapsedMs", &elapsedMs)
        try members.required("completedFeatures", &completedFeatures)
        try members.required("totalFeatures", &totalFeatures)
    }
}

package struct ArchiveSessionParams: DroidRecord, DroidParams {
    package typealias Result = ArchiveSessionResult
    package static let method = DroidMethod.archiveSession

    package var sessionId: String

    package init(sessionId: String) {
        self.sessionId = sessionId
    }

    package init(blank: DroidBlank) { self.init(sessionId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
    }
}

package struct ArchiveSessionResult: DroidRecord {
    package var success: Bool
    package var archivedAt: JSONValue

    package init(success: Bool, archivedAt: JSONValue) {
        self.success = success
        self.archivedAt = archivedAt
    }

    package init(blank: DroidBlank) { self.init(success: false, archivedAt: .null) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("success", &success)
        try members.required("archivedAt", &archivedAt)
    }
}

package struct UnarchiveSessionParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.unarchiveSession

    package var sessionId: String

    package init(sessionId: String) {
        self.sessionId = sessionId
    }

    package init(blank: DroidBlank) { self.init(sessionId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
    }
}

/// How many entries a page has: 1 to 100.
package struct DroidPageSize: DroidValue {
    package let count: Int

    package init?(_ count: Int) {
        guard (1...100).contains(count) else { return nil }
        self.count = count
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard let size = DroidPageSize(try Int(from: json, reading)) else { throw .invalid("must be between 1 and 100") }
        self = size
    }

    package func write(into writer: inout JSONWriter) { writer.integer(count) }
}
