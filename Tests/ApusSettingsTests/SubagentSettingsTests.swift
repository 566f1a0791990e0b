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

    @Test(arguments: [
        ("1500", Duration.milliseconds(1_500)), ("86400000", .seconds(86_400)), ("0", .seconds(600)), ("\"10 min\"", .seconds(600)),
    ])
    func silenceIsCountedInMilliseconds(value: String, limit: Duration) {
        directory.write("{\"subagentInactivityTimeout\":\(value)}", to: ".apus/settings.json")
        let settings = load()
        #expect(settings.subagents.setting.inactivityLimit == limit)
        // What cannot be used is said.
        #expect(settings.warnings.isEmpty == (limit != .seconds(600)))
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
