import ApusCore
import ApusSettings

/// Models reached by keys in the environment alone, without any settings.
struct EnvironmentModels: Hashable, Sendable {
    /// Asked for when a key is set and no model is named anywhere.
    static let defaultAnthropicModel = "claude-sonnet-4-6"
    static let defaultOpenAIModel = "gpt-5.4"

    private static let openAIBase = "https://api.openai.com/v1"

    /// One provider with its key.
    private struct Account: Hashable {
        var key: Secret
        var keyName: String
        var baseURL: String
        var hasOwnBase: Bool
        /// What the environment names as model.
        var model: String?
    }

    private let anthropic: Account?
    private let openAI: Account?

    init(_ environment: [String: String]) {
        anthropic = Self.account("ANTHROPIC", in: environment, base: "https://api.anthropic.com")
        openAI = Self.account("OPENAI", in: environment, base: Self.openAIBase)
    }

    private static func account(_ prefix: String, in environment: [String: String], base: String) -> Account? {
        func value(_ name: String) -> String? { environment["\(prefix)_\(name)"].flatMap { $0.isEmpty ? nil : $0 } }
        guard let key = value("API_KEY") else { return nil }
        let own = value("BASE_URL")
        return Account(
            key: Secret(key), keyName: "\(prefix)_API_KEY", baseURL: own ?? base, hasOwnBase: own != nil && own != base,
            model: value("MODEL"))
    }

    /// The name to use when nobody gave one, and where it came from. A model is never guessed for a server of the user's own.
    var defaultModel: (name: String, announcement: String?)? {
        if let name = anthropic?.model ?? openAI?.model { return (name, nil) }
        if let anthropic {
            return (Self.defaultAnthropicModel, Self.announcement(Self.defaultAnthropicModel, anthropic, "ANTHROPIC_MODEL"))
        }
        guard let openAI, !openAI.hasOwnBase else { return nil }
        return (Self.defaultOpenAIModel, Self.announcement(Self.defaultOpenAIModel, openAI, "OPENAI_MODEL"))
    }

    /// Set when a server of the user's own waits for a model's name.
    var missingModel: String? {
        guard let openAI, openAI.hasOwnBase, defaultModel == nil else { return nil }
        return "OPENAI_BASE_URL is set, but no model is named: set OPENAI_MODEL, or name one with --model."
    }

    private static func announcement(_ name: String, _ account: Account, _ variable: String) -> String {
        "No model is configured: using \(name) with \(account.keyName). Choose another with --model, \(variable) or \"model\" in settings.json."
    }

    /// Names that are worth showing in a list of known models.
    var knownNames: [String] {
        [
            anthropic.map { $0.model ?? Self.defaultAnthropicModel },
            openAI.flatMap { $0.model ?? ($0.hasOwnBase ? nil : Self.defaultOpenAIModel) },
        ].compactMap(\.self)
    }

    /// The endpoint of a bare model name, if the name plainly belongs to a provider whose key is set.
    func endpoint(for name: String) -> ModelEndpoint? {
        if name.isEmpty || name.hasPrefix("custom:") { return nil }
        if let anthropic, name.hasPrefix("claude-") || name == anthropic.model {
            return Self.endpoint(name, anthropic, dialect: MessagesProvider.dialect)
        }
        guard let openAI else { return nil }
        let isOpenAIName = ["gpt-", "chatgpt-", "o1", "o3", "o4"].contains { name.hasPrefix($0) }
        guard isOpenAIName || openAI.hasOwnBase || name == openAI.model else { return nil }
        // Other servers mostly imitate the older API.
        return Self.endpoint(name, openAI, dialect: openAI.hasOwnBase ? ChatCompletionsProvider.dialect : ResponsesProvider.dialect)
    }

    private static func endpoint(_ name: String, _ account: Account, dialect: String) -> ModelEndpoint {
        let description = ModelDescription(id: name, displayName: name, dialect: dialect, model: name)
        return ModelEndpoint(description: description, model: name, baseURL: account.baseURL, key: account.key, keyPlace: account.keyName)
    }
}
