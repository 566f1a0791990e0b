package import ApusCore
import ApusSettings

/// A model that can be named, and why.
package struct ListedModel: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        /// `customModels` of this file.
        case settings(String)
        /// A key in this variable.
        case environment(String)
        /// A server that was found on this machine.
        case localServer(String)
        case builtIn
    }

    package var description: ModelDescription
    package var origin: Origin
    package var isDefault: Bool
    /// Why it cannot be used although it is configured, with the way out.
    package var obstacle: String?
}

extension ModelCatalog {
    /// What is publicly known of a model of that name, whether a key for it is at hand or not.
    package static func wellKnown(_ name: String) -> ModelDescription? {
        guard let family = ModelFamily.named(name) else { return nil }
        let dialect = family.maker == .anthropic ? MessagesProvider.dialect : ResponsesProvider.dialect
        return ModelDescription(id: name, displayName: name, dialect: dialect, model: name)
    }

    /// All models that can be named: custom ones first, the one always there last. Asks nobody but, unless that is switched off, the
    /// usual ports of this machine.
    /// - Returns: also a sentence when there is no default although something is configured.
    package func list() async -> (models: [ListedModel], trouble: String?) {
        var models = settings.modelEntries.map { entry in
            ListedModel(
                description: ModelEndpoint(entry).description, origin: .settings(entry.source.path), isDefault: false,
                obstacle: entry.obstacle)
        }
        for name in environment.knownNames {
            guard let endpoint = environment.endpoint(for: name) else { continue }
            models.append(ListedModel(description: endpoint.description, origin: .environment(endpoint.keyPlace), isDefault: false))
        }
        if let server = await localServer() {
            let endpoint = ModelEndpoint(server)
            models.append(ListedModel(description: endpoint.description, origin: .localServer(endpoint.address), isDefault: false))
        }
        models.append(ListedModel(description: fallback.description, origin: .builtIn, isDefault: false))
        do throws(ModelLookupError) {
            let chosen = try await selection(for: nil).description
            if let place = models.firstIndex(where: { $0.description.id == chosen.id }) {
                models[place].isDefault = true
            } else if let variable = environment.endpoint(for: chosen.id)?.keyPlace {
                // Named by the settings, reached by a key of the environment.
                models.insert(ListedModel(description: chosen, origin: .environment(variable), isDefault: true), at: 0)
            } else {
                models.insert(ListedModel(description: chosen, origin: .localServer(chosen.id), isDefault: true), at: 0)
            }
            return (models, nil)
        } catch {
            return (models, error.description)
        }
    }
}
