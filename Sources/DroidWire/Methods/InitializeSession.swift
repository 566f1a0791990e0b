package import ApusBase

/// A new session (§3.2). In the daemon family a `token` comes with it, see ``DroidCall``.
package struct InitializeSessionParams: DroidRecord, DroidParams {
    package typealias Result = InitializeSessionResult
    package static let method = DroidMethod.initializeSession

    package var machineId: String
    /// May be relative: then to the working directory of the daemon.
    package var cwd: String
    package var workspaceId: String?
    /// An id that the caller chose.
    package var sessionId: String?
    package var modelId: String?
    package var autonomyLevel: AutonomyLevel?
    package var autonomyMode: AutonomyMode?
    package var interactionMode: DroidInteractionMode?
    package var reasoningEffort: ReasoningEffort?
    package var specModeModelId: String?
    package var specModeReasoningEffort: ReasoningEffort?
    package var systemPrompt: DroidSystemPrompt?
    package var mcpServers: [DroidMcpServerConfig]?
    package var enabledToolIds: [String]?
    package var disabledToolIds: [String]?
    package var additionalToolIds: [String]?
    package var restrictToolIds: [String]?
    package var skipPermissionsUnsafe: Bool?
    package var autoRejectPermissionRequests: Bool?
    package var disableBuiltinSkills: Bool?
    package var compactionThresholdCheckEnabled: Bool?
    package var decompSessionType: DecompSessionType?
    package var decompMissionId: String?
    package var missionSettings: JSONObject?
    package var sessionLocation: String?
    package var sessionSource: DroidSessionSource?
    package var sessionOriginHint: SessionOrigin?
    package var tags: [DroidSessionTag]?
    package var mcpOAuthCallbackUri: String?
    package var worktree: Bool?
    package var worktreeDir: String?
    package var inactivityTimeoutMs: Int?
    package var disableInactivityTimeout: Bool?
    package var runtimeSettingsPath: String?

    package init(machineId: String, cwd: String) {
        self.machineId = machineId
        self.cwd = cwd
    }

    package init(blank: DroidBlank) { self.init(machineId: "", cwd: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("machineId", &machineId)
        try members.required("cwd", &cwd)
        try members.optional("workspaceId", &workspaceId)
        try members.optional("sessionId", &sessionId)
        try members.optional("modelId", &modelId)
        try members.optional("autonomyLevel", &autonomyLevel)
        try members.optional("autonomyMode", &autonomyMode)
        try members.optional("interactionMode", &interactionMode)
        try members.optional("reasoningEffort", &reasoningEffort)
        try members.optional("specModeModelId", &specModeModelId)
        try members.optional("specModeReasoningEffort", &specModeReasoningEffort)
        try members.optional("systemPrompt", &systemPrompt)
        try members.optional("mcpServers", &mcpServers)
        try members.optional("enabledToolIds", &enabledToolIds)
        try members.optional("disabledToolIds", &disabledToolIds)
        try members.optional("additionalToolIds", &additionalToolIds)
        try members.optional("restrictToolIds", &restrictToolIds)
        try members.optional("skipPermissionsUnsafe", &skipPermissionsUnsafe)
        try members.optional("autoRejectPermissionRequests", &autoRejectPermissionRequests)
        try members.optional("disableBuiltinSkills", &disableBuiltinSkills)
        try members.optional("compactionThresholdCheckEnabled", &compactionThresholdCheckEnabled)
        try members.optional("decompSessionType", &decompSessionType)
        try members.optional("decompMissionId", &decompMissionId)
        try members.optional("missionSettings", &missionSettings)
        try members.optional("sessionLocation", &sessionLocation)
        try members.optional("sessionSource", &sessionSource)
        try members.optional("sessionOriginHint", &sessionOriginHint)
        try members.optional("tags", &tags)
        try members.optional("mcpOAuthCallbackUri", &mcpOAuthCallbackUri)
        try members.optional("worktree", &worktree)
        try members.optional("worktreeDir", &worktreeDir)
        try members.optional("inactivityTimeoutMs", &inactivityTimeoutMs)
        try members.optional("disableInactivityTimeout", &disableInactivityTimeout)
        try members.optional("runtimeSettingsPath", &runtimeSettingsPath)
    }
}

package struct InitializeSessionResult: DroidRecord {
    package var sessionId: String
    package var session: DroidSessionContent
    package var settings: DroidSessionSettings
    package var mcpServers: [DroidMcpServerConfig]?
    package var gitRepo: DroidGitRepo?
    package var availableModels: [DroidAvailableModel]?
    package var hostId: String?
    package var worktree: DroidWorktree?
    /// From where on events are told; only for a client that asked for it with ``EnableEventCursorsParams``.
    package var cursor: DroidCursor?

    package init(sessionId: String, session: DroidSessionContent, settings: DroidSessionSettings) {
        self.sessionId = sessionId
        self.session = session
        self.settings = settings
    }

    package init(blank: DroidBlank) {
        self.init(sessionId: "", session: DroidSessionContent(blank: blank), settings: DroidSessionSettings(blank: blank))
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.required("session", &session)
        try members.required("settings", &settings)
        try members.optional("mcpServers", &mcpServers)
        try members.optional("gitRepo", &gitRepo)
        try members.optional("availableModels", &availableModels)
        try members.optional("hostId", &hostId)
        try members.optional("worktree", &worktree)
        try members.optional("cursor", &cursor)
    }
}
