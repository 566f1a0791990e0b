import DroidWire

/// A model that a session may use (§3.1).
public struct AvailableModel: Sendable, Hashable {
    public var id: String
    public var displayName: String
    public var shortDisplayName: String
    public var modelProvider: ModelProvider
    public var supportedReasoningEfforts: [ReasoningEffort]
    public var defaultReasoningEffort: ReasoningEffort
    public var isCustom: Bool = false
    public var noImageSupport: Bool?
    public var supportsImageGeneration: Bool?
    public var supportsPDFs: Bool?
    public var modelId: String?
    public var tier: String?
    public var tokenMultiplier: Double?
    public var promoLabel: String?
    public var kind: String?
    public var variantBadge: String?
    public var featureFlag: JSONMembers?
    public var usesUSBasedInference: Bool?

    public init(
        id: String, displayName: String, shortDisplayName: String, modelProvider: ModelProvider,
        supportedReasoningEfforts: [ReasoningEffort], defaultReasoningEffort: ReasoningEffort
    ) {
        self.id = id
        self.displayName = displayName
        self.shortDisplayName = shortDisplayName
        self.modelProvider = modelProvider
        self.supportedReasoningEfforts = supportedReasoningEfforts
        self.defaultReasoningEffort = defaultReasoningEffort
    }
}

extension AvailableModel {
    init(_ wire: DroidWire.DroidAvailableModel) {
        self.init(
            id: wire.id, displayName: wire.displayName, shortDisplayName: wire.shortDisplayName,
            modelProvider: ModelProvider(wire.modelProvider),
            supportedReasoningEfforts: wire.supportedReasoningEfforts.map(ReasoningEffort.init),
            defaultReasoningEffort: ReasoningEffort(wire.defaultReasoningEffort))
        isCustom = wire.isCustom
        noImageSupport = wire.noImageSupport
        supportsImageGeneration = wire.supportsImageGeneration
        supportsPDFs = wire.supportsPDFs
        modelId = wire.modelId
        tier = wire.tier
        tokenMultiplier = wire.tokenMultiplier
        promoLabel = wire.promoLabel
        kind = wire.kind
        variantBadge = wire.variantBadge
        featureFlag = wire.featureFlag.map(JSONMembers.init)
        usesUSBasedInference = wire.usesUSBasedInference
    }
}

/// A model in the list of `list_models`. One that is disabled says why, and only such a one does.
public struct ListedModel: Sendable, Hashable {
    public var model: AvailableModel
    public var disabledReason: String?

    public init(model: AvailableModel, disabledReason: String? = nil) {
        self.model = model
        self.disabledReason = disabledReason
    }
}

extension ListedModel {
    init(_ wire: DroidWire.DroidListedModel) {
        self.init(model: AvailableModel(wire.model), disabledReason: wire.disabledReason)
    }
}
