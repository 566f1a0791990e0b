import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineLifeTests {
    @Test(arguments: ["", "a b", "ü", "../x", String(repeating: "a", count: 65)])
    func anIdThatBreaksTheRuleIsRefused(id: String) async throws {
        let house = EngineHouse(ScriptedModel())
        await #expect(throws: SessionError.badIdentifier(id)) { _ = try await house.create(SessionID(id)) }
    }

    @Test(arguments: ["a", "A-z_0", String(repeating: "a", count: 64)])
    func anIdThatKeepsTheRuleIsTaken(id: String) async throws {
        let house = EngineHouse(ScriptedModel())
        #expect(try await house.create(SessionID(id)) == SessionID(id))
        await #expect(throws: SessionError.log(.exists(SessionID(id)))) { _ = try await house.create(SessionID(id)) }
    }

    @Test func whatIsNotOwnedCannotBeUsed() async throws {
        let house = EngineHouse(ScriptedModel())
        let missing = SessionError.log(.notFound("nobody"))
        await #expect(throws: missing) { _ = try await house.submit("hi", as: "t1", to: "nobody") }
        await #expect(throws: missing) { _ = try await house.engine.open("nobody") }
        await #expect(throws: missing) { _ = try await house.engine.fork("nobody") }
        await #expect(throws: missing) { _ = try await house.engine.follow("nobody", after: 0) }
        await #expect(throws: missing) { try await house.engine.change("nobody", settings: SessionSettings()) }
        await house.engine.close("nobody")
    }

    @Test func aSessionOfALiveOwnerCannotBeOpened() async throws {
        let house = EngineHouse(ScriptedModel())
        _ = try await house.memory.create("other") { _ in }
        await #expect(throws: SessionError.log(.inUse("other", process: 0))) { _ = try await house.engine.open("other") }
    }

    @Test func changedSettingsAreStoredOnce() async throws {
        let house = EngineHouse(ScriptedModel())
        _ = try await house.create()
        try await house.engine.change("s", settings: SessionSettings(autonomy: .high))
        try await house.engine.change("s", settings: SessionSettings(autonomy: .high))
        #expect(try await house.briefs() == ["created", "settings"])
        #expect(try await house.engine.open("s").settings == SessionSettings(autonomy: .high))
    }

    @Test func aClosedSessionCanBeOpenedAgainAndGoesOn() async throws {
        let house = EngineHouse(ScriptedModel(.text("one"), .text("two")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            let recorder = try await house.recorder()
            try await recorder.read(untilEndOf: "t1")
            await house.engine.close("s")
            #expect(try await recorder.readToClose() == [])
            var folded = SessionState(id: "s")
            folded.reduce(try await house.events())
            #expect(try await house.engine.open("s") == folded)
            try await house.submit("b", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(house.model.requests.last?.messages == [.user(["a"]), .assistant([.text("one")]), .user(["b"])])
    }

    @Test func openMendsTheTurnOfADeadOwner() async throws {
        let house = EngineHouse(ScriptedModel(.text("on we go")))
        let writer = try await house.memory.create("s") { _ in }
        let origin = TurnOrigin(front: .exec, writer: "", approvals: .stop)
        _ = try await writer.commit([
            .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings()),
            .turnQueued(TurnInput(turn: "t1", prompt: "p", origin: origin)),
            .turnQueued(TurnInput(turn: "t2", prompt: "q", origin: origin)),
            .turnStarted("t1", model: "m"), .userMessage("m0", "t1", "p"), .responseStarted("m1", "t1"),
            .itemFinished(Item(id: "i1", message: "m1", content: .toolCall(ToolCall(id: "c1", name: "Execute", input: [:])))),
            .itemFinished(Item(id: "i2", message: "m1", content: .toolCall(ToolCall(id: "c2", name: "Execute", input: [:])))),
            .toolIntended(ToolIntent(call: "c1", tool: "Execute", argumentsHash: "", effect: .opaque, key: "")),
        ])
        await writer.show(Delta(item: "i3", message: "m1", channel: .text, text: "half"))
        await writer.close()
        house.store.declareDead(["s"])
        try await house.running {
            #expect(try await house.engine.recover() == [])
            #expect(try await house.briefs().last?.hasPrefix("finished t2 ownerDied") == true, "mended before anyone opened it")
            _ = try await house.engine.open("s")
            #expect(
                try await house.briefs().suffix(5) == [
                    "cut text half",
                    "c1 interrupted Error: the process ended while this call ran; its outcome is unknown: look before running it again",
                    "c2 notRun Error: not run, because the process ended before this call began",
                    "finished t1 ownerDied: The process that ran this turn ended before the turn did.",
                    "finished t2 ownerDied: The process that would have run this turn ended before it began.",
                ])
            try await house.submit("go on", as: "t3")
            try await house.recorder().read(untilEndOf: "t3")
        }
    }

    @Test func recoverLeavesAloneWhatAnotherProcessTookOver() async throws {
        let house = EngineHouse(ScriptedModel())
        _ = try await house.memory.create("taken") { _ in }
        house.store.declareDead(["taken", "vanished"])
        #expect(try await house.engine.recover() == [])
    }

    @Test func aForkGoesOnAloneAndTheSourceStaysAsItWas() async throws {
        let house = EngineHouse(ScriptedModel(.text("one"), .text("two")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            let before = try await house.events()
            let copy = try await house.engine.fork("s")
            let state = try await house.engine.open(copy)
            #expect(state.header == SessionHeader(id: copy, createdAt: house.time.now, workingDirectory: "/w", parent: "s"))
            try await house.submit("b", as: "t2", to: copy)
            try await house.recorder(copy).read(untilEndOf: "t2")
            #expect(try await house.events() == before)
            #expect(try await house.events(copy).prefix(before.count) == before[...])
        }
        #expect(house.model.requests.last?.messages == [.user(["a"]), .assistant([.text("one")]), .user(["b"])])
    }

    @Test func aForkOfARunningSessionEndsTheCopiedTurnAndNotTheRunningOne() async throws {
        let gate = Gate()
        let house = EngineHouse(
            ScriptedModel(
                .init(
                    .event(.itemStarted(index: 0, .text)), .event(.delta(index: 0, "ha")), .stand(gate),
                    .event(.itemFinished(index: 0, .text("ha"))))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await gate.reached()
            let copy = try await house.engine.fork("s")
            #expect(
                try await house.briefs(copy).suffix(3) == [
                    "cut text ha", "finished t1 ownerDied: The process that ran this turn ended before the turn did.", "forked",
                ])
            #expect(try await house.engine.open("s").running != nil)
            gate.open()
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func shutdownEndsEverythingAndRunReturns() async throws {
        let gate = Gate()
        let tool = ScriptedTool("Slow") { _, _ in
            await gate.pass() ? ToolResult(.succeeded, "") : ToolResult(.interrupted, "ended")
        }
        let house = EngineHouse(
            ScriptedModel { request, _ in
                switch request.messages.first {
                case .user(["stream"], _): .init(.stand(gate))
                case .user(["tool"], _): .init(.call("c1", "Slow", [:]))
                default: .fail(.server)
                }
            }, tools: [tool])
        try await house.running {
            for prompt in ["stream", "tool", "retry"] {
                _ = try await house.create(SessionID(prompt))
                try await house.submit(prompt, as: "t1", to: SessionID(prompt))
                try await house.submit("waits", as: "t2", to: SessionID(prompt))
            }
            try await gate.reached(by: 2)
            try await house.time.sleeps(1) { $0 == .milliseconds(500) }
        }
        for session in ["stream", "tool", "retry"] as [SessionID] {
            #expect(try await house.end(of: "t1", in: session)?.reason == .interrupted)
            #expect(try await house.briefs(session).last == "finished t2 interrupted: Interrupted.")
        }
        await #expect(throws: SessionError.closing) { _ = try await house.create("late") }
        await #expect(throws: SessionError.closing) { _ = try await house.engine.open("retry") }
        await #expect(throws: SessionError.closing) { try await house.submit("late", as: "t9", to: "retry") }
        await #expect(throws: SessionError.closing) { _ = try await house.engine.fork("retry") }
        // Given up: another engine may have it.
        _ = try await house.memory.open("retry") { _ in }
    }

    @Test func cancellingRunEndsRunningAndWaitingTurns() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel { _, _ in .init([.stand(gate)]) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await house.engine.run() }
            _ = try await house.create()
            try await house.submit("one", as: "t1")
            try await house.submit("two", as: "t2")
            try await gate.reached()
            group.cancelAll()
            try await group.waitForAll()
        }
        try await within { await house.engine.interrupt("s") }
        try await within { await house.engine.shutdown() }
        try await house.checkAllLogs()
        #expect(try await house.briefs().suffix(2) == ["finished t1 interrupted: Interrupted.", "finished t2 interrupted: Interrupted."])
    }

    @Test func aPromptAfterRunWasCancelledEndsWithoutHavingBegun() async throws {
        let house = EngineHouse(ScriptedModel(.text("never")))
        _ = try await house.create()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await house.engine.run() }
            group.cancelAll()
            try await group.waitForAll()
        }
        try await house.submit("hi", as: "t1")
        try await within { await house.engine.interrupt("s") }
        try await within { await house.engine.shutdown() }
        try await house.checkAllLogs()
        #expect(house.model.requests.isEmpty)
    }

    @Test func manyMayOpenOneSessionAtOnceAndSomeMayGiveUp() async throws {
        let house = EngineHouse(ScriptedModel(.text("fine")))
        try await house.running {
            _ = try await house.create()
            await house.engine.close("s")
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<40 {
                    group.addTask {
                        if number % 2 == 0 { withUnsafeCurrentTask { $0?.cancel() } }
                        await #expect(throws: Never.self) { _ = try await house.engine.open("s") }
                    }
                }
            }
            try await house.submit("hi", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    // MARK: A log that breaks

    @Test func aTurnWhoseFactCouldNotBeStoredEndsAndTheSessionGoesOn() async throws {
        let broken = Watched(true)
        let house = EngineHouse(ScriptedModel(.text("one"), .text("two")))
        house.store.beforeEveryCommit { facts throws(EventLogError) in
            if facts.contains(where: { $0.brief == "text one" }),
                broken.change({
                    let was = $0; $0 = false; return was
                })
            {
                throw .store("The disk is full")
            }
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            try await house.submit("b", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(
            try await house.briefs(ofTurn: "t1").dropFirst(2).prefix(4) == [
                "response", "text+ one", "cut text one", "finished t1 internalError: The disk is full",
            ])
        #expect(try await house.end(of: "t2")?.reason == .completed)
    }

    @Test func aLogThatBreaksForGoodLeavesNobodyWaiting() async throws {
        let isBroken = Watched(false)
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate), .text(["one"])), .text("later")))
        house.store.beforeEveryCommit { _ throws(EventLogError) in
            if isBroken.value { throw .store("The disk is full") }
        }
        try await house.running {
            _ = try await house.create()
            let recorder = try await house.recorder()
            try await house.submit("a", as: "t1")
            try await gate.reached()
            isBroken.change { $0 = true }
            gate.open()
            // The follower is told that nothing comes any more.
            let read = try await recorder.readToClose()
            #expect(read.last?.kind.brief == "title a")
            try await within { await house.engine.interrupt("s") }
            isBroken.change { $0 = false }
            // Opened anew, the session is mended and goes on.
            _ = try await house.engine.open("s")
            try await house.submit("b", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(try await house.end(of: "t1")?.reason == .ownerDied)
    }

    @Test func aSnapshotIsOnlyAShortcut() async throws {
        let pieces = (0..<600).map { "piece \($0) " }
        let house = EngineHouse(ScriptedModel(.init(.text(pieces)), .text("two")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            try await within {
                while try await house.memory.snapshot(of: "s") == nil { await Task.yield() }
            }
            try await house.submit("b", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
            let live = try await house.engine.open("s")
            await house.engine.close("s")
            #expect(try await house.engine.open("s") == live)
            var folded = SessionState(id: "s")
            folded.reduce(try await house.events())
            #expect(folded == live)
        }
    }
}
