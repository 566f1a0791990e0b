import ApusBase
import ApusCore
import ApusSettings
import Testing

@Suite struct SettingsLayersTests {
    private let directory = TemporaryDirectory()
    private var paths: CompatibilityPaths { CompatibilityPaths(userHome: directory.path, apusHome: directory.path + "/.apus") }

    private func load(_ environment: [String: String] = [:]) -> Settings {
        try! SettingsLayers(sources: paths.userSettings, environment: environment).load()
    }

    private static func entry(_ name: String, model: String = "m", key: String = "k", extra: String = "") -> String {
        "{\"model\":\"\(model)\",\"displayName\":\"\(name)\",\"baseUrl\":\"http://h/v1\",\"apiKey\":\"\(key)\","
            + "\"provider\":\"generic-chat-completion-api\"\(extra)}"
    }

    @Test func nothingAtAllGivesEmptySettingsWithoutAWarning() {
        #expect(load() == Settings())
    }

    @Test func firstLayerThatSetsAScalarWins() {
        directory.write("{\"reasoningEffort\":\"high\"}", to: ".apus/settings.local.json")
        let own = directory.write("{\"model\":\"custom:a\",\"reasoningEffort\":\"low\",}", to: ".apus/settings.json")
        let theirs = directory.write(
            "{\"model\":\"custom:b\",\"llmRequestTimeout\":5000,\"includeCoAuthoredByDroid\":false}", to: ".factory/settings.json")
        let settings = load()
        #expect(settings.model == Sourced("custom:a", from: SettingsSource(path: own, kind: .user), line: 1))
        #expect(settings.reasoningEffort?.value == .high)
        #expect(settings.requestTimeoutMilliseconds == Sourced(5000, from: SettingsSource(path: theirs, kind: .compatibility), line: 1))
        #expect(settings.includesCoAuthor?.value == false)
        #expect(settings.warnings == [])
        #expect(settings.sources.count == 3)
    }

    @Test func sessionDefaultsStandInWithinTheirLayer() {
        directory.write("{\"sessionDefaultSettings\":{\"model\":\"custom:s\",\"reasoningEffort\":\"max\"}}", to: ".apus/settings.json")
        directory.write("{\"model\":\"custom:f\",\"reasoningEffort\":\"low\"}", to: ".factory/settings.json")
        let settings = load()
        #expect(settings.model?.value == "custom:s")
        #expect(settings.reasoningEffort?.value == .max)
    }

    @Test func thePlannerAndTheFolderOfPlansAreRead() {
        directory.write(
            "{\"sessionDefaultSettings\":{\"specModeModel\":\"custom:s\",\"specModeReasoningEffort\":\"high\"}}",
            to: ".apus/settings.json")
        directory.write("{\"specSaveDir\":\"~/plans\"}", to: ".factory/settings.json")
        let settings = load()
        #expect(settings.planModel?.value == "custom:s" && settings.planEffort?.value == .high)
        #expect(settings.planFolder?.value == "~/plans" && settings.warnings == [])
    }

    @Test func listsAreUnited() {
        directory.write("{\"commandDenylist\":[\"rm\",\"dd\"]}", to: ".apus/settings.json")
        directory.write(
            "{\"commandDenylist\":[\"dd\",\"mkfs\"],\"commandAllowlist\":[\"ls\"],\"commandBlocklist\":[\"su\"]}",
            to: ".factory/settings.json")
        let settings = load()
        #expect(settings.commandDenylist.map(\.value) == ["rm", "dd", "mkfs"])
        #expect(settings.commandDenylist.map(\.source.kind) == [.user, .user, .compatibility])
        #expect(settings.commandAllowlist.map(\.value) == ["ls"])
        #expect(settings.commandBlocklist.map(\.value) == ["su"])
    }

    @Test func brokenFileIsNamedWithItsLineAndSkipped() {
        let broken = directory.write("{\n  \"model\" \"x\"\n}", to: ".apus/settings.json")
        directory.write("{\"model\":\"custom:b\"}", to: ".factory/settings.json")
        let settings = load()
        #expect(settings.model?.value == "custom:b")
        #expect(
            settings.warnings == [
                "Settings file \(broken):2:11 has '\"' where ':' was expected; the whole file was skipped. Mend that line."
            ])
    }

    @Test func fileThatIsNoObjectOrNoFileIsAWarning() {
        let list = directory.write("[]", to: ".apus/settings.json")
        directory.write("", to: ".factory/settings.json/inner")
        let folder = directory.path + "/.factory/settings.json"
        #expect(
            load().warnings == [
                "Settings file \(list):1 was skipped: it holds a list where an object is needed.",
                "Settings file \(folder) was skipped: it cannot be read (it is not a regular file).",
            ])
    }

    @Test func emptyFileIsNothing() {
        directory.write(" \n", to: ".apus/settings.json")
        #expect(load() == Settings())
    }

    @Test func limitsOfConversationsComeFromAllLayersByModel() {
        let own = directory.write(
            """
            {"compactionTokenLimit": 9000, "compactionModelMode": "same", "compactionTokenLimitPerModel": {"a": 1000, "b": "many", "c": 0}}
            """, to: ".apus/settings.json")
        directory.write(
            "{\"compactionTokenLimitPerModel\": {\"a\": 2000, \"d\": 3000}, \"compactionModel\": \"small\"}", to: ".factory/settings.json")
        let settings = load()
        #expect(settings.compactionTokenLimit?.value == 9_000 && settings.compactionModel?.value == "small")
        #expect(settings.compactionTokenLimitPerModel == ["a": 1_000, "d": 3_000])
        #expect(settings.warnings.map { $0.hasPrefix("\(own): compactionTokenLimitPerModel.") } == [true, true])
    }

    @Test(arguments: [("same", nil), ("", nil), ("small", "small")] as [(String, String?)])
    func theModelThatSummarisesIsNamedOrTheSame(said: String, model: String?) {
        directory.write("{\"compactionModelMode\": \"\(said)\"}", to: ".apus/settings.json")
        #expect(load().compactionModel?.value == model)
    }

    @Test func valuesOfTheWrongKindAreIgnoredOneByOne() {
        let file = directory.write(
            "{\"model\":7,\n\"reasoningEffort\":\"huge\",\"llmRequestTimeout\":-1,\n\"commandAllowlist\":[1,\"ls\"],\n"
                + "\"customModels\":{},\"exec\":true}",
            to: ".apus/settings.json")
        let settings = load()
        #expect(settings.commandAllowlist.map(\.value) == ["ls"])
        #expect(
            settings.warnings == [
                "\(file):1: model is 7 where a string is needed; what does not fit is ignored.",
                "\(file):2: reasoningEffort is \"huge\", which is unknown; use one of off, none, minimal, low, medium, high, xhigh, max, "
                    + "dynamic; what does not fit is ignored.",
                "\(file):4: customModels is an object where a list is needed; what does not fit is ignored.",
                "\(file):2: llmRequestTimeout is -1 where a number of milliseconds from 1 to 86400000 is needed; what does not fit is ignored.",
                "\(file):3: commandAllowlist is a list where a list of strings only is needed; what does not fit is ignored.",
                "\(file):4: exec is true where an object is needed; what does not fit is ignored.",
            ])
    }

    @Test func customModelsOfStrongerLayersComeFirstAndAreNotRepeated() {
        directory.write(
            "{\"customModels\":[\(Self.entry("A")),\(Self.entry("B", extra: ",\"id\":\"custom:b\""))]}", to: ".apus/settings.json")
        directory.write(
            "{\"customModels\":[\(Self.entry("A", key: "other")),\(Self.entry("B2", extra: ",\"id\":\"custom:b\"")),\(Self.entry("C"))]}",
            to: ".factory/settings.json")
        directory.write(
            "{\"custom_models\":[{\"model\":\"old\",\"model_display_name\":\"Old One\",\"base_url\":\"http://o\",\"api_key\":\"${KEY}\","
                + "\"provider\":\"anthropic\",\"max_tokens\":4096}]}", to: ".factory/config.json")
        let settings = load(["KEY": "expanded"])
        #expect(settings.modelEntries.map(\.canonicalID) == ["custom:A-0", "custom:b", "custom:C-2", "custom:Old-One-3"])
        let old = settings.modelEntries[3]
        #expect(old.apiKey.reveal() == "${KEY}")
        #expect(old.maximumOutputTokens == 4096)
        #expect(old.missingVariables == [])
        #expect(settings.warnings == [])
    }

    @Test func twoAlikeInOneFileKeepTheirPlaces() {
        directory.write("{\"customModels\":[\(Self.entry("A")),\(Self.entry("A")),\(Self.entry("Z"))]}", to: ".apus/settings.json")
        #expect(load().modelEntries.map(\.canonicalID) == ["custom:A-0", "custom:A-1", "custom:Z-2"])
    }
}
