import ApusCore

/// As published by the makers. Prices are those of the plain
/// API, without batch, priority or regional rates.
extension ModelFamily {
    static let known: [ModelFamily] = claude + gpt

    // MARK: Anthropic

    private static let budgets: [ReasoningEffort] = [.off, .minimal, .low, .medium, .high, .xhigh, .max]
    private static let adaptive: [ReasoningEffort] = [.off, .low, .medium, .high, .xhigh, .max, .dynamic]

    private static let claude: [ModelFamily] = [
        claude("claude-opus-4-8", output: 128_000, adaptive, refusesBudget: true),
        claude("claude-opus-4-7", output: 128_000, adaptive, refusesBudget: true),
        claude("claude-opus-4-6", output: 128_000, budgets + [.dynamic], 5, 25), claude("claude-opus-4-5", output: 64_000, budgets, 5, 25),
        claude("claude-opus-4-1", output: 32_000, budgets, 15, 75), claude("claude-opus-4", output: 32_000, budgets, 15, 75),
        claude("claude-opus-4-0", output: 32_000, budgets, 15, 75),
        claude("claude-sonnet-4-6", output: 64_000, budgets + [.dynamic], 3, 15),
        claude("claude-sonnet-4-5", output: 64_000, budgets, 3, 15),
        claude("claude-sonnet-4", output: 64_000, budgets, 3, 15), claude("claude-sonnet-4-0", output: 64_000, budgets, 3, 15),
        claude("claude-haiku-4-5", output: 64_000, budgets, 1, 5), claude("claude-3-7-sonnet", output: 64_000, budgets, 3, 15),
        claude("claude-3-5-sonnet", output: 8_192, [.off], 3, 15), claude("claude-3-5-haiku", output: 8_192, [.off], 0.8, 4),
        claude("claude-3-opus", output: 4_096, [.off], 15, 75), claude("claude-3-haiku", output: 4_096, [.off], 0.25, 1.25),
    ]

    /// Reading from the cache costs a tenth, writing to it (for five minutes) a quarter more.
    private static func claude(
        _ name: String, output: Int, _ efforts: [ReasoningEffort], refusesBudget: Bool = false, _ input: Double? = nil,
        _ written: Double = 0
    ) -> ModelFamily {
        let price = input.map { ModelPrice(input: $0, output: written, cacheRead: $0 / 10, cacheCreation: $0 * 1.25) }
        return ModelFamily(
            name: name, maker: .anthropic, contextTokens: 200_000, maximumOutputTokens: output, efforts: efforts,
            refusesBudget: refusesBudget, price: price)
    }

    // MARK: OpenAI

    private static let threeSteps: [ReasoningEffort] = [.low, .medium, .high, .dynamic]
    private static let fromMinimal: [ReasoningEffort] = [.minimal, .low, .medium, .high, .dynamic]
    private static let fromOff: [ReasoningEffort] = [.off, .low, .medium, .high, .dynamic]
    private static let fromOffToXhigh: [ReasoningEffort] = [.off, .low, .medium, .high, .xhigh, .dynamic]
    private static let toXhigh: [ReasoningEffort] = [.low, .medium, .high, .xhigh, .dynamic]
    private static let large = (400_000, 128_000)

    private static let gpt: [ModelFamily] = [
        gpt("gpt-5.5", nil, fromOffToXhigh),
        // Twice as large, but what is beyond this has another price.
        gpt("gpt-5.4", (272_000, 128_000), fromOffToXhigh, 2.5, 15, 0.25), gpt("gpt-5.3-codex", large, toXhigh, 1.75, 14, 0.175),
        gpt("gpt-5.2-codex", large, toXhigh, 1.75, 14, 0.175), gpt("gpt-5.2", large, fromOffToXhigh, 1.75, 14, 0.175),
        gpt("gpt-5.1-codex", large, threeSteps, 1.25, 10, 0.125), gpt("gpt-5.1", large, fromOff, 1.25, 10, 0.125),
        gpt("gpt-5-codex", large, threeSteps, 1.25, 10, 0.125), gpt("gpt-5-pro", (400_000, 272_000), [.high, .dynamic], 15, 120, 15),
        gpt("gpt-5-mini", large, fromMinimal, 0.25, 2, 0.025), gpt("gpt-5-nano", large, fromMinimal, 0.05, 0.4, 0.005),
        gpt("gpt-5-chat", (128_000, 16_384), [.off], 1.25, 10, 0.125), gpt("gpt-5", large, fromMinimal, 1.25, 10, 0.125),
        gpt("o4-mini", (200_000, 100_000), threeSteps, 1.1, 4.4, 0.275),
        gpt("o3-mini", (200_000, 100_000), threeSteps, 1.1, 4.4, 0.55).blind,
        gpt("o3", (200_000, 100_000), threeSteps, 2, 8, 0.5), gpt("o1", (200_000, 100_000), threeSteps, 15, 60, 7.5),
        gpt("gpt-4.1", (1_047_576, 32_768), [.off], 2, 8, 0.5), gpt("gpt-4.1-mini", (1_047_576, 32_768), [.off], 0.4, 1.6, 0.1),
        gpt("gpt-4.1-nano", (1_047_576, 32_768), [.off], 0.1, 0.4, 0.025), gpt("gpt-4o", (128_000, 16_384), [.off], 2.5, 10, 1.25),
        gpt("gpt-4o-mini", (128_000, 16_384), [.off], 0.15, 0.6, 0.075), gpt("chatgpt-4o", (128_000, 16_384), [.off], 5, 15, 5),
        gpt("gpt-4-turbo", (128_000, 4_096), [.off], 10, 30, 10), gpt("gpt-4", (8_192, 8_192), [.off], 30, 60, 30).blind,
        gpt("gpt-3.5-turbo", (16_385, 4_096), [.off], 0.5, 1.5, 0.5).blind,
    ]

    /// The same family, taking no images.
    private var blind: ModelFamily {
        var family = self
        family.takesImages = false
        return family
    }

    /// Writing to the cache costs nothing extra.
    private static func gpt(
        _ name: String, _ limits: (context: Int, output: Int)?, _ efforts: [ReasoningEffort], _ input: Double? = nil,
        _ written: Double = 0, _ cached: Double = 0
    ) -> ModelFamily {
        let price = input.map { ModelPrice(input: $0, output: written, cacheRead: cached, cacheCreation: $0) }
        return ModelFamily(
            name: name, maker: .openAI, contextTokens: limits?.context, maximumOutputTokens: limits?.output, efforts: efforts, price: price)
    }
}
