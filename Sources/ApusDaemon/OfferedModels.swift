import ApusCore
import ApusModels

/// The catalogue as clients choose from it.
struct OfferedModels: ModelCatalogue {
    let catalog: ModelCatalog

    func offered() async -> [OfferedModel] {
        let listed = await catalog.list().models
        let offered = listed.map { model in
            let isCustom = if case .settings = model.origin { true } else { false }
            return OfferedModel(
                model: model.description, isDefault: model.isDefault, isCustom: isCustom, obstacle: model.obstacle)
        }
        return offered.filter(\.isDefault) + offered.filter { !$0.isDefault }
    }
}
