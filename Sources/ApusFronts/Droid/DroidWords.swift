import ApusBase
import ApusCore
import DroidWire

// The words of the protocol for what we have, and back. Both sides have an `AutonomyLevel` and a `ReasoningEffort`.

extension ApusCore.AutonomyLevel {
    init(_ level: DroidWire.AutonomyLevel) {
        switch level {
        case .off, .unknown: self = .off
        case .low: self = .low
        case .medium: self = .medium
        case .high: self = .high
        }
    }

    /// The protocol has no word for a session without any checks.
    var wire: DroidWire.AutonomyLevel {
        switch self {
        case .off: .off
        case .low: .low
        case .medium: .medium
        case .high, .unrestricted: .high
        }
    }
}

extension ApusCore.ReasoningEffort {
    init?(_ effort: DroidWire.ReasoningEffort) { self.init(rawValue: effort.rawValue) }
    var wire: DroidWire.ReasoningEffort { DroidWire.ReasoningEffort(rawValue: rawValue) }
}

extension InteractionMode {
    init(_ mode: DroidInteractionMode) {
        switch mode {
        case .auto, .unknown: self = .auto
        case .spec: self = .spec
        case .agi: self = .agi
        }
    }

    var wire: DroidInteractionMode {
        switch self {
        case .auto: .auto
        case .spec: .spec
        case .agi: .agi
        }
    }
}

extension DroidWire.AutonomyMode {
    /// What the deprecated word stands for.
    var meaning: (mode: InteractionMode, level: ApusCore.AutonomyLevel) {
        switch self {
        case .normal, .unknown: (.auto, .off)
        case .spec: (.spec, .off)
        case .autoLow: (.auto, .low)
        case .autoMedium: (.auto, .medium)
        case .autoHigh: (.auto, .high)
        }
    }
}

extension DroidTokenUsage {
    init(_ usage: Usage) {
        self.init(
            inputTokens: usage.inputTokens, outputTokens: usage.outputTokens, cacheCreationTokens: usage.cacheCreationTokens,
            cacheReadTokens: usage.cacheReadTokens, thinkingTokens: usage.reasoningTokens ?? 0)
    }
}

extension DroidRetryReason {
    init(_ kind: ModelError.Kind) {
        switch kind {
        case .network, .streamBroken: self = .network
        case .timeout: self = .timeout
        case .rateLimited: self = .rateLimited
        case .overloaded, .server: self = .overloaded
        case .emptyResponse: self = .emptyResponse
        case .authentication, .payment, .permission, .notFound, .invalidRequest, .contextOverflow, .protocolViolation, .cancelled:
            self = .unspecified
        }
    }
}

extension DroidSessionTag {
    init(_ label: SessionLabel) {
        let pairs = label.metadata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        self.init(name: label.name, metadata: pairs.isEmpty ? nil : DroidMap(pairs))
    }

    var label: SessionLabel { SessionLabel(name: name, metadata: metadata?.dictionary ?? [:]) }
}

extension DroidSessionSettings {
    /// What holds in a session, with what its client asked for beside it (§0, 19).
    /// - Parameter model: Of a session that has none of its own.
    init(_ settings: SessionSettings, model: String) {
        self.init(modelId: settings.model ?? model, reasoningEffort: settings.effort?.wire ?? .none)
        interactionMode = settings.interaction.wire
        autonomyLevel = settings.autonomy.wire
        specModeModelId = settings.specModel
        specModeReasoningEffort = settings.specEffort?.wire
        // A blank one, as a command line may give it, is none here.
        if let text = settings.systemPrompt, !text.allSatisfy(\.isWhitespace) {
            systemPrompt = .text(text)
        } else if let addition = settings.systemPromptAddition, !addition.allSatisfy(\.isWhitespace) {
            systemPrompt = .preset(append: addition)
        }
        if !settings.labels.isEmpty { tags = settings.labels.map { DroidSessionTag($0) } }
        additionalToolIds = settings.requestedTools.additional
        enabledToolIds = settings.requestedTools.enabled
        disabledToolIds = settings.requestedTools.disabled
        restrictToolIds = settings.requestedTools.restricted
        compactionThresholdCheckEnabled = settings.compaction.checksThreshold
        compactionTokenLimit = settings.compaction.tokenLimit
    }
}

extension DroidToolUseBlock {
    /// The input of a call is an object; what a model wrote that is none is kept inside one.
    init(_ call: ToolCall) {
        self.init(id: call.id.rawValue, name: call.name, input: call.input.objectValue ?? ["input": call.input])
    }
}

extension SessionState {
    var wireWorkingState: DroidWorkingState {
        if running == nil { return .idle }
        if isCompacting { return .compactingConversation }
        if !openApprovals.isEmpty || !openQuestions.isEmpty { return .waitingForToolConfirmation }
        return openIntents.isEmpty ? .streamingAssistantMessage : .executingTool
    }

    var directory: String { settings.workingDirectory ?? header.workingDirectory }
}

extension String {
    /// Behind the last slash.
    var lastPathComponent: String { split(separator: "/").last.map(String.init) ?? self }
}
