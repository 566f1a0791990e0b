import ApusBase
import ApusCore
import ApusSettings

/// The texts of a model that was not found, or was found without being asked for.
enum ModelLookupMessages {
    /// The first lines are those that scripts for the droid command look for (`droid-exec.md` R-IO-04).
    static func unknown(_ name: String, builtIn: [String], custom: [ModelEntry]) -> ModelLookupError {
        var lines = ["Invalid model: \(escapedForDisplay(name, keepingNewlines: false))"]
        lines.append("Available built-in models: " + builtIn.joined(separator: ", "))
        if custom.isEmpty {
            lines.append("No custom models configured. Add them to ~/.factory/settings.json")
        } else {
            lines.append("Available custom models: " + custom.map(\.canonicalID).joined(separator: ", "))
        }
        lines.append(
            "Models of your own go into customModels of ~/.apus/settings.json; ANTHROPIC_API_KEY and OPENAI_API_KEY open those providers' models."
        )
        return ModelLookupError(model: name, description: lines.joined(separator: "\n"))
    }

    static func ambiguous(_ name: String, _ entries: [ModelEntry]) -> ModelLookupError {
        var lines = [
            "Ambiguous model: \(escapedForDisplay(name, keepingNewlines: false)) fits several custom models. Use one of these ids:"
        ]
        lines += entries.map { "  \($0.canonicalID)  (\($0.model) at \(ModelEndpoint($0).address), \($0.source.path))" }
        return ModelLookupError(model: name, description: lines.joined(separator: "\n"))
    }

    static func found(_ server: LocalServers.Server) -> String {
        "No model is configured: using \(escapedForDisplay(server.model, keepingNewlines: false)) of the local server at 127.0.0.1:\(server.port). "
            + "Choose another with --model or \"model\" in ~/.apus/settings.json; APUS_NO_LOCAL_MODELS=1 switches this search off."
    }
}
