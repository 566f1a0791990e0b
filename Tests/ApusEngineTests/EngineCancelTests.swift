import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Ending single turns of a session, and what holds for one turn only.
@Suite(.timeLimit(.minutes(5))) struct EngineCancelTests {
    private let gate = Gate()

    private func house() -> EngineHouse {
        EngineHouse(
            ScriptedModel { [gate] _, number in number == 0 ? .init(.text(["a"]), .stand(gate), .text(["b"])) : .text("\(number)") })
    }

    private func submit(_ turn: TurnID, by writer: String, _ overrides: TurnOverrides = .none, to house: EngineHouse) async throws {
        _ = try await house.engine.submit(
            TurnInput(
                turn: turn, prompt: "p", origin: TurnOrigin(front: .opta, writer: writer, approvals: .stop), overrides: overrides),
            to: "s")
    }

    /// Four turns, of which the first runs: two of `a`, two of `b`.
    private func waiting(_ body: @escaping @Sendable (EngineHouse) async throws -> Void) async throws -> EngineHouse {
        let house = house()
        try await house.running {
            _ = try await house.create()
            for (turn, writer) in [("t1", "a"), ("t2", "b"), ("t3", "a"), ("t4", "b")] as [(TurnID, String)] {
                try await submit(turn, by: writer, to: house)
            }
            try await gate.reached()
            try await body(house)
            gate.open()
            await house.engine.interrupt("s")
        }
        return house
    }

    @Test func aWriterTakesBackItsOwnTurnsAndTheOthersRun() async throws {
        let house = try await waiting { house in
            let cancelled = try await house.engine.cancel(turn: nil, writer: "b", in: "s")
            #expect(cancelled == TurnCancellation(queued: ["t2", "t4"], active: nil))
            gate.open()
            try await house.recorder().read(untilEndOf: "t3")
        }
        #expect(try await house.end(of: "t1")?.reason == .completed)
        #expect(try await house.end(of: "t3")?.reason == .completed)
        for turn in ["t2", "t4"] as [TurnID] { #expect(try await house.end(of: turn)?.reason == .interrupted) }
        #expect(house.model.requests.count == 2)
    }

    @Test func theRunningTurnOfAWriterIsInterruptedWithThoseThatWait() async throws {
        let house = try await waiting { house in
            let cancelled = try await house.engine.cancel(turn: nil, writer: "a", in: "s")
            #expect(cancelled == TurnCancellation(queued: ["t3"], active: "t1"))
            try await house.recorder().read(untilEndOf: "t4")
        }
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
        #expect(try await house.end(of: "t2")?.reason == .completed)
    }

    @Test func aTurnIsTakenBackByItsIdAndNoOtherOfItsWriter() async throws {
        _ = try await waiting { house in
            let cancelled = try await house.engine.cancel(turn: "t2", writer: nil, in: "s")
            #expect(cancelled == TurnCancellation(queued: ["t2"], active: nil))
            #expect(try await house.engine.cancel(turn: "t2", writer: nil, in: "s") == .none)
            #expect(try await house.engine.cancel(turn: "t1", writer: nil, in: "s").active == "t1")
        }
    }

    /// The turn came to its own end while the notice of the cancel was being stored: told as cancelled, it ends so, and afterwards.
    @Test func aTurnThatIsToldAsCancelledEndsSoBehindTheNotice() async throws {
        let house = house()
        let stall = Gate()
        try await house.running {
            _ = try await house.create()
            try await submit("t1", by: "a", to: house)
            try await gate.reached()
            house.store.beforeEveryCommit { facts in
                if case .noticed(.turnsCancelled)? = facts.first { _ = await stall.pass() }
            }
            async let cancelled = house.engine.cancel(turn: "t1", writer: nil, in: "s")
            try await stall.reached()
            gate.open()
            for _ in 0..<500 { await Task.yield() }
            #expect(try await house.end(of: "t1") == nil)
            stall.open()
            #expect(try await cancelled.active == "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        let briefs = try await house.briefs()
        let notice = try #require(briefs.firstIndex { $0.hasPrefix("notice") })
        let end = try #require(briefs.firstIndex { $0.hasPrefix("finished t1 interrupted") }, "\(briefs)")
        #expect(notice < end)
    }

    @Test func whoFollowsHearsTheReasonBeforeTheEnds() async throws {
        let house = try await waiting { house in
            _ = try await house.engine.cancel(turn: nil, writer: "b", in: "s")
        }
        let briefs = try await house.briefs()
        let notice = try #require(briefs.firstIndex { $0.hasPrefix("notice") })
        #expect(briefs[notice].contains(#""queued":["t2","t4"]"#))
        #expect(
            Array(briefs[(notice + 1)...].prefix(2)) == ["finished t2 interrupted: Interrupted.", "finished t4 interrupted: Interrupted."])
    }

    @Test func nothingToCancelIsNoErrorAndLeavesNoTrace() async throws {
        let house = house()
        try await house.running {
            _ = try await house.create()
            let before = try await house.briefs()
            #expect(try await house.engine.cancel(turn: "t9", writer: "x", in: "s") == .none)
            #expect(try await house.briefs() == before)
            await #expect(throws: SessionError.self) { try await house.engine.cancel(turn: nil, writer: "x", in: "nobody") }
        }
    }

    @Test func aNoticeThatCannotBeStoredStillEndsTheRunningTurn() async throws {
        let house = house()
        house.store.beforeEveryCommit { facts throws(EventLogError) in
            if facts.contains(where: { $0.brief.hasPrefix("notice") }) { throw .store("The disk is full") }
        }
        try await house.running {
            _ = try await house.create()
            try await submit("t1", by: "a", to: house)
            try await gate.reached()
            await #expect(throws: SessionError.log(.store("The disk is full"))) {
                try await house.engine.cancel(turn: "t1", writer: nil, in: "s")
            }
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
    }

    // MARK: Settings of one turn

    @Test func whatHoldsForATurnIsGoneWithIt() async throws {
        let levels = Watched<[AutonomyLevel]>([])
        let tool = ScriptedTool("Look") { _, context in
            levels.change { $0.append(context.autonomy) }
            return ToolResult(.succeeded, "x")
        }
        let house = EngineHouse(
            ScriptedModel { _, number in number % 2 == 0 ? .init(.call(CallID("c\(number)"), "Look", [:])) : .text("done") }, tools: [tool])
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .low))
            try await submit("t1", by: "a", TurnOverrides(autonomy: .high, instruction: "Be brief"), to: house)
            try await submit("t2", by: "a", to: house)
            try await submit("t3", by: "a", TurnOverrides(interaction: .spec), to: house)
            try await house.recorder().read(untilEndOf: "t3")
            #expect(try await house.engine.peek("s").settings == SessionSettings(autonomy: .low))
        }
        #expect(levels.value == [.high, .low, .off])
        #expect(try await house.briefs(ofTurn: "t1").first == "note turn-instruction")
        #expect(try await house.briefs().count { $0 == "note turn-instruction" } == 1)
        #expect(try await house.briefs().count { $0 == "note interaction mode" } == 1)
    }

    @Test func theOriginsLimitHoldsAgainstTheTurnsOwnLevel() async throws {
        let levels = Watched<[AutonomyLevel]>([])
        let tool = ScriptedTool("Look") { _, context in
            levels.change { $0.append(context.autonomy) }
            return ToolResult(.succeeded, "x")
        }
        let house = EngineHouse(ScriptedModel(.init(.call("c", "Look", [:])), .text("done")), tools: [tool])
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .high))
            let origin = TurnOrigin(front: .opta, writer: "w", approvals: .stop, maximumAutonomy: .low)
            _ = try await house.engine.submit(
                TurnInput(turn: "t1", prompt: "p", origin: origin, overrides: TurnOverrides(autonomy: .medium)), to: "s")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(levels.value == [.low])
    }

    @Test func whatIsStoredOfATurnIsReadAgain() throws {
        let overrides = TurnOverrides(model: "m", autonomy: .medium, interaction: .spec, instruction: "x")
        let origin = TurnOrigin(
            front: .opta, writer: "opta/w", approvals: .refuse, answersQuestions: false, client: "c", mode: "do")
        let input = TurnInput(turn: "t", prompt: "p", origin: origin, overrides: overrides)
        #expect(try TurnInput(decoding: input.encoded()) == input)
        let end = TurnEnd(turn: "t", reason: .providerError, detail: "d", failure: .network)
        #expect(try TurnEnd(decoding: end.encoded()) == end)
    }

    @Test func theProvidersLastFailureIsKeptWithTheEndThatItBrought() async throws {
        let house = EngineHouse(ScriptedModel(.fail(.authentication)))
        try await house.running { _ = try await house.run() }
        #expect(try await house.end(of: "t1")?.failure == .authentication)
    }

    // MARK: Sessions of this process

    @Test func sessionsThatAreOpenedAndGivenUpAreHeardOf() async throws {
        let house = EngineHouse(ScriptedModel(.text("x")))
        try await house.running {
            let none = await house.engine.opened(since: nil)
            #expect(none.open == [] && none.openings == [])
            async let more = within { await house.engine.opened(since: none.change) }
            _ = try await house.create()
            let one = try await more
            #expect(one.open == ["s"] && one.openings == [OpenedSessions.Opening("s", at: 0)])
            await house.engine.close("s")
            let gone = try await within { await house.engine.opened(since: one.change) }
            #expect(gone.open == [] && gone.openings == [])
            let last = try await house.engine.open("s").lastEvent
            let again = try await within { await house.engine.opened(since: gone.change) }
            #expect(again.openings == [OpenedSessions.Opening("s", at: last)])
        }
    }

    @Test func whatASessionBeginsWithIsStoredWithItsCreation() async throws {
        let house = EngineHouse(ScriptedModel(.text("x")))
        try await house.running {
            _ = try await house.engine.create(
                NewSession(id: "s", workingDirectory: "/w", announcer: .opta, beginning: [.titleChanged("T"), .noticed(.created)]))
            let state = try await house.engine.peek("s")
            #expect(state.title == "T" && state.header.announcer == .opta)
        }
        #expect(try await house.briefs() == ["created", "title T", #"notice {"notice":"created"}"#])
        let header = try await house.engine.peek("s").header
        #expect(try SessionHeader(decoding: header.encoded()) == header)
    }
}
