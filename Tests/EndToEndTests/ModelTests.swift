import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Choosing, listing and paying for models.
@Suite struct ModelTests {
    private func configure(_ stage: Stage, _ members: JSONObject) throws {
        var entry: JSONObject = [
            "id": "custom:m", "displayName": "M", "model": "claude-sonnet-4-5", "provider": "anthropic",
            "baseUrl": .string(stage.server.baseURL), "apiKey": "test-key",
        ]
        for (key, value) in members { entry[key] = value }
        let settings: JSONValue = ["model": "custom:m", "customModels": [.object(entry)]]
        try settings.serialized().write(toFile: "\(stage.home.apus)/settings.json", atomically: false, encoding: .utf8)
    }

    @Test func costIsThatOfAllTokensAtTheirPrices() async throws {
        let usage = TokenCounts(input: 1_000, output: 200, cacheRead: 10_000, cacheCreation: 4_000)
        try await withStage(.anthropic, [.toolCall("LS", [:], id: "call-1"), .text("done", usage: usage)]) { stage in
            try configure(stage, [:])
            let outcome = try await stage.apus("exec", "-o", "json", "look")
            // 1,100 tokens read, 210 written, 10,000 from the cache, 4,000 into it, at 3, 15, 0.3 and 3.75 dollars a million.
            let cost = 0.02445
            let told = try #require(try outcome.result()["total_cost_usd"]?.doubleValue, "\(outcome.everything)")
            #expect(abs(told - cost) < 1e-9)
        }
    }

    @Test(arguments: ["scripted-model", "claude-opus-4-8"])
    func costIsLeftOutWhereThePriceIsUnknown(model: String) async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try configure(stage, ["model": .string(model)])
            let outcome = try await stage.apus("exec", "-o", "json", "look")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["total_cost_usd"] == nil)
        }
    }

    @Test func anEffortThatTheModelLacksIsReplacedAndSaidOnce() async throws {
        try await withStage(.responses, [.toolCall("LS", [:], id: "call-1"), .text("done")]) { stage in
            try configure(
                stage, ["model": "gpt-5.1", "provider": "openai", "baseUrl": .string(stage.server.versionedBaseURL)])
            let outcome = try await stage.apus("exec", "-r", "xhigh", "look")
            #expect(outcome.text == "done\n", "\(outcome.everything)")
            let warning = "M has no effort \"xhigh\": using \"high\". It has: off, low, medium, high, dynamic."
            #expect(outcome.diagnostics.components(separatedBy: warning).count == 2, "\(outcome.everything)")
            #expect(stage.server.modelRequests.map { $0.body["reasoning"]?["effort"] } == ["high", "high"])
        }
    }

    @Test func aVariableThatIsNotSetIsNamed() async throws {
        try await withStage(.anthropic, [.text("served")]) { stage in
            try configure(stage, ["apiKey": "${APUS_TEST_KEY}"])
            let refused = try await stage.apus("exec", "-o", "json", "hello")
            #expect(refused.status == .exited(1), "\(refused.everything)")
            let sentence = try refused.result()["result"]?.stringValue ?? ""
            #expect(sentence.contains("needs ${APUS_TEST_KEY}, which the environment does not have. Set it (export APUS_TEST_KEY=…)"))
            #expect(stage.server.modelRequests.isEmpty)
            let served = try await stage.apus("exec", "hello", environment: ["APUS_TEST_KEY": "from-outside"])
            #expect(served.text == "served\n", "\(served.everything)")
            #expect(stage.server.modelRequests.first?.header("x-api-key") == "from-outside")
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func extraArgumentsAndHeadersAreSentAndWin(kind: ProviderKind) async throws {
        try await withStage(kind, [.text("served")]) { stage in
            try configure(
                stage,
                [
                    "model": "some-model", "provider": .string(kind.rawValue),
                    "extraArgs": ["temperature": 0.25, "model": "other-model", "stream_options": nil, "metadata": ["team": "a"]],
                    "extraHeaders": ["X-Team": "${TEAM}", "Authorization": "Custom abc", "X-Api-Key": "other-key"],
                ])
            let outcome = try await stage.apus("exec", "hello", environment: ["TEAM": "platform"])
            #expect(outcome.text == "served\n", "\(outcome.everything)")
            let request = try #require(stage.server.modelRequests.first)
            #expect(request.body["temperature"] == 0.25)
            #expect(request.body["model"] == "other-model")
            #expect(request.body["stream_options"] == nil)
            #expect(request.body["metadata"] == ["team": "a"])
            for (name, value) in [("x-team", "platform"), ("authorization", "Custom abc"), ("x-api-key", "other-key")] {
                #expect(request.headers.filter { $0.name.lowercased() == name }.map(\.value) == [value])
            }
        }
    }

    @Test func theListSaysWhatIsKnownAndWhereItIsFrom() async throws {
        try await withStage(.anthropic, []) { stage in
            try configure(stage, ["apiKey": "${APUS_TEST_KEY}"])
            let outcome = try await stage.apus(
                "models", "list", "--json", environment: ["OPENAI_API_KEY": "sk-unused-test-key", "APUS_NO_LOCAL_MODELS": "1"])
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let models = try outcome.result().arrayValue ?? []
            #expect(models.map { $0["id"]?.stringValue } == ["custom:m", "gpt-5.4", "offline"])
            #expect(models.map { $0["source"]?["kind"]?.stringValue } == ["settings", "environment", "built-in"])
            #expect(models.map { $0["isUsable"] } == [false, true, true])
            #expect(models.map { $0["isDefault"] } == [false, false, false])
            #expect(outcome.diagnostics.contains("${APUS_TEST_KEY}"), "why there is no default")
            #expect(models[0]["contextTokens"] == 200_000 && models[0]["maximumOutputTokens"] == 64_000)
            #expect(models[0]["priceUSDPerMillionTokens"]?["input"]?.doubleValue == 3)
            #expect(models[0]["obstacle"]?.stringValue?.contains("${APUS_TEST_KEY}") == true)
            #expect(!outcome.everything.contains("sk-unused-test-key"))

            let text = try await stage.apus("models", environment: ["APUS_TEST_KEY": "set-for-this-run", "APUS_NO_LOCAL_MODELS": "1"])
            #expect(text.text.hasPrefix("custom:m  M  (default)\n    from "), "\(text.everything)")
            #expect(text.text.contains("context 200000, output 64000; efforts "))
            #expect(text.text.contains("USD for a million tokens: input 3.0, output 15.0, cache read 0.3, cache write 3.75"))
            #expect(stage.server.requests.isEmpty, "nobody is asked")
        }
    }

    @Test func withNothingConfiguredThePlannerIsTheDefault() async throws {
        try await withStage(.anthropic, []) { stage in
            try FileManager.default.removeItem(atPath: "\(stage.home.apus)/settings.json")
            let outcome = try await stage.apus("models", "list", "--json", environment: ["APUS_NO_LOCAL_MODELS": "1"])
            let models = try outcome.result().arrayValue ?? []
            #expect(models.map { $0["id"]?.stringValue } == ["offline"])
            #expect(models.first?["isDefault"] == true)
            #expect(outcome.diagnostics.isEmpty, "\(outcome.everything)")
        }
    }
}
