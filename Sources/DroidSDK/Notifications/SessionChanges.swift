import DroidWire

public struct ChildSessionAvailable: Sendable, Hashable {
    public var childSessionId: String
    public var timestamp: Double
    public var toolUseId: String?
    public var subagentType: String?
    public var description: String?

    public init(
        childSessionId: String, timestamp: Double, toolUseId: String? = nil, subagentType: String? = nil, description: String? = nil
    ) {
        self.childSessionId = childSessionId
        self.timestamp = timestamp
        self.toolUseId = toolUseId
        self.subagentType = subagentType
        self.description = description
    }
}

extension ChildSessionAvailable {
    init(_ wire: DroidWire.ChildSessionAvailable) {
        self.init(
            childSessionId: wire.childSessionId, timestamp: wire.timestamp, toolUseId: wire.toolUseId, subagentType: wire.subagentType,
            description: wire.description)
    }
}

public struct LoopStateChanged: Sendable, Hashable {
    public var loopState: JSONMembers

    public init(loopState: JSONMembers) {
        self.loopState = loopState
    }
}

extension LoopStateChanged {
    init(_ wire: DroidWire.LoopStateChanged) {
        self.init(loopState: JSONMembers(wire.loopState))
    }
}

public struct PermissionResolved: Sendable, Hashable {
    /// Of the permission request.
    public var requestId: String
    public var toolUseIds: [String]
    public var selectedOption: ToolConfirmationOutcome

    public init(requestId: String, toolUseIds: [String], selectedOption: ToolConfirmationOutcome) {
        self.requestId = requestId
        self.toolUseIds = toolUseIds
        self.selectedOption = selectedOption
    }
}

extension PermissionResolved {
    init(_ wire: DroidWire.PermissionResolved) {
        self.init(requestId: wire.requestId, toolUseIds: wire.toolUseIds, selectedOption: ToolConfirmationOutcome(wire.selectedOption))
    }
}

public struct SessionCompacted: Sendable, Hashable {
    public var summaryId: String
    public var removedCount: Int
    public var visibleBoundaryMessageId: String?

    public init(summaryId: String, removedCount: Int, visibleBoundaryMessageId: String? = nil) {
        self.summaryId = summaryId
        self.removedCount = removedCount
        self.visibleBoundaryMessageId = visibleBoundaryMessageId
    }
}

extension SessionCompacted {
    init(_ wire: DroidWire.SessionCompacted) {
        self.init(summaryId: wire.summaryId, removedCount: wire.removedCount, visibleBoundaryMessageId: wire.visibleBoundaryMessageId)
    }
}

public struct SessionTitleUpdated: Sendable, Hashable {
    public var title: String
    public var requestId: String?

    public init(title: String, requestId: String? = nil) {
        self.title = title
        self.requestId = requestId
    }
}

extension SessionTitleUpdated {
    init(_ wire: DroidWire.SessionTitleUpdated) {
        self.init(title: wire.title, requestId: wire.requestId)
    }
}

public struct SessionWorkingDirectoryChanged: Sendable, Hashable {
    public var cwd: String

    public init(cwd: String) {
        self.cwd = cwd
    }
}

extension SessionWorkingDirectoryChanged {
    init(_ wire: DroidWire.SessionWorkingDirectoryChanged) {
        self.init(cwd: wire.cwd)
    }
}

public struct SettingsUpdated: Sendable, Hashable {
    public var settings: SettingsChange
    public var requestId: String?

    public init(settings: SettingsChange, requestId: String? = nil) {
        self.settings = settings
        self.requestId = requestId
    }
}

extension SettingsUpdated {
    init(_ wire: DroidWire.SettingsUpdated) {
        self.init(settings: SettingsChange(wire.settings), requestId: wire.requestId)
    }
}

public struct ToolExecutionHeartbeat: Sendable, Hashable {
    public var toolUseId: String
    public var toolName: String

    public init(toolUseId: String, toolName: String) {
        self.toolUseId = toolUseId
        self.toolName = toolName
    }
}

extension ToolExecutionHeartbeat {
    init(_ wire: DroidWire.ToolExecutionHeartbeat) {
        self.init(toolUseId: wire.toolUseId, toolName: wire.toolName)
    }
}

public struct ToolExecutionPhaseChanged: Sendable, Hashable {
    public var toolUseId: String
    public var toolName: String
    public var phase: ToolExecutionPhase

    public init(toolUseId: String, toolName: String, phase: ToolExecutionPhase) {
        self.toolUseId = toolUseId
        self.toolName = toolName
        self.phase = phase
    }
}

extension ToolExecutionPhaseChanged {
    init(_ wire: DroidWire.ToolExecutionPhaseChanged) {
        self.init(toolUseId: wire.toolUseId, toolName: wire.toolName, phase: ToolExecutionPhase(wire.phase))
    }
}
