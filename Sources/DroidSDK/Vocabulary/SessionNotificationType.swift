import DroidWire

/// The kinds of ``SessionNotification`` (`droid.md` §5), by which clients filter. One that is not known is passed over by every client.
public enum SessionNotificationType: Sendable, Hashable, CustomStringConvertible {
    case createMessage, assistantTextDelta, assistantTextComplete, thinkingTextDelta, thinkingTextComplete, toolCall, toolResult,
        toolProgressUpdate, structuredOutput, error, queuedMessagesDiscarded, llmRetry, droidWorkingStateChanged, agentTurnCompleted,
        sessionTokenUsageChanged, settingsUpdated, sessionTitleUpdated, sessionWorkingDirectoryChanged, sessionCompacted, loopStateChanged,
        childSessionAvailable, permissionResolved, toolExecutionHeartbeat, toolExecutionPhaseChanged, mcpStatusChanged, mcpAuthRequired,
        mcpAuthCompleted, hookExecutionStarted, hookExecutionCompleted, missionStateChanged, missionFeaturesChanged, missionProgressEntry,
        missionHeartbeat, missionWorkerStarted, missionWorkerCompleted, sessionInactivity, sessionProcessExited, sessionClosed,
        sessionUnsubscribed, terminalData, terminalExit, terminalError
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .createMessage, .assistantTextDelta, .assistantTextComplete, .thinkingTextDelta, .thinkingTextComplete, .toolCall, .toolResult,
        .toolProgressUpdate, .structuredOutput, .error, .queuedMessagesDiscarded, .llmRetry, .droidWorkingStateChanged, .agentTurnCompleted,
        .sessionTokenUsageChanged, .settingsUpdated, .sessionTitleUpdated, .sessionWorkingDirectoryChanged, .sessionCompacted,
        .loopStateChanged, .childSessionAvailable, .permissionResolved, .toolExecutionHeartbeat, .toolExecutionPhaseChanged,
        .mcpStatusChanged, .mcpAuthRequired, .mcpAuthCompleted, .hookExecutionStarted, .hookExecutionCompleted, .missionStateChanged,
        .missionFeaturesChanged, .missionProgressEntry, .missionHeartbeat, .missionWorkerStarted, .missionWorkerCompleted,
        .sessionInactivity, .sessionProcessExited, .sessionClosed, .sessionUnsubscribed, .terminalData, .terminalExit, .terminalError,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .createMessage: "create_message"
        case .assistantTextDelta: "assistant_text_delta"
        case .assistantTextComplete: "assistant_text_complete"
        case .thinkingTextDelta: "thinking_text_delta"
        case .thinkingTextComplete: "thinking_text_complete"
        case .toolCall: "tool_call"
        case .toolResult: "tool_result"
        case .toolProgressUpdate: "tool_progress_update"
        case .structuredOutput: "structured_output"
        case .error: "error"
        case .queuedMessagesDiscarded: "queued_messages_discarded"
        case .llmRetry: "llm_retry"
        case .droidWorkingStateChanged: "droid_working_state_changed"
        case .agentTurnCompleted: "agent_turn_completed"
        case .sessionTokenUsageChanged: "session_token_usage_changed"
        case .settingsUpdated: "settings_updated"
        case .sessionTitleUpdated: "session_title_updated"
        case .sessionWorkingDirectoryChanged: "session_working_directory_changed"
        case .sessionCompacted: "session_compacted"
        case .loopStateChanged: "loop_state_changed"
        case .childSessionAvailable: "child_session_available"
        case .permissionResolved: "permission_resolved"
        case .toolExecutionHeartbeat: "tool_execution_heartbeat"
        case .toolExecutionPhaseChanged: "tool_execution_phase_changed"
        case .mcpStatusChanged: "mcp_status_changed"
        case .mcpAuthRequired: "mcp_auth_required"
        case .mcpAuthCompleted: "mcp_auth_completed"
        case .hookExecutionStarted: "hook_execution_started"
        case .hookExecutionCompleted: "hook_execution_completed"
        case .missionStateChanged: "mission_state_changed"
        case .missionFeaturesChanged: "mission_features_changed"
        case .missionProgressEntry: "mission_progress_entry"
        case .missionHeartbeat: "mission_heartbeat"
        case .missionWorkerStarted: "mission_worker_started"
        case .missionWorkerCompleted: "mission_worker_completed"
        case .sessionInactivity: "session_inactivity"
        case .sessionProcessExited: "session_process_exited"
        case .sessionClosed: "session_closed"
        case .sessionUnsubscribed: "session_unsubscribed"
        case .terminalData: "daemon.terminal_data"
        case .terminalExit: "daemon.terminal_exit"
        case .terminalError: "daemon.terminal_error"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidNotificationType) { self.init(rawValue: wire.rawValue) }
}
