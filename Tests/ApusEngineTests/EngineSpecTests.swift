import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Plans that are handed in, and what becomes of them (`droid-exec.md` §6.1).
@Suite(.timeLimit(.minutes(5))) struct EngineSpecTests {
    private static let handIn = ScriptedModel.Reply(.call("p1", Plan.tool, ["plan": "# Build\ndo it", "optionNames": ["fast", "safe"]]))
    private static let write = ScriptedModel.Reply(.call("w1", "Write", ["file": "a"]))
    private static let planning = SessionSettings(autonomy: .medium, interaction: .spec)

    private struct LevelPolicy: AccessPolicy {
        func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision {
            switch request.action {
            case .plan: .ask(required: nil, rule: "p", reason: "carrying out a plan")
            case .session, .read: .allow(rule: "r")
            case .write, .command, .fetch, .serverCall, .delegate:
                level >= .low ? .allow(rule: "w") : .ask(required: .low, rule: "w", reason: "writing")
            }
        }
    }

    /// Two models by name.
    private struct Models: ModelSource {
        let own: ScriptedModel
        let spec: ScriptedModel

        func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
            switch model {
            case nil, "own": own
            case "spec": spec
            case .some(let name): throw ModelLookupError(model: name, description: "No model named \(name)")
            }
        }
    }

    private static func house(_ model: ScriptedModel, _ approved: Watched<[String]> = Watched([])) -> EngineHouse {
        EngineHouse(model, tools: [tool(approved), EngineApprovalTests.write(), fetch()], policy: LevelPolicy()) { $0.resumesTurns = true }
    }

    private static func tool(_ approved: Watched<[String]>) -> ScriptedTool {
        ScriptedTool(
            Plan.tool, effect: .idempotent,
            access: { input throws(ToolInputError) in
                guard let plan = Plan(input: input), !plan.text.isEmpty else { throw ToolInputError("There is no plan.") }
                return .plan(plan)
            },
            run: { input, _ in
                approved.change { $0.append(Plan(input: input)?.text ?? "") }
                return ToolResult(.succeeded, "Spec approved.")
            })
    }

    private static func fetch() -> ScriptedTool { ScriptedTool("Get", says: "got", access: { _ in .fetch(url: "http://x.test") }) }

    /// One turn whose plan gets an answer.
    private func answered(
        _ answer: ApprovalAnswer, _ house: EngineHouse, settings: SessionSettings = planning,
        approvals: TurnOrigin.ApprovalRule = EngineApprovalTests.ask
    ) async throws {
        try await house.running {
            _ = try await house.create(settings: settings)
            try await house.submit("go", as: "t1", approvals: approvals)
            let question = try await house.question()
            #expect(question.plan == Plan(text: "# Build\ndo it", options: ["fast", "safe"]) && question.required == nil)
            try await house.answer(question.id, answer)
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    /// From the first answer of the model on.
    private func history(_ house: EngineHouse) async throws -> [String] {
        EngineApprovalTests.decisions(try await house.briefs()).filter { !$0.hasPrefix("text+") && !$0.hasPrefix("toolInput+") }
    }

    @Test(arguments: [
        (ApprovalChoice.proceedOnce, AutonomyLevel.medium), (.autoRunLow, .low), (.autoRunMedium, .medium), (.autoRunHigh, .high),
    ])
    func anApprovedPlanIsCarriedOutInTheSameTurnAtTheLevelOfTheAnswer(choice: ApprovalChoice, level: AutonomyLevel) async throws {
        let house = Self.house(ScriptedModel(Self.handIn, Self.write, .text("done")))
        try await answered(ApprovalAnswer(choice), house)
        #expect(
            try await history(house).prefix(5) == [
                "ask p1 always", "settings", "answer p1 \(choice.rawValue) by ann", "intend p1 idempotent",
                "p1 succeeded Spec approved. Planning is over: carry the plan out now. Autonomy level: \(level.rawValue).",
            ])
        #expect(try await house.briefs().contains("w1 succeeded written"))
        let settings = try await house.state().settings
        #expect(settings.interaction == .auto && settings.autonomy == level)
        #expect(try await house.end(of: "t1")?.reason == .completed)
        #expect(try await house.end(of: "t1")?.denials == [])
    }

    @Test func thePlanIsMadeByItsOwnModelAndCarriedOutByTheOther() async throws {
        let models = Models(
            own: ScriptedModel(id: "own") { _, number in number == 0 ? Self.write : .text("done") },
            spec: ScriptedModel(id: "spec") { _, _ in Self.handIn })
        let house = EngineHouse(models.own, tools: [Self.tool(Watched([])), EngineApprovalTests.write()], policy: LevelPolicy()) {
            $0.models = models
        }
        try await answered(
            ApprovalAnswer(.autoRunLow), house,
            settings: SessionSettings(model: "own", effort: .low, interaction: .spec, specModel: "spec", specEffort: .high))
        #expect(models.spec.requests.map(\.effort) == [.high])
        #expect(models.own.requests.map(\.effort) == [.low, .low])
        #expect(try await house.briefs().contains("w1 succeeded written"))
    }

    @Test func aModelThatIsGoneWhenThePlanIsApprovedEndsTheTurn() async throws {
        let models = Models(
            own: ScriptedModel(id: "own") { _, _ in .text("none") }, spec: ScriptedModel(id: "spec") { _, _ in Self.handIn })
        let house = EngineHouse(models.own, tools: [Self.tool(Watched([]))], policy: LevelPolicy()) { $0.models = models }
        try await answered(
            ApprovalAnswer(.proceedOnce), house, settings: SessionSettings(model: "gone", interaction: .spec, specModel: "spec"))
        let end = try await house.end(of: "t1")
        #expect(end?.reason == .providerError && end?.detail == "No model named gone" && end?.failure == .notFound)
    }

    @Test func whatIsCarriedOutIsThePlanThatCameWithTheAnswer() async throws {
        let approved = Watched<[String]>([])
        let house = Self.house(ScriptedModel(Self.handIn, .text("done")), approved)
        try await answered(
            ApprovalAnswer(.proceedEdited, comment: "smaller", editedInput: ["plan": "only a"]), house)
        #expect(approved.value == ["only a"])
        #expect(
            try await house.briefs().contains(
                """
                p1 succeeded Spec approved. Planning is over: carry the plan out now. Autonomy level: medium.

                The user has changed the plan. This is the approved one:

                only a

                [The user's comment: smaller]
                """))
        #expect(try await house.state().settings.interaction == .auto)
    }

    @Test func aPlanThatCannotBeTakenLeavesTheQuestionOpen() async throws {
        let house = Self.house(ScriptedModel(Self.handIn, .text("done")))
        try await house.running {
            _ = try await house.create(settings: Self.planning)
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.question()
            await #expect(throws: ApprovalError.badInput("Error: There is no plan.")) {
                try await house.answer(question.id, .init(.proceedEdited, editedInput: ["plan": ""]))
            }
            for choice in ApprovalChoice.allCases where !question.options.contains(choice) {
                await #expect(throws: ApprovalError.notOffered(choice, offered: question.options)) {
                    try await house.answer(question.id, .init(choice))
                }
            }
            #expect(try await house.state().settings.interaction == .spec)
            try await house.answer(question.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test func aNoWithAWordHasTheModelMakeABetterPlan() async throws {
        let again = ScriptedModel.Reply(.call("p2", Plan.tool, ["plan": "better"]))
        let approved = Watched<[String]>([])
        let house = Self.house(ScriptedModel(Self.handIn, again, .text("done")), approved)
        try await house.running {
            _ = try await house.create(settings: Self.planning)
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let first = try await house.question()
            try await house.answer(first.id, .init(.cancel, comment: "too big"))
            try await house.answer(house.question(after: first.id).id, .init(.autoRunLow))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(approved.value == ["better"])
        #expect(
            try await house.briefs().contains(
                "p1 refused Error: the user did not approve the plan; go on planning.\n\n[The user's comment: too big]"))
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func aBareNoEndsTheTurnAndThePlanningGoesOn() async throws {
        let house = Self.house(ScriptedModel(Self.handIn))
        try await answered(ApprovalAnswer(.cancel), house)
        #expect(try await house.end(of: "t1")?.reason == .permissionRejected)
        #expect(try await house.state().settings == Self.planning)
    }

    @Test(arguments: [ApprovalChoice.newSession, .newSessionLow, .newSessionMedium, .newSessionHigh])
    func aPlanForAnotherSessionEndsTheTurnAndChangesNothingHere(choice: ApprovalChoice) async throws {
        let approved = Watched<[String]>([])
        let house = Self.house(ScriptedModel(Self.handIn), approved)
        try await answered(ApprovalAnswer(choice), house)
        #expect(approved.value == ["# Build\ndo it"])
        #expect(try await house.briefs().contains("p1 succeeded Spec approved. The user carries it out in another session."))
        #expect(try await house.end(of: "t1")?.reason == .handedOver)
        #expect(try await house.state().settings == Self.planning)
    }

    @Test func noAnswerIsOfferedAboveTheHighestLevelOfTheHouse() async throws {
        let house = EngineHouse(ScriptedModel(Self.handIn), tools: [Self.tool(Watched([]))], policy: LevelPolicy()) {
            $0.maximumAutonomy = .low
        }
        try await house.running {
            _ = try await house.create(settings: SessionSettings(interaction: .spec))
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.question()
            #expect(question.options == [.proceedOnce, .autoRunLow, .newSession, .newSessionLow, .proceedEdited, .cancel])
            try await house.answer(question.id, .init(.cancel))
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    // MARK: Other calls

    @Test func whatWritesBesideThePlanIsRefusedAlsoWhenThePlanIsApproved() async throws {
        let house = Self.house(
            ScriptedModel(
                .init(
                    .call("w1", "Write", ["file": "a"]),
                    .call("p1", Plan.tool, ["plan": "# Build\ndo it", "optionNames": ["fast", "safe"]]),
                    .call("p2", Plan.tool, ["plan": "another"])), .text("done")))
        try await answered(ApprovalAnswer(.autoRunHigh), house)
        let briefs = try await house.briefs()
        #expect(
            briefs.contains("w1 refused Error: not permitted while you are planning: writing. Only read now, and put this into the plan."))
        #expect(briefs.contains("p2 refused Error: a response may hand in one plan, and this one has another before it."))
        let denials = try await house.end(of: "t1")?.denials ?? []
        #expect(denials.map(\.call) == ["w1"] && denials.first?.reason == "while planning: writing" && denials.first?.required == nil)
    }

    @Test(arguments: [(AutonomyLevel.off, "g1 refused"), (.low, "g1 succeeded"), (.high, "g1 succeeded")])
    func whatIsLookedUpOnTheNetworkNeedsTheSessionsOwnLevel(level: AutonomyLevel, brief: String) async throws {
        let house = Self.house(ScriptedModel(.init(.call("g1", "Get", [:])), .text("plan")))
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: level, interaction: .spec))
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().contains { $0.hasPrefix(brief) })
    }

    // MARK: Where nobody is asked

    private func headless(_ origin: TurnOrigin, _ replies: ScriptedModel.Reply..., settings: SessionSettings = planning) async throws
        -> EngineHouse
    {
        let house = Self.house(
            ScriptedModel { _, number in
                number < replies.count ? replies[number] : .fail(.invalidRequest)
            })
        try await house.running {
            _ = try await house.create(settings: settings)
            _ = try await house.engine.submit(TurnInput(turn: "t1", prompt: "go", origin: origin), to: "s")
            try await house.recorder().read(untilEndOf: "t1")
        }
        return house
    }

    @Test(arguments: [TurnOrigin.ApprovalRule.stop, .refuse])
    func aRunWithALevelApprovesItsPlanOnce(rule: TurnOrigin.ApprovalRule) async throws {
        let house = try await headless(
            TurnOrigin(front: .exec, writer: "exec", approvals: rule, approvesPlans: true), Self.handIn, Self.write, .text("done"))
        #expect(
            try await history(house).prefix(3) == [
                "settings", "intend p1 idempotent",
                """
                p1 succeeded Spec approved. Planning is over: carry the plan out now. Autonomy level: medium.

                Of its 2 options the first was taken: fast
                """,
            ])
        #expect(try await house.briefs().contains("w1 succeeded written"))
        #expect(try await house.state().settings.interaction == .auto)
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test(arguments: [TurnOrigin.ApprovalRule.stop, .refuse])
    func thePlanOfARunWithoutALevelIsItsAnswer(rule: TurnOrigin.ApprovalRule) async throws {
        let house = try await headless(TurnOrigin(front: .exec, writer: "exec", approvals: rule), Self.handIn)
        #expect(
            try await history(house) == [
                "p1 succeeded The plan is the answer of this run, which ends here.", "response", "text # Build\ndo it", "end other",
                "finished t1 completed",
            ])
        #expect(try await house.state().settings == Self.planning)
        #expect(try await house.end(of: "t1")?.settledResponses == 1)
    }

    @Test func aTurnThatPlansAloneHasNoWayOut() async throws {
        let house = Self.house(ScriptedModel(Self.handIn, .text("the plan")))
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .high))
            let origin = TurnOrigin(front: .opta, writer: "w", approvals: EngineApprovalTests.ask)
            _ = try await house.engine.submit(
                TurnInput(turn: "t1", prompt: "go", origin: origin, overrides: TurnOverrides(interaction: .spec)), to: "s")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().contains { $0.hasPrefix("p1 refused Error: not permitted while you are planning") })
        #expect(!"\(house.model.requests[0].messages)".contains("Hand the plan in"))
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func theModelIsToldHowToHandInItsPlan() async throws {
        let house = try await headless(TurnOrigin(front: .exec, writer: "exec", approvals: .stop), .text("plan"))
        #expect("\(house.model.requests[0].messages)".contains("Hand the plan in with ExitSpecMode"))
    }

    // MARK: Restarts

    private static let call = ToolCall(id: "p1", name: Plan.tool, input: ["plan": "the plan"])
    private static let pending = ApprovalRequest(
        id: "perm_0123456789", turn: "t1", message: "m1", call: "p1", tool: Plan.tool, input: call.input,
        actionHash: ActionHash.of(call, AccessRequest(action: .plan(Plan(text: "the plan")), summary: ""), in: "/w", at: .off),
        question: "ExitSpecMode?", risk: "high", required: nil, level: .off, reason: "carrying out a plan",
        options: ApprovalChoice.choices(aboutPlansUpTo: .high))

    /// What a process that died left behind, which had a write beside the plan.
    private static func leave(in house: EngineHouse, _ facts: [EventKind]) async throws {
        let writer = try await house.memory.create("s") { _ in }
        let origin = TurnOrigin(front: .droid, writer: "gone", approvals: EngineApprovalTests.ask)
        let write = ToolCall(id: "w0", name: "Write", input: ["file": "a"])
        _ = try await writer.commit(
            [
                .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), planning),
                .turnQueued(TurnInput(turn: "t1", prompt: "p", origin: origin)), .turnStarted("t1", model: "scripted"),
                .userMessage("m0", "t1", "p"), .responseStarted("m1", "t1"),
                .itemFinished(Item(id: "i0", message: "m1", content: .toolCall(write))),
                .itemFinished(Item(id: "i1", message: "m1", content: .toolCall(call))),
                .responseFinished(ResponseEnd(message: "m1", stop: .toolCalls, usage: .zero)), .approvalAsked(pending),
            ] + facts)
        await writer.close()
        house.store.declareDead(["s"])
    }

    @Test func aPlanThatWaitsForItsAnswerIsOfferedAgainAfterARestart() async throws {
        let approved = Watched<[String]>([])
        let house = Self.house(ScriptedModel(Self.write, .text("done")), approved)
        try await Self.leave(in: house, [])
        try await house.running {
            #expect(try await house.engine.recover() == [])
            #expect(await house.engine.openApprovals(in: "s") == [Self.pending])
            try await house.answer("perm_0123456789", .init(.autoRunLow))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(approved.value == ["the plan"])
        #expect(try await house.briefs().contains { $0.hasPrefix("w0 refused Error: not permitted while you are planning") })
        #expect(try await house.briefs().contains("w1 succeeded written"))
        #expect(try await house.state().settings.autonomy == .low)
    }

    /// The answer has ended the planning, and the call had not begun yet.
    @Test func aPlanThatWasApprovedBeforeTheDeathIsCarriedOut() async throws {
        let approved = Watched<[String]>([])
        let house = Self.house(ScriptedModel(Self.write, .text("done")), approved)
        let decision = ApprovalDecision(
            of: Self.pending, .autoRunHigh, by: .voter(identity: "ann", front: .droid), at: 5, level: .off)
        try await Self.leave(
            in: house, [.settingsChanged(SessionSettings(autonomy: .high)), .approvalAnswered(decision)])
        try await house.running {
            try await house.recover(untilEndOf: "t1")
        }
        #expect(approved.value == ["the plan"])
        #expect(try await house.briefs().contains { $0.hasPrefix("w0 refused Error: not permitted while you are planning") })
        #expect(try await house.briefs().contains("w1 succeeded written"))
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }
}
