/// What a model costs, in US dollars for a million tokens.
package struct ModelPrice: Hashable, Sendable {
    package var input: Double
    package var output: Double
    package var cacheRead: Double
    package var cacheCreation: Double

    package init(input: Double, output: Double, cacheRead: Double, cacheCreation: Double) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheCreation = cacheCreation
    }

    /// Dollars; reasoning is part of the output.
    package func cost(of usage: Usage) -> Double {
        let parts = [
            (usage.inputTokens, input), (usage.outputTokens, output), (usage.cacheReadTokens, cacheRead),
            (usage.cacheCreationTokens, cacheCreation),
        ]
        return parts.reduce(0) { $0 + Double($1.0) * $1.1 } / 1_000_000
    }
}
