import ApusBase
import ApusCore
import ApusFronts
import Testing

/// What a command line makes of spec mode (`droid-exec.md` §1.3, §6.1).
@Suite struct ExecSpecTests {
    private static let saved = SessionSettings(model: "m", interaction: .spec, specModel: "old", specEffort: .high)

    @Test(arguments: [
        (ExecSpec(isWanted: true), false, SessionSettings(model: "m"), SessionSettings(model: "m", interaction: .spec, specModel: "set")),
        (ExecSpec(isWanted: true), true, SessionSettings(model: "m"), SessionSettings(model: "m", interaction: .spec, specModel: "set")),
        (
            ExecSpec(isWanted: true, model: "s"), false, SessionSettings(),
            SessionSettings(interaction: .spec, specModel: "s")
        ),
        (ExecSpec(model: "s", effort: .low), false, SessionSettings(), SessionSettings(specModel: "s", specEffort: .low)),
        (ExecSpec(), false, saved, saved),
        (ExecSpec(isWanted: true), true, saved, saved),
        (ExecSpec(), true, saved, SessionSettings(model: "m", specModel: "old", specEffort: .high)),
        // Another model brings its own effort.
        (ExecSpec(model: "s"), false, saved, SessionSettings(model: "m", interaction: .spec, specModel: "s")),
        (ExecSpec(), true, SessionSettings(interaction: .agi), SessionSettings(interaction: .agi)),
    ])
    func theFlagsAndTheSavedSessionSayWhetherARunPlans(
        spec: ExecSpec, hasLevel: Bool, before: SessionSettings, after: SessionSettings
    ) {
        var settings = before
        spec.apply(to: &settings, leavesPlanning: hasLevel, PlannerDefaults(model: "set"))
        #expect(settings == after)
    }

    private func model(_ dialect: String) -> ModelDescription { ModelDescription(id: dialect, displayName: dialect, dialect: dialect) }

    @Test(
        arguments: [
            ("openai", nil, "openai", nil, true), ("openai", nil, "anthropic", nil, false), ("anthropic", nil, "openai", nil, false),
            ("generic", nil, "openai", nil, false), ("anthropic", .high, "anthropic", .low, true),
            ("anthropic", .high, "generic", nil, false),
            ("generic", nil, "anthropic", .low, false), ("anthropic", .off, "generic", nil, true),
            ("anthropic", nil, "generic", .high, true),
            ("generic", .high, "generic", .high, true),
        ] as [(String, ReasoningEffort?, String, ReasoningEffort?, Bool)])
    func modelsGoTogetherByKind(planner: String, planning: ReasoningEffort?, doer: String, doing: ReasoningEffort?, fits: Bool) {
        let objection = ExecSpec.objection(to: model(planner), planning, beside: model(doer), doing)
        #expect((objection == nil) == fits, "\(objection ?? "")")
        if !fits { #expect(objection?.hasPrefix("The spec model \(planner) is ignored beside \(doer): ") == true) }
    }
}
