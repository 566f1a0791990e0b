/// What a stream yields (`droid.md` §6.1). Complete messages always; what is marked so only with
/// ``StreamOptions/includePartialMessages``.
///
/// There is no de-duplication: with partial messages on come the deltas of a text and the complete message as well.
public enum DroidMessage: Sendable, Hashable {
    case assistant(AssistantMessage)
    case user(UserMessage)
    /// Comes before the ``assistant(_:)`` message that holds the call.
    case toolCall(ToolCallMessage)
    case toolResult(ToolResultMessage)
    case hook(HookMessage)
    case error(ErrorMessage)
    /// The last of every turn.
    case result(ResultMessage)

    /// Partial.
    case assistantTextDelta(TextDeltaMessage)
    /// Partial.
    case assistantTextComplete(TextCompleteMessage)
    /// Partial.
    case thinkingTextDelta(TextDeltaMessage)
    /// Partial.
    case thinkingTextComplete(TextCompleteMessage)
    /// Partial. A call as soon as it is known, before the message that holds it.
    case toolCallDelta(ToolCallMessage)
    /// Partial.
    case toolProgress(ToolProgressMessage)
    /// Partial.
    case workingStateChanged(DroidWorkingState)
    /// Partial.
    case tokenUsageUpdate(TokenUsage)
    /// Partial.
    case permissionResolved(PermissionResolved)
    /// Partial.
    case settingsUpdated(SettingsChange)
    /// Partial.
    case sessionTitleUpdated(title: String)
    /// Partial.
    case mcpStatusChanged(McpStatusChanged)
    /// Partial.
    case mcpAuthRequired(McpAuthRequired)
    /// Partial.
    case mcpAuthCompleted(McpAuthCompleted)
    /// Partial.
    case missionStateChanged(MissionStateChanged)
    /// Partial.
    case missionFeaturesChanged(MissionFeaturesChanged)
    /// Partial.
    case missionProgressEntry(MissionProgressEntry)
    /// Partial.
    case missionHeartbeat(MissionHeartbeat)
    /// Partial.
    case missionWorkerStarted(MissionWorkerStarted)
    /// Partial.
    case missionWorkerCompleted(MissionWorkerCompleted)

    public var type: DroidMessageType {
        switch self {
        case .assistant: .assistant
        case .user: .user
        case .toolCall: .toolCall
        case .toolResult: .toolResult
        case .hook: .hook
        case .error: .error
        case .result: .result
        case .assistantTextDelta: .assistantTextDelta
        case .assistantTextComplete: .assistantTextComplete
        case .thinkingTextDelta: .thinkingTextDelta
        case .thinkingTextComplete: .thinkingTextComplete
        case .toolCallDelta: .toolCallDelta
        case .toolProgress: .toolProgress
        case .workingStateChanged: .workingStateChanged
        case .tokenUsageUpdate: .tokenUsageUpdate
        case .permissionResolved: .permissionResolved
        case .settingsUpdated: .settingsUpdated
        case .sessionTitleUpdated: .sessionTitleUpdated
        case .mcpStatusChanged: .mcpStatusChanged
        case .mcpAuthRequired: .mcpAuthRequired
        case .mcpAuthCompleted: .mcpAuthCompleted
        case .missionStateChanged: .missionStateChanged
        case .missionFeaturesChanged: .missionFeaturesChanged
        case .missionProgressEntry: .missionProgressEntry
        case .missionHeartbeat: .missionHeartbeat
        case .missionWorkerStarted: .missionWorkerStarted
        case .missionWorkerCompleted: .missionWorkerCompleted
        }
    }

    /// Whether it comes without ``StreamOptions/includePartialMessages``.
    public var isComplete: Bool { type.isComplete }
}

/// The names of ``DroidMessage``, spelled as in the other languages' SDKs.
public enum DroidMessageType: String, Sendable, Hashable, CaseIterable {
    case assistant, user
    case toolCall = "tool_call"
    case toolResult = "tool_result"
    case hook, error, result
    case assistantTextDelta = "assistant_text_delta"
    case assistantTextComplete = "assistant_text_complete"
    case thinkingTextDelta = "thinking_text_delta"
    case thinkingTextComplete = "thinking_text_complete"
    case toolCallDelta = "tool_call_delta"
    case toolProgress = "tool_progress"
    case workingStateChanged = "working_state_changed"
    case tokenUsageUpdate = "token_usage_update"
    case permissionResolved = "permission_resolved"
    case settingsUpdated = "settings_updated"
    case sessionTitleUpdated = "session_title_updated"
    case mcpStatusChanged = "mcp_status_changed"
    case mcpAuthRequired = "mcp_auth_required"
    case mcpAuthCompleted = "mcp_auth_completed"
    case missionStateChanged = "mission_state_changed"
    case missionFeaturesChanged = "mission_features_changed"
    case missionProgressEntry = "mission_progress_entry"
    case missionHeartbeat = "mission_heartbeat"
    case missionWorkerStarted = "mission_worker_started"
    case missionWorkerCompleted = "mission_worker_completed"

    public var isComplete: Bool {
        switch self {
        case .assistant, .user, .toolCall, .toolResult, .hook, .error, .result: true
        case .assistantTextDelta, .assistantTextComplete, .thinkingTextDelta, .thinkingTextComplete, .toolCallDelta, .toolProgress,
            .workingStateChanged, .tokenUsageUpdate, .permissionResolved, .settingsUpdated, .sessionTitleUpdated, .mcpStatusChanged,
            .mcpAuthRequired, .mcpAuthCompleted, .missionStateChanged, .missionFeaturesChanged, .missionProgressEntry,
            .missionHeartbeat, .missionWorkerStarted, .missionWorkerCompleted:
            false
        }
    }
}
