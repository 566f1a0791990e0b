package import ApusCore
import ApusExtensions
import ApusSettings

extension Daemon {
    /// Custom droids and the built-in ones; of files that are not loaded each is announced once.
    static func subagents(_ configuration: DaemonConfiguration) -> CustomDroids {
        CustomDroids(
            apusHome: configuration.paths.apusHome, factoryHome: configuration.paths.factoryHome, definitions: toolDefinitions,
            trust: {
                let trust = Daemon.trust(configuration)
                return ExtensionTrust { trust.accepts($0, $1) }
            }, announce: configuration.announce)
    }

    /// The droids of a place, for looking at.
    package static func droids(_ configuration: DaemonConfiguration, in workingDirectory: String) async -> SubagentList {
        await subagents(configuration).subagents(for: workingDirectory)
    }
}
