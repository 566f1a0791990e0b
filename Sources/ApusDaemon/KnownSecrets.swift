import ApusProcess
import ApusSettings

/// The secret values this process knows of: what its environment and its settings call by such names.
enum KnownSecrets {
    static func values(_ configuration: DaemonConfiguration, _ settings: Settings) -> [String] {
        // A path to a key is no secret, and replacing it would garble every listing of its folder.
        let variables = configuration.environment.filter { name, value in ToolEnvironment.isSecret(name) && !value.hasPrefix("/") }
        return variables.values + settings.modelEntries.map { $0.apiKey.reveal() } + configuration.secrets
    }
}
