import DroidWire

/// What happens in a session, as `droid.session_notification` and `daemon.session_notification` carry it (`droid.md` §5).
///
/// A malformed notification of a known type ends the turn of one client and is lost to the other, so a server can only make whole ones.
/// A client keeps what it does not know, and what it cannot read, as it is.
public enum SessionNotification: Sendable, Hashable {
    case createMessage(CreateMessage)
    case assistantTextDelta(TextDelta)
    case assistantTextComplete(TextBlockCompleted)
    case thinkingTextDelta(TextDelta)
    case thinkingTextComplete(TextBlockCompleted)
    case toolCall(ToolCallAnnounced)
    case toolResult(ToolResultArrived)
    case toolProgressUpdate(ToolProgressUpdate)
    case structuredOutput(StructuredOutputArrived)
    case error(ErrorOccurred)
    case queuedMessagesDiscarded(QueuedMessagesDiscarded)
    case llmRetry(ModelRetry)
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
    case unknown(SessionNotificationType, JSONMembers)

    public var type: SessionNotificationType {
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

extension SessionNotification {
    init(_ wire: DroidWire.SessionNotification) {
        switch wire {
        case .createMessage(let value): self = .createMessage(CreateMessage(value))
        case .assistantTextDelta(let value): self = .assistantTextDelta(TextDelta(value))
        case .assistantTextComplete(let value): self = .assistantTextComplete(TextBlockCompleted(value))
        case .thinkingTextDelta(let value): self = .thinkingTextDelta(TextDelta(value))
        case .thinkingTextComplete(let value): self = .thinkingTextComplete(TextBlockCompleted(value))
        case .toolCall(let value): self = .toolCall(ToolCallAnnounced(value))
        case .toolResult(let value): self = .toolResult(ToolResultArrived(value))
        case .toolProgressUpdate(let value): self = .toolProgressUpdate(ToolProgressUpdate(value))
        case .structuredOutput(let value): self = .structuredOutput(StructuredOutputArrived(value))
        case .error(let value): self = .error(ErrorOccurred(value))
        case .queuedMessagesDiscarded(let value): self = .queuedMessagesDiscarded(QueuedMessagesDiscarded(value))
        case .llmRetry(let value): self = .llmRetry(ModelRetry(value))
        case .droidWorkingStateChanged(let value): self = .droidWorkingStateChanged(WorkingStateChanged(value))
        case .agentTurnCompleted(let value): self = .agentTurnCompleted(AgentTurnCompleted(value))
        case .sessionTokenUsageChanged(let value): self = .sessionTokenUsageChanged(SessionTokenUsageChanged(value))
        case .settingsUpdated(let value): self = .settingsUpdated(SettingsUpdated(value))
        case .sessionTitleUpdated(let value): self = .sessionTitleUpdated(SessionTitleUpdated(value))
        case .sessionWorkingDirectoryChanged(let value): self = .sessionWorkingDirectoryChanged(SessionWorkingDirectoryChanged(value))
        case .sessionCompacted(let value): self = .sessionCompacted(SessionCompacted(value))
        case .loopStateChanged(let value): self = .loopStateChanged(LoopStateChanged(value))
        case .childSessionAvailable(let value): self = .childSessionAvailable(ChildSessionAvailable(value))
        case .permissionResolved(let value): self = .permissionResolved(PermissionResolved(value))
        case .toolExecutionHeartbeat(let value): self = .toolExecutionHeartbeat(ToolExecutionHeartbeat(value))
        case .toolExecutionPhaseChanged(let value): self = .toolExecutionPhaseChanged(ToolExecutionPhaseChanged(value))
        case .mcpStatusChanged(let value): self = .mcpStatusChanged(McpStatusChanged(value))
        case .mcpAuthRequired(let value): self = .mcpAuthRequired(McpAuthRequired(value))
        case .mcpAuthCompleted(let value): self = .mcpAuthCompleted(McpAuthCompleted(value))
        case .hookExecutionStarted(let value): self = .hookExecutionStarted(HookExecutionStarted(value))
        case .hookExecutionCompleted(let value): self = .hookExecutionCompleted(HookExecutionCompleted(value))
        case .missionStateChanged(let value): self = .missionStateChanged(MissionStateChanged(value))
        case .missionFeaturesChanged(let value): self = .missionFeaturesChanged(MissionFeaturesChanged(value))
        case .missionProgressEntry(let value): self = .missionProgressEntry(MissionProgressEntry(value))
        case .missionHeartbeat(let value): self = .missionHeartbeat(MissionHeartbeat(value))
        case .missionWorkerStarted(let value): self = .missionWorkerStarted(MissionWorkerStarted(value))
        case .missionWorkerCompleted(let value): self = .missionWorkerCompleted(MissionWorkerCompleted(value))
        case .sessionInactivity(let value): self = .sessionInactivity(SessionInactivity(value))
        case .sessionProcessExited(let value): self = .sessionProcessExited(SessionProcessExited(value))
        case .sessionClosed(let value): self = .sessionClosed(SessionClosed(value))
        case .sessionUnsubscribed(let value): self = .sessionUnsubscribed(SessionUnsubscribed(value))
        case .terminalData(let value): self = .terminalData(TerminalData(value))
        case .terminalExit(let value): self = .terminalExit(TerminalExit(value))
        case .terminalError(let value): self = .terminalError(TerminalError(value))
        case .unknown(let type, let members): self = .unknown(SessionNotificationType(type), JSONMembers(members))
        }
    }
}
