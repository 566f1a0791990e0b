import ApusTesting
import ApusTransport
import Foundation
import Testing

@testable import OptaSDK

/// The captured conversation of `opta-v3.md` Appendix B, message by message, and what this library makes of it.
struct GoldenConversationTests {
    private static func captured(_ seq: Int, _ event: String, _ payload: String) throws -> Frame {
        Frame(seq, event, try JSON(parsing: payload), session: "sess-A")
    }

    private static let turn = "gQRw5j_wVADS"

    @Test func theCapturedTurnIsUnderstood() async throws {
        let daemon = StubDaemon()
        daemon.queue(201, session201)
        let client = daemon.client()
        let session = try await client.createSession(sessionID: "sess-A", mode: .chat, model: "qwen3-72b", title: "T")
        #expect(daemon.last?.body == ["sessionId": "sess-A", "model": "qwen3-72b", "title": "T", "mode": "chat"])

        let ws = client.connectWebSocket(sessionID: session.id)
        let reading = Task { try await take(9, ws.events) }
        let socket = try await daemon.socket(0)
        let snapshot = #"{"sessionId":"sess-A","model":"qwen3-72b","queuedTurns":0,"toolCallCount":0,"writerCount":0}"#
        await socket.send(try Self.captured(1, "session.snapshot", #"{"snapshot":\#(snapshot),"messages":[]}"#))
        async let submitted = ws.submitTurn("sess-A", content: "hello", writerID: "w")
        #expect(
            try await socket.next() == [
                "type": "turn.submit", "clientId": "c", "writerId": "w", "sessionId": "sess-A", "content": "hello", "mode": "chat",
            ])
        let ids = #""turnId":"\#(Self.turn)","writerId":"w","clientId":"c""#
        await socket.send(try Self.captured(2, "turn.queued", "{\(ids),\"queueSize\":1}"))
        await socket.send(#"{"type":"ack","action":"turn.submit","turnId":"\#(Self.turn)","queued":0}"#)
        let turn = try await submitted
        #expect(turn.id == Self.turn)
        #expect(turn.queued == 0)
        await socket.send(try Self.captured(3, "turn.start", "{\(ids),\"mode\":\"chat\"}"))
        await socket.send(try Self.captured(4, "turn.thinking", #"{"turnId":"\#(Self.turn)","text":"hmm"}"#))
        for (seq, text) in [(5, "Hel"), (6, "lo "), (7, "world")] { await socket.send(Self.token(seq, text)) }
        let stats =
            #"{"tokens":4,"promptTokens":11,"completionTokens":4,"toolCalls":0,"elapsed":0.004,"speed":0,"firstTokenLatencyMs":1}"#
        await socket.send(try Self.captured(8, "turn.done", "{\(ids),\"stats\":\(stats)}"))
        await socket.send(
            try Self.captured(9, "session.updated", #"{"snapshot":{"sessionId":"sess-A","activeTurnId":"\#(Self.turn)","queuedTurns":0}}"#))

        let events = try await reading.value
        #expect(events.map(\.seq) == Array(1...9))
        #expect(events.compactMap(\.token).joined() == "Hello world")
        #expect(events.map(\.isStop) == [false, false, false, false, false, false, false, true, false])
        #expect(events[7].stats == DaemonTurnStats(try JSON(parsing: stats)))
        #expect(events[7].stats?.firstTokenLatency == 1)
        guard case .turnQueued(let queued) = events[1].kind, case .turnStart(let start) = events[2].kind,
            case .thinking(let thought) = events[3].kind, case .sessionUpdated(let updated) = events[8].kind,
            case .sessionSnapshot(let first) = events[0].kind
        else {
            Issue.record("\(events.map(\.kind))")
            return
        }
        #expect(queued.queueSize == 1)
        #expect(start.mode == .chat)
        #expect(thought.text == "hmm")
        #expect(first.session.id == "sess-A")
        #expect(updated.session.activeTurnID == Self.turn)
        // All numbers came: nothing is to be asked for.
        #expect(daemon.lines == ["POST /v3/sessions"])
        await ws.close()
    }

    private static func token(_ seq: Int, _ text: String) -> Frame {
        Frame(seq, "turn.token", ["turnId": .string(turn), "text": .string(text)], session: "sess-A")
    }

    @Test func theLogOfTheDaemonHasNoTokens() async throws {
        let daemon = StubDaemon()
        let frames = [Frame(1, "session.snapshot"), Frame(2, "turn.queued"), Frame.start(3), Frame.done(8), Frame(9, "session.updated")]
        daemon.queue(200, #"{"events":[\#(frames.map(\.text).joined(separator: ","))]}"#)
        #expect(try await daemon.client().getEvents("sess-A").map(\.seq) == [1, 2, 3, 8, 9])
    }

    @Test func cancelsOfTheQueueAndOfTheRunningTurnAreTold() async throws {
        let daemon = StubDaemon()
        let client = daemon.client()
        daemon.queue(200, #"{"ok":true,"cancelled":2,"cancelledQueued":2,"cancelledActive":false}"#)
        let byHTTP = try await client.cancel("s", writerID: "w2")
        #expect(byHTTP == CancelResult(cancelledQueued: 2, cancelledActive: false))
        #expect(daemon.last?.body == ["writerId": "w2"])
        // Only the parts.
        daemon.queue(200, #"{"cancelledQueued":1,"cancelledActive":true}"#)
        #expect(try await client.cancel("s", turnID: "T").cancelled == 2)
        #expect(daemon.last?.body == ["turnId": "T"])

        let ws = client.connectWebSocket(sessionID: "s")
        let reading = Task { try await take(2, ws.events) }
        let socket = try await daemon.socket(0)
        await socket.send(Frame.start(1, turn: "T", writer: "w1"))
        async let cancelled = ws.cancel("s", writerID: "w1")
        #expect(try await socket.next() == ["type": "turn.cancel", "sessionId": "s", "writerId": "w1"])
        await socket.send(Frame(2, "session.cancelled", ["cancelled": 1, "writerId": "w1"]))
        await socket.send(Frame.error(3, turn: "T", writer: "w1"))
        await socket.send(#"{"type":"ack","action":"turn.cancel","cancelled":{"cancelledQueued":0,"cancelledActive":true}}"#)
        #expect(try await cancelled == CancelResult(cancelledQueued: 0, cancelledActive: true))
        #expect(try await reading.value.map(\.isStop) == [false, true])
        await ws.close()
    }

    @Test func aToolAsksForPermission() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s", afterSeq: 19)
        let reading = Task { try await take(4, ws.events) }
        let socket = try await daemon.socket(0)
        let request = #"{"turnId":"T","requestId":"perm_EuKzygDYvW","toolName":"write_file","args":{"path":"a.txt","content":"x"}}"#
        await socket.send(Frame(20, "permission.request", try JSON(parsing: request)))
        async let resolved = ws.resolvePermission("s", requestID: "perm_EuKzygDYvW", .allow, decidedBy: "me")
        #expect(
            try await socket.next() == [
                "type": "permission.resolve", "sessionId": "s", "requestId": "perm_EuKzygDYvW", "decision": "allow", "decidedBy": "me",
            ])
        await socket.send(#"{"type":"ack","action":"permission.resolve","result":{"ok":true,"conflict":false}}"#)
        #expect(try await resolved.ok)
        await socket.send(Frame(21, "permission.resolved", ["turnId": "T", "requestId": "perm_EuKzygDYvW", "decision": "allow"]))
        await socket.send(Frame(22, "tool.start", ["turnId": "T", "name": "write_file", "id": "call_1", "args": #"{"path":"a.txt"}"#]))
        await socket.send(Frame(23, "tool.end", ["turnId": "T", "name": "write_file", "id": "call_1", "result": "ok"]))
        let kinds = try await reading.value.map(\.kind)
        guard case .permissionRequest(let asked) = kinds[0], case .permissionResolved(let answered) = kinds[1],
            case .toolCall(let call) = kinds[2], case .toolResult(let result) = kinds[3]
        else {
            Issue.record("\(kinds)")
            return
        }
        #expect(asked.args == ["path": "a.txt", "content": "x"])
        #expect(answered.decision == .allow)
        #expect(call.args == ["path": "a.txt"])
        #expect(result.result == "ok")
        await ws.close()
    }
}
