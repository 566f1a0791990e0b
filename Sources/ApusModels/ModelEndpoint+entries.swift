import ApusCore
import ApusSettings

extension ModelEndpoint {
    static let messagesEfforts: [ReasoningEffort] = [.off, .minimal, .low, .medium, .high, .xhigh, .max, .dynamic]
    static let chatEfforts: [ReasoningEffort] = [.off, .none, .minimal, .low, .medium, .high, .xhigh]

    /// The endpoint of a custom model. OpenAI's own entries are spoken to in Chat Completions as well: the Responses API has no adapter yet.
    init(_ entry: ModelEntry) {
        let isMessages = entry.provider == .anthropic
        self.init(
            description: ModelDescription(
                id: entry.canonicalID, displayName: entry.displayName,
                dialect: isMessages ? MessagesProvider.dialect : ChatCompletionsProvider.dialect,
                contextTokens: entry.maximumContextTokens ?? (isMessages ? 200_000 : 128_000),
                maximumOutputTokens: entry.maximumOutputTokens, efforts: isMessages ? Self.messagesEfforts : Self.chatEfforts),
            model: entry.model, baseURL: entry.baseURL, key: entry.apiKey,
            keyPlace: "apiKey of \"\(entry.displayName)\" in \(entry.source.path)")
        extraArguments = entry.extraArguments
        extraHeaders = entry.extraHeaders
        enablesThinking = entry.enablesThinking
        maximumThinkingTokens = entry.maximumThinkingTokens
        isOpenAI = entry.provider == .openai
    }
}
