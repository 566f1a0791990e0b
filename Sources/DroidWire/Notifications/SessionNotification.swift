package import ApusBase

/// What happens in a session, as `droid.session_notification` and `daemon.session_notification` carry it (`droid.md` §5).
///
/// A malformed notification of a known type ends the turn of one client and is lost to the other, so a server can only make whole ones.
/// A client keeps what it does not know, and what it cannot read, as it is.
package enum SessionNotification: DroidValue {
    case createMessage(CreateMessage)
    case assistantTextDelta(DroidTextDelta)
    case assistantTextComplete(DroidTextComplete)
    case thinkingTextDelta(DroidTextDelta)
    case thinkingTextComplete(DroidTextComplete)
    case toolCall(DroidToolCall)
    case toolResult(DroidToolResult)
    case toolProgressUpdate(ToolProgressUpdate)
    case structuredOutput(DroidStructuredOutput)
    case error(DroidErrorNotification)
    case queuedMessagesDiscarded(QueuedMessagesDiscarded)
    case llmRetry(DroidModelRetry)
    case droidWorkingStateChanged(WorkingStateChanged)
    case agentTurnCompleted(AgentTurnCompleted)
    case sessionTokenUsageChanged(SessionTokenUsageChanged)
    case settingsUpdated(SettingsUpdated)
    case sessionTitleUpdated(SessionTitleUpdated)
    case sessionWorkingDirectoryChanged(SessionWorkingDirectoryChanged)
    case sessionCompacted(SessionCompacted)
    case loopStateChanged(LoopStateChanged)
    case childSessionAvailable(ChildSessionAvailable)
    case permissionResolved(PermissionResolved)
    case toolExecutionHeartbeat(ToolExecutionHeartbeat)
    case toolExecutionPhaseChanged(ToolExecutionPhaseChanged)
    case mcpStatusChanged(McpStatusChanged)
    case mcpAuthRequired(McpAuthRequired)
    case mcpAuthCompleted(McpAuthCompleted)
    case hookExecutionStarted(HookExecutionStarted)
    case hookExecutionCompleted(HookExecutionCompleted)
    case missionStateChanged(MissionStateChanged)
    case missionFeaturesChanged(MissionFeaturesChanged)
    case missionProgressEntry(MissionProgressEntry)
    case missionHeartbeat(MissionHeartbeat)
    case missionWorkerStarted(MissionWorkerStarted)
    case missionWorkerCompleted(MissionWorkerCompleted)
    case sessionInactivity(SessionInactivity)
    case sessionProcessExited(SessionProcessExited)
    case sessionClosed(SessionClosed)
    case sessionUnsubscribed(SessionUnsubscribed)
    case terminalData(TerminalData)
    case terminalExit(TerminalExit)
    case terminalError(TerminalError)
    case unknown(DroidNotificationType, JSONObject)

    package var type: DroidNotificationType {
        switch self {
        case .createMessage: .createMessage
        case .assistantTextDelta: .assistantTextDelta
        case .assistantTextComplete: .assistantTextComplete
        case .thinkingTextDelta: .thinkingTextDelta
        case .thinkingTextComplete: .thinkingTextComplete
        case .toolCall: .toolCall
        case .toolResult: .toolResult
        case .toolProgressUpdate: .toolProgressUpdate
        case .structuredOutput: .structuredOutput
        case .error: .error
        case .queuedMessagesDiscarded: .queuedMessagesDiscarded
        case .llmRetry: .llmRetry
        case .droidWorkingStateChanged: .droidWorkingStateChanged
        case .agentTurnCompleted: .agentTurnCompleted
        case .sessionTokenUsageChanged: .sessionTokenUsageChanged
        case .settingsUpdated: .settingsUpdated
        case .sessionTitleUpdated: .sessionTitleUpdated
        case .sessionWorkingDirectoryChanged: .sessionWorkingDirectoryChanged
        case .sessionCompacted: .sessionCompacted
        case .loopStateChanged: .loopStateChanged
        case .childSessionAvailable: .childSessionAvailable
        case .permissionResolved: .permissionResolved
        case .toolExecutionHeartbeat: .toolExecutionHeartbeat
        case .toolExecutionPhaseChanged: .toolExecutionPhaseChanged
        case .mcpStatusChanged: .mcpStatusChanged
        case .mcpAuthRequired: .mcpAuthRequired
        case .mcpAuthCompleted: .mcpAuthCompleted
        case .hookExecutionStarted: .hookExecutionStarted
        case .hookExecutionCompleted: .hookExecutionCompleted
        case .missionStateChanged: .missionStateChanged
        case .missionFeaturesChanged: .missionFeaturesChanged
        case .missionProgressEntry: .missionProgressEntry
        case .missionHeartbeat: .missionHeartbeat
        case .missionWorkerStarted: .missionWorkerStarted
        case .missionWorkerCompleted: .missionWorkerCompleted
        case .sessionInactivity: .sessionInactivity
        case .sessionProcessExited: .sessionProcessExited
        case .sessionClosed: .sessionClosed
        case .sessionUnsubscribed: .sessionUnsubscribed
        case .terminalData: .terminalData
        case .terminalExit: .terminalExit
        case .terminalError: .terminalError
        case .unknown(let type, _): type
        }
    }
}
