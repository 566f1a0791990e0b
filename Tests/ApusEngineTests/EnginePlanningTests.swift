import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// What the settings of a session do to its turns: its own system prompt, planning.
@Suite(.timeLimit(.minutes(5))) struct EnginePlanningTests {
    /// Reading is free, anything else needs a level.
    private static let policy = LevelPolicy()

    private struct LevelPolicy: AccessPolicy {
        func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision {
            switch request.action {
            case .session, .read: .allow(rule: "r")
            case .plan: .ask(required: nil, rule: "p", reason: "a plan")
            case .write, .command, .fetch, .serverCall, .delegate:
                level >= .low ? .allow(rule: "w") : .ask(required: .low, rule: "w", reason: "writing")
            }
        }
    }

    /// Two models by name, which know what they were asked.
    private struct Models: ModelSource {
        let own: ScriptedModel
        let spec: ScriptedModel

        func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
            switch model {
            case nil, "own": own
            case "spec": spec
            case .some(let name): throw ModelLookupError(model: name, description: "none such")
            }
        }
    }

    private static let write = ScriptedModel.Reply(.call("c1", "Write", ["file": "a"]))

    private func run(
        _ model: ScriptedModel, _ settings: SessionSettings, approvals: TurnOrigin.ApprovalRule, prompts: Int = 1,
        between: @escaping @Sendable (EngineHouse) async throws -> Void = { _ in }
    ) async throws -> EngineHouse {
        let house = EngineHouse(model, tools: [EngineApprovalTests.write(), ScriptedTool("Read", says: "read")], policy: Self.policy)
        try await house.running {
            _ = try await house.create(settings: settings)
            for number in 1...prompts {
                if number > 1 { try await between(house) }
                try await house.submit("go", as: TurnID("t\(number)"), approvals: approvals)
                try await house.recorder().read(untilEndOf: TurnID("t\(number)"))
            }
        }
        return house
    }

    @Test(arguments: [AutonomyLevel.off, .low, .high, .unrestricted], [TurnOrigin.ApprovalRule.stop, .refuse, EngineApprovalTests.ask])
    func planningPermitsNothingAboveReading(level: AutonomyLevel, rule: TurnOrigin.ApprovalRule) async throws {
        let house = try await run(
            ScriptedModel(Self.write, .text("the plan")), SessionSettings(autonomy: level, interaction: .spec), approvals: rule)
        #expect(
            EngineApprovalTests.decisions(try await house.briefs()).first
                == "c1 refused Error: not permitted while you are planning: writing. Only read now, and put this into the plan.")
        #expect(try await house.end(of: "t1")?.reason == .completed)
        #expect(house.model.requests[0].system.contains("Autonomy level: read only."))
        #expect("\(house.model.requests[0].messages)".contains("You are planning."))
    }

    @Test(arguments: [InteractionMode.auto, .agi]) func otherModesWorkAsTheLevelSays(mode: InteractionMode) async throws {
        let house = try await run(
            ScriptedModel(Self.write, .text("done")), SessionSettings(autonomy: .low, interaction: mode), approvals: .stop)
        #expect(try await house.briefs().contains("c1 succeeded written"))
        #expect(!"\(house.model.requests[0].messages)".contains("planning"))
    }

    @Test func theModelIsToldOnceAndToldWhenPlanningIsOver() async throws {
        let house = try await run(
            ScriptedModel(.text("plan"), .text("plan"), .text("done"), .text("done")), SessionSettings(interaction: .spec),
            approvals: .stop,
            prompts: 4
        ) { house in
            if try await house.end(of: "t2") != nil { try await house.engine.change("s", settings: SessionSettings(autonomy: .low)) }
        }
        let notes = try await house.events().compactMap { event -> String? in
            if case .contextAdded(_, let note) = event.kind { String(note.text.prefix(17)) } else { nil }
        }
        #expect(notes == ["You are planning.", "Planning is over:"])
    }

    @Test(arguments: [
        (
            SessionSettings(model: "own", effort: .low, interaction: .spec, specModel: "spec", specEffort: .high), "spec",
            ReasoningEffort.high
        ),
        (SessionSettings(model: "own", effort: .low, interaction: .spec), "own", .low),
        (SessionSettings(model: "own", effort: .low, specModel: "spec", specEffort: .high), "own", .low),
    ])
    func planningHasItsOwnModelAndEffort(settings: SessionSettings, model: String, effort: ReasoningEffort) async throws {
        let models = Models(
            own: ScriptedModel(id: "own") { _, _ in .text("done") }, spec: ScriptedModel(id: "spec") { _, _ in .text("plan") })
        let house = EngineHouse(models.own) { $0.models = models }
        try await house.running {
            _ = try await house.create(settings: settings)
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        let asked = [models.own, models.spec].filter { !$0.requests.isEmpty }
        #expect(asked.map(\.description.id) == [model])
        #expect(asked[0].requests.map(\.effort) == [effort])
        #expect(try await house.briefs().contains("started t1 \(model)"))
    }

    /// Somebody permitted a call, and somebody else has the session plan by now.
    @Test func aCallThatWasPermittedDoesNotRunOncePlanningHasBegun() async throws {
        let house = EngineHouse(ScriptedModel(Self.write, .text("plan")), tools: [EngineApprovalTests.write()], policy: Self.policy)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.question()
            try await house.engine.change("s", settings: SessionSettings(interaction: .spec))
            try await house.answer(question.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().contains { $0.hasPrefix("c1 refused Error: not permitted while you are planning") })
    }

    @Test(arguments: [
        (SessionSettings(systemPromptAddition: "more", systemPrompt: "You are a pirate."), "You are a pirate.\n\nmore"),
        (SessionSettings(systemPrompt: "You are a pirate."), "You are a pirate."),
    ])
    func aSystemPromptOfTheSessionStandsInPlaceOfOurs(settings: SessionSettings, system: String) async throws {
        let house = try await run(ScriptedModel(.text("arr")), settings, approvals: .stop)
        #expect(house.model.requests.map(\.system) == [system])
    }

    @Test func anEmptySystemPromptLeavesOurs() async throws {
        let house = try await run(ScriptedModel(.text("hi")), SessionSettings(systemPrompt: ""), approvals: .stop)
        #expect(house.model.requests[0].system.hasPrefix("You are Apus"))
    }
}
