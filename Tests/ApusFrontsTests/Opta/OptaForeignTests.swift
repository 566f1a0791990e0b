import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

/// Sessions that another process of this home has: reading needs no ownership.
@Suite(.timeLimit(.minutes(5))) struct OptaForeignTests {
    @Test func aSessionOfAnotherProcessIsReadAndMadeAgainAsItStands() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session("s", ["title": "Mine"])
            let other = try await house.memory.open("s") { _ in }
            _ = try await other.commit([.titleChanged("Theirs"), .noticed(.created)])
            let events = try await house.events()
            #expect(events.names == ["session.snapshot", "session.snapshot"])
            #expect(events.last?.payload["snapshot"]?["title"] == "Theirs")
            let first = try #require(events.first)
            #expect(try await house.events(query: "?afterSeq=\(first.seq)").count == 1)
            let again = await house.call("POST", "/v3/sessions", ["sessionId": "s", "title": "New"])
            #expect(again.status == 201 && again.body["title"] == "Theirs", "\(again)")
            #expect(await house.engine.opened() == [])
            await other.close()
        }
    }

    /// Nothing rings here when the other process lets go.
    @Test func aSocketAsksAgainUntilTheSessionIsFree() async throws {
        let time = ManualTime()
        let house = OptaHouse(time: time)
        try await house.running {
            try await house.session()
            let other = try await house.memory.open("s") { _ in }
            try await house.socket { peer in
                #expect(try await peer.answer()["error"] == "Event replay failed")
                for seconds in [1, 2, 4, 8] as [Int64] {
                    try await time.sleeps(1) { $0 == .seconds(seconds) }
                    time.advance(by: .seconds(seconds))
                }
                try await time.sleeps(1) { $0 == .seconds(10) }
                _ = try await other.commit([.noticed(.created)])
                await other.close()
                time.advance(by: .seconds(10))
                let events = try await peer.until { $0.event == "session.snapshot" && $0.seq > 8 }
                #expect(events.names == ["session.snapshot", "session.snapshot"] && events.isAscending)
                // Said once, though it was asked for again and again.
                #expect(peer.answers.count == 1)
            }
        }
    }
}
