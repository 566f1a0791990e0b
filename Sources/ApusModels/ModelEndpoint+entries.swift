import ApusCore
import ApusSettings

extension ModelEndpoint {
    static let messagesEfforts: [ReasoningEffort] = [.off, .minimal, .low, .medium, .high, .xhigh, .max, .dynamic]
    static let chatEfforts: [ReasoningEffort] = [.off, .none, .minimal, .low, .medium, .high, .xhigh]

    /// The endpoint of a custom model.
    init(_ entry: ModelEntry) {
        let dialect =
            switch entry.provider {
            case .anthropic: MessagesProvider.dialect
            case .openai: ResponsesProvider.dialect
            case .genericChatCompletion: ChatCompletionsProvider.dialect
            }
        self.init(
            description: ModelDescription(
                id: entry.canonicalID, displayName: entry.displayName, dialect: dialect, model: entry.model,
                context: entry.maximumContextTokens, output: entry.maximumOutputTokens),
            model: entry.model, baseURL: entry.baseURL, key: entry.apiKey,
            keyPlace: "apiKey of \"\(entry.displayName)\" in \(entry.source.path)")
        if entry.lacksImageSupport { description.media = .nothing }
        configuredOutputTokens = entry.maximumOutputTokens
        extraArguments = entry.extraArguments
        extraHeaders = entry.extraHeaders
        enablesThinking = entry.enablesThinking
        maximumThinkingTokens = entry.maximumThinkingTokens
    }
}
