import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EventReaderTests {
    @Test func aReaderFromAnyCursorSeesTheRestOnceAndInOrder() async throws {
        let house = EngineHouse(ScriptedModel(.init(.text(["a", "b", "c"]), .call("c1", "None", [:])), .text("done")))
        try await house.running {
            _ = try await house.create()
            let early = try await house.recorder()
            try await house.submit("hi", as: "t1")
            try await early.read(untilEndOf: "t1")
            let whole = try await house.events()
            #expect(early.events == whole)
            var readers: [Recorder] = []
            for cursor in 0...whole.count { readers.append(try await house.recorder(after: EventNumber(cursor))) }
            await house.engine.close("s")
            for (cursor, reader) in readers.enumerated() { #expect(try await reader.readToClose() == Array(whole[cursor...])) }
        }
    }

    @Test(arguments: [3, 5_000])
    func whatTheLiveEndHasDroppedComesFromTheLog(limit: Int) async throws {
        let pieces = (0..<9_500).map { "\($0)," }
        let gate = Gate()
        let house = EngineHouse(ScriptedModel(.init(.text(pieces), .stand(gate), .text(["end"]))))
        try await house.running {
            _ = try await house.create()
            let behind = try await house.engine.follow("s", after: 0)
            let inside = try await house.engine.follow("s", after: 1_234)
            let keepingUp = try await house.recorder()
            async let all = keepingUp.read(untilEndOf: "t1", limit: .seconds(100))
            try await house.submit("hi", as: "t1")
            try await gate.reached()
            // More than 8,192 were shown: the live end has let go of the oldest half.
            async let late = Self.read(behind, limit: limit)
            async let middle = Self.read(inside, limit: limit)
            gate.open()
            let live = try await all
            await house.engine.close("s")
            let whole = try await house.events()
            #expect(whole.count > 9_500)
            #expect(live == whole)
            #expect(try await late == whole)
            #expect(try await middle == Array(whole[1_234...]))
        }
    }

    private static func read(_ follower: any EventFollower, limit: Int) async throws -> [Event] {
        try await within(.seconds(100)) {
            var events: [Event] = []
            while true {
                let next = try await follower.next(limit: limit)
                if next.isEmpty { return events }
                #expect(next.count <= limit)
                events += next
            }
        }
    }

    @Test func aWaitThatIsCancelledReturnsNothingAndLosesNothing() async throws {
        let house = EngineHouse(ScriptedModel(.text("fine")))
        try await house.running {
            _ = try await house.create()
            let reader = try await house.engine.follow("s", after: 1)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let events = try? await reader.next(limit: 10)
                    #expect(events == [])
                }
                group.cancelAll()
            }
            try await house.submit("hi", as: "t1")
            let events = try await Recorder(reader).read(untilEndOf: "t1")
            #expect(events.map(\.number) == Array(2...10))
        }
    }

    @Test func readersThatComeAndGoHoldTheSameTextAsTheLog() async throws {
        var generator = SeededGenerator(seed: 7)
        let stops = (0..<200).map { _ in Int.random(in: 1...40, using: &generator) }
        let house = EngineHouse(ScriptedModel(.init(.text((0..<9_000).map { "\($0) " }))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            var held: [Event] = []
            for stop in stops {
                let reader = try await house.engine.follow("s", after: held.last?.number ?? 0)
                held += try await within { try await reader.next(limit: stop) }
            }
            try await house.recorder().read(untilEndOf: "t1")
            #expect(held == Array(try await house.events().prefix(held.count)))
        }
    }
}
