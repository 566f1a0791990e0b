import DroidWire

public struct ListModelsParams: Sendable, Hashable {
    public var includeDisabled: Bool?

    public init(includeDisabled: Bool? = nil) {
        self.includeDisabled = includeDisabled
    }
}

extension ListModelsParams {
    var wire: DroidWire.ListModelsParams {
        DroidWire.ListModelsParams(includeDisabled: includeDisabled)
    }
}

public struct ListModelsResult: Sendable, Hashable {
    public var models: [ListedModel]

    public init(models: [ListedModel]) {
        self.models = models
    }
}

extension ListModelsResult {
    init(_ wire: DroidWire.ListModelsResult) {
        self.init(models: wire.models.map(ListedModel.init))
    }
}
