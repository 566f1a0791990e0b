import ApusBase

@testable import DroidWire

/// The shapes of every union, so that each is made and none forgotten.
enum Shapes {
    static let notifications: [(DroidNotificationType, any DroidRecord.Type)] = [
        (.createMessage, CreateMessage.self), (.assistantTextDelta, DroidTextDelta.self), (.assistantTextComplete, DroidTextComplete.self),
        (.thinkingTextDelta, DroidTextDelta.self), (.thinkingTextComplete, DroidTextComplete.self), (.toolCall, DroidToolCall.self),
        (.toolResult, DroidToolResult.self), (.toolProgressUpdate, ToolProgressUpdate.self),
        (.structuredOutput, DroidStructuredOutput.self),
        (.error, DroidErrorNotification.self), (.queuedMessagesDiscarded, QueuedMessagesDiscarded.self), (.llmRetry, DroidModelRetry.self),
        (.droidWorkingStateChanged, WorkingStateChanged.self), (.agentTurnCompleted, AgentTurnCompleted.self),
        (.sessionTokenUsageChanged, SessionTokenUsageChanged.self), (.settingsUpdated, SettingsUpdated.self),
        (.sessionTitleUpdated, SessionTitleUpdated.self), (.sessionWorkingDirectoryChanged, SessionWorkingDirectoryChanged.self),
        (.sessionCompacted, SessionCompacted.self), (.loopStateChanged, LoopStateChanged.self),
        (.childSessionAvailable, ChildSessionAvailable.self), (.permissionResolved, PermissionResolved.self),
        (.toolExecutionHeartbeat, ToolExecutionHeartbeat.self), (.toolExecutionPhaseChanged, ToolExecutionPhaseChanged.self),
        (.mcpStatusChanged, McpStatusChanged.self), (.mcpAuthRequired, McpAuthRequired.self), (.mcpAuthCompleted, McpAuthCompleted.self),
        (.hookExecutionStarted, HookExecutionStarted.self), (.hookExecutionCompleted, HookExecutionCompleted.self),
        (.missionStateChanged, MissionStateChanged.self), (.missionFeaturesChanged, MissionFeaturesChanged.self),
        (.missionProgressEntry, MissionProgressEntry.self), (.missionHeartbeat, MissionHeartbeat.self),
        (.missionWorkerStarted, MissionWorkerStarted.self), (.missionWorkerCompleted, MissionWorkerCompleted.self),
        (.sessionInactivity, SessionInactivity.self), (.sessionProcessExited, SessionProcessExited.self),
        (.sessionClosed, SessionClosed.self),
        (.sessionUnsubscribed, SessionUnsubscribed.self), (.terminalData, TerminalData.self), (.terminalExit, TerminalExit.self),
        (.terminalError, TerminalError.self),
    ]

    static let confirmations: [(ToolConfirmationType, any DroidRecord.Type)] = [
        (.edit, DroidEditConfirmation.self), (.create, DroidCreateConfirmation.self), (.exec, DroidExecConfirmation.self),
        (.applyPatch, DroidPatchConfirmation.self), (.mcpTool, DroidMcpToolConfirmation.self), (.askUser, DroidAskUserConfirmation.self),
        (.exitSpecMode, DroidSpecConfirmation.self), (.proposeMission, DroidMissionProposal.self),
        (.startMissionRun, DroidMissionRunConfirmation.self), (.sandboxViolation, DroidSandboxConfirmation.self),
        (.droidShieldViolation, DroidShieldConfirmation.self),
    ]
}

extension Arbitrary {
    /// The members of a record as an object that says what kind it is.
    mutating func tagged(_ tag: String, _ type: any DroidRecord.Type) -> JSONObject {
        func write<R: DroidRecord>(_ type: R.Type) -> JSONObject {
            var writer = JSONWriter()
            make(R.self).write(tagged: "type", tag, into: &writer)
            return try! JSONValue(parsing: writer.bytes).objectValue!
        }
        return write(type)
    }
}

extension SessionNotification: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> SessionNotification {
        let (type, payload) = maker.pick(Shapes.notifications)
        return try! SessionNotification(from: .object(maker.tagged(type.rawValue, payload)), .closed)
    }
}

extension DroidToolConfirmation: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidToolConfirmation {
        let (type, details) = maker.pick(Shapes.confirmations)
        let object = maker.tagged(type.rawValue, details)
        return DroidToolConfirmation(maker.make(DroidToolUseBlock.self), try! DroidConfirmationDetails(type, object, .closed))
    }
}

extension DroidContentBlock: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidContentBlock {
        switch maker.pick(Array(0..<7)) {
        case 0: .text(maker.make(DroidTextBlock.self))
        case 1: .image(maker.make(DroidImageBlock.self))
        case 2: .thinking(maker.make(DroidThinkingBlock.self))
        case 3: .redactedThinking(maker.make(DroidRedactedThinkingBlock.self))
        case 4: .toolUse(maker.make(DroidToolUseBlock.self))
        case 5: .toolResult(maker.make(DroidToolResultBlock.self))
        default: .document(maker.make(DroidDocumentBlock.self))
        }
    }
}

extension DroidToolResultContent: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidToolResultContent {
        if maker.isPlain { return .blocks([.text(maker.make(DroidTextBlock.self)), .image(maker.make(DroidImageBlock.self))]) }
        return Bool.random(using: &maker.generator) ? .text(maker.make(String.self)) : .blocks(maker.make([DroidContentBlock].self))
    }
}

extension DroidToolUse: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidToolUse { DroidToolUse(maker.make(DroidToolUseBlock.self)) }
}

extension DroidDocument: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidDocument {
        Bool.random(using: &maker.generator) ? .pdf(maker.make(DroidPDFDocument.self)) : .text(maker.make(DroidTextDocument.self))
    }
}

extension DroidSystemPrompt: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidSystemPrompt {
        let text = "a" + maker.make(String.self)
        return Bool.random(using: &maker.generator) ? .text(text) : .preset(append: text)
    }
}

extension DroidMcpServerConfig: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidMcpServerConfig {
        switch maker.pick([0, 1, 2]) {
        case 0: .stdio(maker.make(DroidMcpCommand.self))
        case 1: .http(maker.make(DroidMcpEndpoint.self))
        default: .sse(maker.make(DroidMcpEndpoint.self))
        }
    }
}

extension DroidSessionSource: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidSessionSource {
        let platform = maker.pick(DroidSessionPlatform.known)
        return DroidSessionSource(
            platform: platform, details: JSONObject(platform.requiredKeys.map { ($0.description, "https://example.com/a") }))
    }
}

extension DroidAttribution: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidAttribution {
        DroidAttribution(client: maker.make(DroidClientType.self)) ?? DroidAttribution(sdk: maker.make(DroidSDKIdentity.self))
    }
}

extension DroidSDKVersion: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidSDKVersion { DroidSDKVersion(maker.pick(["0.5.0", "1.0.0-rc.1+b2", "x"]))! }
}

extension DroidTimestamp: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidTimestamp {
        DroidTimestamp(millisecondsSince1970: Int64.random(in: 0...4_000_000_000_000, using: &maker.generator))
    }
}

extension DroidPort: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidPort { DroidPort(Int.random(in: 1...65_535, using: &maker.generator))! }
}

extension DroidPageSize: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidPageSize { DroidPageSize(Int.random(in: 1...100, using: &maker.generator))! }
}

extension DroidErrorCode: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidErrorCode { maker.pick(DroidErrorCode.known) }
}

extension DroidListedModel: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidListedModel {
        DroidListedModel(maker.make(DroidAvailableModel.self), disabledReason: maker.isPresent() ? maker.make(String.self) : nil)
    }
}

extension DroidCursor: ArbitrarilyMade {
    static func arbitrary(_ maker: inout Arbitrary) -> DroidCursor {
        DroidCursor(
            event: .random(in: 0...1_000_000, using: &maker.generator),
            notification: maker.isPresent() ? .random(in: 0...9, using: &maker.generator) : nil)
    }
}
