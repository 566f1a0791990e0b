package struct HookExecutionStarted: DroidRecord {
    package var hookId: String
    package var hookEventName: HookEventName
    package var hookMatcher: String?
    package var hookCommands: [DroidHookCommand]
    package var hookToolCallId: String?
    package var hookParentId: String?
    package var hookOrder: Int?
    package var hiddenFromUserViews: Bool?
    package var isParallelExecution: Bool?
    package var parallelGroupId: String?

    package init(hookId: String, hookEventName: HookEventName, hookCommands: [DroidHookCommand]) {
        self.hookId = hookId
        self.hookEventName = hookEventName
        self.hookCommands = hookCommands
    }

    package init(blank: DroidBlank) { self.init(hookId: "", hookEventName: HookEventName(blank: blank), hookCommands: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("hookId", &hookId)
        try members.required("hookEventName", &hookEventName)
        try members.optional("hookMatcher", &hookMatcher)
        try members.required("hookCommands", &hookCommands)
        try members.optional("hookToolCallId", &hookToolCallId)
        try members.optional("hookParentId", &hookParentId)
        try members.optional("hookOrder", &hookOrder)
        try members.optional("hiddenFromUserViews", &hiddenFromUserViews)
        try members.optional("isParallelExecution", &isParallelExecution)
        try members.optional("parallelGroupId", &parallelGroupId)
    }
}

package struct HookExecutionCompleted: DroidRecord {
    package var hookId: String
    package var hookStatus: HookStatus
    package var hookEventName: HookEventName?
    package var hookMatcher: String?
    package var hookToolCallId: String?
    package var hookParentId: String?
    package var hookOrder: Int?
    package var hookPreventedAction: Bool?
    package var hiddenFromUserViews: Bool?
    package var hookResults: [DroidHookResult]?

    package init(hookId: String, hookStatus: HookStatus) {
        self.hookId = hookId
        self.hookStatus = hookStatus
    }

    package init(blank: DroidBlank) { self.init(hookId: "", hookStatus: HookStatus(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("hookId", &hookId)
        try members.required("hookStatus", &hookStatus)
        try members.optional("hookEventName", &hookEventName)
        try members.optional("hookMatcher", &hookMatcher)
        try members.optional("hookToolCallId", &hookToolCallId)
        try members.optional("hookParentId", &hookParentId)
        try members.optional("hookOrder", &hookOrder)
        try members.optional("hookPreventedAction", &hookPreventedAction)
        try members.optional("hiddenFromUserViews", &hiddenFromUserViews)
        try members.optional("hookResults", &hookResults)
    }
}

package struct DroidHookCommand: DroidRecord {
    package var command: String
    /// In seconds.
    package var timeout: Double?

    package init(command: String, timeout: Double? = nil) {
        self.command = command
        self.timeout = timeout
    }

    package init(blank: DroidBlank) { self.init(command: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("command", &command)
        try members.optional("timeout", &timeout)
    }
}

package struct DroidHookResult: DroidRecord {
    package var exitCode: Int
    package var stdout: String
    package var stderr: String
    package var command: String?
    package var timeout: Double?
    package var suppressOutput: Bool?

    package init(
        exitCode: Int, stdout: String, stderr: String, command: String? = nil, timeout: Double? = nil, suppressOutput: Bool? = nil
    ) {
        self.exitCode = exitCode
        self.stdout = stdout
        self.stderr = stderr
        self.command = command
        self.timeout = timeout
        self.suppressOutput = suppressOutput
    }

    package init(blank: DroidBlank) { self.init(exitCode: 0, stdout: "", stderr: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("exitCode", &exitCode)
        try members.required("stdout", &stdout)
        try members.required("stderr", &stderr)
        try members.optional("command", &command)
        try members.optional("timeout", &timeout)
        try members.optional("suppressOutput", &suppressOutput)
    }
}
