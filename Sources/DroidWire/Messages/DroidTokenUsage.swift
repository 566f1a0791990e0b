/// Tokens of a call, a turn or a session (`droid.md` §3.1).
package struct DroidTokenUsage: DroidRecord {
    package var inputTokens: Int
    package var outputTokens: Int
    package var cacheCreationTokens: Int
    package var cacheReadTokens: Int
    package var thinkingTokens: Int
    package var factoryCredits: Double?

    package init(
        inputTokens: Int, outputTokens: Int, cacheCreationTokens: Int, cacheReadTokens: Int, thinkingTokens: Int,
        factoryCredits: Double? = nil
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cacheCreationTokens = cacheCreationTokens
        self.cacheReadTokens = cacheReadTokens
        self.thinkingTokens = thinkingTokens
        self.factoryCredits = factoryCredits
    }

    package init(blank: DroidBlank) {
        self.init(inputTokens: 0, outputTokens: 0, cacheCreationTokens: 0, cacheReadTokens: 0, thinkingTokens: 0)
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("inputTokens", &inputTokens)
        try members.required("outputTokens", &outputTokens)
        try members.required("cacheCreationTokens", &cacheCreationTokens)
        try members.required("cacheReadTokens", &cacheReadTokens)
        try members.required("thinkingTokens", &thinkingTokens)
        try members.optional("factoryCredits", &factoryCredits)
    }

    package static let zero = DroidTokenUsage(
        inputTokens: 0, outputTokens: 0, cacheCreationTokens: 0, cacheReadTokens: 0, thinkingTokens: 0)
}

/// Tokens of the latest call of a model.
package struct DroidLastCallTokenUsage: DroidRecord {
    package var inputTokens: Int
    package var cacheReadTokens: Int
    package var outputTokens: Int?

    package init(inputTokens: Int, cacheReadTokens: Int, outputTokens: Int? = nil) {
        self.inputTokens = inputTokens
        self.cacheReadTokens = cacheReadTokens
        self.outputTokens = outputTokens
    }

    package init(blank: DroidBlank) { self.init(inputTokens: 0, cacheReadTokens: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("inputTokens", &inputTokens)
        try members.required("cacheReadTokens", &cacheReadTokens)
        try members.optional("outputTokens", &outputTokens)
    }
}
