import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Sessions that are open for the time of a call, and clients that come and go meanwhile.
@Suite(.timeLimit(.minutes(5))) struct EngineLeaseTests {
    private static let notice = EventKind.noticed(.created)

    /// A session that is not open, and a gate before each of its notices.
    private static func closed(_ house: EngineHouse) async throws -> Gate {
        _ = try await house.create()
        await house.engine.close("s")
        let gate = Gate()
        house.store.beforeEveryCommit { facts in if facts == [notice] { _ = await gate.pass() } }
        return gate
    }

    @Test func whoOpensASessionWhileACallHasItKeepsIt() async throws {
        let house = EngineHouse(ScriptedModel(.text("one")))
        try await house.running {
            let gate = try await Self.closed(house)
            async let note: Void = house.engine.note(.created, in: "s")
            try await gate.reached()
            _ = try await house.engine.open("s")
            gate.open()
            try await note
            #expect(await house.engine.opened() == ["s"])
            try await house.submit("a", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            await house.engine.close("s")
        }
        #expect(house.store.opens == ["s"])
    }

    @Test func theLastOfManyCallsGivesASessionUp() async throws {
        let house = EngineHouse(ScriptedModel())
        try await house.running {
            let gate = try await Self.closed(house)
            async let first: Void = house.engine.note(.created, in: "s")
            try await gate.reached()
            try await house.engine.rename("s", to: "Meanwhile")
            #expect(await house.engine.opened() == ["s"])
            gate.open()
            try await first
            #expect(await house.engine.opened() == [])
        }
        #expect(house.store.opens == ["s"])
        #expect(try await house.briefs() == ["created", "title Meanwhile", Self.notice.brief])
    }

    @Test func whatAClientGivesUpWhileACallNeedsItGoesWithTheCall() async throws {
        let house = EngineHouse(ScriptedModel())
        try await house.running {
            let gate = try await Self.closed(house)
            _ = try await house.engine.open("s")
            async let note: Void = house.engine.note(.created, in: "s")
            try await gate.reached()
            await house.engine.retire("s")
            #expect(await house.engine.opened() == ["s"])
            gate.open()
            try await note
            #expect(await house.engine.opened() == [])
        }
        #expect(try await house.briefs() == ["created", Self.notice.brief])
    }

    /// A process that writes twenty times a second in a session that nobody looks at.
    @Test func aHeldSessionIsOpenedOnceHoweverOftenItIsWrittenTo() async throws {
        let house = EngineHouse(ScriptedModel(.text("one")))
        try await house.running {
            _ = try await house.create()
            await house.engine.close("s")
            let engine = house.engine
            try await engine.holding("s") {
                do {
                    for _ in 0..<20 { try await engine.note(.created, in: "s") }
                    await engine.retire("s")
                    #expect(await engine.opened() == ["s"])
                    // Somebody comes, prompts and goes.
                    _ = try await engine.open("s")
                    try await house.submit("a", as: "t1")
                    try await house.recorder().read(untilEndOf: "t1")
                    await engine.retire("s")
                    for _ in 0..<20 { try await engine.note(.created, in: "s") }
                } catch {
                    Issue.record(error)
                }
            }
            // The turn's end is told before the session is at rest.
            while await engine.opened() == ["s"] { await engine.retire("s") }
        }
        #expect(house.store.opens == ["s"])
    }

    /// A process of a daemon that died is over; one that a call holds the session for is not, also when the session was closed meanwhile.
    @Test func onlyProcessesThatNobodyHoldsTheSessionForAreOver() async throws {
        @Sendable func change(_ id: String, _ reason: ProcessChange.Reason) -> SessionNotice {
            var process = SessionProcess(id: id, session: "s", pid: 7, command: "serve", workingDirectory: "/w", startedAt: 1)
            if reason != .started { (process.state, process.endedAt) = (.completed, 2) }
            return .processChanged(ProcessChange(process, reason))
        }
        let house = EngineHouse(ScriptedModel())
        try await house.running {
            let engine = house.engine
            _ = try await house.create()
            try await engine.note(change("old", .started), in: "s")
            await engine.close("s")
            try await engine.holding("s") {
                do {
                    #expect(try await engine.peek("s").openProcesses == [])
                    try await engine.note(change("new", .started), in: "s")
                    await engine.close("s")
                    _ = try await engine.open("s")
                    #expect(try await engine.peek("s").openProcesses.map(\.id) == ["new"])
                    try await engine.note(change("new", .completed), in: "s")
                } catch {
                    Issue.record(error)
                }
            }
        }
        let told = try await house.events().compactMap { event -> String? in
            guard case .noticed(.processChanged(let change)) = event.kind else { return nil }
            return "\(change.process.id) \(change.reason)"
        }
        #expect(told == ["old started", "old killed", "new started", "new completed"])
    }

    @Test func whatCannotBeOpenedIsNotHeld() async throws {
        let house = EngineHouse(ScriptedModel())
        await #expect(throws: SessionError.log(.notFound("nobody"))) {
            try await house.engine.holding("nobody") { Issue.record("nothing is there") }
        }
        _ = try await house.create()
        await house.engine.close("s")
        _ = try await house.memory.open("s") { _ in }
        await #expect(throws: SessionError.log(.inUse("s", process: 0))) {
            try await house.engine.holding("s") { Issue.record("it is somebody else's") }
        }
        #expect(await house.engine.opened() == [])
    }
}
