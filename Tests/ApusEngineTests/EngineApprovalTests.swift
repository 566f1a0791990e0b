import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineApprovalTests {
    static let ask = TurnOrigin.ApprovalRule.ask(.init())
    static let lenient = TurnOrigin.ApprovalRule.ask(.init(deadlineMilliseconds: 120_000, afterCancel: .goOn, afterDeadline: .goOn))

    /// Writing needs low, `rm` is asked about always, `forbidden` never runs, commands need high.
    static let policy = ScriptedPolicy { action in
        switch action {
        case .write: .ask(required: .low, rule: "w", reason: "writing")
        case .command("rm", _): .ask(required: nil, rule: "d", reason: "deny list")
        case .command("forbidden", _): .deny(rule: "b", reason: "on the block list")
        case .command: .ask(required: .high, rule: "c", reason: "a command")
        case .session, .read, .fetch, .serverCall, .delegate: .allow(rule: "r")
        case .plan: .ask(required: nil, rule: "p", reason: "a plan")
        }
    }

    static func execute(_ seen: Watched<[ToolContext]> = Watched([])) -> ScriptedTool {
        ScriptedTool("Execute", effect: .opaque, access: { .command($0["command"]?.stringValue ?? "", declaredRisk: "low") }) {
            input, context in
            seen.change { $0.append(context) }
            return ToolResult(.succeeded, "ran \(input["command"]?.stringValue ?? "")")
        }
    }

    static func write() -> ScriptedTool {
        ScriptedTool("Write", says: "written", effect: .idempotent, access: { .write(["/w/\($0["file"]?.stringValue ?? "")"]) })
    }

    static func command(_ words: String...) -> ScriptedModel.Reply {
        .init(words.enumerated().map { .call(CallID("c\($0.offset + 1)"), "Execute", ["command": .string($0.element)]) })
    }

    static func voter(
        _ identity: String = "ann", connection: String = "elsewhere", scopes: Set<ClientScope> = [.approver], isAutomatic: Bool = false
    ) -> ApprovalVoter {
        ApprovalVoter(identity: identity, front: .droid, connection: connection, scopes: scopes, isAutomatic: isAutomatic)
    }

    /// From the answer of the model to the end: what was asked, decided, run.
    static func decisions(_ briefs: [String]) -> [String] {
        Array(briefs.drop { $0 != "end toolCalls" }.dropFirst())
    }

    static func house(
        _ model: ScriptedModel, seen: Watched<[ToolContext]> = Watched([]), adjusting: (inout EngineServices) -> Void = { _ in }
    ) -> EngineHouse {
        EngineHouse(
            model, tools: [execute(seen), write(), ScriptedTool("Read", says: "read")], policy: policy, adjusting: adjusting)
    }

    /// As the real one: what runs depends on the level.
    private struct HighPolicy: AccessPolicy {
        func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision {
            level >= .high ? .allow(rule: "h") : .ask(required: .high, rule: "h", reason: "a command")
        }
    }

    @Test(arguments: [(nil, [.high]), (.high, [.high]), (.low, [])] as [(AutonomyLevel?, [AutonomyLevel])])
    func aTurnRunsNoMoreUnaskedThanWhoSubmittedItMayAllow(cap: AutonomyLevel?, ran: [AutonomyLevel]) async throws {
        let seen = Watched<[ToolContext]>([])
        let house = EngineHouse(
            ScriptedModel(Self.command("make"), .text("done")), tools: [Self.execute(seen)], policy: HighPolicy())
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .high))
            let origin = TurnOrigin(front: .droid, writer: "bot", approvals: .refuse, maximumAutonomy: cap)
            _ = try await house.engine.submit(TurnInput(turn: "t1", prompt: "go", origin: origin), to: "s")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(seen.value.map(\.autonomy) == ran)
        // The model is told what holds.
        #expect(house.model.requests.first?.system.contains(cap == .low ? "low" : "high") == true)
    }

    @Test(arguments: [
        (TurnOrigin.ApprovalRule.stop, "ends your work here"), (.refuse, "is refused, and you go on"), (ask, "waits until the user"),
    ])
    func theModelIsToldWhatBecomesOfACallBeyondItsLevel(rule: TurnOrigin.ApprovalRule, words: String) async throws {
        let house = Self.house(ScriptedModel(.text("fine")))
        try await house.running { _ = try await house.run(approvals: rule) }
        #expect(house.model.requests[0].system.contains(words))
    }

    // MARK: One question

    @Test func aPermittedCallRunsAtTheLevelItNeededAndTheSessionStaysAsItWas() async throws {
        let seen = Watched<[ToolContext]>([])
        let house = Self.house(ScriptedModel(Self.command("make"), .text("done")), seen: seen)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            #expect(question.tool == "Execute" && question.input == ["command": "make"] && question.required == .high)
            #expect(question.question.hasPrefix("Execute: run this command in /w?\n  make\n"))
            #expect(await house.engine.openApprovals(in: "s") == [question])
            let receipt = try await house.answer(question.id, .init(.proceedOnce, comment: "be quick"))
            guard case .recorded(let decision) = receipt else { Issue.record("\(receipt)"); return }
            #expect(decision.decider == .voter(identity: "ann", front: .droid) && decision.level == .high)
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(seen.value.map(\.autonomy) == [.high])
        #expect(try await house.state().settings.autonomy == .off)
        #expect(
            Self.decisions(try await house.briefs()).prefix(4) == [
                "ask c1 high", "answer c1 proceed_once by ann", "intend c1 opaque",
                "c1 succeeded ran make\n\n[The user's comment: be quick]",
            ])
        #expect(try await house.end(of: "t1")?.reason == .completed)
        #expect(try await house.end(of: "t1")?.denials == [])
    }

    @Test func aDeclinedCallEndsTheTurnWhereTheOriginSaysSo() async throws {
        let house = Self.house(
            ScriptedModel(.init(.call("c1", "Read", [:]), .call("c2", "Execute", ["command": "make"]), .call("c3", "Nope", [:]))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            try await house.answer(house.question().id, .init(.cancel, comment: "not on a Friday"))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(
            Self.decisions(try await house.briefs()) == [
                "ask c2 high", "answer c2 cancel by ann", "c1 notRun Error: not run because another call in this step was not permitted",
                "c2 refused Error: the user declined this action.\n\n[The user's comment: not on a Friday]",
                "c3 failed Error: Tool Nope is not available in this session",
                "finished t1 permissionRejected: The user declined Execute.",
            ])
        #expect(try await house.end(of: "t1")?.denials.map(\.call) == ["c2"])
    }

    @Test func whereTheOriginSaysSoTheModelHearsOfTheRefusalAndTheOthersRun() async throws {
        let house = Self.house(ScriptedModel(Self.command("one", "two"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.lenient)
            let questions = try await house.questions(2)
            try await house.answer(questions[0].id, .init(.cancel))
            try await house.answer(questions[1].id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(
            Self.decisions(try await house.briefs()).prefix(7) == [
                "ask c1 high", "ask c2 high", "answer c1 cancel by ann", "answer c2 proceed_once by ann",
                "c1 refused Error: the user declined this action.", "intend c2 opaque", "c2 succeeded ran two",
            ])
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func nothingOfAResponseRunsBeforeAllOfItIsDecided() async throws {
        let house = Self.house(ScriptedModel(.init(.call("c1", "Read", [:]), .call("c2", "Execute", ["command": "make"])), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            let before = try await house.briefs()
            #expect(!before.contains { $0.hasPrefix("intend") })
            try await house.answer(question.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test func oneAnswerNeverServesTwoCallsOfTheSameName() async throws {
        let house = Self.house(
            ScriptedModel(
                .init(.call("c1", "Execute", ["command": "ls"]), .call("c1", "Execute", ["command": "evil"])), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            try await house.answer(house.question().id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        let all = try await house.briefs()
        #expect(all.contains("c1 succeeded ran ls") && !all.contains("c1 succeeded ran evil"))
    }

    @Test func aBlockedCommandIsNotEvenAskedAbout() async throws {
        let house = Self.house(ScriptedModel(Self.command("forbidden"), .text("done")))
        try await house.running {
            let briefs = try await house.run(approvals: Self.ask)
            #expect(Self.decisions(briefs).first == "c1 refused Error: on the block list")
        }
    }

    // MARK: Every answer

    @Test(arguments: [
        (ApprovalChoice.proceedOnce, [String](), AutonomyLevel.off, true),
        (.proceedAlways, [#"grant {"to":"kind","kind":"command","upTo":"high"}"#], .off, false),
        (.proceedAlwaysTool, [#"grant {"to":"tool","tool":"Execute","upTo":"high"}"#], .off, false),
        (.proceedAlwaysCommand, [#"grant {"to":"command","command":"make","directory":"/w"}"#], .off, true),
        (.autoRun, ["settings"], .high, false), (.autoRunHigh, ["settings"], .high, false),
    ])
    func whatAnAnswerGivesBeyondTheCall(
        choice: ApprovalChoice, facts: [String], level: AutonomyLevel, asksAgain: Bool
    ) async throws {
        // The same command again never needs an answer after `proceedAlwaysCommand`; another one does.
        let house = EngineHouse(
            ScriptedModel(Self.command("make"), Self.command("other"), .text("done")), tools: [Self.execute()],
            policy: LevelPolicy())
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let first = try await house.question()
            try await house.answer(first.id, .init(choice))
            if asksAgain {
                let second = try await house.question(after: first.id)
                #expect(second.input == ["command": "other"])
                try await house.answer(second.id, .init(.proceedOnce))
            }
            try await house.recorder().read(untilEndOf: "t1")
        }
        let briefs = try await house.briefs()
        let answer = try #require(briefs.firstIndex { $0.hasPrefix("answer") })
        #expect(Array(briefs[(answer + 1)...].prefix { !$0.hasPrefix("intend") }) == facts)
        #expect(try await house.state().settings.autonomy == level)
        #expect(briefs.count { $0.hasPrefix("ask ") } == (asksAgain ? 2 : 1))
    }

    @Test func theSameCommandIsNotAskedAboutAgain() async throws {
        let house = Self.house(ScriptedModel(Self.command("make"), Self.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            try await house.answer(house.question().id, .init(.proceedAlwaysCommand))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().filter { $0.hasPrefix("ask ") }.count == 1)
    }

    @Test func alwaysThisFileIsAboutThisFile() async throws {
        func write(_ file: String) -> ScriptedModel.Reply { .init(.call("c1", "Write", ["file": .string(file)])) }
        let house = Self.house(ScriptedModel(write("a"), write("a"), write("b"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let first = try await house.question()
            try await house.answer(first.id, .init(.proceedAlwaysFile))
            let second = try await house.question(after: first.id)
            #expect(second.input == ["file": "b"])
            try await house.answer(second.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.state().grants == [.file("/w/a")])
    }

    @Test func anAnswerThatGrantsAnswersItsSiblingsToo() async throws {
        let house = Self.house(ScriptedModel(Self.command("one", "two"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let questions = try await house.questions(2)
            try await house.answer(questions[1].id, .init(.proceedAlways))
            try await house.recorder().read(untilEndOf: "t1")
        }
        let answers = try await house.briefs().filter { $0.hasPrefix("answer") }
        #expect(answers == ["answer c2 proceed_always by ann", "answer c1 proceed_once by session"])
    }

    @Test func whatEveryLevelAsksAboutIsAskedEveryTime() async throws {
        let house = Self.house(ScriptedModel(Self.command("rm"), Self.command("rm"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let first = try await house.question()
            #expect(first.options == [.proceedOnce, .proceedEdited, .cancel])
            await #expect(throws: ApprovalError.notOffered(.proceedAlways, offered: first.options)) {
                try await house.answer(first.id, .init(.proceedAlways))
            }
            try await house.answer(first.id, .init(.proceedOnce))
            try await house.answer(house.question(after: first.id).id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func noAnswerRaisesASessionAboveTheLimit() async throws {
        let house = Self.house(ScriptedModel(.init(.call("c1", "Write", ["file": "a"])), .text("done"))) { $0.maximumAutonomy = .medium }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            #expect(
                question.options == [
                    .proceedOnce, .proceedAlways, .proceedAlwaysFile, .proceedAlwaysTool, .autoRun, .autoRunLow, .autoRunMedium,
                    .proceedEdited, .cancel,
                ])
            await #expect(throws: ApprovalError.notOffered(.autoRunHigh, offered: question.options)) {
                try await house.answer(question.id, .init(.autoRunHigh))
            }
            try await house.answer(question.id, .init(.autoRunMedium))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.state().settings.autonomy == .medium)
    }

    @Test func anEditedInputIsJudgedAnewAndRunsInsteadOfTheModels() async throws {
        let house = Self.house(ScriptedModel(Self.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            await #expect(throws: ApprovalError.badInput("Error: on the block list")) {
                try await house.answer(question.id, .init(.proceedEdited, editedInput: ["command": "forbidden"]))
            }
            await #expect(throws: ApprovalError.badInput("proceed_edit needs the edited input.")) {
                try await house.answer(question.id, .init(.proceedEdited))
            }
            await #expect(throws: ApprovalError.self) {
                try await house.answer(question.id, .init(.proceedOnce, editedInput: ["command": "x"]))
            }
            let receipt = try await house.answer(question.id, .init(.proceedEdited, editedInput: ["command": "make -n"]))
            guard case .recorded(let decision) = receipt else { Issue.record("\(receipt)"); return }
            #expect(decision.actionHash != question.actionHash)
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(
            try await house.briefs().contains(
                "c1 succeeded ran make -n\n\n[The user changed the input of this call to {\"command\":\"make -n\"}]"))
    }

    // MARK: Ends of the wait

    @Test(arguments: [true, false]) func theDeadlineDecidesAsTheOriginSays(goesOn: Bool) async throws {
        let terms = TurnOrigin.ApprovalTerms(deadlineMilliseconds: 120_000, afterDeadline: goesOn ? .goOn : .endTurn)
        let house = Self.house(ScriptedModel(Self.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: .ask(terms))
            let question = try await house.question()
            #expect(question.expiresAt == house.time.now + 120_000)
            try await house.time.sleeps(1) { $0 == .seconds(120) }
            house.time.advance(by: .milliseconds(119_999))
            #expect(await house.engine.openApprovals(in: "s") == [question], "not before")
            house.time.advance(by: .milliseconds(1))
            try await house.recorder().read(untilEndOf: "t1")
            await #expect(throws: ApprovalError.self) { try await house.answer(question.id, .init(.proceedOnce)) }
        }
        let lines = Self.decisions(try await house.briefs())
        #expect(
            lines.prefix(3) == [
                "ask c1 high", "answer c1 cancel by deadline", "c1 refused Error: nobody answered the permission request in time.",
            ])
        #expect(
            lines.last
                == (goesOn
                    ? "finished t1 completed"
                    : "finished t1 permissionRejected: Nobody answered the permission request for Execute in time."))
    }

    @Test func anInterruptEndsTheWaitAtOnce() async throws {
        let house = Self.house(ScriptedModel(Self.command("one", "two")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let questions = try await house.questions(2)
            await house.engine.interrupt("s")
            await #expect(throws: ApprovalError.self) { try await house.answer(questions[0].id, .init(.proceedOnce)) }
        }
        #expect(
            Self.decisions(try await house.briefs()) == [
                "ask c1 high", "ask c2 high", "answer c1 cancel by turn end", "answer c2 cancel by turn end",
                "c1 notRun Error: not run because the turn was interrupted", "c2 notRun Error: not run because the turn was interrupted",
                "finished t1 interrupted: Interrupted.",
            ])
    }

    @Test func aClosedConnectionInterruptsItsTurnsWhereTheOriginSaysSo() async throws {
        let house = Self.house(ScriptedModel(Self.command("make"), Self.command("make")))
        try await house.running {
            _ = try await house.create()
            for (turn, absence) in [("t1", TurnOrigin.Absence.interrupt), ("t2", .interrupt), ("t3", .goOn)] {
                let origin = TurnOrigin(front: .qwen, writer: "c7", approvals: Self.ask, onOriginGone: absence)
                _ = try await house.engine.submit(TurnInput(turn: TurnID(turn), prompt: "go", origin: origin), to: "s")
            }
            let first = try await house.question()
            await house.engine.originGone("another")
            #expect(await house.engine.openApprovals(in: "s") == [first])
            await house.engine.originGone("c7")
            #expect(try await house.end(of: "t1")?.reason == .interrupted)
            #expect(try await house.end(of: "t2")?.reason == .interrupted)
            try await house.answer(house.question(after: first.id).id, .init(.cancel))
            try await house.recorder().read(untilEndOf: "t3")
        }
    }

    // MARK: What was approved is what runs

    @Test func aCallThatWouldDoSomethingElseByNowIsNotRun() async throws {
        let target = Watched("/w/a")
        let tool = ScriptedTool("Write", says: "written", access: { _ in .write([target.value]) })
        let house = EngineHouse(ScriptedModel(.init(.call("c1", "Write", [:])), .text("done")), tools: [tool], policy: Self.policy)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            // A link on the way now leads elsewhere.
            target.change { $0 = "/etc/passwd" }
            try await house.answer(question.id, .init(.proceedAlwaysFile))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(tool.runs == [])
        #expect(try await house.state().grants == [], "neither path is granted")
        let all = try await house.briefs()
        #expect(all.contains { $0.hasPrefix("c1 refused Error: not run, because what this call would do has changed") })
    }

    @Test func aDirectoryThatMovedMeanwhileEndsTheApproval() async throws {
        let house = Self.house(ScriptedModel(Self.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            try await house.engine.change("s", settings: SessionSettings(workingDirectory: "/elsewhere"))
            try await house.answer(question.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        let briefs = try await house.briefs()
        #expect(!briefs.contains { $0.hasPrefix("intend") })
    }

    @Test func grantsHoldOnlyWhereAPersonCouldBeAsked() async throws {
        let house = Self.house(ScriptedModel(Self.command("make"), .text("done"), Self.command("make")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            try await house.answer(house.question().id, .init(.proceedAlwaysCommand))
            try await house.recorder().read(untilEndOf: "t1")
            try await house.submit("again", as: "t2", approvals: .stop)
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(try await house.end(of: "t2")?.reason == .permissionDenied)
    }
}

/// Everything needs high, and is allowed there.
struct LevelPolicy: AccessPolicy {
    func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision {
        level >= .high ? .allow(rule: "level") : .ask(required: .high, rule: "level", reason: "a command")
    }
}

extension EngineHouse {
    func state(_ session: SessionID = "s") async throws -> SessionState {
        var state = SessionState(id: session)
        state.reduce(try await events(session))
        return state
    }

    /// The first `count` questions of a session, as they are asked.
    func questions(_ count: Int, in session: SessionID = "s") async throws -> [ApprovalRequest] {
        let recorder = try await recorder(session)
        while recorder.questions.count < count { try await recorder.read { if case .approvalAsked = $0 { true } else { false } } }
        return recorder.questions
    }

    func question(after earlier: ApprovalID? = nil, in session: SessionID = "s") async throws -> ApprovalRequest {
        let recorder = try await recorder(session)
        while true {
            try await recorder.read { if case .approvalAsked = $0 { true } else { false } }
            let asked = recorder.questions
            let place = earlier.map { id in asked.firstIndex { $0.id == id }.map { $0 + 1 } ?? asked.count } ?? 0
            if place < asked.count { return asked[place] }
        }
    }

    @discardableResult
    func answer(_ id: ApprovalID, _ answer: ApprovalAnswer, in session: SessionID = "s") async throws -> ApprovalReceipt {
        try await engine.answer(id, in: session, with: answer, by: EngineApprovalTests.voter())
    }
}

extension Recorder {
    fileprivate var questions: [ApprovalRequest] {
        kinds.compactMap { if case .approvalAsked(let request) = $0 { request } else { nil } }
    }
}
