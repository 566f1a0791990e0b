import ApusBase
import ApusCore
import ApusDaemon
import ArgumentParser

/// `apus models`: what can be named with `--model`.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Lists the models that can be used here.", subcommands: [ListCommand.self],
        defaultSubcommand: ListCommand.self)

    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists models with their limits and prices.",
            discussion: "Needs no key and asks no network; only this machine is searched for a model server.")

        @Flag(help: "One JSON array.")
        var json = false

        func run() async throws {
            var configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
            configuration.workingDirectory = WorkingDirectory.resolved(".")
            do throws(DaemonError) {
                let models = try await Daemon.models(configuration)
                Terminal.output(json ? JSONValue.array(models.map(Self.object)).serialized() + "\n" : ModelTable.text(models))
            } catch {
                Terminal.diagnostics(error.description)
                throw ExitCode(1)
            }
        }

        private static func object(_ model: ListedModel) -> JSONValue {
            let description = model.description
            var object: JSONObject = [
                "id": .string(description.id), "displayName": .string(description.displayName), "provider": .string(description.dialect),
                "isDefault": .bool(model.isDefault), "source": .string(ModelTable.origin(model)),
                "contextTokens": description.contextTokens.map { .integer(Int64($0)) } ?? .null,
                "maxOutputTokens": description.maximumOutputTokens.map { .integer(Int64($0)) } ?? .null,
                "reasoningEfforts": .array(description.efforts.map { .string($0.rawValue) }),
            ]
            object["pricePerMillionTokens"] =
                description.price.map { price in
                    [
                        "currency": "USD", "input": .double(price.input), "output": .double(price.output),
                        "cacheRead": .double(price.cacheRead), "cacheCreation": .double(price.cacheCreation),
                    ]
                } ?? .null
            if let obstacle = model.obstacle { object["problem"] = .string(obstacle) }
            return .object(object)
        }
    }
}
