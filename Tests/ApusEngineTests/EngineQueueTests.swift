import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineQueueTests {
    @Test func promptsRunInTheOrderTheyCameUpToTheBound() async throws {
        let gate = Gate()
        let house = EngineHouse(ScriptedModel { _, number in number == 0 ? .init(.stand(gate), .text(["0"])) : .text("\(number)") })
        try await house.running {
            _ = try await house.create()
            try await house.submit("first", as: "t0")
            try await gate.reached()
            for number in 1...100 { try await house.submit("p\(number)", as: TurnID("t\(number)")) }
            await #expect(throws: SessionError.tooManyQueued(limit: 100)) { try await house.submit("one more", as: "t101") }
            gate.open()
            try await house.recorder().read(untilEndOf: "t100")
        }
        let ends = try await house.events().compactMap { event -> TurnID? in
            if case .turnFinished(let end) = event.kind { end.turn } else { nil }
        }
        #expect(ends == (0...100).map { TurnID("t\($0)") })
    }

    @Test func theSameKeyGivesTheFirstReceiptAndAnotherPromptUnderItIsAConflict() async throws {
        let house = EngineHouse(ScriptedModel(.text("fine")))
        try await house.running {
            _ = try await house.create()
            #expect(try await house.submit("hi", as: "t1", key: "k") == "t1")
            #expect(try await house.submit("hi", as: "t2", key: "k") == "t1")
            await #expect(throws: SessionError.conflict(key: "k")) { try await house.submit("ho", as: "t3", key: "k") }
            try await house.recorder().read(untilEndOf: "t1")
            // The receipt outlives the owner.
            await house.engine.close("s")
            _ = try await house.engine.open("s")
            #expect(try await house.submit("hi", as: "t4", key: "k") == "t1")
        }
        #expect(house.model.requests.count == 1)
    }

    @Test func aTurnBeginsOnlyWhenItsAcceptanceIsStored() async throws {
        let storing = Gate()
        let model = Gate()
        let house = EngineHouse(ScriptedModel { _, number in number == 0 ? .init(.stand(model), .text(["one"])) : .text("two") })
        house.store.beforeEveryCommit { facts throws(EventLogError) in
            if facts.contains(where: { $0.brief == "queued t2" }) { _ = await storing.pass() }
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("one", as: "t1")
            try await model.reached()
            async let second = house.submit("two", as: "t2")
            try await storing.reached()
            model.open()
            try await house.recorder().read(untilEndOf: "t1")
            // The second turn is called up now, and its acceptance still hangs.
            storing.open()
            _ = try await second
            try await house.recorder().read(untilEndOf: "t2")
        }
    }

    @Test func anAcceptanceThatCannotBeStoredIsAsIfItHadNeverCome() async throws {
        let house = EngineHouse(ScriptedModel(.text("fine")))
        let failure = EventLogError.store("The disk is full")
        house.store.beforeEveryCommit { facts throws(EventLogError) in
            if facts.contains(where: { $0.brief == "queued t1" }) { throw failure }
        }
        try await house.running {
            _ = try await house.create()
            await #expect(throws: SessionError.log(failure)) { try await house.submit("hi", as: "t1", key: "k") }
            try await within { await house.engine.interrupt("s") }
            try await house.submit("ho", as: "t2", key: "k")
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(try await house.end(of: "t2")?.reason == .completed)
    }

    @Test func promptsThatCameMeanwhileRunWhenTheFirstCouldNotBeStored() async throws {
        let storing = Gate()
        let house = EngineHouse(ScriptedModel(.text("fine")))
        house.store.beforeEveryCommit { facts throws(EventLogError) in
            guard facts.contains(where: { $0.brief == "queued t1" }) else { return }
            _ = await storing.pass()
            throw .store("The disk is full")
        }
        try await house.running {
            _ = try await house.create()
            async let first = house.submit("hi", as: "t1")
            try await storing.reached()
            try await house.submit("ho", as: "t2")
            storing.open()
            do {
                _ = try await first
                Issue.record("the acceptance could not be stored")
            } catch {
                #expect(error as? SessionError == .log(.store("The disk is full")))
            }
            try await house.recorder().read(untilEndOf: "t2")
        }
    }
}
