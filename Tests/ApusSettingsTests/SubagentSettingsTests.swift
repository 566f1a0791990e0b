import ApusCore
import ApusSettings
import Testing

@Suite struct SubagentSettingsTests {
    private let directory = TemporaryDirectory()

    private func load() -> Settings {
        let paths = CompatibilityPaths(userHome: directory.path, apusHome: directory.path + "/.apus")
        return try! SettingsLayers(sources: paths.userSettings, environment: [:]).load()
    }

    @Test func nothingSaidIsTheParentsLevelAndModelAndAStrictGate() {
        #expect(load().subagents == SubagentSettings())
        directory.write(
            "{\"subagentAutonomyLevel\":\"inherit\",\"subagentModelSettings\":{\"lightModel\":\"inherit\"},"
                + "\"exec\":{\"strictTaskGate\":true}}", to: ".apus/settings.json")
        let settings = load()
        #expect(settings.subagents == SubagentSettings() && settings.warnings == [])
    }

    @Test func membersOfTheStrongerFileStandBeforeThoseOfTheOther() {
        directory.write(
            "{\"subagentAutonomyLevel\":\"low\",\"subagentModelSettings\":{\"lightModel\":\"custom:small\"},"
                + "\"exec\":{\"strictTaskGate\":false}}", to: ".apus/settings.json")
        directory.write(
            "{\"subagentAutonomyLevel\":\"high\",\"subagentModelSettings\":{\"lightModel\":\"custom:other\","
                + "\"heavyModel\":\"custom:large\",\"heavyReasoningEffort\":\"max\",\"mediumReasoningEffort\":\"odd\"}}",
            to: ".factory/settings.json")
        let subagents = load().subagents
        #expect(subagents.setting.autonomy == .low && subagents.startsAtEveryLevel)
        #expect(
            subagents.setting.tiers == [
                .light: SubagentSetting.Tier(model: "custom:small"),
                .heavy: SubagentSetting.Tier(model: "custom:large", effort: .max),
            ])
    }
}
