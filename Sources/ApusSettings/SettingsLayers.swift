/// Reads the settings files and merges them: of scalars the strongest layer's, of lists the union, of `customModels` one list with
/// the strongest layer's entries first.
///
/// A missing file is nothing; a broken one is a warning and is skipped. Nothing is thrown: a run must be possible with broken
/// settings, and must say so.
package struct SettingsLayers: Sendable {
    private let sources: [SettingsSource]
    private let environment: [String: String]

    /// - Parameters:
    ///   - sources: strongest first.
    ///   - environment: what `${NAME}` is looked up in.
    package init(sources: [SettingsSource], environment: [String: String]) {
        self.sources = sources
        self.environment = environment
    }

    /// The user's own layers.
    package init(paths: CompatibilityPaths, environment: [String: String]) {
        self.init(sources: paths.userSettings, environment: environment)
    }

    /// Reads the files now; call again to see changes.
    package func load() -> Settings {
        var settings = Settings()
        for source in sources {
            let (layer, warnings) = SettingsLayer.read(source, environment: environment)
            settings.warnings += warnings
            guard let layer else { continue }
            settings.sources.append(source)
            Self.merge(layer, into: &settings)
        }
        return settings
    }

    private static func merge(_ layer: SettingsLayer, into settings: inout Settings) {
        let source = layer.source
        settings.model = settings.model ?? layer.model.map { Sourced($0, from: source) }
        settings.reasoningEffort = settings.reasoningEffort ?? layer.effort.map { Sourced($0, from: source) }
        settings.requestTimeoutMilliseconds =
            settings.requestTimeoutMilliseconds ?? layer.requestTimeout.map { Sourced($0, from: source) }
        settings.includesCoAuthor = settings.includesCoAuthor ?? layer.includesCoAuthor.map { Sourced($0, from: source) }
        unite(layer.allowlist, from: source, into: &settings.commandAllowlist)
        unite(layer.denylist, from: source, into: &settings.commandDenylist)
        unite(layer.blocklist, from: source, into: &settings.commandBlocklist)
        let stronger = settings.modelEntries
        for slot in layer.models {
            guard case .entry(var entry) = slot else {
                settings.customModels.append(slot)
                continue
            }
            // Two alike in one file both stay: people count places in their own file.
            if stronger.contains(where: { $0.isSame(as: entry) }) { continue }
            entry.position = settings.customModels.count
            settings.customModels.append(.entry(entry))
        }
    }

    private static func unite(_ texts: [String], from source: SettingsSource, into list: inout [Sourced<String>]) {
        for text in texts where !list.contains(where: { $0.value == text }) { list.append(Sourced(text, from: source)) }
    }
}
