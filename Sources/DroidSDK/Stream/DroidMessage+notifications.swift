import DroidWire

extension DroidMessage {
    /// What a notification yields in a stream, by the rules of `droid.md` §6.1.
    ///
    /// - Parameter toolName: The name of a call that was seen before, by its id.
    static func messages(of notification: DroidWire.SessionNotification, toolName: (String) -> String) -> [DroidMessage] {
        switch notification {
        case .createMessage(let created): return messages(of: created.message)
        case .assistantTextDelta(let delta): return [.assistantTextDelta(TextDeltaMessage(delta))]
        case .thinkingTextDelta(let delta): return [.thinkingTextDelta(TextDeltaMessage(delta))]
        case .assistantTextComplete(let complete): return [.assistantTextComplete(TextCompleteMessage(complete))]
        case .thinkingTextComplete(let complete): return [.thinkingTextComplete(TextCompleteMessage(complete))]
        case .toolCall(let call): return [.toolCallDelta(ToolCallMessage(toolUse: ToolUseBlock(call.toolUse.block)))]
        case .toolResult(let result):
            return [
                .toolResult(
                    ToolResultMessage(
                        toolUseId: result.toolUseId, toolName: toolName(result.toolUseId),
                        content: ToolResultMessage.Content(result.content.map(JSON.init)), isError: result.isError ?? false))
            ]
        case .toolProgressUpdate(let progress):
            let update = ToolProgress(progress.update)
            return [
                .toolProgress(
                    ToolProgressMessage(
                        toolUseId: progress.toolUseId, toolName: progress.toolName,
                        content: update.text ?? update.status ?? update.details ?? "", update: update))
            ]
        case .error(let error):
            let type = DroidErrorType(error.errorType)
            return [.error(ErrorMessage(message: error.message, errorType: type, timestamp: error.timestamp.text))]
        case .droidWorkingStateChanged(let change): return [.workingStateChanged(DroidWorkingState(change.newState))]
        case .sessionTokenUsageChanged(let changed): return [.tokenUsageUpdate(TokenUsage(changed.tokenUsage))]
        case .permissionResolved(let resolved): return [.permissionResolved(PermissionResolved(resolved))]
        case .settingsUpdated(let updated): return [.settingsUpdated(SettingsChange(updated.settings))]
        case .sessionTitleUpdated(let updated): return [.sessionTitleUpdated(title: updated.title)]
        case .mcpStatusChanged(let changed): return [.mcpStatusChanged(McpStatusChanged(changed))]
        case .mcpAuthRequired(let required): return [.mcpAuthRequired(McpAuthRequired(required))]
        case .mcpAuthCompleted(let completed): return [.mcpAuthCompleted(McpAuthCompleted(completed))]
        case .hookExecutionStarted(let started): return HookMessage.messages(of: started).map(DroidMessage.hook)
        case .hookExecutionCompleted(let completed): return HookMessage.messages(of: completed).map(DroidMessage.hook)
        case .missionStateChanged(let changed): return [.missionStateChanged(MissionStateChanged(changed))]
        case .missionFeaturesChanged(let changed): return [.missionFeaturesChanged(MissionFeaturesChanged(changed))]
        case .missionProgressEntry(let entry): return [.missionProgressEntry(MissionProgressEntry(entry))]
        case .missionHeartbeat(let heartbeat): return [.missionHeartbeat(MissionHeartbeat(heartbeat))]
        case .missionWorkerStarted(let started): return [.missionWorkerStarted(MissionWorkerStarted(started))]
        case .missionWorkerCompleted(let completed): return [.missionWorkerCompleted(MissionWorkerCompleted(completed))]
        case .structuredOutput, .agentTurnCompleted, .queuedMessagesDiscarded, .llmRetry, .sessionWorkingDirectoryChanged,
            .sessionCompacted, .loopStateChanged, .childSessionAvailable, .toolExecutionHeartbeat, .toolExecutionPhaseChanged,
            .sessionInactivity, .sessionProcessExited, .sessionClosed, .sessionUnsubscribed, .terminalData, .terminalExit,
            .terminalError, .unknown:
            return []
        }
    }

    /// The calls first, then the message that holds them.
    private static func messages(of wire: DroidWire.DroidMessage) -> [DroidMessage] {
        let message = SessionMessage(wire)
        let calls = message.content.compactMap { block -> DroidMessage? in
            if case .toolUse(let use) = block { .toolCall(ToolCallMessage(toolUse: use)) } else { nil }
        }
        switch message.role {
        case .assistant: return calls + [.assistant(AssistantMessage(message: message, text: wire.text))]
        case .user: return calls + [.user(UserMessage(message: message))]
        case .tool, .system, .unknown: return calls
        }
    }
}

extension TextDeltaMessage {
    init(_ wire: DroidTextDelta) {
        self.init(messageId: wire.messageId, blockIndex: wire.blockIndex, text: wire.textDelta)
    }
}

extension TextCompleteMessage {
    init(_ wire: DroidTextComplete) {
        self.init(messageId: wire.messageId, blockIndex: wire.blockIndex, durationMs: wire.durationMs)
    }
}

extension ToolResultMessage.Content {
    init(_ json: JSON?) {
        switch json {
        case nil, .null: self = .text("")
        case .string(let text): self = .text(text)
        case .array(let blocks): self = .blocks(blocks)
        case .bool, .integer, .number, .object: self = .text(json?.text ?? "")
        }
    }
}

extension HookMessage {
    /// One for each command.
    static func messages(of wire: DroidWire.HookExecutionStarted) -> [HookMessage] {
        wire.hookCommands.map { command in
            HookMessage(
                hookId: wire.hookId, eventName: HookEventName(wire.hookEventName), matcher: wire.hookMatcher,
                toolCallId: wire.hookToolCallId, command: command.command, timeout: command.timeout, status: .started, exitCode: nil,
                stdout: nil, stderr: nil)
        }
    }

    /// One for each result.
    static func messages(of wire: DroidWire.HookExecutionCompleted) -> [HookMessage] {
        (wire.hookResults ?? []).map { result in
            HookMessage(
                hookId: wire.hookId, eventName: wire.hookEventName.map(HookEventName.init), matcher: wire.hookMatcher,
                toolCallId: wire.hookToolCallId, command: result.command, timeout: result.timeout,
                status: wire.hookStatus == .error ? .error : .completed, exitCode: result.exitCode, stdout: result.stdout,
                stderr: result.stderr)
        }
    }
}
