import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Hooks around calls (`droid-exec.md` §3.3). Writing needs low, `rm` is asked about always, `forbidden` never runs, commands need high.
@Suite(.timeLimit(.minutes(5))) struct EngineHookCallTests {
    private static let ask = EngineApprovalTests.ask

    private static func model(_ words: String...) -> ScriptedModel {
        let calls = words.enumerated().map { index, word in
            ScriptedModel.Step.call(CallID("c\(index + 1)"), "Execute", ["command": .string(word)])
        }
        return ScriptedModel(.init(calls), .text("done"))
    }

    private static func house(_ hooks: ScriptedHooks, _ model: ScriptedModel, _ tool: ScriptedTool) -> EngineHouse {
        EngineHouse(model, hooks: hooks, tools: [tool])
    }

    private static func rewrite(to command: String, _ decision: HookAnswer.Decision? = nil) -> HookAnswer {
        HookAnswer(decision: decision, updatedInput: ["command": .string(command)])
    }

    // MARK: A new input

    @Test func theRewrittenInputIsWhatIsAskedAboutHashedAndRun() async throws {
        let (hooks, tool) = (ScriptedHooks(before: Self.rewrite(to: "make safe")), EngineApprovalTests.execute())
        let house = Self.house(hooks, Self.model("make"), tool)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            #expect(question.input == ["command": "make safe"] && question.question.contains("make safe"))
            let call = ToolCall(id: "c1", name: "Execute", input: ["command": "make safe"])
            let request = AccessRequest(action: .command("make safe", declaredRisk: "low"), summary: "Execute")
            #expect(question.actionHash == ActionHash.of(call, request, in: "/w", at: .high))
            try await house.answer(question.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(tool.runs == [["command": "make safe"]])
        #expect(hooks.occasions == [.preToolUse(ToolCall(id: "c1", name: "Execute", input: ["command": "make"]))])
        let told = try await house.outcomes().map(\.text)
        #expect(told == ["ran make safe\n\n[A hook changed the input of this call to {\"command\":\"make safe\"}]"])
        #expect(try await house.state().hookJudgements == [], "kept no longer than the call")
    }

    @Test func aRewrittenInputIsJudgedLikeAnyOther() async throws {
        let (hooks, tool) = (ScriptedHooks(before: Self.rewrite(to: "forbidden", .allow)), EngineApprovalTests.execute())
        let house = Self.house(hooks, Self.model("make"), tool)
        try await house.running { _ = try await house.run(approvals: Self.ask) }
        #expect(tool.runs == [])
        #expect(try await house.outcomes().map(\.status) == [.refused])
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    /// Whoever permits has seen the input that was there before.
    @Test func nobodyPermitsAnInputThatAnotherHookMade() async throws {
        let hooks = ScriptedHooks([.preToolUse]) { _ in [HookAnswer(decision: .allow), Self.rewrite(to: "make worse")] }
        let tool = EngineApprovalTests.execute()
        let house = Self.house(hooks, Self.model("make"), tool)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            #expect(question.input == ["command": "make worse"])
            try await house.answer(question.id, .init(.cancel))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(tool.runs == [])
    }

    /// A process that died has asked about what the hooks made of a call; the next one does not ask them again.
    @Test func aRewrittenInputHoldsOverARestart() async throws {
        let hooks = ScriptedHooks(before: Self.rewrite(to: "again"))
        let tool = EngineApprovalTests.execute()
        let house = EngineHouse(ScriptedModel(.text("made")), tools: [tool], policy: EngineApprovalTests.policy) {
            $0.hooks = hooks
            $0.resumesTurns = true
        }
        let call = ToolCall(id: "c1", name: "Execute", input: ["command": "make safe"])
        let action = AccessRequest(action: .command("make safe", declaredRisk: "low"), summary: "Execute")
        let question = ApprovalRequest(
            id: "perm_0123456789", turn: "t1", message: "m1", call: "c1", tool: "Execute", input: call.input,
            actionHash: ActionHash.of(call, action, in: "/w", at: .high), question: "Execute?", risk: "high", required: .high, level: .high,
            reason: "a command", options: [.proceedOnce, .cancel])
        let end = HookEnd(
            id: "h", event: .preToolUse, call: "c1", results: [], prevented: false,
            judgement: HookJudgement(call: "c1", updatedInput: call.input))
        try await house.goOn(
            asking: question, after: end, about: [ToolCall(id: "c1", name: "Execute", input: ["command": "make"])])
        #expect(tool.runs == [["command": "make safe"]])
        #expect(hooks.occasions == [], "they run once for a call")
    }

    // MARK: Decisions

    @Test func anObjectionIsWhatTheModelReadsAndTheTurnGoesOn() async throws {
        let hooks = ScriptedHooks(before: HookAnswer(decision: .deny, reason: "use the other tool"))
        let tool = EngineApprovalTests.execute()
        let house = Self.house(hooks, Self.model("make"), tool)
        try await house.running { _ = try await house.run() }
        #expect(tool.runs == [])
        #expect(try await house.outcomes() == [ToolOutcome(call: "c1", status: .refused, text: "Error: use the other tool")])
        #expect(try await house.end(of: "t1")?.reason == .completed)
        guard case .ended(let end)? = try await house.hookFacts().last else { Issue.record("no end"); return }
        #expect(end.prevented && end.judgement == HookJudgement(call: "c1", decision: .deny, reason: "use the other tool"))
    }

    @Test func aQuestionEndsAHeadlessTurnAndNothingOfTheResponseRuns() async throws {
        let hooks = ScriptedHooks([.preToolUse]) { occasion in
            occasion.call?.input["command"] == "two" ? [HookAnswer(decision: .ask, reason: "looks odd")] : []
        }
        let tool = EngineApprovalTests.execute()
        let house = Self.house(hooks, Self.model("one", "two"), tool)
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .unrestricted))
            try await house.submit("hi", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(tool.runs == [])
        let end = try #require(try await house.end(of: "t1"))
        #expect(end.reason == .permissionDenied)
        #expect(end.denials.filter { $0.call == "c2" }.map(\.reason) == ["looks odd"])
        #expect(end.denials.filter { $0.call == "c2" }.allSatisfy { $0.required == nil })
    }

    @Test func aQuestionIsPutToPeopleWhereThereAreSome() async throws {
        let hooks = ScriptedHooks(before: HookAnswer(decision: .ask, reason: "looks odd"))
        let read = ScriptedTool("Read", says: "text")
        let house = Self.house(hooks, ScriptedModel(.init(.call("c1", "Read", [:])), .text("done")), read)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: Self.ask)
            let question = try await house.question()
            #expect(question.tool == "Read" && question.reason == "looks odd" && question.required == nil)
            #expect(read.runs == [], "not before somebody has said so")
            try await house.answer(question.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(read.runs.count == 1)
    }

    @Test(arguments: [
        ("make", AutonomyLevel.unrestricted, InteractionMode.auto, true), ("rm", .unrestricted, .auto, true),
        ("forbidden", .unrestricted, .auto, false), ("make", .medium, .auto, false), ("make", .unrestricted, .spec, false),
    ])
    func aPermissionLiftsWhatIsAskedAndNeitherTheBlockListNorTheMachinesLimitNorAPlan(
        command: String, maximum: AutonomyLevel, mode: InteractionMode, runs: Bool
    ) async throws {
        let hooks = ScriptedHooks(before: HookAnswer(decision: .allow))
        let tool = EngineApprovalTests.execute()
        let house = EngineHouse(Self.model(command), tools: [tool], policy: EngineApprovalTests.policy) {
            $0.hooks = hooks
            $0.maximumAutonomy = maximum
        }
        try await house.running {
            _ = try await house.create(settings: SessionSettings(interaction: mode))
            try await house.submit("go", as: "t1", approvals: .refuse)
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect((tool.runs.count == 1) == runs)
        #expect(hooks.occasions.isEmpty == (command == "forbidden"), "what never runs has no hooks")
    }

    @Test func theStrongestOfSeveralAnswersCounts() async throws {
        let answers = [
            HookAnswer(decision: .allow, updatedInput: ["command": "first"]), HookAnswer(decision: .ask, reason: "hm"),
            HookAnswer(decision: .deny, reason: "no"), HookAnswer(decision: .deny, reason: "never", updatedInput: ["command": "second"]),
        ]
        let hooks = ScriptedHooks([.preToolUse]) { _ in answers }
        let house = Self.house(hooks, Self.model("make"), EngineApprovalTests.execute())
        try await house.running { _ = try await house.run() }
        guard case .ended(let end)? = try await house.hookFacts().last else { Issue.record("no end"); return }
        let judgement = HookJudgement(call: "c1", decision: .deny, reason: "no\nnever", updatedInput: ["command": "first"])
        #expect(end.judgement == judgement)
    }

    @Test func aCallThatNobodyKnowsHasNoHooks() async throws {
        let hooks = ScriptedHooks(before: HookAnswer(decision: .allow))
        let house = Self.house(
            hooks, ScriptedModel(.init(.call("c1", "Nothing", [:])), .text("done")), EngineApprovalTests.execute())
        try await house.running { _ = try await house.run() }
        #expect(hooks.occasions == [])
        #expect(try await house.outcomes().map(\.text) == ["Error: Tool Nothing is not available in this session"])
    }

    @Test func anEndOfTheTurnLeavesNoCallRunAndNoneWithoutAnOutcome() async throws {
        let hooks = ScriptedHooks([.preToolUse]) { occasion in
            occasion.call?.id == "c2" ? [HookAnswer(decision: .allow, stop: "enough")] : [HookAnswer(decision: .allow)]
        }
        let tool = EngineApprovalTests.execute()
        let house = Self.house(hooks, Self.model("one", "two", "three"), tool)
        try await house.running { _ = try await house.run() }
        #expect(tool.runs == [])
        #expect(try await house.outcomes().map(\.status) == [.notRun, .notRun, .notRun])
        let end = try #require(try await house.end(of: "t1"))
        #expect(end.reason == .hookStopped && end.detail == "Stopped by a hook: enough")
        #expect(house.model.requests.count == 1)
    }

    @Test func anInterruptEndsTheTurnWhileAHookStandsBeforeACall() async throws {
        let gate = Gate()
        let hooks = ScriptedHooks([.preToolUse]) { _ in
            _ = await gate.pass()
            return []
        }
        let tool = EngineApprovalTests.execute()
        let house = Self.house(hooks, Self.model("one", "two"), tool)
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .high))
            try await house.submit("hi", as: "t1")
            try await gate.reached(by: 2)
            try await within { await house.engine.interrupt("s") }
        }
        #expect(tool.runs == [])
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
        #expect(try await house.outcomes().map(\.status) == [.notRun, .notRun])
    }

    // MARK: Behind a call

    @Test func whatIsSaidBehindACallStandsBehindItsResult() async throws {
        let hooks = ScriptedHooks([.postToolUse]) { _ in [HookAnswer(decision: .deny, reason: "not formatted", note: "run the formatter")] }
        let read = ScriptedTool("Read", says: "text")
        let house = Self.house(hooks, ScriptedModel(.init(.call("c1", "Read", ["a": 1])), .text("done")), read)
        try await house.running { _ = try await house.run() }
        #expect(hooks.occasions == [.postToolUse(ToolCall(id: "c1", name: "Read", input: ["a": 1]), response: "text")])
        let messages = house.model.requests[1].messages
        guard case .toolResults(let results) = messages[messages.count - 2], case .user(let texts, _) = messages[messages.count - 1] else {
            Issue.record("\(messages)")
            return
        }
        #expect(results.map(\.text) == ["text"] && results.allSatisfy { !$0.isError })
        #expect(texts.joined().contains("A hook objects to what Read did: not formatted") && texts.joined().contains("run the formatter"))
        guard case .ended(let end)? = try await house.hookFacts().last else { Issue.record("no end"); return }
        #expect(!end.prevented && end.judgement == nil)
    }

    @Test func anEndOfTheTurnBehindACallKeepsTheRestFromRunning() async throws {
        let hooks = ScriptedHooks([.preToolUse, .postToolUse]) { occasion in
            if case .postToolUse = occasion { return [HookAnswer(stop: "")] }
            return [HookAnswer(decision: .allow)]
        }
        let tool = EngineApprovalTests.execute()
        let house = Self.house(hooks, Self.model("one", "two"), tool)
        try await house.running { _ = try await house.run() }
        #expect(tool.runs == [["command": "one"]])
        #expect(try await house.outcomes().map(\.status) == [.succeeded, .notRun])
        let end = try #require(try await house.end(of: "t1"))
        #expect(end.reason == .hookStopped && end.detail == "Stopped by a hook.")
    }

    @Test func aCallThatDidNotRunHasNoHookBehindIt() async throws {
        let hooks = ScriptedHooks([.postToolUse])
        let house = Self.house(hooks, Self.model("forbidden"), EngineApprovalTests.execute())
        try await house.running { _ = try await house.run() }
        #expect(hooks.occasions == [])
    }
}
