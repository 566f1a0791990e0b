import ApusTesting
import ApusTransport
import Foundation
import Testing

@testable import OptaSDK

/// What the documentation promises, row by row of `opta-v3.md` §5: the rows about calls.
struct SurfaceRowTests {
    @Test func row01TheClientHasBothLowerOnesBelowIt() async throws {
        let client = DaemonClient(token: "secret")
        #expect(client.description == "DaemonClient(127.0.0.1:9999)")
        #expect(client.http.description == "DaemonHTTPClient(127.0.0.1:9999)")
        #expect(client.sockets.description == "DaemonWSClient(127.0.0.1:9999)")
        var dumped = ""
        dump(client, to: &dumped)
        #expect(!dumped.contains("secret"))
    }

    @Test func row02HealthIsOkAndItsContractChecked() async throws {
        let daemon = StubDaemon()
        let ok =
            #"{"status":"ok","version":"0.5.0","daemonId":"daemon_1","contract":{"name":"opta-daemon-v3","version":1},"runtime":{"sessionCount":2,"latency":{"p50Ms":3}}}"#
        daemon.queue(200, ok)
        daemon.queue(200, #"{"status":"ok","daemonId":"d"}"#)
        daemon.queue(200, ok.replacing(#""version":1}"#, with: #""version":2}"#))
        let client = daemon.client(token: " tok ")
        let health = try await client.health()
        #expect(health.status == "ok")
        #expect(health.contract == .expected)
        #expect(health.runtime.sessionCount == 2)
        #expect(health.runtime.latencyP50 == 3)
        #expect(daemon.last?.line == "GET /v3/health")
        #expect(daemon.last?.headers == ["authorization": "Bearer tok"])
        await #expect(throws: DaemonContractError(contract: nil)) { try await client.health() }
        await #expect(throws: DaemonContractError(contract: DaemonContract(name: "opta-daemon-v3", version: 2))) {
            try await client.health()
        }
    }

    @Test(arguments: [("\"0.0.0.0\"", "127.0.0.1:5"), ("\"::\"", "[::1]:5"), ("\"10.0.0.7\"", "10.0.0.7:5")])
    func row03TheTokenIsThatOfTheStateFile(host: String, address: String) async throws {
        let path = NSTemporaryDirectory() + "opta-state-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try #"{"pid":1,"daemonId":"daemon_x","host":\#(host),"port":5,"token":" tok\n"}"#.write(
            toFile: path, atomically: true, encoding: .utf8)
        let file = try DaemonStateFile.read(at: path)
        #expect(file.token == "tok")
        #expect(!"\(file)".contains("tok"))
        #expect(try DaemonClient.fromStateFile(at: path).description == "DaemonClient(\(address))")
    }

    @Test func row04TheModeOfASessionIsThatOfItsTurns() async throws {
        let daemon = StubDaemon()
        daemon.queue(201, session201)
        daemon.queue(202, #"{"turnId":"T","queued":0}"#)
        daemon.queue(202, #"{"turnId":"U","queued":1}"#)
        let client = daemon.client()
        let session = try await client.createSession(sessionID: "sess-A", mode: .do, model: "qwen3-72b", title: "T")
        #expect(daemon.last?.body == ["sessionId": "sess-A", "mode": "do", "model": "qwen3-72b", "title": "T"])
        try await client.submitTurn(session.id, content: "x")
        #expect(daemon.last?.body?["mode"] == "do")
        try await client.submitTurn(session.id, content: "x", mode: .plan)
        #expect(daemon.last?.body?["mode"] == "plan")
    }

    @Test func row05ASessionHasAnIdAndIsActive() async throws {
        let daemon = StubDaemon()
        daemon.queue(201, session201)
        daemon.queue(
            200,
            session201.replacing(
                "\"queuedTurns\"", with: "\"activeTurnId\":\"T\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],\"queuedTurns\""))
        let client = daemon.client()
        let session = try await client.createSession(mode: .chat, model: "qwen3-72b")
        #expect(session.id == "sess-A")
        #expect(session.status == "active")
        #expect(session.mode == .chat)
        #expect(!session.isRunning)
        let running = try await client.session("sess-A")
        #expect(running.status == .active)
        #expect(running.isRunning)
        #expect(running.mode == .chat)
        #expect(running.messages.map(\.text) == ["hi"])
    }

    @Test func row06ATurnIsFilledIn() async throws {
        let daemon = StubDaemon { _ in .json(202, #"{"turnId":"T","queued":0}"#) }
        let client = daemon.client()
        try await client.submitTurn("s", content: "Hello")
        #expect(daemon.last?.line == "POST /v3/sessions/s/turns")
        #expect(daemon.last?.body == ["clientId": "c", "writerId": "c", "content": "Hello", "mode": "chat"])
        try await client.submitTurn(
            "s", content: "Hello", mode: .review, overrides: DaemonTurnOverrides(model: "m", dangerous: true), lastSeenSeq: 7, writerID: "w"
        )
        #expect(
            daemon.last?.body == [
                "clientId": "c", "writerId": "w", "content": "Hello", "mode": "review", "overrides": ["model": "m", "dangerous": true],
                "lastSeenSeq": 7,
            ])
        let other = DaemonClient(token: "t")
        #expect(other.clientID == other.clientID)
        #expect(other.clientID != DaemonClient(token: "t").clientID)
    }

    @Test func row06EverythingThatATurnMayHaveOtherwiseIsSent() async throws {
        let daemon = StubDaemon { _ in .json(202, #"{"turnId":"T","queued":0}"#) }
        try await daemon.client().submitTurn(
            "s", content: "x",
            overrides: DaemonTurnOverrides(
                model: "m", provider: "p", dangerous: false, auto: true, noCommit: true, noCheckpoints: false, format: .json,
                autonomyMode: .ceo, autonomyLevel: 3))
        #expect(
            daemon.last?.body?["overrides"] == [
                "model": "m", "provider": "p", "dangerous": false, "auto": true, "noCommit": true, "noCheckpoints": false, "format": "json",
                "autonomyMode": "ceo", "autonomyLevel": 3,
            ])
    }

    @Test func row07ATurnHasAnIdAndItsPlace() async throws {
        let daemon = StubDaemon { _ in .json(202, #"{"turnId":"turn-xyz789","queued":2}"#) }
        let turn = try await daemon.client().submitTurn("s", content: "x")
        #expect(turn.id == "turn-xyz789")
        #expect(turn.queued == 2)
    }

    @Test func row08EventsAreAList() async throws {
        let daemon = StubDaemon()
        daemon.queue(200, #"{"events":[\#(Frame(6, "turn.token", ["text": "a"]).text),\#(Frame.done(7).text)]}"#)
        daemon.queue(200, #"{"events":[]}"#)
        let client = daemon.client()
        let events = try await client.getEvents("a/b", afterSeq: 5)
        #expect(daemon.last?.line == "GET /v3/sessions/a%2Fb/events?afterSeq=5")
        #expect(events.map(\.seq) == [6, 7])
        #expect(events.map(\.event) == ["turn.token", "turn.done"])
        #expect(events.map(\.isStop) == [false, true])
        #expect(try await client.getEvents("s").isEmpty)
        #expect(daemon.last?.line == "GET /v3/sessions/s/events?afterSeq=0")
    }

    @Test func row08ACancelByWriterIsKnownOnlyWithTheTurnsBeforeIt() async throws {
        let frames = [
            Frame(5, "turn.queued", ["turnId": "T", "writerId": "w"]), Frame(6, "session.cancelled", ["cancelled": 1, "writerId": "w"]),
        ]
        let daemon = StubDaemon { request in
            let after = request.url.hasSuffix("=5") ? 5 : 0
            return .json(200, "{\"events\":[\(frames.filter { $0.seq > after }.map(\.text).joined(separator: ","))]}")
        }
        let client = daemon.client()
        #expect(try await client.getEvents("s").map(\.endedTurnIDs) == [[], ["T"]])
        #expect(try await client.getEvents("s", afterSeq: 5).map(\.endedTurnIDs) == [[]])
    }

    @Test func row09TheClientWorksWithoutTokensInTheLog() async throws {
        let daemon = StubDaemon()
        daemon.queue(200, #"{"events":[\#(Frame.start(3).text),\#(Frame.done(8).text)]}"#)
        #expect(try await daemon.client().getEvents("s").map(\.seq) == [3, 8])
    }

    @Test func row21ClosingCancelsOnesOwnTurnsAndDropsTheSocket() async throws {
        let daemon = StubDaemon { _ in .json(200, #"{"ok":true,"cancelled":0,"cancelledQueued":0,"cancelledActive":false}"#) }
        daemon.queue(202, #"{"turnId":"T","queued":0}"#)
        daemon.queue(202, #"{"turnId":"U","queued":1}"#)
        let client = daemon.client()
        let ws = client.connectWebSocket()
        var events = ws.events.makeAsyncIterator()
        try await client.submitTurn("s", content: "x")
        try await client.submitTurn("s", content: "y", writerID: "w")
        let socket = try await daemon.socket(0)
        await socket.send(Frame.start(1))
        #expect(try await events.next()?.seq == 1)
        try await client.close("s")
        #expect(daemon.seen.value.suffix(2).map(\.line) == Array(repeating: "POST /v3/sessions/s/cancel", count: 2))
        #expect(daemon.seen.value.suffix(2).map(\.body) == [["writerId": "c"], ["writerId": "w"]])
        #expect(try await socket.next() == nil)
        #expect(ws.sessionIDs.isEmpty)
        await ws.close()
        daemon.queue(404, #"{"error":"Session not found"}"#)
        try await client.close("never-there")
    }

    @Test func row21ACancelOfNothingInParticularIsOfAllWritersOfTheClient() async throws {
        let daemon = StubDaemon { _ in .json(200, #"{"ok":true,"cancelled":1,"cancelledQueued":1,"cancelledActive":false}"#) }
        let client = daemon.client()
        for writer in ["w", nil, "w2"] {
            daemon.queue(202, #"{"turnId":"T","queued":0}"#)
            try await client.submitTurn("s", content: "x", writerID: writer)
        }
        #expect(try await client.cancel("s") == CancelResult(cancelledQueued: 3, cancelledActive: false))
        #expect(daemon.seen.value.suffix(3).map(\.body) == [["writerId": "c"], ["writerId": "w"], ["writerId": "w2"]])
        try await client.cancel("s", writerID: "other")
        try await client.cancel("s", turnID: "T")
        #expect(daemon.seen.value.suffix(2).map(\.body) == [["writerId": "other"], ["turnId": "T"]])
        // Over the socket as well.
        let ws = client.connectWebSocket(sessionID: "s")
        ws.on(.event) { _ in }
        let socket = try await daemon.socket(0)
        async let cancelled = ws.cancel("s")
        for (writer, active) in [("c", false), ("w", true), ("w2", false)] {
            #expect(try await socket.next() == ["type": "turn.cancel", "sessionId": "s", "writerId": .string(writer)])
            await socket.send(
                #"{"type":"ack","action":"turn.cancel","cancelled":{"cancelledQueued":\#(active ? 2 : 0),"cancelledActive":\#(active)}}"#)
        }
        #expect(try await cancelled == CancelResult(cancelledQueued: 2, cancelledActive: true))
        await ws.close()
    }

    @Test func row22IdsAreTakenAsTheyAre() async throws {
        let daemon = StubDaemon { _ in .json(200, #"{"sessionId":"-x_Y 1/é","queuedTurns":0}"#) }
        #expect(try await daemon.client().session("-x_Y 1/é").id == "-x_Y 1/é")
        #expect(daemon.lines == ["GET /v3/sessions/-x_Y%201%2F%C3%A9"])
    }
}
