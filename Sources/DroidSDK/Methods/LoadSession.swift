import DroidWire

/// An existing session (§3.2). ``DaemonClient`` adds the `token` that the daemon family needs.
public struct LoadSessionParams: Sendable, Hashable {
    public var sessionId: String
    public var mcpServers: [McpServerConfig]?
    public var mcpOAuthCallbackUri: String?
    public var additionalToolIds: [String]?
    public var enabledToolIds: [String]?
    public var disabledToolIds: [String]?
    /// Ours alone: clients of the original set it by `update_session_settings` after the load.
    public var restrictToolIds: [String]?
    public var autoRejectPermissionRequests: Bool?
    public var disableBuiltinSkills: Bool?
    public var sessionLocation: String?
    public var sessionSource: SessionSource?
    public var sessionOriginHint: SessionOrigin?
    public var loadAllMessages: Bool?
    public var disableInactivityTimeout: Bool?
    public var skipPermissionsUnsafe: Bool?
    public var runtimeSettingsPath: String?

    public init(sessionId: String) {
        self.sessionId = sessionId
    }
}

extension LoadSessionParams {
    var wire: DroidWire.LoadSessionParams {
        var wire = DroidWire.LoadSessionParams(sessionId: sessionId)
        wire.mcpServers = mcpServers?.map(\.wire)
        wire.mcpOAuthCallbackUri = mcpOAuthCallbackUri
        wire.additionalToolIds = additionalToolIds
        wire.enabledToolIds = enabledToolIds
        wire.disabledToolIds = disabledToolIds
        wire.restrictToolIds = restrictToolIds
        wire.autoRejectPermissionRequests = autoRejectPermissionRequests
        wire.disableBuiltinSkills = disableBuiltinSkills
        wire.sessionLocation = sessionLocation
        wire.sessionSource = sessionSource.map(\.wire)
        wire.sessionOriginHint = sessionOriginHint.map(\.wire)
        wire.loadAllMessages = loadAllMessages
        wire.disableInactivityTimeout = disableInactivityTimeout
        wire.skipPermissionsUnsafe = skipPermissionsUnsafe
        wire.runtimeSettingsPath = runtimeSettingsPath
        return wire
    }
}

/// The state of a session. `sessionId` is in no schema, but without it an older client takes this session's traffic for everybody's (§0, 5).
public struct LoadSessionResult: Sendable, Hashable {
    public var sessionId: String?
    public var session: SessionContent
    public var settings: SessionSettings
    public var cwd: String?
    public var mcpServers: [McpServerConfig]?
    public var pendingPermissions: [PendingRequest<RequestPermissionParams>]?
    public var pendingAskUserRequests: [PendingRequest<AskUserParams>]?
    public var isAgentLoopInProgress: Bool?
    public var workingState: DroidWorkingState?
    public var queuedMessages: [PendingRequest<AddUserMessageParams>]?
    public var gitRepo: GitRepo?
    public var callingSessionId: String?
    public var callingToolUseId: String?
    public var availableModels: [AvailableModel]?
    public var tokenUsage: TokenUsage?
    public var inclusiveTokenUsage: TokenUsage?
    public var lastCallTokenUsage: LastCallTokenUsage?
    public var mission: MissionSnapshot?
    public var decompSessionType: DecompSessionType?
    public var hostId: String?
    public var loopState: JSONMembers?

    public init(session: SessionContent, settings: SessionSettings) {
        self.session = session
        self.settings = settings
    }
}

extension LoadSessionResult {
    init(_ wire: DroidWire.LoadSessionResult) {
        self.init(session: SessionContent(wire.session), settings: SessionSettings(wire.settings))
        sessionId = wire.sessionId
        cwd = wire.cwd
        mcpServers = wire.mcpServers?.map(McpServerConfig.init)
        pendingPermissions = wire.pendingPermissions?.map {
            PendingRequest(request: RequestPermissionParams($0.request), requestId: $0.requestId)
        }
        pendingAskUserRequests = wire.pendingAskUserRequests?.map {
            PendingRequest(request: AskUserParams($0.request), requestId: $0.requestId)
        }
        isAgentLoopInProgress = wire.isAgentLoopInProgress
        workingState = wire.workingState.map(DroidWorkingState.init)
        queuedMessages = wire.queuedMessages?.map { PendingRequest(request: AddUserMessageParams($0.request), requestId: $0.requestId) }
        gitRepo = wire.gitRepo.map(GitRepo.init)
        callingSessionId = wire.callingSessionId
        callingToolUseId = wire.callingToolUseId
        availableModels = wire.availableModels?.map(AvailableModel.init)
        tokenUsage = wire.tokenUsage.map(TokenUsage.init)
        inclusiveTokenUsage = wire.inclusiveTokenUsage.map(TokenUsage.init)
        lastCallTokenUsage = wire.lastCallTokenUsage.map(LastCallTokenUsage.init)
        mission = wire.mission.map(MissionSnapshot.init)
        decompSessionType = wire.decompSessionType.map(DecompSessionType.init)
        hostId = wire.hostId
        loopState = wire.loopState.map(JSONMembers.init)
    }
}
