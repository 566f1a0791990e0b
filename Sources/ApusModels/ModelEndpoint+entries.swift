import ApusCore
import ApusSettings

extension ModelEndpoint {
    static let messagesEfforts: [ReasoningEffort] = [.off, .minimal, .low, .medium, .high, .xhigh, .max, .dynamic]
    static let chatEfforts: [ReasoningEffort] = [.off, .none, .minimal, .low, .medium, .high, .xhigh]

    /// Names of OpenAI's models that do not reason begin like this.
    private static let plainOpenAIModels = ["gpt-3.5", "gpt-4", "chatgpt-4o", "gpt-5-chat"]

    /// What a model of that name can be asked for by the Responses API.
    static func responsesEfforts(of model: String) -> [ReasoningEffort] {
        plainOpenAIModels.contains { model.hasPrefix($0) } ? [] : chatEfforts
    }

    /// The endpoint of a custom model.
    init(_ entry: ModelEntry) {
        let isMessages = entry.provider == .anthropic
        let (dialect, efforts) =
            switch entry.provider {
            case .anthropic: (MessagesProvider.dialect, Self.messagesEfforts)
            case .openai: (ResponsesProvider.dialect, Self.responsesEfforts(of: entry.model))
            case .genericChatCompletion: (ChatCompletionsProvider.dialect, Self.chatEfforts)
            }
        self.init(
            description: ModelDescription(
                id: entry.canonicalID, displayName: entry.displayName, dialect: dialect,
                contextTokens: entry.maximumContextTokens ?? (isMessages ? 200_000 : 128_000),
                maximumOutputTokens: entry.maximumOutputTokens, efforts: efforts),
            model: entry.model, baseURL: entry.baseURL, key: entry.apiKey,
            keyPlace: "apiKey of \"\(entry.displayName)\" in \(entry.source.path)")
        extraArguments = entry.extraArguments
        extraHeaders = entry.extraHeaders
        enablesThinking = entry.enablesThinking
        maximumThinkingTokens = entry.maximumThinkingTokens
    }
}
