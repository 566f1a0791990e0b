import ApusBase
import ApusCore
import ApusTesting
import Testing

@testable import ApusEngine

@Suite(.timeLimit(.minutes(5))) struct EngineInterruptTests {
    @Test func interruptWhileStreamingKeepsWhatWasShown() async throws {
        let gate = Gate()
        let house = EngineHouse(
            ScriptedModel(.init(.event(.itemStarted(index: 0, .text)), .event(.delta(index: 0, "half")), .stand(gate))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await gate.reached()
            try await within { await house.engine.interrupt("s") }
            // Its end is stored when the interrupt returns.
            #expect(try await house.end(of: "t1")?.reason == .interrupted)
        }
        #expect(
            try await house.briefs(ofTurn: "t1").dropFirst(2) == [
                "response", "text+ half", "cut text half", "finished t1 interrupted: Interrupted.",
            ])
    }

    /// A house that goes on with turns of dead processes.
    private static func goesOn(_ services: inout EngineServices) {
        services.resumesTurns = true
        services.takeOver = TakeOverRules()
    }

    /// Submits a turn of which others would go on, and interrupts it while the model speaks.
    private static func interruptAtTheGate(_ house: EngineHouse, _ gate: Gate) async throws {
        try await house.running {
            _ = try await house.create()
            _ = try await house.engine.submit(TurnInput(turn: "t1", prompt: "hi", origin: EngineTakeOverTests.origin), to: "s")
            try await gate.reached()
            try await within { await house.engine.interrupt("s") }
        }
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
    }

    /// Should the process die before the end of the turn is stored, the next one does not go on with it.
    @Test func anInterruptOfATurnThatOthersGoOnWithIsStoredBeforeItEnds() async throws {
        let gate = Gate()
        let house = EngineHouse(
            ScriptedModel(.init(.event(.itemStarted(index: 0, .text)), .event(.delta(index: 0, "half")), .stand(gate))),
            adjusting: Self.goesOn)
        try await Self.interruptAtTheGate(house, gate)
        let events = try await house.events()
        let cut = try #require(events.firstIndex { if case .itemInterrupted = $0.kind { true } else { false } })
        var state = SessionState(id: "s")
        state.reduce(events[..<cut])
        #expect(state.running?.isCancelled == true)
        #expect(TakeOver.chance(of: state, by: TakeOverRules(), at: state.updatedAt) == .never)
    }

    /// It waits for its directory and has not even begun; the next process is not to run it either.
    @Test func anInterruptOfATurnThatIsAboutToBeginIsStored() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.text("never"))) { services in
            Self.goesOn(&services)
            services.occupy = { _ in
                _ = await gate.pass()
                return {}
            }
        }
        try await Self.interruptAtTheGate(house, gate)
        #expect(house.model.requests.isEmpty)
        let events = try await house.events()
        let notice = try #require(events.firstIndex { if case .noticed(.turnsCancelled) = $0.kind { true } else { false } })
        var state = SessionState(id: "s")
        state.reduce(events[...notice])
        #expect(state.stoppedEarly == "t1")
    }

    /// A log that stands keeps nothing running.
    @Test func anInterruptThatCannotBeStoredStillEndsTheTurn() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate))), adjusting: Self.goesOn)
        house.store.beforeEveryCommit { facts throws(EventLogError) in
            if facts.contains(where: { $0.brief.hasPrefix("notice") }) { throw .store("The disk is full") }
        }
        try await Self.interruptAtTheGate(house, gate)
    }

    @Test func interruptInAToolRecordsWhatBecameOfIt() async throws {
        let gate = Gate()
        let slow = ScriptedTool("Slow", access: { _ in .command("sleep", declaredRisk: "low") }) { _, _ in
            await gate.pass() ? ToolResult(.succeeded, "late") : ToolResult(.interrupted, "ended by an interrupt")
        }
        let house = EngineHouse(ScriptedModel(.init(.call("c1", "Slow", [:]), .call("c2", "Slow", [:])), .text("never")), tools: [slow])
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await gate.reached()
            try await within { await house.engine.interrupt("s") }
        }
        #expect(
            try await house.briefs(ofTurn: "t1").drop { $0 != "end toolCalls" }.dropFirst() == [
                "intend c1 pure", "c1 interrupted ended by an interrupt", "c2 notRun Error: not run because the turn was interrupted",
                "finished t1 interrupted: Interrupted.",
            ])
        #expect(slow.runs.count == 1)
        #expect(house.model.requests.count == 1)
    }

    @Test func interruptWhileWaitingForARetryEndsTheWait() async throws {
        let house = EngineHouse(ScriptedModel(.fail(.server), .text("never")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await house.time.sleeps(1)
            try await within { await house.engine.interrupt("s") }
            #expect(house.time.sleeperCount == 0)
        }
        #expect(try await house.briefs().suffix(2) == ["retry 1 server 500", "finished t1 interrupted: Interrupted."])
        #expect(house.model.requests.count == 1)
    }

    @Test func interruptEndsTheRunningTurnAndTheNextOneRuns() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate)), .text("second")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("one", as: "t1")
            try await gate.reached()
            try await house.submit("two", as: "t2")
            try await within { await house.engine.interrupt("s") }
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
        #expect(try await house.end(of: "t2")?.reason == .completed)
    }

    @Test func interruptWhileQueuedNeverStartsTheTurn() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("one", as: "t1")
            try await gate.reached()
            try await house.submit("two", as: "t2")
            try await house.submit("three", as: "t3")
            try await within { await house.engine.close("s") }
        }
        #expect(
            try await house.briefs().suffix(3) == [
                "finished t1 interrupted: Interrupted.", "finished t2 interrupted: Interrupted.", "finished t3 interrupted: Interrupted.",
            ])
        #expect(house.model.requests.count == 1)
    }

    @Test func interruptBeforeTheEngineRunsEndsTheTurnOnce() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel { _, _ in .init([.stand(gate)]) })
        _ = try await house.create()
        try await house.submit("hi", as: "t1")
        async let interrupted: Void = within { await house.engine.interrupt("s") }
        try await house.running {
            try await house.recorder().read(untilEndOf: "t1")
        }
        try await interrupted
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
    }

    /// The facts of a turn whose task was cancelled before its first line ran are stored all the same.
    @Test(arguments: [(TurnEndReason?.none, TurnEndReason.interrupted), (.interrupted, .interrupted), (.timeLimit, .timeLimit)])
    func aRunnerThatIsCancelledBeforeItBeganAsksNobody(stop: TurnEndReason?, reason: TurnEndReason) async throws {
        let house = EngineHouse(ScriptedModel(.text("never")))
        let log = SessionLog(resuming: SessionState(id: "s"))
        let writer = try await house.memory.create("s") { log.absorb($0) }
        let input = TurnInput(turn: "t1", prompt: "hi", origin: TurnOrigin(front: .exec, writer: "", approvals: .stop))
        _ = try await writer.commit([.turnQueued(input)])
        let handle = TurnHandle()
        if let stop { handle.stop.give(stop) }
        let services = EngineServices(
            log: house.memory, index: house.memory, blobs: house.memory, models: house.model, tools: FixedTools([]),
            policy: ScriptedPolicy(),
            instructions: FixedNotes(), time: house.time,
            workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/h", temporaryDirectories: []) })
        let runner = TurnRunner(
            input: input, session: "s", services: services, writer: writer, log: log, approvals: SessionApprovals(log: log, writer: writer),
            questions: SessionQuestions(log: log, writer: writer),
            stop: handle.stop)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { try await runner.run() }
            try await group.waitForAll()
        }
        #expect(try await house.end(of: "t1")?.reason == reason)
        #expect(house.model.requests.isEmpty)
        try await house.checkAllLogs()
    }

    /// The hardest promise: at whatever event the interrupt comes, one end, every call answered, nothing left open.
    @Test(arguments: 1...24)
    func interruptAtAnyMomentLeavesAWholeLog(after count: Int) async throws {
        let tool = ScriptedTool("Read") { _, context in
            await context.showOutput("piece")
            return ToolResult(Task.isCancelled ? .interrupted : .succeeded, "result")
        }
        let house = EngineHouse(
            ScriptedModel { _, number in
                number < 2
                    ? .init([
                        .reasoning(["a", "b"]), .text(["c", "d"]), .call(CallID("c\(number)"), "Read", ["n": .integer(Int64(number))]),
                    ])
                    : .text("done")
            }, tools: [tool])
        try await house.running {
            _ = try await house.create()
            let recorder = try await house.recorder()
            try await house.submit("hi", as: "t1")
            for _ in 0..<count { try await recorder.read { _ in true } }
            try await within { await house.engine.interrupt("s") }
            if try await house.end(of: "t1") == nil { try await recorder.read(untilEndOf: "t1") }
            // The session goes on afterwards, and what the model is given keeps calls and results together.
            try await house.submit("again", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
            for request in house.model.requests { Self.checkPairs(request.messages) }
        }
    }

    /// The same, but exactly while the runner stores its n-th batch of facts.
    @Test(arguments: 1...13)
    func interruptWhileAnyFactIsBeingStoredLeavesAWholeLog(number: Int) async throws {
        let gate = Gate()
        let commits = Watched(0)
        let house = EngineHouse(
            ScriptedModel(.init(.text(["a"]), .call("c1", "Read", [:]), .call("c2", "Read", [:])), .text("b"), .text("c")),
            tools: [ScriptedTool("Read", says: "r")])
        _ = try await house.create()
        try await house.submit("hi", as: "t1")
        house.store.beforeEveryCommit { _ throws(EventLogError) in
            let count = commits.change { count -> Int in
                count += 1
                return count
            }
            // Opens when the turn's task is cancelled, and then the facts are stored.
            if count == number { _ = await gate.pass() }
        }
        try await house.running {
            try await gate.reached()
            try await within { await house.engine.interrupt("s") }
            try await house.submit("again", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
            for request in house.model.requests { Self.checkPairs(request.messages) }
        }
        #expect(try await house.end(of: "t1") != nil)
    }

    private static func checkPairs(_ messages: [ModelMessage]) {
        for (index, message) in messages.enumerated() {
            guard case .assistant(let blocks) = message else { continue }
            let calls = blocks.compactMap { if case .toolCall(let call) = $0 { call.id } else { nil } }
            guard !calls.isEmpty else { continue }
            guard index + 1 < messages.count, case .toolResults(let results) = messages[index + 1] else {
                Issue.record("calls \(calls) without results")
                continue
            }
            #expect(results.map(\.call) == calls)
        }
    }

    @Test func aTurnEndsAtItsTimeLimit() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1", limits: TurnLimits(milliseconds: 5_000))
            try await gate.reached()
            try await house.time.sleeps(1) { $0 == .seconds(5) }
            house.time.advance(by: .milliseconds(4_999))
            #expect(house.time.sleeperCount == 1)
            house.time.advance(by: .milliseconds(1))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().last == "finished t1 timeLimit: Stopped: the time limit for this run was reached.")
    }

    @Test func interruptWithNothingToEndReturnsAtOnce() async throws {
        let house = EngineHouse(ScriptedModel(.text("fine")))
        try await house.running {
            await house.engine.interrupt("nobody")
            _ = try await house.create()
            await house.engine.interrupt("s")
            try await house.submit("hi", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            try await within { await house.engine.interrupt("s") }
        }
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }
}
