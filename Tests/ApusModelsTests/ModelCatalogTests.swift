import ApusBase
import ApusCore
import ApusSettings
import Testing

@testable import ApusModels

@Suite struct ModelCatalogTests {
    private struct Fallback: ModelProvider {
        let description = ModelDescription(id: "offline", displayName: "Offline planner", dialect: "offline")
        func respond(to request: ModelRequest, receive: (ModelEvent) async -> Void) async throws(ModelError) {}
    }

    private static let user = SettingsSource(path: "/u/.apus/settings.json", kind: .user)
    private static let theirs = SettingsSource(path: "/u/.factory/settings.json", kind: .compatibility)

    private static func entry(_ name: String, _ model: String, position: Int, provider: ModelEntry.Provider = .genericChatCompletion)
        -> ModelEntry
    {
        var entry = ModelEntry(
            model: model, displayName: name, baseURL: "http://h/v1", apiKey: Secret("key-of-entry"), provider: provider, source: user)
        entry.position = position
        return entry
    }

    private func catalog(
        _ entries: [ModelEntry] = [], model: Sourced<String>? = nil, environment: [String: String] = [:], ports: [Int]? = nil
    ) -> ModelCatalog {
        var settings = Settings()
        settings.customModels = entries.map { .entry($0) }
        settings.model = model
        let http = HTTPStream()
        return ModelCatalog(
            settings: settings, environment: environment, http: http,
            localServers: ports.map { LocalServers(http: http, ports: $0, limit: .seconds(20)) }, fallback: Fallback(),
            fallbackAnnouncement: "No model.")
    }

    private static let entries = [entry("Kimi", "kimi-k2", position: 0), entry("Claude", "claude-x", position: 1, provider: .anthropic)]

    @Test func customModelsBecomeProvidersOfTheirDialect() async throws {
        let chat = try await catalog(Self.entries).selection(for: "custom:Kimi-0")
        #expect(chat.description.dialect == "generic-chat-completion-api")
        #expect(chat.announcement == nil)
        let responses = Self.entry("O", "gpt-x", position: 0, provider: .openai)
        #expect(try await catalog([responses]).selection(for: "custom:O-0").description.dialect == "openai")
        let messages = try await catalog(Self.entries).selection(for: "claude-x(high)")
        #expect(messages.description.id == "custom:Claude-1")
        #expect(messages.description.dialect == "anthropic")
        #expect(messages.effort == .high)
        #expect(try await catalog(Self.entries).provider(for: nil).description.id == "custom:Kimi-0")
    }

    @Test func unknownModelListsWhatThereIs() async {
        let none = await #expect(throws: ModelLookupError.self) { try await catalog().selection(for: "gpt\u{1b}5") }
        #expect(
            none?.description == """
                Invalid model: gpt\\u{1B}5
                Available built-in models: offline
                No custom models configured. Add them to ~/.factory/settings.json
                Models of your own go into customModels of ~/.apus/settings.json; ANTHROPIC_API_KEY and OPENAI_API_KEY open those providers' models.
                """)
        let some = await #expect(throws: ModelLookupError.self) {
            try await catalog(Self.entries, environment: ["ANTHROPIC_API_KEY": "k"]).selection(for: "custom:none")
        }
        #expect(
            some?.description.split(separator: "\n").prefix(3) == [
                "Invalid model: custom:none", "Available built-in models: claude-sonnet-4-6, offline",
                "Available custom models: custom:Kimi-0, custom:Claude-1",
            ])
    }

    @Test func ambiguousNameListsTheCandidates() async {
        let twins = [Self.entry("A", "same", position: 0), Self.entry("B", "same", position: 1)]
        let error = await #expect(throws: ModelLookupError.self) { try await catalog(twins).selection(for: "custom:same") }
        #expect(
            error?.description == """
                Ambiguous model: custom:same fits several custom models. Use one of these ids:
                  custom:A-0  (same at http://h/v1, /u/.apus/settings.json)
                  custom:B-1  (same at http://h/v1, /u/.apus/settings.json)
                """)
    }

    @Test func entryThatCannotBeUsedSaysWhy() async throws {
        var broken = Self.entry("Kimi", "kimi-k2", position: 0)
        broken.missingVariables = ["GROQ_KEY"]
        let other = Self.entry("Other", "o", position: 1)
        let error = await #expect(throws: ModelLookupError.self) { try await catalog([broken]).selection(for: "custom:Kimi-0") }
        #expect(error?.description.contains("needs ${GROQ_KEY}") == true)
        await #expect(throws: ModelLookupError.self) { try await catalog([broken]).selection(for: nil) }
        let next = try await catalog([broken, other]).selection(for: nil)
        #expect(next.description.id == "custom:Other-1")
        #expect(next.announcement?.contains("needs ${GROQ_KEY}") == true)
    }

    @Test func ownSettingsMeanWhatTheySayAndTheOtherProductsAreAWish() async throws {
        let chosen = try await catalog(Self.entries, model: Sourced("custom:Claude-1", from: Self.user)).selection(for: nil)
        #expect(chosen.description.id == "custom:Claude-1")
        await #expect(throws: ModelLookupError.self) {
            try await catalog(Self.entries, model: Sourced("claude-hosted", from: Self.user)).selection(for: nil)
        }
        let wish = try await catalog(Self.entries, model: Sourced("claude-hosted", from: Self.theirs)).selection(for: nil)
        #expect(wish.description.id == "custom:Kimi-0")
        #expect(wish.announcement == "The model \"claude-hosted\" of /u/.factory/settings.json is not available here. Using custom:Kimi-0.")
        #expect(try await catalog(Self.entries, model: Sourced("auto", from: Self.user)).selection(for: nil).announcement == nil)
    }

    @Test(
        arguments: [
            (["ANTHROPIC_API_KEY": "k"], "claude-any", "anthropic"), (["OPENAI_API_KEY": "k"], "gpt-x", "openai"),
            (["OPENAI_API_KEY": "k"], "o3-mini", "openai"),
            (["OPENAI_API_KEY": "k"], "chatgpt-x", "openai"),
            (["OPENAI_API_KEY": "k"], "llama", nil), (["OPENAI_API_KEY": "k"], "claude-any", nil),
            (["ANTHROPIC_API_KEY": "k"], "gpt-x", nil),
            (["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://h/v1"], "llama", "generic-chat-completion-api"),
            (["ANTHROPIC_API_KEY": ""], "claude-any", nil), (["ANTHROPIC_API_KEY": "k", "ANTHROPIC_MODEL": "mine"], "mine", "anthropic"),
            (["ANTHROPIC_API_KEY": "k"], "custom:claude-any", nil), ([:], "offline", "offline"),
            ([:], "local:1234/m", "generic-chat-completion-api"),
        ] as [([String: String], String, String?)])
    func keysInTheEnvironmentOpenPlainNames(_ environment: [String: String], _ name: String, _ dialect: String?) async {
        let selection = try? await catalog(environment: environment).selection(for: name)
        #expect(selection?.description.dialect == dialect)
        if selection != nil { #expect(selection?.description.id == name) }
    }

    @Test func suffixWorksOnPlainNames() async throws {
        let selection = try await catalog(environment: ["ANTHROPIC_API_KEY": "k"]).selection(for: "claude-any(low)")
        #expect(selection.description.id == "claude-any")
        #expect(selection.effort == .low)
    }

    @Test func suffixBeyondTheModelIsClampedAndSaidSo() async throws {
        let selection = try await catalog(environment: ["OPENAI_API_KEY": "k"]).selection(for: "gpt-5(max)")
        #expect(selection.effort == .high)
        #expect(
            selection.announcement
                == "gpt-5 has no effort \"max\": using \"high\". It has: minimal, low, medium, high, dynamic.")
    }

    @Test(arguments: [
        (["ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k"], "claude-sonnet-4-6"), (["OPENAI_API_KEY": "k"], "gpt-5.4"),
        (["ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-mine"], "gpt-mine"),
        (["ANTHROPIC_API_KEY": "k", "ANTHROPIC_MODEL": "claude-mine"], "claude-mine"),
        (["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://h", "OPENAI_MODEL": "llama"], "llama"), ([:], "offline"),
    ])
    func defaultWithoutSettings(_ environment: [String: String], _ id: String) async throws {
        let selection = try await catalog(environment: environment).selection(for: nil)
        #expect(selection.description.id == id)
        let isOwnChoice = environment.keys.contains { $0.hasSuffix("_MODEL") }
        #expect((selection.announcement == nil) == isOwnChoice)
    }

    @Test func ownServerWithoutAModelAsksForOne() async {
        let environment = ["OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://h"]
        let error = await #expect(throws: ModelLookupError.self) { try await catalog(environment: environment).selection(for: nil) }
        #expect(error?.description == "OPENAI_BASE_URL is set, but no model is named: set OPENAI_MODEL, or name one with --model.")
    }

    @Test func localServerIsFoundOnceAndAnnounced() async throws {
        let body = "{\"data\":[{\"id\":\"qwen\"}]}"
        try await ScriptedServer.withServer([.send(head(type: "application/json", "content-length: \(body.utf8.count)") + body)]) {
            server in
            let catalog = catalog(ports: [server.port])
            let selection = try await catalog.selection(for: nil)
            #expect(selection.description.id == "local:\(server.port)/qwen")
            #expect(
                selection.announcement
                    == "No model is configured: using qwen of the local server at 127.0.0.1:\(server.port). Choose another with --model or "
                    + "\"model\" in ~/.apus/settings.json; APUS_NO_LOCAL_MODELS=1 switches this search off.")
            #expect(try await catalog.provider(for: nil).description.id == selection.description.id)
            #expect(server.requests.count == 1)
            await catalog.close()
        }
    }

    @Test func searchForLocalServersCanBeSwitchedOff() async throws {
        let catalog = ModelCatalog(settings: Settings(), environment: ["APUS_NO_LOCAL_MODELS": "1"], fallback: Fallback())
        #expect(try await catalog.selection(for: nil).description.id == "offline")
    }

    @Test func listNamesEverythingWithItsOriginAndTheDefault() async {
        let (models, trouble) = await catalog(Self.entries, environment: ["OPENAI_API_KEY": "k"]).list()
        #expect(models.map(\.description.id) == ["custom:Kimi-0", "custom:Claude-1", "gpt-5.4", "offline"])
        #expect(models.map(\.isDefault) == [true, false, false, false])
        #expect(models.dropFirst(2).map(\.origin) == [.environment("OPENAI_API_KEY"), .builtIn])
        #expect(trouble == nil)
    }
}
