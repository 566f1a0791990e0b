import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct OptaEventTests {
    @Test(arguments: ["-1", "1.5", "abc", "0x", "1e400", "--1"])
    func whatIsNoPlaceIsRefused(cursor: String) async {
        let reply = await OptaHouse().call("GET", "/v3/sessions/s/events?afterSeq=\(cursor)")
        #expect(reply.status == 400)
        #expect(reply.body == ["error": "Invalid query"])
    }

    @Test func placesAreReadAsJavaScriptDoes() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                try await peer.event("session.updated")
            }
            let all = try await house.events()
            let second = all[1].seq
            for query in ["", "?afterSeq=", "?afterSeq=0", "?afterSeq=0x0", "?afterSeq=+0"] {
                #expect(try await house.events(query: query) == all, "\(query)")
            }
            for text in ["\(second)", "\(second).0", "%20\(second)", "0x" + String(second, radix: 16)] {
                #expect(try await house.events(query: "?afterSeq=\(text)") == Array(all.dropFirst(2)), "\(text)")
            }
            for far in ["\(all.last?.seq ?? 0)", "999999", "9007199254740993", "1e30"] {
                #expect(try await house.events(query: "?afterSeq=\(far)").isEmpty, "\(far)")
            }
            let last = try #require(all.dropLast().last)
            #expect(try await house.events(query: "?afterSeq=\(last.seq)") == Array(all.suffix(1)))
        }
    }

    @Test func anUnknownSessionHasNoEvents() async {
        for id in ["nobody", "a%20b"] {
            let reply = await OptaHouse().call("GET", "/v3/sessions/\(id)/events?afterSeq=5")
            #expect(reply.status == 200)
            #expect(reply.body == ["events": []])
        }
    }

    @Test func noNumberIsGivenTwiceOverARestart() async throws {
        let first = OptaHouse()
        try await first.running {
            try await first.session("s", ["title": "T", "model": "scripted"])
        }
        let second = OptaHouse(memory: first.memory)
        try await second.running {
            // Nobody has opened it in this process.
            #expect(await second.call("GET", "/v3/sessions/s").body["title"] == "T")
            try await second.socket { peer in
                try await second.submit()
                try await peer.event("session.updated")
            }
            let events = try await second.events()
            #expect(events.isAscending)
            #expect(events.names.first == "session.snapshot" && events.names.last == "session.updated")
        }
    }

    @Test func aStreamHasTheSameEventsAndAHeartbeat() async throws {
        let time = ManualTime()
        let house = OptaHouse(time: time)
        try await house.running {
            try await house.session()
            try await house.stream("/v3/sse/events?sessionId=s&afterSeq=0") { peer in
                try await house.submit()
                try await peer.event("session.updated")
                #expect(try await peer.comment(1).first == ": connected\n\n")
                try await time.sleeps(1) { $0 == .seconds(15) }
                time.advance(by: .seconds(15))
                #expect(try await peer.comment(2).last == ": ping\n\n")
                #expect(await house.call("GET", "/v3/health").body["runtime"]?["subscriberCount"] == 1)
                #expect(try await house.events() == peer.events)
            }
        }
    }

    @Test func aStreamBelongsToASessionAndHasTheFieldsOfOne() async {
        let none = await OptaHouse().call("GET", "/v3/sse/events")
        #expect(none.status == 400)
        #expect(none.body == ["error": "Missing sessionId query param"])
        let head = await OptaHouse().call("HEAD", "/v3/sse/events?sessionId=s")
        #expect(head.status == 200)
        #expect(head.stream == nil)
        #expect(head.field("cache-control") == "no-cache, no-transform")
        #expect(head.field("x-accel-buffering") == "no")
    }

    @Test func aStreamEndsWithItsKeyAndWithTheDaemon() async throws {
        let keys = TestKeys(["k": ClientIdentity(name: "k", scopes: [.observer])])
        let house = OptaHouse(access: .keys(keys))
        try await house.running {
            try await house.session()
            for end in [{ keys.clients.change { $0 = [:] } }, {}] as [@Sendable () -> Void] {
                let head = OptaHouse.head("GET", "/v3/sse/events?sessionId=s", token: keys.clients.value.isEmpty ? OptaHouse.token : "k")
                guard case .admitted(let client, _) = await house.front.admit(head) else { throw ConnectionOver() }
                let reply = OptaReply(await house.front.respond(to: head, body: .bytes([]), from: client))
                let stream = try #require(reply.stream)
                let peer = OptaPeer(nil, nil)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { await stream(peer) }
                    try await peer.event("session.snapshot")
                    let wasRevoked = !keys.clients.value.isEmpty
                    end()
                    if !wasRevoked { await house.front.shutDown() }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func aHistoryThatCannotBeReadIsSaidAndWhatComesIsToldAllTheSame() async throws {
        let house = OptaHouse(sessions: { ForgetfulSessions($0) })
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                let fault = try await peer.answer()
                #expect(fault["error"] == "Event replay failed")
                #expect(fault["message"] == "The disk is gone")
                #expect(fault["afterSeq"] == 0)
                try await house.submit()
                let events = try await peer.until { $0.event == "session.updated" }
                #expect(events.names.first == "turn.queued")
            }
        }
    }
}

/// What was before cannot be read, what comes can.
struct ForgetfulSessions: SessionService {
    private struct Broken: EventFollower {
        let head: EventNumber = 0
        func next(limit: Int) async throws(EventLogError) -> [Event] { throw .store("The disk is gone") }
    }

    private let engine: Engine
    private let forgetsAll: Bool

    init(_ engine: Engine, forgetsAll: Bool = false) {
        self.engine = engine
        self.forgetsAll = forgetsAll
    }

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
        cursor == 0 || forgetsAll ? Broken() : try await engine.follow(session, after: cursor)
    }
    func close(_ session: SessionID) async { await engine.close(session) }
}
