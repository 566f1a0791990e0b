import ApusTesting
import Testing

@testable import ApusTransport
@testable import DroidSDK

/// The SDK over a real socket, against a daemon that a few lines play.
@Suite struct SDKOverSocketTests {
    private static func frame(_ rest: String) -> String {
        #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","# + rest + "}"
    }

    private static func response(_ id: String, _ result: String) -> String {
        frame(#""type":"response","id":"\#(id)","result":\#(result)"#)
    }

    private static func note(_ notification: String) -> String {
        frame(#""type":"notification","method":"daemon.session_notification","params":{"sessionId":"s1","notification":\#(notification)}"#)
    }

    /// Answers what a session needs. A prompt of `big` gets 20 MB; one of `hang` no end; `rename_session` no answer.
    @Sendable private static func answer(_ text: String) -> [String] {
        guard let frame = try? JSON(parsing: text), let id = frame["id"]?.stringValue, let method = frame["method"]?.stringValue else {
            return []
        }
        let settings = #"{"modelId":"m","reasoningEffort":"low"}"#
        switch method {
        case "daemon.authenticate":
            if frame["params"]?["apiKey"] == "wrong" {
                return [SDKOverSocketTests.frame(#""type":"response","id":"\#(id)","error":{"code":-32001,"message":"Invalid API key"}"#)]
            }
            return [response(id, #"{"userId":"u","orgId":"o"}"#)]
        case "daemon.initialize_session":
            return [response(id, #"{"sessionId":"s1","session":{"messages":[]},"settings":\#(settings)}"#)]
        case "daemon.rename_session": return []
        case "daemon.add_user_message":
            let prompt = frame["params"]?["text"]?.stringValue
            if prompt == "hang" { return [response(id, "{}")] }
            let words = prompt == "big" ? String(repeating: "x", count: 20 << 20) : "Hello"
            let turn = frame["params"]?["messageId"]?.stringValue ?? ""
            return [
                response(id, "{}"),
                note(
                    #"{"type":"create_message","message":{"id":"m","role":"assistant","content":[{"type":"text","text":"\#(words)"}],"createdAt":1,"updatedAt":1}}"#
                ),
                note(
                    #"{"type":"agent_turn_completed","reason":"completed","turnId":"\#(turn)","tokenUsage":{"inputTokens":1,"outputTokens":1,"cacheCreationTokens":0,"cacheReadTokens":0,"thinkingTokens":0}}"#
                ),
            ]
        default: return [response(id, "{}")]
        }
    }

    private func options(_ server: SocketServer, key: String = "k") -> ConnectDaemonOptions {
        ConnectDaemonOptions(apiKey: key, url: "ws://127.0.0.1:\(server.port)/some/path?x=1")
    }

    @Test(arguments: ["small", "big"]) func aWholeConversation(prompt: String) async throws {
        try await within {
            let server = try await SocketServer.start(answer: SDKOverSocketTests.answer)
            let text = try await withDaemonConnection(self.options(server)) { connection in
                try await connection.withSession { try await $0.result(of: prompt).text }
            }
            #expect(text.utf8.count == (prompt == "big" ? 20 << 20 : 5))
            let seen = await server.seen.first { !$0.closes.isEmpty }
            #expect(seen.closes == ["1000 Client disconnect"])
            #expect(seen.uri == "/some/path?x=1")
            await server.stop()
        }
    }

    @Test func aWrongKeyIsSaidAndTheSocketClosed() async throws {
        try await within {
            let server = try await SocketServer.start(answer: SDKOverSocketTests.answer)
            let error = await #expect(throws: ConnectionError.self) { try await connectDaemon(self.options(server, key: "wrong")) }
            #expect(error?.message == "Daemon authentication failed: Invalid API key")
            let seen = await server.seen.first { !$0.closes.isEmpty }
            #expect(seen.closes == ["1000 Client disconnect"])
            await server.stop()
        }
    }

    @Test func aServerThatDiesMidTurnIsNoticedAtOnce() async throws {
        try await within {
            let server = try await SocketServer.start(answer: SDKOverSocketTests.answer)
            let connection = try await connectDaemon(self.options(server))
            let session = try await connection.createSession()
            let turn = Task { try await session.result(of: "hang") }
            _ = await server.seen.first { $0.texts.count == 3 }
            try await server.cut()
            let error = await #expect(throws: ConnectionError.self) { try await turn.value }
            #expect(error?.message == "WebSocket closed (code: 1006, reason: )")
            await connection.close()
            await server.stop()
        }
    }

    @Test func aSocketThatIsHalfOpenEndsInATimeout() async throws {
        try await within {
            let time = ManualTime()
            let clock = TransportClock(now: { .milliseconds(time.now) }, sleep: { try await time.sleep(for: $0) })
            let server = try await SocketServer.start(answer: SDKOverSocketTests.answer)
            let connection = try await DaemonConnecting(options: self.options(server), clock: clock).connect()
            let session = try await connection.createSession()
            let before = time.requestedSleeps.count { $0 == .seconds(30) }
            let request = Task { try await session.renameSession(title: "t") }
            try await time.sleeps(before + 1) { $0 == .seconds(30) }
            time.advance(by: .seconds(30))
            await #expect(throws: TimeoutError(method: "daemon.rename_session", timeout: .seconds(30))) { try await request.value }
            await connection.close()
            await server.stop()
        }
    }
}
