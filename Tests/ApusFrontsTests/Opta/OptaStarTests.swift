import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import OptaWire
import Testing

@testable import ApusFronts

/// `sessionId=*`: all sessions, from now on.
@Suite(.timeLimit(.minutes(5))) struct OptaStarTests {
    /// Returns when the socket listens: it hears of one of the sessions that are made until then.
    private func mark(_ house: OptaHouse, _ peer: OptaPeer) async throws {
        var count = 0
        while peer.events.isEmpty {
            try await house.session("mark\(count)")
            count += 1
            await Task.yield()
        }
    }

    @Test func aStarHearsWhatHappensInAllSessionsFromNowOn() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session("old")
            // Somebody holds it open, and nobody the next one.
            _ = try await house.clients.attendance.enter("old")
            try await house.socket("sessionId=*") { peer in
                try await self.mark(house, peer)
                try await house.submit(to: "old")
                try await peer.until { $0.sessionId == "old" && $0.event == "turn.done" }
                try await house.session("new")
                try await house.submit(to: "new")
                try await peer.until { $0.sessionId == "new" && $0.event == "turn.done" }
                let old = peer.events.filter { $0.sessionId == "old" }
                #expect(old.isAscending)
                #expect(old.first?.event == "turn.queued")
                let new = peer.events.filter { $0.sessionId == "new" }
                #expect(new.first?.event == "session.snapshot")
                #expect(new.isAscending)
            }
            await house.clients.attendance.leave("old")
        }
    }

    /// A session that is opened and given up twice before the first opening was told: each telling goes as far as there is.
    @Test func whatWasToldOfOneOpeningIsNotToldOfTheNext() async throws {
        let gate = Gate()
        let house = OptaHouse(sessions: { engine in
            ForwardedSessions(engine, beforeFollow: { if $0 == "s" { _ = await gate.pass() } })
        })
        try await house.running {
            try await house.engine.make("s")
            try await house.socket("sessionId=*") { peer in
                try await self.mark(house, peer)
                for _ in 0..<3 { try await house.engine.note(.created, in: "s") }
                try await gate.reached()
                gate.open()
                // Behind the notes: told when all of the openings before it were.
                try await house.engine.rename("s", to: "end")
                try await house.engine.note(.created, in: "s")
                try await peer.until { $0.sessionId == "s" && $0.payload["snapshot"]?["title"] == "end" }
                // Once more, so that whatever is told of the queue of openings has come.
                try await house.engine.rename("s", to: "after")
                try await house.engine.note(.created, in: "s")
                try await peer.until { $0.sessionId == "s" && $0.payload["snapshot"]?["title"] == "after" }
                let told = peer.events.filter { $0.sessionId == "s" }
                #expect(told.isAscending, "\(told.map(\.seq))")
                #expect(told.names == Array(repeating: "session.snapshot", count: 5))
            }
        }
    }

    /// A socket may stay for months.
    @Test func whatWasToldOfSessionsThatWereGivenUpIsForgotten() async throws {
        let house = OptaHouse()
        try await house.running {
            let heard = Watched(0)
            let telling = OptaTelling(await house.front.replay(), limit: 100) { frames throws(ConnectionOver) in
                heard.change { $0 += frames.count }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = await OptaStarEar(telling: telling).run() }
                var count = 0
                while heard.value < 100 || telling.told.value.count > 50 {
                    try await house.session("s\(count)")
                    count += 1
                    await Task.yield()
                }
                group.cancelAll()
            }
        }
    }
}

extension Engine {
    /// A session that nobody has open.
    func make(_ id: SessionID) async throws {
        _ = try await create(NewSession(id: id, workingDirectory: "/w"))
        await retire(id)
    }
}
