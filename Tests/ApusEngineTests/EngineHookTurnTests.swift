import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Hooks around turns and sessions (`droid-exec.md` §4.1, §5.10).
@Suite(.timeLimit(.minutes(5))) struct EngineHookTurnTests {
    private static func answering(_ events: Set<HookEvent>, _ answer: HookAnswer) -> ScriptedHooks {
        ScriptedHooks(events) { _ in [answer] }
    }

    // MARK: The beginning

    @Test func whatIsSaidAtTheBeginningStandsBeforeThePrompt() async throws {
        let hooks = ScriptedHooks([.sessionStart, .userPromptSubmit]) { occasion in
            [HookAnswer(note: occasion.event == .sessionStart ? "the branch is main" : "the ticket is 7")]
        }
        let house = EngineHouse(ScriptedModel(.text("one"), .text("two")), hooks: hooks)
        try await house.running {
            _ = try await house.create()
            for turn in ["t1", "t2"] as [TurnID] {
                try await house.submit("prompt \(turn)", as: turn)
                try await house.recorder().read(untilEndOf: turn)
            }
        }
        #expect(hooks.occasions == [.sessionStart(.startup), .userPromptSubmit("prompt t1"), .userPromptSubmit("prompt t2")])
        guard case .user(let texts, _)? = house.model.requests[0].messages.first else { Issue.record("no prompt"); return }
        let all = texts.joined(separator: "|")
        let places = ["the branch is main", "the ticket is 7", "prompt t1"].map { all.firstRange(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil } && places.compactMap { $0 } == places.compactMap { $0 }.sorted(), "\(all)")
        let state = try await house.state()
        #expect(state.transcript.count { if case .user = $0 { true } else { false } } == 2)
    }

    @Test func withoutHooksTheLogIsAsItAlwaysWas() async throws {
        let house = EngineHouse(ScriptedModel(.text("one")), hooks: ScriptedHooks([]))
        try await house.running { _ = try await house.run() }
        #expect(try await house.hookFacts() == [])
    }

    @Test func aRefusedPromptEndsItsTurnAndNoModelEverSeesIt() async throws {
        let hooks = ScriptedHooks([.userPromptSubmit]) { occasion in
            occasion == .userPromptSubmit("the secret") ? [HookAnswer(decision: .deny, reason: "no secrets")] : []
        }
        let house = EngineHouse(ScriptedModel(.text("fine")), hooks: hooks)
        try await house.running {
            _ = try await house.create()
            try await house.submit("the secret", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            #expect(house.model.requests.isEmpty)
            try await house.submit("hello", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
        }
        let end = try #require(try await house.end(of: "t1"))
        #expect(end.reason == .promptRefused && end.detail == "The prompt was refused by a hook: no secrets")
        #expect(try await house.end(of: "t2")?.reason == .completed)
        #expect(!"\(house.model.requests[0].messages)".contains("the secret"))
        #expect(try await house.state().title == "hello")
    }

    @Test func aHookMayEndTheTurnBeforeThePrompt() async throws {
        let hooks = Self.answering([.sessionStart, .userPromptSubmit], HookAnswer(stop: "closed today"))
        let house = EngineHouse(ScriptedModel(.text("never")), hooks: hooks)
        try await house.running { _ = try await house.run() }
        #expect(hooks.occasions == [.sessionStart(.startup)], "and the next ones are not asked")
        let end = try #require(try await house.end(of: "t1"))
        #expect(end.reason == .hookStopped && end.detail == "Stopped by a hook: closed today")
        #expect(house.model.requests.isEmpty)
    }

    @Test func aSessionThatIsOpenedAgainResumes() async throws {
        let hooks = ScriptedHooks([.sessionStart, .sessionEnd])
        let house = EngineHouse(ScriptedModel(.text("one"), .text("two")), hooks: hooks)
        try await house.running {
            _ = try await house.run()
            try await within { await house.engine.close("s") }
            _ = try await house.engine.open("s")
            try await house.submit("more", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(hooks.occasions == [.sessionStart(.startup), .sessionEnd, .sessionStart(.resume), .sessionEnd])
        #expect(hooks.limits == [nil, nil, nil, .seconds(2)], "whoever shuts down does not wait for long")
        #expect(hooks.forgotten == ["s", "s"])
    }

    @Test func aSessionWithoutATurnHasNeitherStartNorEnd() async throws {
        let hooks = ScriptedHooks([.sessionStart, .sessionEnd])
        let house = EngineHouse(ScriptedModel(), hooks: hooks)
        try await house.running {
            _ = try await house.create()
            await house.engine.close("s")
        }
        #expect(hooks.occasions == [])
    }

    @Test func anInterruptedSessionEndsSoon() async throws {
        let gate = Gate()
        let hooks = ScriptedHooks([.sessionEnd])
        let house = EngineHouse(ScriptedModel(.init(.stand(gate))), hooks: hooks)
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await gate.reached()
            try await within { await house.engine.interrupt("s") }
            try await within { await house.engine.close("s") }
        }
        #expect(hooks.limits == [.seconds(2)])
    }

    /// Whoever opens a session that is just given up gets it when its hooks are done.
    @Test func openingWaitsForTheHooksOfTheEnd() async throws {
        let gate = Gate()
        let hooks = ScriptedHooks([.sessionEnd]) { _ in
            _ = await gate.pass()
            return []
        }
        let house = EngineHouse(ScriptedModel(.text("one")), hooks: hooks)
        try await house.running {
            _ = try await house.run()
            async let closed: Void = house.engine.close("s")
            try await gate.reached()
            async let opened = house.engine.open("s")
            gate.open()
            await closed
            #expect(try await opened.lastTurn?.turn == "t1")
        }
    }

    // MARK: The end of a turn

    @Test(arguments: [(0, 1), (2, 3), (5, 6), (99, 6)])
    func aHookMayKeepATurnFromItsEndFiveTimesInARow(objections: Int, responses: Int) async throws {
        let count = Watched(0)
        let hooks = ScriptedHooks([.stop]) { _ in
            let number = count.change { count -> Int in
                count += 1
                return count
            }
            return number <= objections ? [HookAnswer(decision: .deny, reason: "test number \(number) fails")] : []
        }
        let house = EngineHouse(ScriptedModel { _, number in .text("answer \(number)") }, hooks: hooks)
        try await house.running { _ = try await house.run() }
        #expect(house.model.requests.count == responses)
        #expect(try await house.end(of: "t1")?.reason == .completed)
        #expect(hooks.occasions == [.stop(isAgain: false)] + Array(repeating: .stop(isAgain: true), count: responses - 1))
        for number in 1..<max(responses, 1) { #expect("\(house.model.requests[number].messages)".contains("test number \(number) fails")) }
    }

    @Test func aTurnThatHasNoResponseLeftEndsAllTheSame() async throws {
        let hooks = Self.answering([.stop], HookAnswer(decision: .deny, reason: "go on"))
        let house = EngineHouse(ScriptedModel { _, _ in .text("answer") }, hooks: hooks)
        try await house.running { _ = try await house.run(limits: TurnLimits(responses: 2)) }
        #expect(house.model.requests.count == 2)
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func aTurnThatFailsHasNoHookAtItsEnd() async throws {
        let hooks = ScriptedHooks([.stop])
        let house = EngineHouse(ScriptedModel(.fail(.authentication)), hooks: hooks)
        try await house.running { _ = try await house.run() }
        #expect(hooks.occasions == [])
        #expect(try await house.end(of: "t1")?.reason == .providerError)
    }

    // MARK: Telling people

    @Test func peopleAreToldOfAQuestionUntilItIsAnswered() async throws {
        let ended = Watched(false)
        let gate = Gate()
        let hooks = ScriptedHooks([.notification]) { _ in
            if await !gate.pass() { ended.change { $0 = true } }
            return []
        }
        let house = EngineHouse(
            ScriptedModel(EngineApprovalTests.command("make"), .text("done")), hooks: hooks, tools: [EngineApprovalTests.execute()])
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.question()
            try await gate.reached()
            try await house.answer(question.id, .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(ended.value, "the hook ends with the question")
        #expect(hooks.occasions == [.notification("Apus needs your permission to use Execute")])
    }

    @Test func peopleAreToldBeforeAHeadlessTurnStops() async throws {
        let hooks = ScriptedHooks([.notification])
        let house = EngineHouse(
            ScriptedModel(EngineApprovalTests.command("make")), hooks: hooks, tools: [EngineApprovalTests.execute()])
        try await house.running { _ = try await house.run() }
        #expect(hooks.occasions == [.notification("Apus needs your permission to use Execute")])
        #expect(try await house.end(of: "t1")?.reason == .permissionDenied)
    }

    @Test(arguments: [(TurnOrigin.Front.droid, 1), (.exec, 0)])
    func peopleWhoSitBeforeASessionAreToldOnceThatItWaits(front: TurnOrigin.Front, times: Int) async throws {
        let hooks = ScriptedHooks([.notification])
        let house = EngineHouse(ScriptedModel(.text("done")), hooks: hooks)
        try await house.running {
            _ = try await house.create()
            let origin = TurnOrigin(front: front, writer: "w", approvals: .stop)
            _ = try await house.engine.submit(TurnInput(turn: "t1", prompt: "go", origin: origin), to: "s")
            try await house.recorder().read(untilEndOf: "t1")
            if times > 0 {
                try await house.time.sleeps(1) { $0 == .seconds(60) }
                house.time.advance(by: .seconds(60))
                try await hooks.heard(.notification)
            }
        }
        #expect(hooks.occasions == Array(repeating: .notification("Apus is waiting for your input"), count: times))
    }

    // MARK: Compaction

    @Test func aHookMayRefuseACompactionAndHearsOfTheStartBehindIt() async throws {
        let refuses = Watched(true)
        let hooks = ScriptedHooks([.preCompact, .sessionStart]) { occasion in
            occasion.event == .preCompact && refuses.value ? [HookAnswer(decision: .deny, reason: "not now")] : []
        }
        let house = EngineHouse(
            ScriptedModel(.text("one"), .text("two"), .text("the summary"), .text("three")), hooks: hooks)
        try await house.running {
            _ = try await house.create()
            for turn in ["t1", "t2"] as [TurnID] {
                try await house.submit("prompt \(turn)", as: turn)
                try await house.recorder().read(untilEndOf: turn)
            }
            await #expect(throws: MaintenanceError.refused("not now")) {
                _ = try await house.engine.compact("s", instructions: "keep names")
            }
            refuses.change { $0 = false }
            let copy = try await house.engine.compact("s", instructions: nil).copy
            try await house.submit("more", as: "t3", to: copy)
            try await house.recorder(copy).read(untilEndOf: "t3")
        }
        #expect(
            hooks.occasions == [
                .sessionStart(.startup), .preCompact(.manual, instructions: "keep names"), .preCompact(.manual, instructions: ""),
                .sessionStart(.compact),
            ])
    }

    // MARK: The log

    @Test func theLogKeepsThatTheyRanAndWhatCameOfItWithoutSecrets() async throws {
        let answer = HookAnswer(note: "say token-1234", message: "for people: token-1234", suppressesOutput: true)
        let hooks = Self.answering([.userPromptSubmit], answer)
        let house = EngineHouse(
            ScriptedModel(.text("done")), hooks: hooks, redaction: Redaction(secrets: ["token-1234"]))
        try await house.running { _ = try await house.run() }
        let command = HookCommand("check ***", timeout: 7)
        #expect(
            try await house.hookFacts() == [
                .began(HookStart(id: "h", event: .userPromptSubmit, matcher: "M", commands: [command])),
                .ended(
                    HookEnd(
                        id: "h", event: .userPromptSubmit, matcher: "M",
                        results: [
                            HookEnd.Result(command, exitCode: 0, stdout: "***", message: "for people: ***", suppressesOutput: true)
                        ], prevented: false)),
            ])
        #expect(!"\(house.model.requests[0].messages)".contains("token-1234"))
    }

    @Test func aHookSeesTheSessionAsItIs() async throws {
        let hooks = ScriptedHooks([.stop])
        let house = EngineHouse(ScriptedModel(.text("the answer")), hooks: hooks)
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .low))
            try await house.submit("hi", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        let context = try #require(hooks.plans.first?.context)
        #expect(context.level == .low && !context.isPlanning)
        #expect(context.state.lastResponse?.text == "the answer")
    }
}
