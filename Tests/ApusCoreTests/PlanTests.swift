import ApusBase
import ApusCore
import Testing

@Suite struct PlanTests {
    @Test func aPlanIsReadFromTheInputOfItsCallAndPutBackThere() {
        let input: JSONValue = ["title": "T", "plan": "a", "optionNames": ["x", "y"]]
        #expect(Plan(input: input) == Plan(text: "a", title: "T", options: ["x", "y"]))
        #expect(Plan(input: ["title": "T"]) == nil && Plan(input: "a") == nil)
        #expect(Plan.input(input, withPlan: "b") == ["title": "T", "plan": "b", "optionNames": ["x", "y"]])
    }

    @Test(arguments: [
        (AutonomyLevel.off, [ApprovalChoice.proceedOnce, .newSession, .proceedEdited, .cancel]),
        (.medium, [.proceedOnce, .autoRunLow, .autoRunMedium, .newSession, .newSessionLow, .newSessionMedium, .proceedEdited, .cancel]),
    ])
    func noAnswerToAPlanIsAboveTheLimit(limit: AutonomyLevel, choices: [ApprovalChoice]) {
        #expect(ApprovalChoice.choices(aboutPlansUpTo: limit) == choices)
    }

    @Test(
        arguments: [
            (ApprovalChoice.proceedOnce, AutonomyLevel.medium), (.proceedEdited, .medium), (.autoRunLow, .low), (.autoRunMedium, .medium),
            (.autoRunHigh, .high), (.newSession, nil), (.newSessionHigh, nil), (.cancel, nil),
        ] as [(ApprovalChoice, AutonomyLevel?)])
    func anAnswerSaysWhatTheSessionGoesOnWith(choice: ApprovalChoice, level: AutonomyLevel?) {
        let settings = SessionSettings(model: "m", autonomy: .medium, interaction: .spec, specModel: "s")
        let after = choice.settings(afterPlanning: settings)
        #expect(after?.autonomy == level)
        #expect(after.map { $0.interaction == .auto && $0.model == "m" && $0.specModel == "s" } ?? true)
    }

    @Test func everyAnswerToAPlanHasALabelOfItsOwn() {
        let choices = ApprovalChoice.choices(aboutPlansUpTo: .unrestricted)
        #expect(Set(choices.map(\.labelForPlan)).count == choices.count)
        #expect(choices.filter(\.isForAnotherSession).map(\.rawValue).allSatisfy { $0.hasPrefix("proceed_new_session") })
    }

    @Test(arguments: [
        (InteractionMode.auto, AutonomyLevel.off, "read-only edit execute web other"), (.spec, .off, "read-only execute other"),
        (.spec, .low, "read-only execute web other"), (.spec, .unrestricted, "read-only execute web other"),
        (.agi, .low, "read-only edit execute web other"),
    ])
    func aModelThatPlansIsShownNothingThatOnlyChangesThings(mode: InteractionMode, level: AutonomyLevel, categories: String) {
        let settings = SessionSettings(autonomy: level, interaction: mode)
        let shown = ToolDefinition.Category.allCases.filter { category in
            settings.offers(ToolDefinition(id: "t", name: "T", summary: "", category: category, inputSchema: [:]))
        }
        #expect(shown.map(\.rawValue).joined(separator: " ") == categories)
        let ofServer = ToolDefinition(id: "s___t", name: "s___t", summary: "", category: .readOnly, inputSchema: [:])
        #expect(settings.offers(ofServer) == (mode != .spec))
        for name in [ResourceTools.list, ResourceTools.read] {
            let tool = ToolDefinition(id: name, name: name, summary: "", category: .other, inputSchema: [:])
            #expect(settings.offers(tool) == (mode != .spec), "\(name)")
        }
    }

    @Test(
        arguments: [
            (SessionSettings(model: "m", effort: .low, interaction: .spec), "m", ReasoningEffort.low),
            (SessionSettings(model: "m", effort: .low, interaction: .spec, specModel: "s"), "s", nil),
            (SessionSettings(model: "m", effort: .low, interaction: .spec, specModel: "s", specEffort: .high), "s", .high),
            (SessionSettings(model: "m", effort: .low, interaction: .spec, specEffort: .high), "m", .high),
            (SessionSettings(model: "m", effort: .low, specModel: "s", specEffort: .high), "m", .low),
        ] as [(SessionSettings, String, ReasoningEffort?)])
    func eachPhaseHasItsModelAndEffort(settings: SessionSettings, model: String, effort: ReasoningEffort?) {
        #expect(settings.modelOfTurn == model && settings.effortOfTurn == effort)
    }
}
