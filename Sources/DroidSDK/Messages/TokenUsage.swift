import DroidWire

/// Tokens of the latest call of a model.
public struct LastCallTokenUsage: Sendable, Hashable {
    public var inputTokens: Int
    public var cacheReadTokens: Int
    public var outputTokens: Int?

    public init(inputTokens: Int, cacheReadTokens: Int, outputTokens: Int? = nil) {
        self.inputTokens = inputTokens
        self.cacheReadTokens = cacheReadTokens
        self.outputTokens = outputTokens
    }
}

extension LastCallTokenUsage {
    init(_ wire: DroidWire.DroidLastCallTokenUsage) {
        self.init(inputTokens: wire.inputTokens, cacheReadTokens: wire.cacheReadTokens, outputTokens: wire.outputTokens)
    }
}

/// Tokens of a call, a turn or a session (`droid.md` §3.1).
public struct TokenUsage: Sendable, Hashable {
    public var inputTokens: Int
    public var outputTokens: Int
    public var cacheCreationTokens: Int
    public var cacheReadTokens: Int
    public var thinkingTokens: Int
    public var factoryCredits: Double?

    public init(
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
}

extension TokenUsage {
    init(_ wire: DroidWire.DroidTokenUsage) {
        self.init(
            inputTokens: wire.inputTokens, outputTokens: wire.outputTokens, cacheCreationTokens: wire.cacheCreationTokens,
            cacheReadTokens: wire.cacheReadTokens, thinkingTokens: wire.thinkingTokens, factoryCredits: wire.factoryCredits)
    }
}
