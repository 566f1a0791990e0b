import DroidWire

public struct HookCommand: Sendable, Hashable {
    public var command: String
    /// In seconds.
    public var timeout: Double?

    public init(command: String, timeout: Double? = nil) {
        self.command = command
        self.timeout = timeout
    }
}

extension HookCommand {
    init(_ wire: DroidWire.DroidHookCommand) {
        self.init(command: wire.command, timeout: wire.timeout)
    }
}

public struct HookResult: Sendable, Hashable {
    public var exitCode: Int
    public var stdout: String
    public var stderr: String
    public var command: String?
    public var timeout: Double?
    public var suppressOutput: Bool?

    public init(exitCode: Int, stdout: String, stderr: String, command: String? = nil, timeout: Double? = nil, suppressOutput: Bool? = nil)
    {
        self.exitCode = exitCode
        self.stdout = stdout
        self.stderr = stderr
        self.command = command
        self.timeout = timeout
        self.suppressOutput = suppressOutput
    }
}

extension HookResult {
    init(_ wire: DroidWire.DroidHookResult) {
        self.init(
            exitCode: wire.exitCode, stdout: wire.stdout, stderr: wire.stderr, command: wire.command, timeout: wire.timeout,
            suppressOutput: wire.suppressOutput)
    }
}

public struct HookExecutionCompleted: Sendable, Hashable {
    public var hookId: String
    public var hookStatus: HookStatus
    public var hookEventName: HookEventName?
    public var hookMatcher: String?
    public var hookToolCallId: String?
    public var hookParentId: String?
    public var hookOrder: Int?
    public var hookPreventedAction: Bool?
    public var hiddenFromUserViews: Bool?
    public var hookResults: [HookResult]?

    public init(hookId: String, hookStatus: HookStatus) {
        self.hookId = hookId
        self.hookStatus = hookStatus
    }
}

extension HookExecutionCompleted {
    init(_ wire: DroidWire.HookExecutionCompleted) {
        self.init(hookId: wire.hookId, hookStatus: HookStatus(wire.hookStatus))
        hookEventName = wire.hookEventName.map(HookEventName.init)
        hookMatcher = wire.hookMatcher
        hookToolCallId = wire.hookToolCallId
        hookParentId = wire.hookParentId
        hookOrder = wire.hookOrder
        hookPreventedAction = wire.hookPreventedAction
        hiddenFromUserViews = wire.hiddenFromUserViews
        hookResults = wire.hookResults?.map(HookResult.init)
    }
}

public struct HookExecutionStarted: Sendable, Hashable {
    public var hookId: String
    public var hookEventName: HookEventName
    public var hookMatcher: String?
    public var hookCommands: [HookCommand]
    public var hookToolCallId: String?
    public var hookParentId: String?
    public var hookOrder: Int?
    public var hiddenFromUserViews: Bool?
    public var isParallelExecution: Bool?
    public var parallelGroupId: String?

    public init(hookId: String, hookEventName: HookEventName, hookCommands: [HookCommand]) {
        self.hookId = hookId
        self.hookEventName = hookEventName
        self.hookCommands = hookCommands
    }
}

extension HookExecutionStarted {
    init(_ wire: DroidWire.HookExecutionStarted) {
        self.init(
            hookId: wire.hookId, hookEventName: HookEventName(wire.hookEventName), hookCommands: wire.hookCommands.map(HookCommand.init))
        hookMatcher = wire.hookMatcher
        hookToolCallId = wire.hookToolCallId
        hookParentId = wire.hookParentId
        hookOrder = wire.hookOrder
        hiddenFromUserViews = wire.hiddenFromUserViews
        isParallelExecution = wire.isParallelExecution
        parallelGroupId = wire.parallelGroupId
    }
}
