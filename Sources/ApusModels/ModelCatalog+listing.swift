package import ApusCore
import ApusSettings

extension ModelCatalog {
    /// What can be named, in the order in which defaults are chosen: custom models, keys in the environment, a server on this machine,
    /// the fallback. A server is looked for only when this catalogue may.
    package func listed() async -> [ListedModel] {
        // No default is an answer too: the list is then without a mark.
        let standard = try? await selection(for: nil).description.id
        var models: [ListedModel] = settings.modelEntries.map { entry in
            ListedModel(
                description: ModelEndpoint(entry).description, origin: .settings(path: entry.source.path),
                obstacle: entry.obstacle)
        }
        for name in environment.knownNames {
            guard let endpoint = environment.endpoint(for: name) else { continue }
            models.append(
                ListedModel(description: endpoint.description, origin: .environment(variable: endpoint.keyPlace)))
        }
        if let server = await localServer() {
            let endpoint = ModelEndpoint(server)
            models.append(
                ListedModel(description: endpoint.description, origin: .localServer(address: endpoint.baseURL)))
        }
        models.append(ListedModel(description: fallback.description, origin: .builtIn))
        if let standard, let index = models.firstIndex(where: { $0.description.id == standard }) { models[index].isDefault = true }
        return models
    }
}
