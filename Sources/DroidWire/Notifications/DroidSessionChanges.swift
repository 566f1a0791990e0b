package import ApusBase

package struct SettingsUpdated: DroidRecord {
    package var settings: DroidSettingsChange
    package var requestId: String?

    package init(settings: DroidSettingsChange, requestId: String? = nil) {
        self.settings = settings
        self.requestId = requestId
    }

    package init(blank: DroidBlank) { self.init(settings: DroidSettingsChange(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("settings", &settings)
        try members.optional("requestId", &requestId)
    }
}

package struct SessionTitleUpdated: DroidRecord {
    package var title: String
    package var requestId: String?

    package init(title: String, requestId: String? = nil) {
        self.title = title
        self.requestId = requestId
    }

    package init(blank: DroidBlank) { self.init(title: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("title", &title)
        try members.optional("requestId", &requestId)
    }
}

package struct SessionWorkingDirectoryChanged: DroidRecord {
    package var cwd: String

    package init(cwd: String) {
        self.cwd = cwd
    }

    package init(blank: DroidBlank) { self.init(cwd: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("cwd", &cwd)
    }
}

package struct SessionCompacted: DroidRecord {
    package var summaryId: String
    package var removedCount: Int
    package var visibleBoundaryMessageId: String?

    package init(summaryId: String, removedCount: Int, visibleBoundaryMessageId: String?) {
        self.summaryId = summaryId
        self.removedCount = removedCount
        self.visibleBoundaryMessageId = visibleBoundaryMessageId
    }

    package init(blank: DroidBlank) { self.init(summaryId: "", removedCount: 0, visibleBoundaryMessageId: nil) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("summaryId", &summaryId)
        try members.required("removedCount", &removedCount)
        try members.nullable("visibleBoundaryMessageId", &visibleBoundaryMessageId)
    }
}

package struct LoopStateChanged: DroidRecord {
    package var loopState: JSONObject

    package init(loopState: JSONObject) {
        self.loopState = loopState
    }

    package init(blank: DroidBlank) { self.init(loopState: [:]) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("loopState", &loopState)
    }
}

package struct ChildSessionAvailable: DroidRecord {
    package var childSessionId: String
    package var timestamp: Double
    package var toolUseId: String?
    package var subagentType: String?
    package var description: String?

    package init(
        childSessionId: String, timestamp: Double, toolUseId: String? = nil, subagentType: String? = nil,
        description: String? = nil
    ) {
        self.childSessionId = childSessionId
        self.timestamp = timestamp
        self.toolUseId = toolUseId
        self.subagentType = subagentType
        self.description = description
    }

    package init(blank: DroidBlank) { self.init(childSessionId: "", timestamp: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("childSessionId", &childSessionId)
        try members.required("timestamp", &timestamp)
        try members.optional("toolUseId", &toolUseId)
        try members.optional("subagentType", &subagentType)
        try members.optional("description", &description)
    }
}

package struct PermissionResolved: DroidRecord {
    /// Of the permission request.
    package var requestId: String
    package var toolUseIds: [String]
    package var selectedOption: ToolConfirmationOutcome

    package init(requestId: String, toolUseIds: [String], selectedOption: ToolConfirmationOutcome) {
        self.requestId = requestId
        self.toolUseIds = toolUseIds
        self.selectedOption = selectedOption
    }

    package init(blank: DroidBlank) {
        self.init(requestId: "", toolUseIds: [], selectedOption: ToolConfirmationOutcome(blank: blank))
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("requestId", &requestId)
        try members.required("toolUseIds", &toolUseIds)
        try members.required("selectedOption", &selectedOption)
    }
}

package struct ToolExecutionHeartbeat: DroidRecord {
    package var toolUseId: String
    package var toolName: String

    package init(toolUseId: String, toolName: String) {
        self.toolUseId = toolUseId
        self.toolName = toolName
    }

    package init(blank: DroidBlank) { self.init(toolUseId: "", toolName: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("toolUseId", &toolUseId)
        try members.required("toolName", &toolName)
    }
}

package struct ToolExecutionPhaseChanged: DroidRecord {
    package var toolUseId: String
    package var toolName: String
    package var phase: ToolExecutionPhase

    package init(toolUseId: String, toolName: String, phase: ToolExecutionPhase) {
        self.toolUseId = toolUseId
        self.toolName = toolName
        self.phase = phase
    }

    package init(blank: DroidBlank) { self.init(toolUseId: "", toolName: "", phase: ToolExecutionPhase(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("toolUseId", &toolUseId)
        try members.required("toolName", &toolName)
        try members.required("phase", &phase)
    }
}
