import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// What clients do with sessions beside prompting.
@Suite(.timeLimit(.minutes(5))) struct EngineMaintenanceTests {
    @Test func peekShowsASessionOfAnotherOwnerAndClaimsNothing() async throws {
        let house = EngineHouse(ScriptedModel())
        let other = try await house.memory.create("other") { _ in }
        _ = try await other.commit([
            .sessionCreated(SessionHeader(id: "other", createdAt: 1, workingDirectory: "/w"), SessionSettings()), .titleChanged("Theirs"),
        ])
        #expect(try await house.engine.peek("other").title == "Theirs")
        #expect(await house.engine.opened() == [])
        _ = try await other.commit([.titleChanged("Still theirs")])
        #expect(try await house.engine.peek("other").title == "Still theirs")
        await #expect(throws: SessionError.log(.notFound("nobody"))) { _ = try await house.engine.peek("nobody") }
    }

    /// Who chose it and what it is are one commit; nothing else changes, though settings were changed a moment before.
    @Test func aModelIsChosenInOneCommitAndNothingElseChanges() async throws {
        let house = EngineHouse(ScriptedModel())
        try await house.running {
            _ = try await house.create()
            let gate = Gate()
            let commits = Watched<[[EventKind]]>([])
            house.store.beforeEveryCommit { facts in
                commits.change { $0.append(facts) }
                if case .settingsChanged(let settings)? = facts.first, settings.autonomy == .low { _ = await gate.pass() }
            }
            async let change: Void = house.engine.change("s", settings: SessionSettings(autonomy: .low))
            try await gate.reached()
            async let choice: Void = house.engine.chooseModel("m", by: "client_1", in: "s")
            // It waits for the change: as often as it likes, nothing of it is stored.
            for _ in 0..<100 { await Task.yield() }
            #expect(commits.value.count == 1)
            gate.open()
            _ = try await (change, choice)
            try await house.engine.chooseModel("m", by: nil, in: "s")
            let settings = SessionSettings(model: "m", autonomy: .low)
            #expect(try await house.engine.peek("s").settings == settings)
            #expect(
                commits.value == [
                    [.settingsChanged(SessionSettings(autonomy: .low))],
                    [.noticed(.modelChosen("m", by: "client_1")), .settingsChanged(settings)], [.noticed(.modelChosen("m", by: nil))],
                ])
        }
    }

    @Test func anIdleSessionIsRetiredAndCanBeOpenedAgain() async throws {
        let house = EngineHouse(ScriptedModel(.text("one"), .text("two")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            let recorder = try await house.recorder()
            try await recorder.read(untilEndOf: "t1")
            // The turn's end is told before the session is at rest.
            while await house.engine.opened() == ["s"] { await house.engine.retire("s") }
            #expect(try await recorder.readToClose() == [])
            await #expect(throws: SessionError.log(.notFound("s"))) { try await house.submit("b", as: "t2") }
            _ = try await house.engine.open("s")
            #expect(await house.engine.opened() == ["s"])
            try await house.submit("b", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
            await house.engine.retire("nobody")
        }
    }

    @Test func aSessionAtWorkIsNotRetired() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.stand(gate), .text(["done"]))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("a", as: "t1")
            try await house.model.asked(1)
            await house.engine.retire("s")
            #expect(await house.engine.opened() == ["s"])
            gate.open()
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func aSessionWithAnOpenPermissionRequestIsNotRetired() async throws {
        let house = EngineApprovalTests.house(ScriptedModel(EngineApprovalTests.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.question()
            await house.engine.retire("s")
            #expect(await house.engine.openApprovals(in: "s") == [question])
            try await house.answer(question.id, .init(.cancel))
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test(arguments: [
        ("Plain", "Plain"), ("  two\n lines\t", "two lines"), ("nul\u{0}inside", "nul inside"), ("", ""), ("\u{2028}\n", ""),
        (String(repeating: "ü", count: 500), String(repeating: "ü", count: ByteLimit.maximumTitleCharacters)),
    ])
    func aTitleIsOneCleanLine(given: String, kept: String) async throws {
        let house = EngineHouse(ScriptedModel())
        _ = try await house.create()
        try await house.engine.rename("s", to: "before")
        try await house.engine.rename("s", to: given)
        try await house.engine.rename("s", to: given)
        #expect(try await house.engine.peek("s").title == kept)
        #expect(try await house.briefs() == ["created", "title before", "title \(kept)"], "the same title is stored once")
    }

    @Test func aSessionThatIsNotOpenIsRenamedAndGivenUpAgain() async throws {
        let house = EngineHouse(ScriptedModel())
        _ = try await house.create()
        await house.engine.close("s")
        try await house.engine.rename("s", to: "Later")
        #expect(await house.engine.opened() == [])
        #expect(try await house.engine.peek("s").title == "Later")
        await #expect(throws: SessionError.log(.notFound("nobody"))) { try await house.engine.rename("nobody", to: "x") }
        _ = try await house.memory.open("s") { _ in }
        await #expect(throws: SessionError.log(.inUse("s", process: 0))) { try await house.engine.rename("s", to: "Mine") }
    }

    @Test func archivingIsToldOnceAndCanBeTakenBack() async throws {
        let house = EngineHouse(ScriptedModel())
        _ = try await house.create()
        let time = try #require(try await house.engine.archive("s", true))
        house.time.advance(by: .seconds(5))
        #expect(try await house.engine.archive("s", true) == time)
        #expect(try await house.engine.peek("s").archivedAt == time)
        #expect(try await house.engine.archive("s", false) == nil)
        #expect(try await house.engine.archive("s", false) == nil)
        #expect(try await house.events().count == 3)
        _ = try await house.engine.archive("s", true)
        let copy = try await house.engine.fork("s")
        #expect(try await house.engine.peek(copy).archivedAt == nil)
    }
}
