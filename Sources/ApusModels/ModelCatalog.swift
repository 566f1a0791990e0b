package import ApusCore
package import ApusSettings
import Synchronization

/// All models there are: custom ones of the settings, those behind keys in the environment, a server on this machine, and the fallback
/// that is always there.
///
/// The default, when nobody names a model: `model` of the settings, the first usable custom model, a key in the environment, a local
/// server, the fallback. Settings are read by whoever makes the catalogue, who may hand it others later; a local server is looked for once.
package final class ModelCatalog: ModelSource {
    private let current: Mutex<Settings>
    let environment: EnvironmentModels
    private let http: HTTPStream
    private let localServers: LocalServers?
    let fallback: any ModelProvider
    private let fallbackAnnouncement: String?
    private let discovered = Mutex<LocalServers.Server??>(nil)

    /// - Parameters:
    ///   - environment: only keys, base URLs and model names are looked at.
    ///   - localServers: `nil` switches the search off.
    ///   - fallback: used when nothing at all is configured; known under its own id.
    package init(
        settings: Settings, environment: [String: String], http: HTTPStream, localServers: LocalServers?, fallback: any ModelProvider,
        fallbackAnnouncement: String? = nil
    ) {
        current = Mutex(settings)
        self.environment = EnvironmentModels(environment)
        self.http = http
        self.localServers = localServers
        self.fallback = fallback
        self.fallbackAnnouncement = fallbackAnnouncement
    }

    /// The catalogue of an ordinary process: `SSL_CERT_FILE`, the proxy variables and `APUS_NO_LOCAL_MODELS=1` are honoured.
    package convenience init(
        settings: Settings, environment: [String: String], fallback: any ModelProvider, fallbackAnnouncement: String? = nil
    ) {
        let http = HTTPStream(certificates: environment["SSL_CERT_FILE"], proxies: ProxySettings(environment: environment))
        let isSearchOff = ["1", "true", "yes"].contains(environment["APUS_NO_LOCAL_MODELS"] ?? "")
        self.init(
            settings: settings, environment: environment, http: http, localServers: isSearchOff ? nil : LocalServers(http: http),
            fallback: fallback, fallbackAnnouncement: fallbackAnnouncement)
    }

    var settings: Settings { current.withLock { $0 } }

    /// From here on models are looked up in these settings; providers that were handed out stay as they are.
    package func use(_ settings: Settings) { current.withLock { $0 = settings } }

    /// Ends every connection.
    package func close() async { await http.close() }

    package func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
        try await selection(for: model).provider
    }

    /// The model of a name, or the default. Throws what a person needs to choose another.
    package func selection(for model: String?) async throws(ModelLookupError) -> ModelSelection {
        if let model { return try named(model) }
        var note: String?
        if let wanted = settings.model, wanted.value != "auto" {
            do {
                return try named(wanted.value)
            } catch {
                // Our own settings mean what they say. The other product's name its hosted models, which this build does not have.
                if wanted.source.kind == .user { throw error }
                note = "The model \"\(wanted.value)\" of \(wanted.source.path) is not available here."
            }
        }
        var selection = try await defaultSelection()
        if let note {
            selection.announcement = [note, selection.announcement ?? "Using \(selection.description.id)."].joined(separator: " ")
        }
        return selection
    }

    // MARK: by name

    private func named(_ name: String) throws(ModelLookupError) -> ModelSelection {
        switch ModelResolver(settings.modelEntries).resolve(name) {
        case .found(let entry, let effort):
            if let obstacle = entry.obstacle { throw ModelLookupError(model: name, description: obstacle) }
            return select(ModelEndpoint(entry), effort: effort)
        case .ambiguous(let entries): throw ModelLookupMessages.ambiguous(name, entries)
        case .unknown: break
        }
        // Who names it knows what it is.
        if name == fallback.description.id { return ModelSelection(provider: fallback, announcement: nil) }
        if let server = LocalServers.Server(id: name) { return select(ModelEndpoint(server), effort: nil) }
        if let endpoint = environment.endpoint(for: name), ModelResolver.effortSuffix(of: name) == nil {
            return select(endpoint, effort: nil)
        }
        if let (stem, effort) = ModelResolver.effortSuffix(of: name), let endpoint = environment.endpoint(for: stem) {
            return select(endpoint, effort: effort)
        }
        throw ModelLookupMessages.unknown(
            name, builtIn: environment.knownNames + [fallback.description.id], custom: settings.modelEntries)
    }

    private func select(_ endpoint: ModelEndpoint, effort: ReasoningEffort?, announcement: String? = nil) -> ModelSelection {
        var endpoint = endpoint
        endpoint.defaultEffort = effort
        if let limit = settings.requestTimeoutMilliseconds?.value { endpoint.deadlines.total = .milliseconds(limit) }
        let provider: any ModelProvider =
            switch endpoint.description.dialect {
            case MessagesProvider.dialect: MessagesProvider(endpoint, http: http)
            case ResponsesProvider.dialect: ResponsesProvider(endpoint, http: http)
            default: ChatCompletionsProvider(endpoint, http: http)
            }
        let clamped = effort.map { EffortClamp.clamped($0, for: endpoint.description) }
        let sentences = [announcement, clamped?.warning].compactMap(\.self)
        return ModelSelection(
            provider: provider, effort: clamped?.effort, announcement: sentences.isEmpty ? nil : sentences.joined(separator: " "))
    }

    // MARK: by default

    private func defaultSelection() async throws(ModelLookupError) -> ModelSelection {
        if let first = settings.modelEntries.first {
            guard let usable = settings.modelEntries.first(where: { $0.obstacle == nil }) else {
                throw ModelLookupError(model: first.canonicalID, description: first.obstacle ?? "")
            }
            let passedOver = usable == first ? nil : first.obstacle.map { "\($0) Using \(usable.canonicalID)." }
            return select(ModelEndpoint(usable), effort: nil, announcement: passedOver)
        }
        if let (name, announcement) = environment.defaultModel, let endpoint = environment.endpoint(for: name) {
            return select(endpoint, effort: nil, announcement: announcement)
        }
        if let sentence = environment.missingModel { throw ModelLookupError(model: "", description: sentence) }
        if let server = await localServer() {
            return select(ModelEndpoint(server), effort: nil, announcement: ModelLookupMessages.found(server))
        }
        return ModelSelection(provider: fallback, announcement: fallbackAnnouncement)
    }

    func localServer() async -> LocalServers.Server? {
        guard let localServers else { return nil }
        if let known = discovered.withLock({ $0 }) { return known }
        let server = await localServers.discover()
        return discovered.withLock { known in
            // Two that looked at once agree on the first result.
            if let known { return known }
            known = .some(server)
            return server
        }
    }
}
