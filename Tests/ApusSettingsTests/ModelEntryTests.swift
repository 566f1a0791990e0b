import ApusBase
import ApusSettings
import Testing

@Suite struct ModelEntryTests {
    private let directory = TemporaryDirectory()

    private func load(_ models: String, environment: [String: String] = [:]) -> (settings: Settings, file: String) {
        let file = directory.write("{\"customModels\":[\(models)]}", to: ".apus/settings.json")
        let paths = CompatibilityPaths(userHome: directory.path, apusHome: directory.path + "/.apus")
        return (try! SettingsLayers(sources: paths.userSettings, environment: environment).load(), file)
    }

    @Test func readsEveryField() {
        let (settings, file) = load(
            """
            {"model":"qwen:${SIZE}","displayName":"Qwen 32B [Local]","baseUrl":"http://${HOST}/v1","apiKey":"${KEY}",
             "provider":"generic-chat-completion-api","maxOutputTokens":16000,"maxContextLimit":64000,"noImageSupport":true,
             "enableThinking":true,"thinkingMaxTokens":2048,"extraArgs":{"top_k":3},"extraHeaders":{"X-A":"b ${KEY}"},
             "id":"custom:q","index":7}
            """, environment: ["SIZE": "32b", "HOST": "h:1", "KEY": "secret"])
        var expected = ModelEntry(
            model: "qwen:32b", displayName: "Qwen 32B [Local]", baseURL: "http://h:1/v1", apiKey: Secret("secret"),
            provider: .genericChatCompletion, source: SettingsSource(path: file, kind: .user))
        expected.maximumOutputTokens = 16000
        expected.maximumContextTokens = 64000
        expected.lacksImageSupport = true
        expected.enablesThinking = true
        expected.maximumThinkingTokens = 2048
        expected.extraArguments = ["top_k": 3]
        expected.extraHeaders = [ModelEntry.Header(name: "X-A", value: Secret("b secret"))]
        expected.id = "custom:q"
        expected.explicitIndex = 7
        #expect(settings.customModels == [.entry(expected)])
        #expect(settings.warnings == [])
    }

    @Test func badEntriesAreNamedAndKeepTheirPlaces() {
        let good = "{\"model\":\"m\",\"displayName\":\"Good One\",\"baseUrl\":\"http://h\",\"apiKey\":\"k\",\"provider\":\"openai\"}"
        let (settings, file) = load(
            """
            {"displayName":"no model","baseUrl":"http://h","apiKey":"k","provider":"openai"},
            {"model":"m","baseUrl":"http://h","apiKey":"k","provider":"mistral"},
            {"model":"m","baseUrl":"http://h","apiKey":"","provider":"openai"},
            {"model":"m","baseUrl":"h:80","apiKey":"k","provider":"openai"},
            7, \(good)
            """)
        #expect(settings.modelEntries.map(\.canonicalID) == ["custom:Good-One-5"])
        #expect(settings.customModels.count == 6)
        let place = "\(file): customModels"
        #expect(
            settings.warnings == [
                "\(place)[0] was skipped: model is missing; give it, the name the API knows the model by.",
                "\(place)[1] was skipped: provider is \"mistral\", which is unknown; use one of anthropic, openai, generic-chat-completion-api.",
                "\(place)[2] was skipped: apiKey is empty; give it, any placeholder will do for a local server.",
                "\(place)[3] was skipped: baseUrl is \"h:80\"; it must start with http:// or https://.",
                "\(place)[4] was skipped: the entry is not an object; write it as {\"model\": …, \"baseUrl\": …}.",
            ])
    }

    @Test func unsetVariableKeepsTheEntryAndIsNamedOnUse() {
        let (settings, file) = load(
            "{\"model\":\"m\",\"baseUrl\":\"http://h\",\"apiKey\":\"${NO_KEY}\",\"provider\":\"anthropic\","
                + "\"extraHeaders\":{\"A\":\"${NO_HEADER}${NO_KEY}\"}}")
        #expect(settings.warnings == [])
        let entry = settings.modelEntries.first
        #expect(entry?.missingVariables == ["NO_KEY", "NO_HEADER"])
        #expect(
            entry?.obstacle == "Custom model \"m\" of \(file) needs ${NO_KEY}, ${NO_HEADER}, which the environment does not have. "
                + "Set it (export NO_KEY=…) or choose another model with --model.")
    }

    @Test func bedrockEntryIsKeptAndRefusedOnUse() {
        let (settings, _) = load("{\"model\":\"m\",\"provider\":\"anthropic\",\"bedrock\":{\"awsRegion\":\"eu-west-1\"}}")
        #expect(settings.modelEntries.first?.bedrock == ["awsRegion": "eu-west-1"])
        #expect(settings.modelEntries.first?.obstacle?.contains("\"bedrock\", which is not supported yet") == true)
        #expect(settings.warnings == [])
    }

    @Test func doubtfulOptionsAreIgnoredWithoutRepeatingSecrets() {
        let (settings, file) = load(
            "{\"model\":\"m\",\"baseUrl\":\"http://h\",\"apiKey\":\"k\",\"provider\":\"openai\",\"id\":\"mine\","
                + "\"maxOutputTokens\":0,\"extraHeaders\":\"Bearer canary\"}")
        #expect(settings.modelEntries.map(\.canonicalID) == ["custom:m-0"])
        #expect(
            settings.warnings == [
                "\(file): customModels[0]: maxOutputTokens is 0 where a whole number of at least 1 is needed, so it is ignored.",
                "\(file): customModels[0]: id is \"mine\"; it must start with custom:, so it is ignored.",
                "\(file): customModels[0]: extraHeaders is a string where an object of strings is needed, so it is ignored.",
            ])
    }

    @Test func secretsNeverPrint() {
        let (settings, _) = load("{\"model\":\"m\",\"baseUrl\":\"http://h\",\"apiKey\":\"canary-key\",\"provider\":\"openai\"}")
        var dumped = ""
        dump(settings, to: &dumped)
        #expect(!"\(settings)\(String(reflecting: settings))\(dumped)".contains("canary"))
        #expect("\(Secret("x")) \(String(reflecting: Secret("x")))" == "*** ***")
    }

    @Test(arguments: [
        ("${A}", "1", []), ("x${A}y${B}", "x1y", []), ("${C}", "${C}", ["C"]), ("$A ${} ${1A} ${A-b} ${A", "$A ${} ${1A} ${A-b} ${A", []),
        ("$${A}", "$1", []), ("${C}${C}${D}", "${C}${C}${D}", ["C", "D"]),
    ])
    func expandsOnlyWholeReferences(_ text: String, _ expanded: String, _ missing: [String]) {
        let entry = load(
            "{\"model\":\"\(text)\",\"baseUrl\":\"http://h\",\"apiKey\":\"k\",\"provider\":\"openai\"}", environment: ["A": "1", "B": ""]
        ).settings.modelEntries.first
        #expect(entry?.model == expanded)
        #expect(entry?.missingVariables == missing)
    }
}
