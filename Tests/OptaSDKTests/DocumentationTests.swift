import ApusTesting
import ApusTransport
import Foundation
import Testing

@testable import OptaSDK

/// The examples of the published documentation, in Swift.
struct DocumentationTests {
    @Test func creatingAClient() async throws {
        let daemon = StubDaemon {
            _ in .json(200, #"{"status":"ok","daemonId":"d","contract":{"name":"opta-daemon-v3","version":1},"runtime":{}}"#)
        }
        let client = daemon.client(token: "<bearer-token>")
        let health = try await client.health()
        #expect(health.status == "ok")
    }

    @Test func creatingASession() async throws {
        let daemon = StubDaemon { _ in .json(201, #"{"sessionId":"sess-abc123","model":"qwen3-72b"}"#) }
        let session = try await daemon.client().createSession(mode: .chat, model: "qwen3-72b")
        #expect(session.id == "sess-abc123")
        #expect(session.status == "active")
    }

    @Test func submittingATurn() async throws {
        let daemon = StubDaemon { _ in .json(202, #"{"turnId":"turn-xyz789","queued":0}"#) }
        let turn = try await daemon.client().submitTurn("sess-abc123", content: "Explain how unified memory works on Apple Silicon")
        #expect(turn.id == "turn-xyz789")
    }

    @Test func pollingForEvents() async throws {
        let frames = [Frame(1, "turn.token", ["text": "a"]), Frame(2, "turn.token", ["text": "b"]), .done(42)]
        let daemon = StubDaemon { _ in .json(200, #"{"events":[\#(frames.map(\.text).joined(separator: ","))]}"#) }
        var lines: [String] = []
        for event in try await daemon.client().getEvents("sess-abc123", afterSeq: 0) { lines.append("\(event.event) \(event.seq)") }
        #expect(lines == ["turn.token 1", "turn.token 2", "turn.done 42"])
    }

    @Test func streamingOverAWebSocket() async throws {
        let daemon = StubDaemon { _ in .json(201, #"{"sessionId":"s"}"#) }
        let client = daemon.client(clock: .impatient)
        _ = try await client.createSession()
        let printed = Watched<[String]>([])
        let say: @Sendable (String) -> Void = { line in printed.change { $0.append(line) } }

        let ws = client.connectWebSocket()
        ws.on(.event) { envelope in
            switch envelope.event {
            case "turn.token": say(envelope.data["token"]?.stringValue ?? "")
            case "turn.tool_call":
                say("Tool: \(envelope.data["toolName"]?.stringValue ?? "") \(envelope.data["args"]?["path"]?.stringValue ?? "")")
            case "turn.tool_result": say("Result: \(envelope.data["result"]?.stringValue ?? "")")
            case "turn.done": say("Stats: \(envelope.stats?.tokens ?? 0)")
            case "turn.error": say("Error: \(envelope.data["message"]?.stringValue ?? "")")
            case "session.cancelled": say("Session cancelled")
            default: break
            }
        }
        ws.on(.disconnect) { say("WebSocket disconnected") }

        let socket = try await daemon.socket(0)
        await socket.send(Frame.start(1))
        await socket.send(Frame.token(2, "Hi"))
        await socket.send(Frame(3, "tool.start", ["turnId": "T", "name": "read", "id": "1", "args": #"{"path":"x"}"#]))
        await socket.send(Frame(4, "tool.end", ["turnId": "T", "name": "read", "id": "1", "result": "ok"]))
        await socket.send(Frame.done(5))
        await socket.send(Frame.error(6, turn: "U", message: "broken"))
        await socket.send(Frame(7, "session.cancelled", ["cancelled": 1, "turnId": "V"]))
        socket.close(1_001)
        let all = try await within { await printed.first { $0.contains("WebSocket disconnected") } }
        #expect(
            all == ["Hi", "Tool: read x", "Result: ok", "Stats: 3", "Error: broken", "Session cancelled", "WebSocket disconnected"])
        await ws.close()
    }

    @Test(arguments: [
        ("turn.token", false), ("turn.thinking", false), ("tool.start", false), ("tool.end", false), ("turn.done", true),
        ("turn.error", true), ("session.cancelled", true),
    ])
    func stopEventsAreThoseOfTheTable(name: String, isStop: Bool) async throws {
        let frame = Frame(1, name, ["turnId": "T", "name": "x", "result": "", "text": "x", "message": "m"])
        let daemon = StubDaemon { _ in .json(200, #"{"events":[\#(frame.text)]}"#) }
        #expect(try await daemon.client().getEvents("s").map(\.isStop) == [isStop])
    }

    @Test func goingOnAfterTheLastEvent() async throws {
        let daemon = StubDaemon()
        let client = daemon.client()
        let ws = client.connectWebSocket(sessionID: "s", afterSeq: 41)
        let reading = Task { try await take(1, ws.events) }
        let socket = try await daemon.socket(0)
        await socket.send(Frame(41, "turn.token", ["text": "again"]))
        await socket.send(Frame(42, "turn.token", ["text": "new"]))
        #expect(try await reading.value.map(\.seq) == [42])
        await ws.close()
    }
}
