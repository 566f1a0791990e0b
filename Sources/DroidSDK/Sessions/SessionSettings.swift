import DroidWire

public struct SandboxSettings: Sendable, Hashable {
    public var enabled: Bool
    public var mode: SandboxMode?

    public init(enabled: Bool, mode: SandboxMode? = nil) {
        self.enabled = enabled
        self.mode = mode
    }
}

extension SandboxSettings {
    init(_ wire: DroidWire.DroidSandboxSettings) {
        self.init(enabled: wire.enabled, mode: wire.mode.map(SandboxMode.init))
    }
}

/// The settings of a session, in results (§3.1).
public struct SessionSettings: Sendable, Hashable {
    public var modelId: String
    public var reasoningEffort: ReasoningEffort
    public var interactionMode: DroidInteractionMode?
    public var autonomyLevel: AutonomyLevel?
    public var autonomyMode: AutonomyMode?
    public var specModeModelId: String?
    public var specModeReasoningEffort: ReasoningEffort?
    /// What the client asked for; without the echo Python refuses the session (§0, 19).
    public var systemPrompt: SystemPrompt?
    public var tags: [SessionTag]?
    public var sandbox: SandboxSettings?
    public var compactionThresholdCheckEnabled: Bool?
    public var additionalToolIds: [String]?
    public var enabledToolIds: [String]?
    public var disabledToolIds: [String]?
    public var restrictToolIds: [String]?
    public var compactionTokenLimit: Int?

    public init(modelId: String, reasoningEffort: ReasoningEffort) {
        self.modelId = modelId
        self.reasoningEffort = reasoningEffort
    }
}

extension SessionSettings {
    init(_ wire: DroidWire.DroidSessionSettings) {
        self.init(modelId: wire.modelId, reasoningEffort: ReasoningEffort(wire.reasoningEffort))
        interactionMode = wire.interactionMode.map(DroidInteractionMode.init)
        autonomyLevel = wire.autonomyLevel.map(AutonomyLevel.init)
        autonomyMode = wire.autonomyMode.map(AutonomyMode.init)
        specModeModelId = wire.specModeModelId
        specModeReasoningEffort = wire.specModeReasoningEffort.map(ReasoningEffort.init)
        systemPrompt = wire.systemPrompt.map(SystemPrompt.init)
        tags = wire.tags?.map(SessionTag.init)
        sandbox = wire.sandbox.map(SandboxSettings.init)
        compactionThresholdCheckEnabled = wire.compactionThresholdCheckEnabled
        additionalToolIds = wire.additionalToolIds
        enabledToolIds = wire.enabledToolIds
        disabledToolIds = wire.disabledToolIds
        restrictToolIds = wire.restrictToolIds
        compactionTokenLimit = wire.compactionTokenLimit
    }
}

/// A label that a client puts on a session.
public struct SessionTag: Sendable, Hashable {
    public var name: String
    public var metadata: [String: String]?

    public init(name: String, metadata: [String: String]? = nil) {
        self.name = name
        self.metadata = metadata
    }
}

extension SessionTag {
    init(_ wire: DroidWire.DroidSessionTag) {
        self.init(name: wire.name, metadata: wire.metadata.map(\.dictionary))
    }

    var wire: DroidWire.DroidSessionTag {
        DroidWire.DroidSessionTag(name: name, metadata: metadata.map { DroidMap(sorted: $0) })
    }
}
