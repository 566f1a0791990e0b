package import ApusBase

/// The plan with which specification mode is left.
package struct DroidSpecConfirmation: DroidRecord {
    package var plan: String
    package var title: String?
    package var optionNames: [String]?
    package var extra = JSONObject()

    package init(plan: String, title: String? = nil, optionNames: [String]? = nil, extra: JSONObject = [:]) {
        self.plan = plan
        self.title = title
        self.optionNames = optionNames
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(plan: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("plan", &plan)
        try members.optional("title", &title)
        try members.optional("optionNames", &optionNames)
        try members.others(&extra)
    }
}

package struct DroidMissionProposal: DroidRecord {
    package var proposal: String
    package var title: String?
    package var extra = JSONObject()

    package init(proposal: String, title: String? = nil, extra: JSONObject = [:]) {
        self.proposal = proposal
        self.title = title
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(proposal: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("proposal", &proposal)
        try members.optional("title", &title)
        try members.others(&extra)
    }
}

package struct DroidMissionRunConfirmation: DroidRecord {
    package var runningMissionCount: Int
    package var runningMissionSessionIds: [String]
    package var extra = JSONObject()

    package init(runningMissionCount: Int, runningMissionSessionIds: [String], extra: JSONObject = [:]) {
        self.runningMissionCount = runningMissionCount
        self.runningMissionSessionIds = runningMissionSessionIds
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(runningMissionCount: 0, runningMissionSessionIds: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("runningMissionCount", &runningMissionCount)
        try members.required("runningMissionSessionIds", &runningMissionSessionIds)
        try members.others(&extra)
    }
}

package struct DroidSandboxConfirmation: DroidRecord {
    package var violatingToolName: String
    package var target: String
    package var operationType: DroidSandboxOperation
    package var violationType: DroidSandboxViolation
    package var reason: String
    package var isOrgDeny: Bool
    package var violationReason: DroidSandboxViolationReason?
    package var extra = JSONObject()

    package init(
        violatingToolName: String, target: String, operationType: DroidSandboxOperation, violationType: DroidSandboxViolation,
        reason: String, isOrgDeny: Bool, violationReason: DroidSandboxViolationReason? = nil, extra: JSONObject = [:]
    ) {
        self.violatingToolName = violatingToolName
        self.target = target
        self.operationType = operationType
        self.violationType = violationType
        self.reason = reason
        self.isOrgDeny = isOrgDeny
        self.violationReason = violationReason
        self.extra = extra
    }

    package init(blank: DroidBlank) {
        self.init(
            violatingToolName: "", target: "", operationType: DroidSandboxOperation(blank: blank),
            violationType: DroidSandboxViolation(blank: blank), reason: "", isOrgDeny: false
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("violatingToolName", &violatingToolName)
        try members.required("target", &target)
        try members.required("operationType", &operationType)
        try members.required("violationType", &violationType)
        try members.required("reason", &reason)
        try members.required("isOrgDeny", &isOrgDeny)
        try members.optional("violationReason", &violationReason)
        try members.others(&extra)
    }
}

package struct DroidShieldConfirmation: DroidRecord {
    package var command: String
    package var reason: String
    package var extra = JSONObject()

    package init(command: String, reason: String, extra: JSONObject = [:]) {
        self.command = command
        self.reason = reason
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(command: "", reason: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("command", &command)
        try members.required("reason", &reason)
        try members.others(&extra)
    }
}
