import DroidWire

/// A new session (§3.2). ``DaemonClient`` adds the `token` that the daemon family needs.
public struct InitializeSessionParams: Sendable, Hashable {
    public var machineId: String
    /// May be relative: then to the working directory of the daemon.
    public var cwd: String
    public var workspaceId: String?
    /// An id that the caller chose.
    public var sessionId: String?
    public var modelId: String?
    public var autonomyLevel: AutonomyLevel?
    public var autonomyMode: AutonomyMode?
    public var interactionMode: DroidInteractionMode?
    public var reasoningEffort: ReasoningEffort?
    public var specModeModelId: String?
    public var specModeReasoningEffort: ReasoningEffort?
    public var systemPrompt: SystemPrompt?
    public var mcpServers: [McpServerConfig]?
    public var enabledToolIds: [String]?
    public var disabledToolIds: [String]?
    public var additionalToolIds: [String]?
    public var restrictToolIds: [String]?
    public var skipPermissionsUnsafe: Bool?
    public var autoRejectPermissionRequests: Bool?
    public var disableBuiltinSkills: Bool?
    public var compactionThresholdCheckEnabled: Bool?
    public var decompSessionType: DecompSessionType?
    public var decompMissionId: String?
    public var missionSettings: JSONMembers?
    public var sessionLocation: String?
    public var sessionSource: SessionSource?
    public var sessionOriginHint: SessionOrigin?
    public var tags: [SessionTag]?
    public var mcpOAuthCallbackUri: String?
    public var worktree: Bool?
    public var worktreeDir: String?
    public var inactivityTimeoutMs: Int?
    public var disableInactivityTimeout: Bool?
    public var runtimeSettingsPath: String?

    public init(machineId: String, cwd: String) {
        self.machineId = machineId
        self.cwd = cwd
    }
}

extension InitializeSessionParams {
    var wire: DroidWire.InitializeSessionParams {
        var wire = DroidWire.InitializeSessionParams(machineId: machineId, cwd: cwd)
        wire.workspaceId = workspaceId
        wire.sessionId = sessionId
        wire.modelId = modelId
        wire.autonomyLevel = autonomyLevel.map(\.wire)
        wire.autonomyMode = autonomyMode.map(\.wire)
        wire.interactionMode = interactionMode.map(\.wire)
        wire.reasoningEffort = reasoningEffort.map(\.wire)
        wire.specModeModelId = specModeModelId
        wire.specModeReasoningEffort = specModeReasoningEffort.map(\.wire)
        wire.systemPrompt = systemPrompt.map(\.wire)
        wire.mcpServers = mcpServers?.map(\.wire)
        wire.enabledToolIds = enabledToolIds
        wire.disabledToolIds = disabledToolIds
        wire.additionalToolIds = additionalToolIds
        wire.restrictToolIds = restrictToolIds
        wire.skipPermissionsUnsafe = skipPermissionsUnsafe
        wire.autoRejectPermissionRequests = autoRejectPermissionRequests
        wire.disableBuiltinSkills = disableBuiltinSkills
        wire.compactionThresholdCheckEnabled = compactionThresholdCheckEnabled
        wire.decompSessionType = decompSessionType.map(\.wire)
        wire.decompMissionId = decompMissionId
        wire.missionSettings = missionSettings.map(\.object)
        wire.sessionLocation = sessionLocation
        wire.sessionSource = sessionSource.map(\.wire)
        wire.sessionOriginHint = sessionOriginHint.map(\.wire)
        wire.tags = tags?.map(\.wire)
        wire.mcpOAuthCallbackUri = mcpOAuthCallbackUri
        wire.worktree = worktree
        wire.worktreeDir = worktreeDir
        wire.inactivityTimeoutMs = inactivityTimeoutMs
        wire.disableInactivityTimeout = disableInactivityTimeout
        wire.runtimeSettingsPath = runtimeSettingsPath
        return wire
    }
}

public struct InitializeSessionResult: Sendable, Hashable {
    public var sessionId: String
    public var session: SessionContent
    public var settings: SessionSettings
    public var mcpServers: [McpServerConfig]?
    public var gitRepo: GitRepo?
    public var availableModels: [AvailableModel]?
    public var hostId: String?
    public var worktree: SessionWorktree?

    public init(sessionId: String, session: SessionContent, settings: SessionSettings) {
        self.sessionId = sessionId
        self.session = session
        self.settings = settings
    }
}

extension InitializeSessionResult {
    init(_ wire: DroidWire.InitializeSessionResult) {
        self.init(sessionId: wire.sessionId, session: SessionContent(wire.session), settings: SessionSettings(wire.settings))
        mcpServers = wire.mcpServers?.map(McpServerConfig.init)
        gitRepo = wire.gitRepo.map(GitRepo.init)
        availableModels = wire.availableModels?.map(AvailableModel.init)
        hostId = wire.hostId
        worktree = wire.worktree.map(SessionWorktree.init)
    }
}
