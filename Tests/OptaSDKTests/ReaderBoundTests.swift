import ApusTesting
import ApusTransport
import Synchronization
import Testing

@testable import OptaSDK

/// Readers that are slow, loops that are left, sockets that fall silent.
struct ReaderBoundTests {
    @Test func aSlowReaderIsToldAndGoesOnAtItsCursor() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client(clock: .impatient).connectWebSocket(sessionID: "s", bufferLimit: 4)
        let heard = Watched(0)
        ws.on(.event) { _ in heard.change { $0 += 1 } }
        var events = ws.events.makeAsyncIterator()
        let first = try await daemon.socket(0)
        // The closures read on; this loop does not. A command waits behind the events and is answered nevertheless.
        for seq in 1...10 {
            await first.send(Frame(seq, "x"))
            _ = try await within { await heard.first { $0 >= seq } }
        }
        async let submitted = ws.submitTurn("s", content: "x")
        _ = try await first.next()
        await first.send(#"{"type":"ack","action":"turn.submit","turnId":"T","queued":0}"#)
        #expect(try await submitted.id == "T")
        var seen: [DaemonEvent] = []
        for _ in 0..<5 { seen.append(try #require(try await events.next())) }
        #expect(seen.map(\.seq) == [1, 2, 3, 4, 4])
        #expect(seen.last?.kind == .fellBehind(DaemonFellBehind(afterSeq: 4)))
        let second = try await daemon.socket(1)
        #expect(second.target == "/v3/ws?sessionId=s&afterSeq=4")
        for seq in 5...7 { await second.send(Frame(seq, "x")) }
        for seq in 5...7 { #expect(try await events.next()?.seq == Int64(seq)) }
        await second.send(Frame(11, "x"))
        #expect(try await events.next()?.seq == 11)
        // The closures had 5 to 10 before, and nothing twice.
        _ = try await within { await heard.first { $0 >= 11 } }
        #expect(heard.value == 11)
        await ws.close()
    }

    @Test func aSocketThatAnswersNoPingIsLost() async throws {
        let daemon = StubDaemon()
        let time = ManualTime()
        let ws = daemon.client(clock: .manual(time)).connectWebSocket(sessionID: "s")
        let heard = Watched<[String]>([])
        ws.on(.disconnect) { disconnect in heard.change { $0.append(disconnect.reason) } }
        ws.on(.event) { _ in }
        let first = try await daemon.socket(0)
        try await time.sleeps(1) { $0 == ReconnectSchedule.silence }
        time.advance(by: ReconnectSchedule.silence)
        _ = try await within { await first.pings.first { $0 == 1 } }
        try await time.sleeps(1) { $0 == ReconnectSchedule.answer }
        time.advance(by: ReconnectSchedule.answer)
        // Answered: another round, without an answer.
        try await time.sleeps(2) { $0 == ReconnectSchedule.silence }
        first.answersPings.withLock { $0 = false }
        time.advance(by: ReconnectSchedule.silence)
        _ = try await within { await first.pings.first { $0 == 2 } }
        try await time.sleeps(2) { $0 == ReconnectSchedule.answer }
        time.advance(by: ReconnectSchedule.answer)
        #expect(try await within { await heard.first { !$0.isEmpty } } == ["no frame within 25.0 seconds"])
        try await time.sleeps(1) { $0 == .seconds(1) }
        time.advance(by: .seconds(1))
        _ = try await daemon.socket(1)
        await ws.close()
    }

    @Test func withoutAWebSocketTheLogIsRead() async throws {
        let daemon = StubDaemon { _ in .json(200, #"{"events":[]}"#) }
        daemon.accept { _ throws(TransportError) in throw .switchRefused(status: "404 Not Found") }
        daemon.queue(200, #"{"events":[\#(Frame.start(1).text)]}"#)
        daemon.queue(200, #"{"events":[\#(Frame.token(2, "x").text),\#(Frame.done(3).text)]}"#)
        let ws = daemon.client(clock: .impatient).connectWebSocket(sessionID: "s")
        #expect(try await take(3, ws.events).map(\.seq) == [1, 2, 3])
        #expect(daemon.lines.prefix(2) == ["GET /v3/sessions/s/events?afterSeq=0", "GET /v3/sessions/s/events?afterSeq=1"])
        // A socket is tried again.
        #expect(try await daemon.socket(1).target == "/v3/ws?sessionId=s&afterSeq=3")
        await ws.close()
    }

    @Test func aTurnThatTheDaemonForgotIsOver() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client(clock: .impatient).connectWebSocket(sessionID: "s")
        let reading = Task { try await take(2, ws.events) }
        let first = try await daemon.socket(0)
        await first.send(Frame.start(1))
        daemon.queue(200, #"{"sessionId":"s","queuedTurns":0}"#)
        daemon.queue(200, #"{"events":[]}"#)
        first.close(1_006)
        let end = try #require(try await reading.value.last)
        #expect(end.endedTurnIDs == ["T"])
        guard case .turnError(let error) = end.kind else {
            Issue.record("\(end.kind)")
            return
        }
        #expect(error.code == "turn-lost")
        await ws.close()
    }

    @Test func cancellingEndsALoopWithoutAnErrorAndAnotherOneGoesOn() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        let began = Watched(0)
        let first = Task {
            for try await _ in ws.events { began.change { $0 += 1 } }
            return true
        }
        let socket = try await daemon.socket(0)
        await socket.send(Frame(1, "x"))
        _ = try await within { await began.first { $0 == 1 } }
        first.cancel()
        #expect(try await first.value)
        var later = ws.events.makeAsyncIterator()
        await socket.send(Frame(2, "x"))
        #expect(try await later.next()?.seq == 2)
        await ws.close()
        #expect(try await later.next() == nil)
        #expect(try await socket.next() == nil)
    }

    @Test func aSocketOfAllSessionsHasABound() async throws {
        let daemon = StubDaemon { request in
            let name = request.url.split(separator: "/").last ?? ""
            return .json(200, #"{"sessionId":"\#(name == "sessions" ? "new" : name)","turnId":"T","cancelled":0,"events":[]}"#)
        }
        let client = daemon.client(sessionLimit: 3)
        // Without such a socket there is none.
        for id in ["a", "b", "c", "d"] { _ = try await client.session(id) }
        let full = client.connectWebSocket()
        await #expect(throws: DaemonLimitError(limit: 3)) { try await take(1, full.events) }
        try await client.close("d")
        let ws = client.connectWebSocket()
        var events = ws.events.makeAsyncIterator()
        _ = try await daemon.socket(2)
        let lines = daemon.lines.count
        await #expect(throws: DaemonLimitError(limit: 3)) { try await client.createSession() }
        await #expect(throws: DaemonLimitError(limit: 3)) { try await client.session("e") }
        await #expect(throws: DaemonLimitError(limit: 3)) { try await client.submitTurn("e", content: "x") }
        await #expect(throws: DaemonLimitError(limit: 3)) { try await client.getEvents("e") }
        #expect(daemon.lines.count == lines)
        // Those that are known go on, and where one ends another one may begin.
        _ = try await client.session("a")
        try await client.close("a")
        _ = try await client.createSession()
        let last = try await daemon.socket(3)
        await last.send(Frame(1, "x", session: "new"))
        #expect(try await events.next()?.sessionID == "new")
        #expect(ws.sessionIDs == ["b", "c", "new"])
        await ws.close()
        #expect(try await client.session("e").id == "e")
    }

    @Test func lettingGoOfASocketClosesIt() async throws {
        let daemon = StubDaemon()
        var ws: DaemonWebSocket? = daemon.client().connectWebSocket(sessionID: "s")
        ws?.on(.event) { _ in }
        let socket = try await daemon.socket(0)
        ws = nil
        #expect(try await socket.next() == nil)
    }
}
