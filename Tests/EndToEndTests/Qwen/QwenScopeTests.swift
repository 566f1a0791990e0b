import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Rows S1, S5 and S6 of the threat model for this listener: every route of `docs/protocols/qwen.md`, which another test holds to the
/// router, without a key and with keys of every scope.
@Suite struct QwenScopeTests {
    private struct Route {
        var line: String
        /// `any` for those that every key may call.
        var scope: String
    }

    private static func routes() throws -> [Route] {
        let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../docs/protocols/qwen.md").standardizedFileURL
        let routes = try String(contentsOf: page, encoding: .utf8).split(separator: "\n").compactMap { row -> Route? in
            guard let match = row.firstMatch(of: /^\| `((?:GET|POST|DELETE|PATCH) [^`]+)` \| (\w+) \|/) else { return nil }
            let line = String(match.output.1).replacing("/:cwd", with: "/%2Fnowhere").replacing("/:id", with: "/none")
            return Route(line: line.replacing("/:requestId", with: "/none"), scope: String(match.output.2))
        }
        try #require(routes.count == 17)
        return routes
    }

    private static func add(_ server: RunningQwenServer, _ name: String, _ scope: String) async throws -> String {
        let outcome = try await server.apus("keys", "add", "--name", name, "--scope", scope)
        return try #require(outcome.text.firstMatch(of: /apus_[A-Za-z0-9]+/).map { String($0.output) }, "\(outcome.everything)")
    }

    /// S1: nothing but `/health` answers a stranger
    @Test func nothingButHealthAnswersWithoutAKey() async throws {
        try await withQwen([], environment: ["QWEN_SERVER_TOKEN": "secret"]) { served in
            for route in try Self.routes() where route.line != "GET /health" {
                for headers in [[], ["Authorization: Bearer secre"], ["Authorization: Bearer apus_none"], ["X-Api-Key: secret"]] {
                    let answer = try await served.call(route.line, route.line.hasPrefix("P") ? [:] : nil, headers: headers)
                    #expect(answer.status == 401 && answer.text == #"{"error":"Unauthorized"}"#, "\(route.line) \(headers)")
                }
                // A token in a URL is none.
                #expect(try await served.call(route.line + "?token=secret&access_token=secret").status == 401, "\(route.line)")
            }
            // Refused keys are told by the beginning of their hash, and not each time.
            let log = try String(contentsOfFile: "\(served.stage.home.apus)/daemon/daemon.log", encoding: .utf8)
            let told = log.split(separator: "\n").filter { $0.contains(" warning a key was refused sha256=30c2cb48 peer=127.0.0.1 ") }
            #expect(1...5 ~= told.count && told.allSatisfy { $0.contains("apus keys add") }, "\(log)")
        }
    }

    /// S5: four scopes and every route
    @Test func aKeyOpensWhatItsScopeSaysAndNothingElse() async throws {
        try await withQwen([], environment: ["QWEN_SERVER_TOKEN": "secret"]) { served in
            for scope in ["observer", "prompter", "approver", "admin"] {
                let key = try await Self.add(served.server, scope, scope)
                // Whatever a client says of itself changes nothing.
                let headers = ["Authorization: Bearer \(key)", "X-Scopes: admin", "X-Qwen-Scopes: prompter,approver,admin"]
                for route in try Self.routes() {
                    let answer = try await served.call(route.line, route.line.hasPrefix("P") ? [:] : nil, headers: headers)
                    if route.scope == "any" || route.scope == scope || scope == "admin" {
                        #expect(answer.status != 401 && answer.status != 403, "\(scope) \(route.line): \(answer.text)")
                    } else {
                        #expect(answer.status == 403, "\(scope) \(route.line): \(answer.text)")
                        #expect(answer.body["code"] == "insufficient_scope" && answer.body["scope"] == .string(route.scope))
                    }
                }
            }
        }
    }

    /// S6, 47: the key's streams end, and its next request is refused
    @Test func aKeyThatIsTakenBackOpensNothingAndItsStreamsEnd() async throws {
        try await withQwen([], environment: ["QWEN_SERVER_TOKEN": "secret"]) { served in
            let own = ["Authorization: Bearer secret"]
            let session = try await served.session(headers: own)
            let key = ["Authorization: Bearer " + (try await Self.add(served.server, "phone", "observer"))]
            let ear = try await served.listen(session, headers: key)
            let other = try await served.listen(session, headers: own)
            #expect(try await served.server.apus("keys", "remove", "phone").status == .exited(0))
            let last = try #require(try await ear.whole().last)
            #expect(last.type == "stream_error" && last.id == nil && last.data["error"]?.stringValue?.isEmpty == false)
            #expect(try await served.call("GET /capabilities", headers: key).status == 401)
            // Others are not touched.
            #expect(try await served.call("DELETE /session/\(session)", headers: own).status == 204)
            #expect(try await other.whole().types.last == "session_closed")
        }
    }

    /// S6: what it asked for is taken back with it, also what still waits
    @Test func thePromptThatWaitsUnderAKeyThatIsTakenBackNeverStarts() async throws {
        let script: Script = [.command("touch first.txt"), .text("First."), .text("Never.")]
        try await withQwen(script, environment: ["QWEN_SERVER_TOKEN": "secret"]) { served in
            let own = ["Authorization: Bearer secret"]
            let session = try await served.session(headers: own)
            let running = try await served.ask("POST /session/\(session)/prompt", QwenServed.prompt("First."), headers: own)
            let ear = try await served.listen(session, headers: own)
            let request = try #require(try await ear.event("permission_request").data["requestId"]?.stringValue)
            let key = ["Authorization: Bearer " + (try await Self.add(served.server, "phone", "prompter"))]
            let waiting = try await served.ask("POST /session/\(session)/prompt", QwenServed.prompt("Second."), headers: key)
            try await served.queued(1, in: session)
            #expect(try await served.server.apus("keys", "remove", "phone").status == .exited(0))
            #expect(try QwenAnswer(try await waiting.all(within: .seconds(60))).status == 500)
            try await served.queued(0, in: session)
            let vote = try await served.call("POST /permission/\(request)", QwenServed.vote("proceed_once"), headers: own)
            #expect(vote.status == 200, "\(vote.text)")
            #expect(try QwenAnswer(try await running.all(within: .seconds(60))).status == 200)
            // Nobody ever asked the model for the second.
            #expect(served.stage.server.requests.count == 2)
            #expect(!served.stage.server.requests.contains { $0.body.serialized().contains("Second.") })
            await ear.close()
        }
    }

    /// The names that stand for no key of the list: nobody can make a key of such a name, and so take its place in the record.
    @Test func noKeyIsNamedLikeWhatIsNone() async throws {
        try await withQwen([], environment: ["QWEN_SERVER_TOKEN": "secret"]) { served in
            for name in ["(token)", "(open)", "local", "FACTORY_API_KEY", ""] {
                let outcome = try await served.server.apus("keys", "add", "--name", name)
                #expect(outcome.status != .exited(0), "\(outcome.everything)")
                #expect(outcome.text == "")
                #expect(try await served.server.apus("keys", "remove", name).status != .exited(0))
            }
            // Taking back what is none does nothing to the token.
            #expect(try await served.call("GET /capabilities", headers: ["Authorization: Bearer secret"]).status == 200)
        }
    }
}
