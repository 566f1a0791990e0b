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
    package var tier: String?
    package var tokenMultiplier: Double?
    package var promoLabel: String?
    package var kind: String?
    package var variantBadge: String?
    package var featureFlag: JSONObject?
    package var usesUSBasedInference: Bool?

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
    }
}

/// A model in the list of `list_models`. One that is disabled says why, and only such a one does.
package struct DroidListedModel: DroidValue {
    package var model: DroidAvailableModel
    package var disabledReason: String?

    package init(_ model: DroidAvailableModel, disabledReason: String? = nil) {
        self.model = model
        self.disabledReason = disabledReason
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        guard var object = json.objectValue else { throw .wrongType("an object", json) }
        let state = try DroidModelState(
            members: JSONObject(object.filter { $0.key.hasPrefix("disabled") }.map { ($0.key, $0.value) }), reading)
        object["disabled"] = nil
        object["disabledReason"] = nil
        model = try DroidAvailableModel(members: object, reading)
        disabledReason = state.disabled == true ? state.disabledReason ?? "" : nil
    }

    package func write(into writer: inout JSONWriter) {
        writer.beginObject()
        model.writeMembers(into: &writer)
        var state = DroidModelState()
        state.disabled = disabledReason != nil
        state.disabledReason = disabledReason
        state.writeMembers(into: &writer)
        writer.endObject()
    }
}

private struct DroidModelState: DroidOpenRecord {
    var disabled: Bool?
    var disabledReason: String?

    mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("disabled", &disabled)
        try members.optional("disabledReason", &disabledReason)
    }
}
