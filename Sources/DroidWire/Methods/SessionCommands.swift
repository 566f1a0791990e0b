package import ApusBase

/// Ends the running turn with `cancelled`; without one nothing happens, which is no error.
package struct InterruptSessionParams: DroidOpenRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.interruptSession

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct CloseSessionParams: DroidOpenRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.closeSession

    package var reason: CloseReason?

    package init() {}

    package init(reason: CloseReason? = nil) {
        self.reason = reason
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("reason", &reason)
    }
}

/// Any part of the settings. Specification mode begins with an `interactionMode` of `spec`.
package struct UpdateSessionSettingsParams: DroidOpenRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.updateSessionSettings

    package var modelId: String?
    package var reasoningEffort: ReasoningEffort?
    package var autonomyMode: AutonomyMode?
    package var interactionMode: DroidInteractionMode?
    package var autonomyLevel: AutonomyLevel?
    package var specModeModelId: DroidNullable<String>?
    package var specModeReasoningEffort: DroidNullable<ReasoningEffort>?
    package var enabledToolIds: [String]?
    package var disabledToolIds: [String]?
    package var additionalToolIds: [String]?
    package var restrictToolIds: [String]?
    package var tags: [DroidSessionTag]?
    package var compactionTokenLimit: Int?
    package var compactionThresholdCheckEnabled: Bool?

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("modelId", &modelId)
        try members.optional("reasoningEffort", &reasoningEffort)
        try members.optional("autonomyMode", &autonomyMode)
        try members.optional("interactionMode", &interactionMode)
        try members.optional("autonomyLevel", &autonomyLevel)
        try members.optional("specModeModelId", &specModeModelId)
        try members.optional("specModeReasoningEffort", &specModeReasoningEffort)
        try members.optional("enabledToolIds", &enabledToolIds)
        try members.optional("disabledToolIds", &disabledToolIds)
        try members.optional("additionalToolIds", &additionalToolIds)
        try members.optional("restrictToolIds", &restrictToolIds)
        try members.optional("tags", &tags)
        try members.optional("compactionTokenLimit", &compactionTokenLimit)
        try members.optional("compactionThresholdCheckEnabled", &compactionThresholdCheckEnabled)
    }
}

package struct ForkSessionParams: DroidOpenRecord, DroidParams {
    package typealias Result = DroidNewSession
    package static let method = DroidMethod.forkSession

    package var title: String?
    package var tags: [DroidSessionTag]?

    package init() {}

    package init(title: String? = nil, tags: [DroidSessionTag]? = nil) {
        self.title = title
        self.tags = tags
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("title", &title)
        try members.optional("tags", &tags)
    }
}

package struct CompactSessionParams: DroidOpenRecord, DroidParams {
    package typealias Result = CompactSessionResult
    package static let method = DroidMethod.compactSession

    package var customInstructions: String?

    package init() {}

    package init(customInstructions: String? = nil) {
        self.customInstructions = customInstructions
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("customInstructions", &customInstructions)
    }
}

package struct CompactSessionResult: DroidRecord {
    package var newSessionId: String
    package var removedCount: Int

    package init(newSessionId: String, removedCount: Int) {
        self.newSessionId = newSessionId
        self.removedCount = removedCount
    }

    package init(blank: DroidBlank) { self.init(newSessionId: "", removedCount: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("newSessionId", &newSessionId)
        try members.required("removedCount", &removedCount)
    }
}

package struct RenameSessionParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.renameSession

    package var title: String

    package init(title: String) {
        self.title = title
    }

    package init(blank: DroidBlank) { self.init(title: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("title", &title)
    }
}

package struct KillWorkerSessionParams: DroidRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.killWorkerSession

    package var workerSessionId: String

    package init(workerSessionId: String) {
        self.workerSessionId = workerSessionId
    }

    package init(blank: DroidBlank) { self.init(workerSessionId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("workerSessionId", &workerSessionId)
    }
}

package struct WarmupCacheParams: DroidOpenRecord, DroidParams {
    package typealias Result = DroidAcknowledgement
    package static let method = DroidMethod.warmupCache

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct SubmitBugReportParams: DroidRecord, DroidParams {
    package typealias Result = SubmitBugReportResult
    package static let method = DroidMethod.submitBugReport

    package var userComment: String
    package var clientLogs: JSONValue?

    package init(userComment: String, clientLogs: JSONValue? = nil) {
        self.userComment = userComment
        self.clientLogs = clientLogs
    }

    package init(blank: DroidBlank) { self.init(userComment: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("userComment", &userComment)
        try members.optional("clientLogs", &clientLogs)
    }
}

package struct SubmitBugReportResult: DroidRecord {
    package var bugReportId: String

    package init(bugReportId: String) {
        self.bugReportId = bugReportId
    }

    package init(blank: DroidBlank) { self.init(bugReportId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("bugReportId", &bugReportId)
    }
}
