package import ApusCore
import ApusFronts
import ApusModels
import ApusProcess
import ApusSettings
import ApusTools

extension Daemon {
    /// For looking at, not for running: nothing is started by it.
    private static let shownTools = BuiltinTools(
        processes: ProcessTable(keeper: .besideExecutable), environment: [:], temporaryDirectory: "/", subagents: true)

    /// Every tool that a run of this version can have.
    package static var toolDefinitions: [ToolDefinition] { shownTools.definitionsOfRuns }

    /// What a run with this model (`nil`: the default) could select from, and the model's canonical id. Opens no home, asks no network
    /// and no key: a server on this machine is not looked for.
    package static func toolCatalogue(
        _ configuration: DaemonConfiguration, model: String?, adding additional: [String]
    ) async throws(DaemonError) -> (model: String, tools: [ToolDefinition]) {
        var environment = configuration.environment
        environment["APUS_NO_LOCAL_MODELS"] = "1"
        let settings = try settings(configuration)
        let catalog = ModelCatalog(settings: settings, environment: environment, fallback: OfflinePlanner())
        let description: ModelDescription
        do throws(ModelLookupError) {
            description = try await catalog.provider(for: model).description
            await catalog.close()
        } catch {
            await catalog.close()
            // A well-known model without its key: what it would get is known all the same.
            guard let model, let known = ModelCatalog.wellKnown(model) else { throw .model(error) }
            description = known
        }
        let tools = shownTools.catalogue(ofRunsFor: description.dialect, adding: additional).map { definition in
            var definition = definition
            if settings.subagents.startsAtEveryLevel { definition.leastLevel = definition.category.leastLevel }
            return definition
        }
        return (description.id, tools)
    }
}
