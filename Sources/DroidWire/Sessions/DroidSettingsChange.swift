/// Any part of the settings of a session, as a `settings_updated` notification tells it.
package struct DroidSettingsChange: DroidOpenRecord {
    package var modelId: String?
    package var reasoningEffort: ReasoningEffort?
    package var interactionMode: DroidInteractionMode?
    package var autonomyLevel: AutonomyLevel?
    package var autonomyMode: AutonomyMode?
    package var specModeModelId: String?
    package var specModeReasoningEffort: ReasoningEffort?
    package var systemPrompt: DroidSystemPrompt?
    package var tags: [DroidSessionTag]?
    package var sandbox: DroidSandboxSettings?
    package var compactionThresholdCheckEnabled: Bool?
    package var additionalToolIds: [String]?
    package var enabledToolIds: [String]?
    package var disabledToolIds: [String]?
    package var restrictToolIds: [String]?
    package var compactionTokenLimit: Int?

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("modelId", &modelId)
        try members.optional("reasoningEffort", &reasoningEffort)
        try members.optional("interactionMode", &interactionMode)
        try members.optional("autonomyLevel", &autonomyLevel)
        try members.optional("autonomyMode", &autonomyMode)
        try members.optional("specModeModelId", &specModeModelId)
        try members.optional("specModeReasoningEffort", &specModeReasoningEffort)
        try members.optional("systemPrompt", &systemPrompt)
        try members.optional("tags", &tags)
        try members.optional("sandbox", &sandbox)
        try members.optional("compactionThresholdCheckEnabled", &compactionThresholdCheckEnabled)
        try members.optional("additionalToolIds", &additionalToolIds)
        try members.optional("enabledToolIds", &enabledToolIds)
        try members.optional("disabledToolIds", &disabledToolIds)
        try members.optional("restrictToolIds", &restrictToolIds)
        try members.optional("compactionTokenLimit", &compactionTokenLimit)
    }

    /// All of them: what a server tells that keeps it simple.
    package init(_ settings: DroidSessionSettings) {
        modelId = settings.modelId
        reasoningEffort = settings.reasoningEffort
        interactionMode = settings.interactionMode
        autonomyLevel = settings.autonomyLevel
        autonomyMode = settings.autonomyMode
        specModeModelId = settings.specModeModelId
        specModeReasoningEffort = settings.specModeReasoningEffort
        systemPrompt = settings.systemPrompt
        tags = settings.tags
        sandbox = settings.sandbox
        compactionThresholdCheckEnabled = settings.compactionThresholdCheckEnabled
        additionalToolIds = settings.additionalToolIds
        enabledToolIds = settings.enabledToolIds
        disabledToolIds = settings.disabledToolIds
        restrictToolIds = settings.restrictToolIds
        compactionTokenLimit = settings.compactionTokenLimit
    }
}
