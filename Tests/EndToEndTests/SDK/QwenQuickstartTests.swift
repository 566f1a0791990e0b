import ApusTestServer
import ApusTesting
import Foundation
import Testing

/// `Examples/QwenQuickstart`, run as its reader would run it, against a daemon that the test plays.
@Suite struct QwenQuickstartTests {
    private static let stream: [(String, String)] = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache, no-transform")]
    private static let json: [(String, String)] = [("Content-Type", "application/json; charset=utf-8")]

    private static func frame(_ id: Int, _ type: String, _ data: String) -> String {
        "id: \(id)\nevent: \(type)\ndata: {\"id\":\(id),\"v\":1,\"type\":\"\(type)\",\"data\":\(data)}\n\n"
    }

    private func run(_ home: TemporaryHome, _ url: String, _ arguments: [String], _ environment: [String: String]) async throws -> Outcome {
        let child = try ChildProcess(
            try ApusExecutable.sibling("example-QwenQuickstart"), arguments,
            environment: home.environment.merging(["QWEN_URL": url]) { $1 }.merging(environment) { $1 }, directory: home.work,
            scratch: home.scratch)
        return try await child.finish()
    }

    @Test func itAsksAndVotesAndEnds() async throws {
        let home = try TemporaryHome()
        defer { home.remove() }
        let requests = Watched<[StubHTTPServer.Request]>([])
        let prompts = Watched<StubHTTPServer.Exchange?>(nil)
        let server = try await StubHTTPServer.start { request, exchange in
            requests.change { $0.append(request) }
            switch (request.method, request.uri) {
            case ("GET", "/capabilities"):
                exchange.respond(200, Self.json, #"{"v":1,"mode":"http-bridge","features":["health","capabilities"],"modelServices":[]}"#)
            case ("POST", "/session"): exchange.respond(200, Self.json, #"{"sessionId":"s","workspaceCwd":"/w","attached":false}"#)
            case ("GET", "/session/s/events"):
                exchange.begin(200, Self.stream)
                exchange.write("retry: 3000\n\n")
                let text =
                    #"{"sessionId":"s","update":{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"One sentence."}}}"#
                exchange.write(Self.frame(1, "session_update", text))
                let question =
                    #"{"requestId":"r/1","sessionId":"s","toolCall":{"toolCallId":"t","title":"Shell: ls"},"#
                    + #""options":[{"optionId":"proceed_once","name":"Yes","kind":"allow_once"}]}"#
                exchange.write(Self.frame(2, "permission_request", question))
            case ("POST", "/session/s/prompt"): prompts.change { $0 = exchange }
            case ("POST", "/permission/r%2F1"): exchange.respond(200, Self.json, "{}")
            default: exchange.respond(404, Self.json, #"{"error":"no such route"}"#)
            }
        }
        let answering = Task {
            _ = await requests.first { $0.contains { $0.uri.hasPrefix("/permission/") } }
            await prompts.first { $0 != nil }?.respond(200, Self.json, #"{"stopReason":"end_turn"}"#)
        }
        defer { answering.cancel() }
        let outcome = try await run(home, server.url, ["Summarize", "it."], ["QWEN_SERVER_TOKEN": " tok\n", "QWEN_VOTE": "allow"])
        #expect(outcome.status == .exited(0), "\(outcome.everything)")
        #expect(outcome.diagnostics.isEmpty, "\(outcome.everything)")
        #expect(
            outcome.text
                == "Daemon features: health capabilities\nsession=s attached=false\nOne sentence.\n[needs permission] Shell: ls\n\nstop reason: end_turn\n"
        )
        // The token of the environment.
        #expect(requests.value.allSatisfy { $0.values("authorization") == ["Bearer tok"] })
        #expect(requests.value.first { $0.uri == "/session" }?.body == #"{"cwd":"\#(home.work)"}"#)
        #expect(requests.value.first { $0.uri == "/session/s/prompt" }?.body == #"{"prompt":[{"type":"text","text":"Summarize it."}]}"#)
        #expect(requests.value.first { $0.uri == "/session/s/events" }?.values("last-event-id") == ["0"])
        #expect(
            requests.value.first { $0.uri == "/permission/r%2F1" }?.body == #"{"outcome":{"outcome":"selected","optionId":"proceed_once"}}"#
        )
        await server.stop()
    }

    @Test func aRefusalIsToldWithItsStatus() async throws {
        let home = try TemporaryHome()
        defer { home.remove() }
        let server = try await StubHTTPServer.start { _, exchange in exchange.respond(401, Self.json, #"{"error":"Unauthorized"}"#) }
        let outcome = try await run(home, server.url, [], [:])
        #expect(outcome.status == .exited(1))
        #expect(outcome.text.isEmpty)
        #expect(outcome.diagnostics == "Daemon error 401: GET /capabilities: Unauthorized\n")
        await server.stop()
    }
}
