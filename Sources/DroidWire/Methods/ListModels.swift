package struct ListModelsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListModelsResult
    package static let method = DroidMethod.listModels

    package var includeDisabled: Bool?

    package init() {}

    package init(includeDisabled: Bool? = nil) {
        self.includeDisabled = includeDisabled
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.optional("includeDisabled", &includeDisabled)
    }
}

package struct ListModelsResult: DroidRecord {
    package var models: [DroidListedModel]

    package init(models: [DroidListedModel]) {
        self.models = models
    }

    package init(blank: DroidBlank) { self.init(models: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("models", &models)
    }
}
