package import ApusBase

package struct MissionStateChanged: DroidRecord {
    package var state: DroidMissionState
    package var updatedAt: JSONValue?

    package init(state: DroidMissionState, updatedAt: JSONValue? = nil) {
        self.state = state
        self.updatedAt = updatedAt
    }

    package init(blank: DroidBlank) { self.init(state: DroidMissionState(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("state", &state)
        try members.optional("updatedAt", &updatedAt)
    }
}

package struct MissionFeaturesChanged: DroidRecord {
    package var features: [DroidMissionFeature]

    package init(features: [DroidMissionFeature]) {
        self.features = features
    }

    package init(blank: DroidBlank) { self.init(features: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("features", &features)
    }
}

package struct MissionProgressEntry: DroidRecord {
    package var progressLog: [DroidMissionProgress]

    package init(progressLog: [DroidMissionProgress]) {
        self.progressLog = progressLog
    }

    package init(blank: DroidBlank) { self.init(progressLog: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("progressLog", &progressLog)
    }
}

package struct MissionHeartbeat: DroidRecord {
    package var timestamp: JSONValue

    package init(timestamp: JSONValue) {
        self.timestamp = timestamp
    }

    package init(blank: DroidBlank) { self.init(timestamp: .null) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("timestamp", &timestamp)
    }
}

package struct MissionWorkerStarted: DroidRecord {
    package var workerSessionId: String

    package init(workerSessionId: String) {
        self.workerSessionId = workerSessionId
    }

    package init(blank: DroidBlank) { self.init(workerSessionId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("workerSessionId", &workerSessionId)
    }
}

package struct MissionWorkerCompleted: DroidRecord {
    package var workerSessionId: String
    package var exitCode: Int

    package init(workerSessionId: String, exitCode: Int) {
        self.workerSessionId = workerSessionId
        self.exitCode = exitCode
    }

    package init(blank: DroidBlank) { self.init(workerSessionId: "", exitCode: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("workerSessionId", &workerSessionId)
        try members.required("exitCode", &exitCode)
    }
}

package struct DroidMissionFeature: DroidRecord {
    package var id: String
    package var description: String
    package var status: DroidFeatureStatus
    package var skillName: String
    package var preconditions: [String]
    package var expectedBehavior: [String]
    package var verificationSteps: [String]
    package var fulfills: [String]?
    package var milestone: String?
    package var workerSessionIds: [String]?
    package var currentWorkerSessionId: String?
    package var completedWorkerSessionId: String?

    package init(
        id: String, description: String, status: DroidFeatureStatus, skillName: String, preconditions: [String],
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

    package init(blank: DroidBlank) {
        self.init(
            id: "", description: "", status: DroidFeatureStatus(blank: blank), skillName: "", preconditions: [],
            expectedBehavior: [], verificationSteps: []
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("id", &id)
        try members.required("description", &description)
        try members.required("status", &status)
        try members.required("skillName", &skillName)
        try members.required("preconditions", &preconditions)
        try members.required("expectedBehavior", &expectedBehavior)
        try members.required("verificationSteps", &verificationSteps)
        try members.optional("fulfills", &fulfills)
        try members.optional("milestone", &milestone)
        try members.optional("workerSessionIds", &workerSessionIds)
        try members.optional("currentWorkerSessionId", &currentWorkerSessionId)
        try members.optional("completedWorkerSessionId", &completedWorkerSessionId)
    }
}
