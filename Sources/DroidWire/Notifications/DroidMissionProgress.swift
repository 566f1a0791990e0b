package import ApusBase

/// An entry of a mission's log (§5.4). Which members there are depends on `type`; entries are shown and stored, never acted on, so they are one
/// open record.
package struct DroidMissionProgress: DroidRecord {
    package var timestamp: JSONValue
    package var type: DroidMissionEvent
    package var workerSessionId: String?
    package var spawnId: String?
    package var featureId: String?
    package var title: String?
    package var message: String?
    package var reason: String?
    package var milestone: String?
    package var successState: DroidSuccessState?
    package var returnToOrchestrator: Bool?
    package var exitCode: Int?
    package var commitId: String?
    package var validatorsPassed: Bool?
    package var handoff: DroidMissionHandoff?
    package var dismissals: [DroidMissionDismissal]?
    package var extra = JSONObject()

    package init(timestamp: JSONValue, type: DroidMissionEvent) {
        self.timestamp = timestamp
        self.type = type
    }

    package init(blank: DroidBlank) { self.init(timestamp: .null, type: DroidMissionEvent(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("timestamp", &timestamp)
        try members.required("type", &type)
        try members.optional("workerSessionId", &workerSessionId)
        try members.optional("spawnId", &spawnId)
        try members.optional("featureId", &featureId)
        try members.optional("title", &title)
        try members.optional("message", &message)
        try members.optional("reason", &reason)
        try members.optional("milestone", &milestone)
        try members.optional("successState", &successState)
        try members.optional("returnToOrchestrator", &returnToOrchestrator)
        try members.optional("exitCode", &exitCode)
        try members.optional("commitId", &commitId)
        try members.optional("validatorsPassed", &validatorsPassed)
        try members.optional("handoff", &handoff)
        try members.optional("dismissals", &dismissals)
        try members.others(&extra)
    }
}

package struct DroidMissionDismissal: DroidRecord {
    package var type: DroidDismissalType
    package var sourceFeatureId: String
    package var summary: String
    package var justification: String

    package init(type: DroidDismissalType, sourceFeatureId: String, summary: String, justification: String) {
        self.type = type
        self.sourceFeatureId = sourceFeatureId
        self.summary = summary
        self.justification = justification
    }

    package init(blank: DroidBlank) {
        self.init(type: DroidDismissalType(blank: blank), sourceFeatureId: "", summary: "", justification: "")
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("type", &type)
        try members.required("sourceFeatureId", &sourceFeatureId)
        try members.required("summary", &summary)
        try members.required("justification", &justification)
    }
}
