import ApusBase
import ApusProcess
import ApusSettings

/// The secret values this process knows of at its start: what its environment and its settings call by such names.
enum KnownSecrets {
    /// The configuration's own, with them. More may join later.
    static func values(_ configuration: DaemonConfiguration, _ settings: Settings) -> SecretValues {
        // A path to a key is no secret, and replacing it would garble every listing of its folder.
        let variables = configuration.environment.filter { name, value in ToolEnvironment.isSecret(name) && !value.hasPrefix("/") }
        configuration.secrets.add(variables.values + settings.modelEntries.map { $0.apiKey.reveal() })
        return configuration.secrets
    }
}
