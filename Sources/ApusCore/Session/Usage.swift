/// Tokens as the provider counted them.
package struct Usage: Hashable, Sendable {
    /// Tokens of the prompt that were neither read from nor written to a cache.
    package var inputTokens: Int
    /// Everything the model wrote, reasoning included.
    package var outputTokens: Int
    package var cacheReadTokens: Int
    package var cacheCreationTokens: Int
    /// The part of `outputTokens` spent on reasoning; `nil` where there was none. Whether a provider says zero or nothing is the same.
    package var reasoningTokens: Int?

    package init(
        inputTokens: Int = 0, outputTokens: Int = 0, cacheReadTokens: Int = 0, cacheCreationTokens: Int = 0, reasoningTokens: Int? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cacheReadTokens = cacheReadTokens
        self.cacheCreationTokens = cacheCreationTokens
        self.reasoningTokens = reasoningTokens == 0 ? nil : reasoningTokens
    }

    package static let zero = Usage()

    package static func + (left: Usage, right: Usage) -> Usage {
        let reasoning: Int? =
            if left.reasoningTokens == nil && right.reasoningTokens == nil {
                nil
            } else {
                (left.reasoningTokens ?? 0) + (right.reasoningTokens ?? 0)
            }
        return Usage(
            inputTokens: left.inputTokens + right.inputTokens,
            outputTokens: left.outputTokens + right.outputTokens,
            cacheReadTokens: left.cacheReadTokens + right.cacheReadTokens,
            cacheCreationTokens: left.cacheCreationTokens + right.cacheCreationTokens,
            reasoningTokens: reasoning)
    }
}
