import ApusCore
import Testing

@testable import ApusModels

@Suite struct ModelFamilyTests {
    @Test(
        arguments: [
            ("claude-sonnet-4-6", "claude-sonnet-4-6"), ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("claude-sonnet-4-20250514", "claude-sonnet-4"), ("claude-opus-4-1-20250805", "claude-opus-4-1"),
            ("claude-3-5-haiku-latest", "claude-3-5-haiku"), ("anthropic/claude-opus-4-5", "claude-opus-4-5"), ("GPT-5.2", "gpt-5.2"),
            ("gpt-5-2025-08-07", "gpt-5"), ("gpt-5-mini", "gpt-5-mini"), ("gpt-5-chat-latest", "gpt-5-chat"), ("o3-2025-04-16", "o3"),
            ("gpt-4o-2024-08-06", "gpt-4o"), ("claude-opus-4-6-fast", nil), ("gpt-5.4-mini", nil), ("gpt-5.2-pro", nil),
            ("gpt-4o-audio-preview", nil), ("claude-opus-4-9", nil), ("gpt-50", nil), ("gpt-5-1", nil), ("llama", nil), ("", nil),
        ] as [(String, String?)])
    func namesFindTheirFamily(_ model: String, _ family: String?) {
        #expect(ModelFamily.named(model)?.name == family)
    }

    @Test func tableIsSound() {
        let known = ModelFamily.known
        #expect(Set(known.map(\.name)).count == known.count)
        for family in known {
            #expect(ModelFamily.named(family.name)?.name == family.name, "shadowed by another family")
            #expect(!family.efforts.isEmpty)
            if let context = family.contextTokens, let output = family.maximumOutputTokens { #expect(output <= context) }
            if let price = family.price { #expect(price.output > price.input && price.cacheRead <= price.input) }
        }
    }

    @Test func costCountsEveryKindOfToken() {
        let price = ModelPrice(input: 3, output: 15, cacheRead: 0.3, cacheCreation: 3.75)
        let usage = Usage(
            inputTokens: 1_000_000, outputTokens: 100_000, cacheReadTokens: 2_000_000, cacheCreationTokens: 400_000, reasoningTokens: 50_000
        )
        #expect(abs(price.cost(of: usage) - (3 + 1.5 + 0.6 + 1.5)) < 1e-9)
        #expect(price.cost(of: .zero) == 0)
    }

    @Test func effortsBelongToTheMakersOwnDialects() {
        func efforts(_ model: String, _ dialect: String) -> [ReasoningEffort] {
            ModelDescription(id: "m", displayName: "M", dialect: dialect, model: model).efforts
        }
        #expect(efforts("gpt-5-pro", "openai") == [.high, .dynamic])
        #expect(efforts("openai/gpt-5-pro", "generic-chat-completion-api") == [.high, .dynamic])
        #expect(efforts("claude-haiku-4-5", "generic-chat-completion-api") == ModelEndpoint.chatEfforts)
        #expect(efforts("claude-3-haiku", "anthropic") == [.off])
        #expect(efforts("kimi-k2", "anthropic") == ModelEndpoint.messagesEfforts)
    }

    @Test func whatTheUserConfiguredWins() {
        let own = ModelDescription(id: "m", displayName: "M", dialect: "openai", model: "gpt-5", context: 1_000, output: 200)
        #expect((own.contextTokens, own.maximumOutputTokens) == (1_000, 200))
        let known = ModelDescription(id: "m", displayName: "M", dialect: "openai", model: "gpt-5")
        #expect((known.contextTokens, known.maximumOutputTokens) == (400_000, 128_000))
        #expect(known.price?.input == 1.25)
        let unknown = ModelDescription(id: "m", displayName: "M", dialect: "openai", model: "mystery")
        #expect((unknown.contextTokens, unknown.maximumOutputTokens) == (128_000, nil))
        #expect(unknown.price == nil)
    }
}

@Suite struct EffortClampTests {
    @Test(
        arguments: [
            ("gpt-5", .high, .high, nil), ("gpt-5", .max, .high, "minimal, low, medium, high, dynamic"),
            ("gpt-5", .off, .minimal, "minimal, low, medium, high, dynamic"), ("gpt-5.2", ReasoningEffort.none, ReasoningEffort.none, nil),
            ("gpt-5.2", .off, .off, nil), ("gpt-5.2", .minimal, .low, "off, low, medium, high, xhigh, dynamic"),
            ("gpt-5.2", .max, .xhigh, "off, low, medium, high, xhigh, dynamic"), ("gpt-5-pro", .low, .high, "high, dynamic"),
            ("o3", .dynamic, .dynamic, nil), ("claude-haiku-4-5", .dynamic, nil, "off, minimal, low, medium, high, xhigh, max"),
            ("gpt-4o", .high, nil, ""), ("gpt-4o", .off, .off, nil),
            ("mystery", .max, .xhigh, "off, none, minimal, low, medium, high, xhigh"),
        ] as [(String, ReasoningEffort, ReasoningEffort?, String?)])
    func table(_ model: String, _ wish: ReasoningEffort, _ result: ReasoningEffort?, _ choices: String?) {
        let dialect = model.hasPrefix("claude") ? "anthropic" : "openai"
        let description = ModelDescription(id: "m", displayName: "M", dialect: dialect, model: model)
        let clamped = EffortClamp.clamped(wish, for: description)
        #expect(clamped.effort == result)
        #expect((clamped.warning == nil) == (choices == nil))
        if let choices { #expect(clamped.warning?.hasSuffix(choices.isEmpty ? "is ignored." : "It has: \(choices).") == true) }
    }

    @Test func sentencesNameTheModelTheWishAndTheChoice() {
        let description = ModelDescription(id: "m", displayName: "GPT", dialect: "openai", model: "gpt-5-pro")
        #expect(
            EffortClamp.clamped(.low, for: description).warning
                == "GPT has no effort \"low\": using \"high\". It has: high, dynamic.")
    }

    @Test func modelOfWhichNothingIsKnownIsAskedAsWished() {
        for effort in ReasoningEffort.allCases {
            let clamped = EffortClamp.clamped(effort, for: ModelDescription(id: "m", displayName: "M", dialect: "x"))
            #expect(clamped.effort == effort)
            #expect(clamped.warning == nil)
        }
    }
}
