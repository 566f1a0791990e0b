import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import OptaWire
import Testing

@testable import ApusFronts

/// What those who follow one session share, and what it costs to come back.
@Suite(.timeLimit(.minutes(5))) struct OptaRoomTests {
    private static func pieces(_ count: Int) -> [String] { (0..<count).map { "\($0) " } }

    /// So many sockets on one session at a time, each of which has heard the session's beginning.
    private func listening(
        _ house: OptaHouse, _ count: Int, _ peers: [OptaPeer] = [], _ body: @escaping @Sendable ([OptaPeer]) async throws -> Void
    ) async throws {
        if count == 0 { return try await body(peers) }
        try await house.socket { peer in
            try await peer.event("session.snapshot")
            try await listening(house, count - 1, peers + [peer], body)
        }
    }

    @Test func tenWhoListenCostOneEncoding() async throws {
        let house = OptaHouse(ScriptedModel { _, _ in .init(.text(Self.pieces(300))) })
        try await house.running {
            try await house.session()
            try await self.listening(house, 10) { peers in
                let before = (events: try await house.engine.peek("s").lastEvent, made: house.clients.opta.made(in: "s"))
                try await house.submit()
                var told: [[OptaEnvelope]] = []
                for peer in peers { told.append(try await peer.until { $0.event == "session.updated" }) }
                for events in told.dropFirst() { #expect(events == told.first) }
                let last = try #require(told.first?.last)
                let log = try await house.engine.follow("s", after: before.events)
                let events = try await log.next(limit: 10_000).count { $0.number <= OptaMapper.event(of: last.seq) }
                let made = house.clients.opta.made(in: "s") - before.made
                // What comes behind the turn may have been told by now, or not.
                #expect((events...events + 5).contains(made), "\(made) for \(events)")
            }
        }
    }

    @Test func bothDialectsAreToldAtOnceEachInItsOwnWords() async throws {
        let house = OptaHouse(ScriptedModel { _, _ in .text("Hello") })
        try await house.running {
            try await house.session()
            try await house.socket { wire in
                try await house.socket("sessionId=s&dialect=doc") { doc in
                    try await doc.event("session.snapshot")
                    try await house.submit()
                    let token = try await doc.event("turn.token")
                    let plain = try await wire.event("turn.token")
                    #expect(token == plain)
                    #expect(doc.all.compactMap { $0["data"]?["token"] } == ["Hello"])
                    #expect(wire.all.compactMap { $0["data"]?["token"] } == [])
                }
            }
        }
    }

    /// Its frames are gone from the room when it goes on.
    @Test func whoIsFarBehindTheOthersMissesNothing() async throws {
        let house = OptaHouse(ScriptedModel { _, _ in .init(.text(Self.pieces(2_500))) })
        try await house.running {
            try await house.session()
            let slow = Gate()
            try await house.socket { fast in
                try await house.socket(gate: slow) { late in
                    try await late.event("session.snapshot")
                    try await house.submit()
                    let all = try await fast.until { $0.event == "session.updated" }
                    slow.open()
                    #expect(try await late.until { $0.event == "session.updated" } == all)
                    #expect(all.text == Self.pieces(2_500).joined())
                }
            }
        }
    }

    // MARK: Coming back

    @Test func whoPollsReadsWhatIsNewAndNothingElse() async throws {
        let reads = Watched(0)
        let house = OptaHouse(
            ScriptedModel { _, number in number == 0 ? .init(.text(Self.pieces(3_000))) : .text("more") },
            sessions: { CountedSessions($0, reads) })
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                try await peer.event("session.updated")
            }
            let all = try await house.events()
            let last = try #require(all.last?.seq)
            reads.change { $0 = 0 }
            for _ in 0..<100 { #expect(try await house.events(query: "?afterSeq=\(last)").isEmpty) }
            #expect(reads.value == 0)
            _ = try await house.clients.attendance.enter("s")
            try await house.submit()
            try await house.recorder("s") { if case .turnFinished = $0 { true } else { false } }
            reads.change { $0 = 0 }
            let news = try await house.events(query: "?afterSeq=\(last)")
            #expect(news.names.first == "turn.queued")
            #expect(reads.value < 100, "\(reads.value)")
            // From within the long text: what is behind it, and not much more.
            reads.change { $0 = 0 }
            let late = all[all.count - 100]
            #expect(try await house.events(query: "?afterSeq=\(late.seq)").first == all[all.count - 99])
            #expect(reads.value < 1_000, "\(reads.value)")
            await house.clients.attendance.leave("s")
        }
    }

    @Test func whoComesBackReadsWhatIsNewAndNothingElse() async throws {
        let reads = Watched(0)
        let house = OptaHouse(
            ScriptedModel { _, number in number == 0 ? .init(.text(Self.pieces(3_000))) : .text("more") },
            sessions: { CountedSessions($0, reads) })
        try await house.running {
            try await house.session()
            let last = Watched<Int64>(0)
            try await house.socket { peer in
                try await house.submit()
                let events = try await peer.until { $0.event == "session.updated" }
                last.change { $0 = events.last?.seq ?? 0 }
            }
            reads.change { $0 = 0 }
            try await house.socket("sessionId=s&afterSeq=\(last.value)") { peer in
                try await house.submit()
                let events = try await peer.until { $0.event == "session.updated" }
                #expect(events.first?.event == "turn.queued")
            }
            #expect(reads.value < 100, "\(reads.value)")
        }
    }

    /// A prompt that says what its client has seen is judged without reading what that was.
    @Test func whetherAClientIsUpToDateIsKnown() async throws {
        let reads = Watched(0)
        let house = OptaHouse(ScriptedModel { _, _ in .init(.text(Self.pieces(1_500))) }, sessions: { CountedSessions($0, reads) })
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                let last = try #require(try await peer.until { $0.event == "session.updated" }.last?.seq)
                reads.change { $0 = 0 }
                for seen in [last - 4, 0] {
                    let stale = await house.call(
                        "POST", "/v3/sessions/s/turns", OptaHouse.prompt("x", ["lastSeenSeq": .integer(seen)]))
                    #expect(stale.status == 409)
                }
                #expect(reads.value < 1_000, "\(reads.value)")
                try await house.submit(with: ["lastSeenSeq": .integer(last)])
            }
        }
    }

    // MARK: Questions to the engine

    @Test func whatStreamsAsksForNoCopyOfTheSession() async throws {
        let asked = Watched<CountedMaintenance?>(nil)
        let gate = Gate()
        let house = OptaHouse(
            ScriptedModel { _, _ in .init(.text(["x"]), .stand(gate), .text(Self.pieces(1_000))) },
            maintenance: { engine in
                let maintenance = CountedMaintenance(engine)
                asked.change { $0 = maintenance }
                return maintenance
            })
        try await house.running {
            try await house.session()
            let peeks = try #require(asked.value).peeks
            try await house.socket { peer in
                try await peer.event("session.snapshot")
                let before = peeks.value
                peer.say(["type": "turn.submit", "clientId": "c", "writerId": "w", "sessionId": "s", "content": "hello"])
                #expect(try await peer.answer()["type"] == "ack")
                try await gate.reached()
                for _ in 0..<10 { #expect(await house.call("GET", "/v3/health").body["runtime"]?["activeTurnCount"] == 1) }
                gate.open()
                try await peer.event("session.updated")
                #expect(peeks.value == before)
            }
        }
    }

    // MARK: Long lists

    @Test func aLongListIsWrittenAsItIsRead() async throws {
        let text = String(repeating: "long ", count: 40_000)
        let house = OptaHouse()
        try await house.running {
            try await house.session("s", ["messages": [["role": "user", "content": .string(text)]]])
            // Each tells the whole conversation.
            _ = try await house.clients.attendance.enter("s")
            for _ in 0..<9 {
                try await house.engine.note(.created, in: "s")
                for _ in 0..<100 { try await house.engine.note(.modelRefused("m", reason: "r", by: nil), in: "s") }
            }
            let reply = await house.call("GET", "/v3/sessions/s/events?afterSeq=0")
            #expect(reply.status == 200)
            #expect(reply.field("content-type") == "application/json; charset=utf-8")
            let stream = try #require(reply.stream)
            let written = OptaCollector()
            await stream(written)
            #expect(written.pieces.value.count > 2)
            let value = try JSONValue(parsing: Array(written.pieces.value.joined()))
            let events = try #require(value["events"]?.arrayValue).map { try #require(OptaEnvelope($0)) }
            #expect(events.names == Array(repeating: "session.snapshot", count: 10))
            #expect(events.isAscending)
            await house.clients.attendance.leave("s")
            let head = await house.call("HEAD", "/v3/sessions/s/events?afterSeq=0")
            #expect(head.status == 200 && head.stream == nil)
        }
    }
}

/// The engine's sessions; the events that are read of them are counted.
private struct CountedSessions: SessionService {
    private struct Counted: EventFollower {
        let inner: any EventFollower
        let reads: Watched<Int>
        var head: EventNumber { inner.head }
        func next(limit: Int) async throws(EventLogError) -> [Event] {
            let events = try await inner.next(limit: limit)
            reads.change { $0 += events.count }
            return events
        }
    }

    private let engine: Engine
    private let reads: Watched<Int>

    init(_ engine: Engine, _ reads: Watched<Int>) { (self.engine, self.reads) = (engine, reads) }

    func create(_ request: NewSession) async throws(SessionError) -> SessionID { try await engine.create(request) }
    func open(_ session: SessionID) async throws(SessionError) -> SessionState { try await engine.open(session) }
    func fork(_ session: SessionID) async throws(SessionError) -> SessionID { try await engine.fork(session) }
    func change(_ session: SessionID, settings: SessionSettings) async throws(SessionError) {
        try await engine.change(session, settings: settings)
    }
    func submit(_ input: TurnInput, with media: [Media], to session: SessionID) async throws(SessionError) -> TurnID {
        try await engine.submit(input, with: media, to: session)
    }
    func interrupt(_ session: SessionID) async { await engine.interrupt(session) }
    func follow(_ session: SessionID, after cursor: EventNumber) async throws(SessionError) -> any EventFollower {
        Counted(inner: try await engine.follow(session, after: cursor), reads: reads)
    }
    func close(_ session: SessionID) async { await engine.close(session) }
}
