package import ApusBase

/// A model that a session may use (§3.1).
package struct DroidAvailableModel: DroidRecord {
    package var id: String
    package var displayName: String
    package var shortDisplayName: String
    package var modelProvider: DroidModelProvider
    package var supportedReasoningEfforts: [ReasoningEffort]
    package var defaultReasoningEffort: ReasoningEffort
    package var isCustom: Bool = false
    package var noImageSupport: Bool?
    package var supportsImageGeneration: Bool?
    package var supportsPDFs: Bool?
    package var modelId: String?
    package var tier: JSONValue?
    package var tokenMultiplier: Double?
    package var promoLabel: JSONValue?
    package var kind: JSONValue?
    package var variantBadge: JSONValue?
    package var featureFlag: JSONValue?
    package var usesUSBasedInference: Bool?
    /// In the list of `list_models` only.
    package var disabled: Bool?
    /// In the list of `list_models` only.
    package var disabledReason: String?

    package init(
        id: String, displayName: String, shortDisplayName: String, modelProvider: DroidModelProvider,
        supportedReasoningEfforts: [ReasoningEffort], defaultReasoningEffort: ReasoningEffort
    ) {
        self.id = id
        self.displayName = displayName
        self.shortDisplayName = shortDisplayName
        self.modelProvider = modelProvider
        self.supportedReasoningEfforts = supportedReasoningEfforts
        self.defaultReasoningEffort = defaultReasoningEffort
    }

    package init(blank: DroidBlank) {
        self.init(
            id: "", displayName: "", shortDisplayName: "", modelProvider: DroidModelProvider(blank: blank),
            supportedReasoningEfforts: [], defaultReasoningEffort: ReasoningEffort(blank: blank)
        )
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("id", &id)
        try members.required("displayName", &displayName)
        try members.required("shortDisplayName", &shortDisplayName)
        try members.required("modelProvider", &modelProvider)
        try members.required("supportedReasoningEfforts", &supportedReasoningEfforts)
        try members.required("defaultReasoningEffort", &defaultReasoningEffort)
        try members.defaulted("isCustom", &isCustom)
        try members.optional("noImageSupport", &noImageSupport)
        try members.optional("supportsImageGeneration", &supportsImageGeneration)
        try members.optional("supportsPDFs", &supportsPDFs)
        try members.optional("modelId", &modelId)
        try members.optional("tier", &tier)
        try members.optional("tokenMultiplier", &tokenMultiplier)
        try members.optional("promoLabel", &promoLabel)
        try members.optional("kind", &kind)
        try members.optional("variantBadge", &variantBadge)
        try members.optional("featureFlag", &featureFlag)
        try members.optional("usesUSBasedInference", &usesUSBasedInference)
        try members.optional("disabled", &disabled)
        try members.optional("disabledReason", &disabledReason)
    }
}
