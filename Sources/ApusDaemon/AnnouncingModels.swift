import ApusCore
import ApusModels
import Synchronization

/// The catalogue, saying once each what the user did not choose.
final class AnnouncingModels: ModelSource {
    private let catalog: ModelCatalog
    private let announce: @Sendable (String) -> Void
    private let said = Mutex<Set<String>>([])

    init(_ catalog: ModelCatalog, announce: @escaping @Sendable (String) -> Void) {
        self.catalog = catalog
        self.announce = announce
    }

    func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
        let selection = try await catalog.selection(for: model)
        if let sentence = selection.announcement, said.withLock({ $0.insert(sentence).inserted }) { announce(sentence) }
        return selection.provider
    }
}
