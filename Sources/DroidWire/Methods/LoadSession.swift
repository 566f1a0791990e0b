package import ApusBase

/// An existing session (§3.2). In the daemon family a `token` comes with it, see ``DroidCall``.
package struct LoadSessionParams: DroidRecord, DroidParams {
    package typealias Result = LoadSessionResult
    package static let method = DroidMethod.loadSession

    package var sessionId: String
    package var mcpServers: [DroidMcpServerConfig]?
    package var mcpOAuthCallbackUri: String?
    package var additionalToolIds: [String]?
    package var enabledToolIds: [String]?
    package var disabledToolIds: [String]?
    /// Ours alone: clients of the original set it by `update_session_settings` after the load.
    package var restrictToolIds: [String]?
    package var autoRejectPermissionRequests: Bool?
    package var disableBuiltinSkills: Bool?
    package var sessionLocation: String?
    package var sessionSource: DroidSessionSource?
    package var sessionOriginHint: SessionOrigin?
    package var loadAllMessages: Bool?
    package var disableInactivityTimeout: Bool?
    package var skipPermissionsUnsafe: Bool?
    package var runtimeSettingsPath: String?

    package init(sessionId: String) {
        self.sessionId = sessionId
    }

    package init(blank: DroidBlank) { self.init(sessionId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.optional("mcpServers", &mcpServers)
        try members.optional("mcpOAuthCallbackUri", &mcpOAuthCallbackUri)
        try members.optional("additionalToolIds", &additionalToolIds)
        try members.optional("enabledToolIds", &enabledToolIds)
        try members.optional("disabledToolIds", &disabledToolIds)
        try members.optional("restrictToolIds", &restrictToolIds)
        try members.optional("autoRejectPermissionRequests", &autoRejectPermissionRequests)
        try members.optional("disableBuiltinSkills", &disableBuiltinSkills)
        try members.optional("sessionLocation", &sessionLocation)
        try members.optional("sessionSource", &sessionSource)
        try members.optional("sessionOriginHint", &sessionOriginHint)
        try members.optional("loadAllMessages", &loadAllMessages)
        try members.optional("disableInactivityTimeout", &disableInactivityTimeout)
        try members.optional("skipPermissionsUnsafe", &skipPermissionsUnsafe)
        try members.optional("runtimeSettingsPath", &runtimeSettingsPath)
    }
}

/// The state of a session. `sessionId` is in no schema, but without it an older client takes this session's traffic for everybody's (§0, 5).
package struct LoadSessionResult: DroidRecord {
    package var sessionId: String?
    package var session: DroidSessionContent
    package var settings: DroidSessionSettings
    package var cwd: String?
    package var mcpServers: [DroidMcpServerConfig]?
    package var pendingPermissions: [DroidPending<RequestPermissionParams>]?
    package var pendingAskUserRequests: [DroidPending<AskUserParams>]?
    package var isAgentLoopInProgress: Bool?
    package var workingState: DroidWorkingState?
    package var queuedMessages: [DroidPending<AddUserMessageParams>]?
    package var gitRepo: DroidGitRepo?
    package var callingSessionId: String?
    package var callingToolUseId: String?
    package var availableModels: [DroidAvailableModel]?
    package var tokenUsage: DroidTokenUsage?
    package var inclusiveTokenUsage: DroidTokenUsage?
    package var lastCallTokenUsage: DroidLastCallTokenUsage?
    package var mission: DroidMissionSnapshot?
    package var decompSessionType: DecompSessionType?
    package var hostId: String?
    package var loopState: JSONObject?
    /// From where on events are told; only for a client that asked for it with ``EnableEventCursorsParams``.
    package var cursor: DroidCursor?

    package init(session: DroidSessionContent, settings: DroidSessionSettings) {
        self.session = session
        self.settings = settings
    }

    package init(blank: DroidBlank) {
        self.init(session: DroidSessionContent(blank: blank), settings: DroidSessionSettings(blank: blank))
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("sessionId", &sessionId)
        try members.required("session", &session)
        try members.required("settings", &settings)
        try members.optional("cwd", &cwd)
        try members.optional("mcpServers", &mcpServers)
        try members.optional("pendingPermissions", &pendingPermissions)
        try members.optional("pendingAskUserRequests", &pendingAskUserRequests)
        try members.optional("isAgentLoopInProgress", &isAgentLoopInProgress)
        try members.optional("workingState", &workingState)
        try members.optional("queuedMessages", &queuedMessages)
        try members.optional("gitRepo", &gitRepo)
        try members.optional("callingSessionId", &callingSessionId)
        try members.optional("callingToolUseId", &callingToolUseId)
        try members.optional("availableModels", &availableModels)
        try members.optional("tokenUsage", &tokenUsage)
        try members.optional("inclusiveTokenUsage", &inclusiveTokenUsage)
        try members.optional("lastCallTokenUsage", &lastCallTokenUsage)
        try members.optional("mission", &mission)
        try members.optional("decompSessionType", &decompSessionType)
        try members.optional("hostId", &hostId)
        try members.optional("loopState", &loopState)
        try members.optional("cursor", &cursor)
    }

    package init(sessionId: String, session: DroidSessionContent, settings: DroidSessionSettings) {
        self.init(session: session, settings: settings)
        self.sessionId = sessionId
    }
}
