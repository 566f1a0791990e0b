import ApusTesting
import ApusTransport
import Foundation
import Synchronization
import Testing

@testable import OptaSDK

/// What the documentation promises, row by row of `opta-v3.md` §5: the rows about sockets and events.
struct SocketRowTests {
    private func event(_ name: String, _ payload: JSON, _ more: [String: JSON] = [:]) throws -> DaemonEvent {
        var object = try #require(try JSON(parsing: Frame(1, name, payload).text).objectValue)
        for (key, value) in more { object[key] = value }
        guard case .event(let event) = DaemonFrame(Array(JSON.object(object).text.utf8), sessionID: "s") else {
            throw DaemonAnswerError("no event")
        }
        return event
    }

    @Test func row10WithoutASessionAllOfTheClientAreFollowedAndLaterOnesJoin() async throws {
        let daemon = StubDaemon()
        daemon.queue(201, #"{"sessionId":"a"}"#)
        daemon.queue(201, #"{"sessionId":"b"}"#)
        let client = daemon.client()
        _ = try await client.createSession()
        let ws = client.connectWebSocket(cursors: ["z": 40])
        var events = ws.events.makeAsyncIterator()
        _ = try await daemon.socket(1)
        _ = try await client.createSession()
        _ = try await daemon.socket(2)
        let sockets = daemon.sockets.value.sorted { $0.target < $1.target }
        #expect(
            sockets.map(\.target) == [
                "/v3/ws?sessionId=a&afterSeq=0", "/v3/ws?sessionId=b&afterSeq=0", "/v3/ws?sessionId=z&afterSeq=40",
            ])
        #expect(sockets.allSatisfy { $0.access == DaemonAccess(host: "127.0.0.1", port: 9_999, token: "t") })
        await sockets[0].send(Frame(9, "turn.token", ["text": "x"], session: "a"))
        #expect(try await events.next()?.sessionID == "a")
        await sockets[1].send(Frame(1, "turn.token", ["text": "y"], session: "b"))
        #expect(try await events.next()?.sessionID == "b")
        await sockets[2].send(Frame(40, "turn.token", ["text": "old"], session: "z"))
        await sockets[2].send(Frame(41, "turn.token", ["text": "new"], session: "z"))
        #expect(try await events.next()?.token == "new")
        #expect(ws.sessionIDs == ["a", "b", "z"])
        #expect(ws.cursor(of: "a") == 9)
        await ws.close()
        #expect(try await events.next() == nil)
    }

    @Test func row10WithASessionOnlyThatOneIsFollowed() async throws {
        let daemon = StubDaemon { _ in .json(201, #"{"sessionId":"other"}"#) }
        let client = daemon.client()
        let ws = client.connectWebSocket(sessionID: "s", afterSeq: 3)
        let reading = Task { try await take(1, ws.events) }
        _ = try await client.createSession()
        let socket = try await daemon.socket(0)
        #expect(socket.target == "/v3/ws?sessionId=s&afterSeq=3")
        await socket.send(Frame.start(4))
        #expect(try await reading.value.map(\.seq) == [4])
        #expect(ws.sessionIDs == ["s"])
        #expect(daemon.sockets.value.count == 1)
        await ws.close()
    }

    @Test func row11ClosuresHearEventsAndDisconnects() async throws {
        let daemon = StubDaemon()
        let time = ManualTime()
        let ws = daemon.client(clock: .manual(time)).connectWebSocket(sessionID: "s")
        let heard = Watched<[String]>([])
        ws.on(.disconnect) { disconnect in heard.change { $0.append("disconnect \(disconnect.code ?? 0)") } }
        ws.on(.disconnect) { heard.change { $0.append("again") } }
        #expect(daemon.sockets.value.isEmpty)
        ws.on(.event) { event in heard.change { $0.append("\(event.event) \(event.seq)") } }
        let socket = try await daemon.socket(0)
        await socket.send(Frame(1, "turn.token", ["text": "x"]))
        await socket.send(Frame.done(2))
        socket.close(1_001)
        let all = try await within { await heard.first { $0.count >= 4 } }
        #expect(all == ["turn.token 1", "turn.done 2", "disconnect 1001", "again"])
        await ws.close()
    }

    @Test func row12DataAndPayloadAreTheSameUnderEitherKey() throws {
        let wire = try event("x.y", ["a": 1])
        #expect(wire.payload == ["a": 1])
        #expect(wire.data == ["a": 1])
        #expect(wire.kind == .unknown)
        guard
            case .event(let documented) = DaemonFrame(
                Array(#"{"v":3,"event":"x.y","daemonId":"d","seq":1,"ts":"t","data":{"a":1}}"#.utf8), sessionID: "s")
        else {
            Issue.record("no event")
            return
        }
        #expect(documented.payload == ["a": 1])
        #expect(documented.sessionID == "s")
    }

    @Test(arguments: ["token", "content", "delta", "text"]) func row13TokensHaveOneNameOfFour(name: String) throws {
        let event = try event("turn.token", ["turnId": "T", .init(name): "x"])
        #expect(event.token == "x")
        guard case .token(let delta) = event.kind else {
            Issue.record("\(event.kind)")
            return
        }
        #expect(delta.text == "x")
        #expect(delta.turnID == "T")
        #expect(try self.event("turn.token", ["text": "no", "delta": "no", "content": "no", "token": "yes"]).token == "yes")
        #expect(try self.event("turn.token", ["turnId": "T", "text": "x"]).data["token"] == "x")
    }

    @Test(arguments: [
        ("tool.start", ["turnId": "T", "name": "write_file", "id": "call_1", "args": #"{"path":"a.txt"}"#] as JSON),
        ("turn.tool_call", ["turnId": "T", "toolName": "write_file", "id": "call_1", "args": ["path": "a.txt"]] as JSON),
    ])
    func row14ToolCallsHaveTheirArgumentsAsAnObject(name: String, payload: JSON) throws {
        let event = try event(name, payload)
        #expect(event.event == .toolCall)
        #expect(event.event == "turn.tool_call")
        #expect(event.wireName == name)
        #expect(event.data["toolName"] == "write_file")
        #expect(event.data["args"] == ["path": "a.txt"])
        guard case .toolCall(let call) = event.kind else {
            Issue.record("\(event.kind)")
            return
        }
        #expect(call.toolName == "write_file")
        #expect(call.id == "call_1")
        #expect(call.args == ["path": "a.txt"])
    }

    @Test(arguments: [
        ("tool.end", ["turnId": "T", "name": "read", "id": "1", "result": "Error: no"] as JSON),
        ("turn.tool_result", ["turnId": "T", "toolName": "read", "id": "1", "result": "Error: no"] as JSON),
    ])
    func row15ToolResultsHaveOneFormOfTwo(name: String, payload: JSON) throws {
        let event = try event(name, payload)
        #expect(event.event == .toolResult)
        #expect(event.data["toolName"] == "read")
        guard case .toolResult(let result) = event.kind else {
            Issue.record("\(event.kind)")
            return
        }
        #expect(result.toolName == "read")
        #expect(result.result == "Error: no")
    }

    @Test func row16StatsAreReadInEitherPlace() throws {
        let stats: JSON = [
            "tokens": 4, "promptTokens": 11, "completionTokens": 4, "toolCalls": 0, "elapsed": 0.004, "firstTokenLatencyMs": nil,
        ]
        for event in [
            try event("turn.done", ["turnId": "T", "stats": stats]), try event("turn.done", ["turnId": "T"], ["stats": stats]),
        ] {
            #expect(event.stats?.tokens == 4)
            #expect(event.stats?.promptTokens == 11)
            #expect(event.stats?.elapsed == 0.004)
            #expect(event.stats?.firstTokenLatency == nil)
        }
        #expect(try event("turn.done", ["turnId": "T"]).stats == nil)
    }

    @Test func row17ErrorsHaveAMessageAndPerhapsACode() throws {
        let event = try event("turn.error", ["turnId": "T", "message": "m", "code": "lmx-timeout"])
        #expect(event.data["message"] == "m")
        guard case .turnError(let error) = event.kind else {
            Issue.record("\(event.kind)")
            return
        }
        #expect(error.message == "m")
        #expect(error.code == "lmx-timeout")
        #expect(try self.event("turn.error", ["turnId": "T"]).kind == .malformed)
    }

    @Test func row18ACancelStopsOnlyWhatItEndsAndOnlyOnce() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        let reading = Task { try await take(8, ws.events) }
        let socket = try await daemon.socket(0)
        await socket.send(Frame.start(1, turn: "T", writer: "w1"))
        await socket.send(Frame(2, "turn.queued", ["turnId": "U", "writerId": "w2"]))
        // Only the queue of another writer: T goes on.
        await socket.send(Frame(3, "session.cancelled", ["cancelled": 1, "writerId": "w2"]))
        await socket.send(Frame.token(4, "on"))
        await socket.send(Frame(5, "session.cancelled", ["cancelled": 1, "writerId": "w1"]))
        await socket.send(Frame.token(6, "late"))
        await socket.send(Frame.error(7, turn: "T", writer: "w1"))
        await socket.send(Frame.start(8, turn: "V", writer: "w1"))
        await socket.send(Frame.error(9, turn: "V", message: "broken"))
        await socket.send(Frame(10, "session.updated", ["snapshot": ["sessionId": "s"]]))
        let events = try await reading.value
        #expect(events.map(\.seq) == [1, 2, 3, 4, 5, 8, 9, 10])
        #expect(events.map(\.endedTurnIDs) == [[], [], ["U"], [], ["T"], [], ["V"], []])
        #expect(events.map(\.isStop) == [false, false, true, false, true, false, true, false])
        await ws.close()
    }

    @Test func row19ALostConnectionIsOpenedAgainAfterOneToTenSeconds() async throws {
        let daemon = StubDaemon { _ throws(HTTPTransportError) in throw .connectFailed("refused") }
        let time = ManualTime()
        let ws = daemon.client(clock: .manual(time), jitter: 0.5).connectWebSocket(sessionID: "s", afterSeq: 4)
        let reading = Task { try await take(2, ws.events) }
        let first = try await daemon.socket(0)
        await first.send(Frame.start(5))
        let others: Set<Duration> = [ReconnectSchedule.silence, .seconds(8)]
        let pauses: @Sendable (Duration) -> Bool = { !others.contains($0) }
        for _ in 0..<5 { daemon.accept { _ throws(TransportError) in throw .connectFailed("refused") } }
        // The end is told after what came before it.
        first.close(1_006)
        for (index, pause) in [1_100, 2_200, 4_400, 8_800, 11_000, 11_000].enumerated() {
            try await time.sleeps(index + 1, where: pauses)
            #expect(time.requestedSleeps.filter(pauses).last == .milliseconds(pause))
            time.advance(by: .milliseconds(pause))
        }
        let last = try await daemon.socket(6)
        #expect(last.target == "/v3/ws?sessionId=s&afterSeq=5")
        await last.send(Frame.start(5))
        await last.send(Frame.token(6, "x"))
        #expect(try await reading.value.map(\.seq) == [5, 6])
        await ws.close()
    }

    @Test(arguments: [4_000, 4_001]) func row19ARefusedSocketIsNotTriedAgain(code: Int) async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        let heard = Watched<[DaemonDisconnect]>([])
        ws.on(.disconnect) { disconnect in heard.change { $0.append(disconnect) } }
        let reading = Task { try await take(1, ws.events) }
        let socket = try await daemon.socket(0)
        await socket.send(#"{"error":"Unauthorized"}"#)
        socket.close(code, "unauthorized")
        await #expect(throws: DaemonRefusedError(code: code, reason: "unauthorized")) { try await reading.value }
        let all = try await within { await heard.first { !$0.isEmpty } }
        #expect(all == [DaemonDisconnect(sessionID: "s", code: code, reason: "unauthorized", willReconnect: false)])
        #expect(daemon.sockets.value.count == 1)
        // A loop that comes later is told as well.
        await #expect(throws: DaemonRefusedError(code: code, reason: "unauthorized")) { try await take(1, ws.events) }
    }

    @Test func row19ANewTokenOfTheStateFileIsTried() async throws {
        let daemon = StubDaemon()
        let endpoint = DaemonEndpoint(DaemonAccess(host: "127.0.0.1", port: 9_999, token: "old")) {
            DaemonAccess(host: "127.0.0.1", port: 10_000, token: "new")
        }
        let ws = daemon.client(endpoint: endpoint).connectWebSocket(sessionID: "s")
        let reading = Task { try await take(1, ws.events) }
        try await daemon.socket(0).close(4_001, "unauthorized")
        let second = try await daemon.socket(1)
        #expect(second.access == DaemonAccess(host: "127.0.0.1", port: 10_000, token: "new"))
        second.close(4_001, "unauthorized")
        await #expect(throws: DaemonRefusedError(code: 4_001, reason: "unauthorized")) { try await reading.value }
        #expect(daemon.sockets.value.count == 2)
    }

    @Test func row20LostTokensAreReadFromTheSession() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client(clock: .impatient).connectWebSocket(sessionID: "s")
        let reading = Task { try await take(4, ws.events) }
        let first = try await daemon.socket(0)
        await first.send(Frame.start(1))
        await first.send(Frame.token(2, "Hel"))
        daemon.queue(200, #"{"sessionId":"s","activeTurnId":"T"}"#)
        // What was said is not in its log.
        daemon.queue(200, #"{"events":[\#(Frame.start(1).text),\#(Frame.done(5).text)]}"#)
        daemon.queue(200, #"{"events":[\#(Frame.done(5).text)]}"#)
        daemon.queue(200, #"{"sessionId":"s","messages":[{"role":"user","content":"q"},{"role":"assistant","content":"Hello world"}]}"#)
        daemon.queue(200, #"{"events":[\#(Frame.done(5).text)]}"#)
        first.close(1_006)
        let second = try await daemon.socket(1)
        #expect(second.target == "/v3/ws?sessionId=s&afterSeq=2")
        await second.send(Frame.done(5))
        let events = try await reading.value
        #expect(events.map(\.event) == ["turn.start", "turn.token", "client.turn_text", "turn.done"])
        guard case .turnText(let text) = events[2].kind else {
            Issue.record("\(events[2].kind)")
            return
        }
        #expect(text.text == "Hello world")
        #expect(text.missing == "lo world")
        #expect(events[2].isLocal)
        let log = "GET /v3/sessions/s/events?afterSeq=4"
        #expect(daemon.lines == ["GET /v3/sessions/s", "GET /v3/sessions/s/events?afterSeq=0", log, "GET /v3/sessions/s", log])
        await ws.close()
    }

    /// Apus counts in steps and logs every piece: a gap is no loss there.
    @Test func row20ADaemonThatLogsEveryPieceHasLostNone() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        let reading = Task { try await take(3, ws.events) }
        daemon.queue(200, #"{"events":[\#(Frame.token(8, "Hel").text)]}"#)
        let socket = try await daemon.socket(0)
        for frame in [Frame.start(4), .token(8, "Hel"), .done(12)] { await socket.send(frame) }
        #expect(try await reading.value.map(\.event) == ["turn.start", "turn.token", "turn.done"])
        #expect(daemon.lines == ["GET /v3/sessions/s/events?afterSeq=3"])
        await ws.close()
    }

    /// Whoever counts in steps shows it before the turn begins.
    @Test func row20ATurnOfToolCallsOnlyHasLostNothing() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        let reading = Task { try await take(5, ws.events) }
        let socket = try await daemon.socket(0)
        let tool: JSON = ["turnId": "T", "name": "x", "id": "1", "args": "{}", "result": "ok"]
        for frame in [
            Frame(4, "turn.queued", ["turnId": "T", "writerId": "w", "queueSize": 1]), .start(8), Frame(12, "tool.start", tool),
            Frame(16, "tool.end", tool), .done(20),
        ] { await socket.send(frame) }
        #expect(try await reading.value.map(\.event) == ["turn.queued", "turn.start", "turn.tool_call", "turn.tool_result", "turn.done"])
        #expect(daemon.lines.isEmpty)
        await ws.close()
    }

    @Test func row20AnAnswerWithoutTextLacksNone() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s", afterSeq: 6)
        let reading = Task { try await take(2, ws.events) }
        let log = #"{"events":[\#(Frame.done(20).text)]}"#
        daemon.queue(200, log)
        daemon.queue(200, log)
        daemon.queue(
            200,
            #"{"sessionId":"s","messages":[{"role":"user","content":"q"},{"role":"assistant","content":null},{"role":"tool","content":"x"}]}"#
        )
        daemon.queue(200, log)
        let socket = try await daemon.socket(0)
        for frame in [.start(8), Frame.done(20)] { await socket.send(frame) }
        #expect(try await reading.value.map(\.event) == ["turn.start", "turn.done"])
        await ws.close()
    }

    @Test func row20ADaemonThatLogsThoughtsLogsEveryPiece() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s", afterSeq: 6)
        let reading = Task { try await take(2, ws.events) }
        daemon.queue(200, #"{"events":[\#(Frame(12, "turn.thinking", ["turnId": "T", "text": "hm"]).text)]}"#)
        let socket = try await daemon.socket(0)
        for frame in [.start(8), Frame.done(20)] { await socket.send(frame) }
        #expect(try await reading.value.map(\.event) == ["turn.start", "turn.done"])
        #expect(daemon.lines == ["GET /v3/sessions/s/events?afterSeq=7"])
        await ws.close()
    }

    @Test func row20NothingIsAskedWhenNothingIsMissing() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        let reading = Task { try await take(3, ws.events) }
        let socket = try await daemon.socket(0)
        for frame in [Frame.start(1), .token(2, "x"), .done(3)] { await socket.send(frame) }
        #expect(try await reading.value.map(\.event) == ["turn.start", "turn.token", "turn.done"])
        #expect(daemon.lines.isEmpty)
        await ws.close()
    }

    @Test func row23NumbersAreThoseOfTheSession() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(cursors: ["a": 0, "b": 0])
        let reading = Task { try await take(3, ws.events) }
        _ = try await daemon.socket(1)
        let sockets = daemon.sockets.value.sorted { $0.target < $1.target }
        await sockets[0].send(Frame(7, "x", session: "a"))
        await sockets[0].send(Frame(8, "x", session: "a"))
        await sockets[1].send(Frame(7, "x", session: "b"))
        let events = try await reading.value
        #expect(events.filter { $0.sessionID == "a" }.map(\.seq) == [7, 8])
        #expect(events.filter { $0.sessionID == "b" }.map(\.seq) == [7])
        await ws.close()
    }
}
