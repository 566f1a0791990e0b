import ApusTesting
import ApusTransport
import Testing

@testable import OptaSDK

/// Several loops over the events of one socket.
struct LoopTests {
    /// The ends of turns up to that of `turn`.
    private func read(_ ws: DaemonWebSocket, until turn: String) async throws -> [Int64] {
        try await within {
            var seen: [Int64] = []
            for try await event in ws.events {
                seen.append(event.seq)
                if event.endedTurnIDs.contains(turn) { break }
            }
            return seen
        }
    }

    /// Returns when the client has taken all that was sent: an ack comes behind it.
    private func settle(_ ws: DaemonWebSocket, _ socket: StubSocket) async throws {
        async let submitted = ws.submitTurn("s", content: "x")
        _ = try await socket.next()
        await socket.send(#"{"type":"ack","action":"turn.submit","turnId":"settled","queued":0}"#)
        #expect(try await submitted.id == "settled")
    }

    @Test func aLoopGoesOnWhereTheOneBeforeItStopped() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        async let first = read(ws, until: "T")
        let socket = try await daemon.socket(0)
        for frame in [Frame.start(1), .token(2, "a"), .done(3), Frame(4, "session.updated")] { await socket.send(frame) }
        #expect(try await first == [1, 2, 3])
        // The second turn is over before anybody looks.
        for frame in [Frame.start(5, turn: "U"), .token(6, "b", turn: "U"), .done(7, turn: "U")] { await socket.send(frame) }
        try await settle(ws, socket)
        #expect(ws.cursor(of: "s") == 7)
        #expect(try await read(ws, until: "U") == [4, 5, 6, 7])
        await ws.close()
    }

    @Test func aLoopThatLeftBesideAnotherLeavesNothing() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        var stays = ws.events.makeAsyncIterator()
        let socket = try await daemon.socket(0)
        await socket.send(Frame(1, "x"))
        #expect(try await stays.next()?.seq == 1)
        async let beside = take(1, ws.events)
        // Whichever it hears first: it began after 1.
        var seq = 2
        while ws.hub.readers.count < 2 { await Task.yield() }
        await socket.send(Frame(seq, "x"))
        #expect(try await beside.map(\.seq) == [2])
        seq = 3
        await socket.send(Frame(seq, "x"))
        try await settle(ws, socket)
        #expect(try await [stays.next()?.seq, stays.next()?.seq] == [2, 3])
        #expect(ws.hub.readers.count == 1)
        await ws.close()
    }

    @Test func theFirstLoopBeginsAtTheStartAlsoWhenClosuresWereFirst() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client(clock: .impatient).connectWebSocket(sessionID: "s", afterSeq: 2)
        let heard = Watched<[Int64]>([])
        ws.on(.event) { event in heard.change { $0.append(event.seq) } }
        let first = try await daemon.socket(0)
        await first.send(Frame(3, "x"))
        await first.send(Frame(4, "x"))
        _ = try await within { await heard.first { $0.count == 2 } }
        async let loop = take(3, ws.events)
        let second = try await daemon.socket(1)
        #expect(second.target == "/v3/ws?sessionId=s&afterSeq=2")
        for seq in 3...5 { await second.send(Frame(seq, "x")) }
        #expect(try await loop.map(\.seq) == [3, 4, 5])
        #expect(try await within { await heard.first { $0.count == 3 } } == [3, 4, 5])
        await ws.close()
    }

    @Test func whatNobodyReadsIsBoundedAndToldOnce() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client(clock: .impatient).connectWebSocket(sessionID: "s", bufferLimit: 4)
        let heard = Watched(0)
        ws.on(.event) { _ in heard.change { $0 += 1 } }
        _ = try await daemon.socket(0)
        async let loop = take(1, ws.events)
        try await daemon.socket(0).send(Frame(1, "x"))
        #expect(try await loop.map(\.seq) == [1])
        // Connections come and go while nobody reads.
        for round in 0..<5 {
            let socket = try await daemon.socket(round)
            for seq in (round * 4 + 2)..<(round * 4 + 6) {
                await socket.send(Frame(seq, "x"))
                _ = try await within { await heard.first { $0 >= seq } }
            }
            socket.close(1_006)
        }
        // Only the closures had to be served.
        #expect(try await daemon.socket(5).target == "/v3/ws?sessionId=s&afterSeq=21")
        var events = ws.events.makeAsyncIterator()
        var seen: [DaemonEvent] = []
        for _ in 0..<5 { seen.append(try #require(try await events.next())) }
        #expect(seen.map(\.seq) == [2, 3, 4, 5, 5])
        #expect(seen.last?.kind == .fellBehind(DaemonFellBehind(afterSeq: 5)))
        let last = try await daemon.socket(6)
        #expect(last.target == "/v3/ws?sessionId=s&afterSeq=5")
        await last.send(Frame(6, "x"))
        #expect(try await events.next()?.seq == 6)
        await ws.close()
    }
}
