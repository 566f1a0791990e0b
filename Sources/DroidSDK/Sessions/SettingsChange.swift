import DroidWire

/// Any part of the settings of a session, as a `settings_updated` notification tells it.
public struct SettingsChange: Sendable, Hashable {
    public var modelId: String?
    public var reasoningEffort: ReasoningEffort?
    public var interactionMode: DroidInteractionMode?
    public var autonomyLevel: AutonomyLevel?
    public var autonomyMode: AutonomyMode?
    public var specModeModelId: String?
    public var specModeReasoningEffort: ReasoningEffort?
    public var systemPrompt: SystemPrompt?
    public var tags: [SessionTag]?
    public var sandbox: SandboxSettings?
    public var compactionThresholdCheckEnabled: Bool?
    public var additionalToolIds: [String]?
    public var enabledToolIds: [String]?
    public var disabledToolIds: [String]?
    public var restrictToolIds: [String]?
    public var compactionTokenLimit: Int?

    public init() {}
}

extension SettingsChange {
    init(_ wire: DroidWire.DroidSettingsChange) {
        self.init()
        modelId = wire.modelId
        reasoningEffort = wire.reasoningEffort.map(ReasoningEffort.init)
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
