import ApusTesting
import ApusTransport
import Testing

@testable import QwenSDK

/// What every method sends, and what it takes for a success (`qwen-serve.md` §5.1, §5.2; assertions 57, 58 and 62 of §9.2).
struct DaemonClientTests {
    struct Call: Sendable, CustomTestStringConvertible {
        let name: String
        let run: @Sendable (DaemonClient) async throws -> Void
        let sent: String
        var body: String?
        var answer = #"{"sessionId":"s","workspaceCwd":"/w"}"#

        init(
            _ name: String, _ sent: String, _ body: String? = nil, answering answer: String = #"{"sessionId":"s","workspaceCwd":"/w"}"#,
            _ run: @escaping @Sendable (DaemonClient) async throws -> Void
        ) {
            (self.name, self.sent, self.body, self.answer, self.run) = (name, sent, body, answer, run)
        }

        var testDescription: String { name }
    }

    static let calls = [
        Call("health", "GET /health", answering: #"{"status":"ok"}"#) {
            let given = try await $0.health().status
            #expect(given == "ok")
        },
        Call("deep health", "GET /health?deep=1", answering: #"{"status":"ok","sessions":2,"pendingPermissions":1}"#) {
            let health = try await $0.health(deep: true)
            #expect(health.sessions == 2)
            #expect(health.pendingPermissions == 1)
        },
        Call(
            "capabilities", "GET /capabilities",
            answering: #"{"v":1,"mode":"http-bridge","features":["health","session_load"],"modelServices":[]}"#
        ) {
            let capabilities = try await $0.capabilities()
            #expect(capabilities.v == 1)
            #expect(capabilities.mode == "http-bridge")
            #expect(capabilities.features == ["health", "session_load"])
            #expect(capabilities.supports(.sessionLoad))
            #expect(!capabilities.supports(.sessionClose))
            #expect(capabilities.workspaceCwd == nil)
        },
        Call("create", "POST /session", "{}") { _ = try await $0.createOrAttachSession() },
        Call(
            "create with everything", "POST /session", #"{"cwd":"/w x","modelServiceId":"m","sessionScope":"thread"}"#,
            answering: #"{"sessionId":"s","workspaceCwd":"/w x","attached":true,"clientId":"client_1","createdAt":"2026-01-01T00:00:00Z"}"#
        ) {
            let session = try await $0.createOrAttachSession(workspaceCwd: "/w x", modelServiceId: "m", sessionScope: .thread)
            #expect(session.sessionId == "s")
            #expect(session.workspaceCwd == "/w x")
            #expect(session.attached)
            #expect(session.clientId == "client_1")
            #expect(session.createdAt == "2026-01-01T00:00:00Z")
            #expect(session.state == nil)
        },
        Call(
            "list", "GET /workspace/%2Fw%20x/sessions",
            answering: #"{"sessions":[{"sessionId":"s","workspaceCwd":"/w x","displayName":"n","clientCount":2,"hasActivePrompt":true}]}"#
        ) {
            let sessions = try await $0.listWorkspaceSessions("/w x")
            #expect(sessions.map(\.sessionId) == ["s"])
            #expect(sessions.first?.displayName == "n")
            #expect(sessions.first?.clientCount == 2)
            #expect(sessions.first?.hasActivePrompt == true)
        },
        Call("empty list", "GET /workspace/%2F/sessions", answering: #"{"sessions":[]}"#) {
            let given = try await $0.listWorkspaceSessions("/").isEmpty
            #expect(given)
        },
        Call(
            "load", "POST /session/s/load", #"{"cwd":"/w"}"#,
            answering:
                #"{"sessionId":"s","workspaceCwd":"/w","attached":true,"state":{"models":{"currentModelId":"m","availableModels":[{"modelId":"m","name":"M"}]},"modes":{"currentModeId":"default","availableModes":[{"id":"plan","name":"Plan","description":"d"}]}}}"#
        ) {
            let state = try await $0.loadSession("s", workspaceCwd: "/w").state
            #expect(state?.currentModelId == "m")
            #expect(state?.availableModels.map(\.id) == ["m"])
            #expect(state?.currentModeId == "default")
            #expect(state?.availableModes.first?.description == "d")
        },
        Call("resume", "POST /session/s/resume", "{}") { _ = try await $0.resumeSession("s") },
        Call("metadata", "PATCH /session/s/metadata", #"{"displayName":"n"}"#, answering: #"{"sessionId":"s","displayName":"n"}"#) {
            let given = try await $0.updateSessionMetadata("s", displayName: "n").displayName
            #expect(given == "n")
        },
        Call("metadata without change", "PATCH /session/s/metadata", "{}", answering: #"{"sessionId":"s"}"#) {
            let given = try await $0.updateSessionMetadata("s", displayName: nil).displayName
            #expect(given == nil)
        },
        Call("heartbeat", "POST /session/s/heartbeat", "{}", answering: #"{"sessionId":"s","clientId":"c","lastSeenAt":1770000000000}"#) {
            let beat = try await $0.heartbeat("s")
            #expect(beat.clientId == "c")
            #expect(beat.lastSeenAt == 1_770_000_000_000)
        },
        Call("cancel", "POST /session/s/cancel", "{}", answering: "") { try await $0.cancel("s") },
        Call("model", "POST /session/s/model", #"{"modelId":"m"}"#, answering: #"{"modelId":"m"}"#) {
            let given = try await $0.setSessionModel("s", modelId: "m")
            #expect(given == ["modelId": "m"])
        },
        Call(
            "prompt", "POST /session/s/prompt", #"{"prompt":[{"type":"text","text":"hi"}]}"#,
            answering: #"{"stopReason":"end_turn","usage":{}}"#
        ) {
            let result = try await $0.prompt("s", prompt: ["hi"])
            #expect(result.stopReason == .endTurn)
            #expect(result.json["usage"] == [:])
        },
        Call(
            "prompt with everything", "POST /session/s/prompt",
            #"{"prompt":[{"type":"image","data":"AA==","mimeType":"image/png"},{"type":"resource_link","uri":"file:///a","name":"a"}],"_meta":{"k":1}}"#,
            answering: #"{"stopReason":"odd"}"#
        ) {
            let result = try await $0.prompt(
                "s", prompt: [.image(data: "AA==", mimeType: "image/png"), .resourceLink(uri: "file:///a", name: "a")], meta: ["k": 1])
            #expect(result.stopReason == "odd")
        },
        Call("vote", "POST /permission/r", #"{"outcome":{"outcome":"selected","optionId":"o"}}"#, answering: "{}") {
            let given = try await $0.respondToPermission("r", .selected("o"))
            #expect(given)
        },
        Call(
            "vote with answers", "POST /permission/r", #"{"answers":{"Which?":"one"},"outcome":{"outcome":"selected","optionId":"o"}}"#,
            answering: "{}"
        ) {
            let given = try await $0.respondToPermission(
                "r", PermissionResponse(outcome: .selected(optionId: "o"), further: ["answers": ["Which?": "one"]]))
            #expect(given)
        },
        Call("vote in a session", "POST /session/s/permission/r", #"{"outcome":{"outcome":"cancelled"}}"#, answering: "{}") {
            let given = try await $0.respondToSessionPermission("s", "r", .cancelled)
            #expect(given)
        },
        Call(
            "context", "GET /session/s/context", answering: #"{"v":1,"sessionId":"s","state":{"modes":{"currentModeId":"plan"}}}"#
        ) {
            let given = try await $0.context("s").state.currentModeId
            #expect(given == "plan")
        },
        Call(
            "commands", "GET /session/s/supported-commands",
            answering:
                #"{"availableCommands":[{"name":"init","description":"d","input":{"hint":"h"}},{"name":"x","description":"","input":null}],"availableSkills":["k"]}"#
        ) {
            let commands = try await $0.supportedCommands("s")
            #expect(commands.availableCommands.map(\.name) == ["init", "x"])
            #expect(commands.availableCommands.map(\.hint) == ["h", nil])
            #expect(commands.availableSkills == ["k"])
        },
    ]

    @Test(arguments: calls) func aCallIsSentAsTheProtocolSays(call: Call) async throws {
        let daemon = StubDaemon(200, call.answer)
        try await call.run(daemon.client(token: " secret\n"))
        #expect(daemon.lines == [call.sent])
        #expect(daemon.last?.body == call.body)
        #expect(daemon.last?.headers["authorization"] == "Bearer secret")
        #expect(daemon.last?.headers["content-type"] == (call.body == nil ? nil : "application/json"))
        #expect(daemon.last?.headers["x-qwen-client-id"] == nil)
    }

    @Test(arguments: calls) func anAnswerThatIsNoSuccessIsThrown(call: Call) async throws {
        let daemon = StubDaemon(500, #"{"error":"Internal error","code":-32000,"data":{"reason":"quota"}}"#)
        let error = await #expect(throws: DaemonHTTPError.self) { try await call.run(daemon.client()) }
        #expect(error?.status == 500)
        #expect(error?.code == -32000)
        #expect(error?.body?.jsonValue?["data"]?["reason"] == "quota")
        #expect(error?.message.hasSuffix(": Internal error") == true)
    }

    @Test func withoutATokenNoneIsSent() async throws {
        for token in [nil, "", "  \n"] {
            let daemon = StubDaemon(200, #"{"status":"ok"}"#)
            _ = try await daemon.client(token: token).health()
            #expect(daemon.last?.headers == [:])
        }
    }

    @Test func theTokenIsShownNowhere() async throws {
        let daemon = StubDaemon(401, #"{"error":"Unauthorized"}"#)
        let client = daemon.client(token: "canary-token")
        var texts = ["\(client)", String(reflecting: client)]
        dump(client, to: &texts[0])
        do {
            _ = try await client.health()
            Issue.record("401 is no success")
        } catch {
            texts += ["\(error)", String(reflecting: error)]
        }
        #expect(texts.allSatisfy { !$0.contains("canary-token") }, "\(texts)")
        #expect(texts[1].contains("DaemonClient"))
    }

    @Test func trailingSlashesAreTakenAway() {
        for url in ["http://h:1", "http://h:1/", "http://h:1///"] {
            #expect(DaemonClient(baseURL: url, token: "").baseURL == "http://h:1")
        }
        #expect(DaemonClient(baseURL: "http://h:1/behind/", token: "").baseURL == "http://h:1/behind")
    }

    @Test(arguments: [
        ("a/b", "a%2Fb"), ("/w x", "%2Fw%20x"), ("é🙂", "%C3%A9%F0%9F%99%82"), ("aZ09-_.!~*'()", "aZ09-_.!~*'()"),
        ("?#&=+%;:@,$[]\"", "%3F%23%26%3D%2B%25%3B%3A%40%2C%24%5B%5D%22"), ("\r\n", "%0D%0A"),
    ])
    func idsAreEncoded(id: String, encoded: String) async throws {
        let daemon = StubDaemon(200, "")
        let client = daemon.client()
        try await client.cancel(id)
        _ = try await client.respondToSessionPermission(id, id, .cancelled)
        #expect(daemon.lines == ["POST /session/\(encoded)/cancel", "POST /session/\(encoded)/permission/\(encoded)"])
    }

    @Test func theIdOfAClientIsSentAlong() async throws {
        let daemon = StubDaemon(200, #"{"sessionId":"s","workspaceCwd":"/w","stopReason":"end_turn","lastSeenAt":1}"#)
        let client = daemon.client()
        _ = try await client.createOrAttachSession(clientId: "c")
        _ = try await client.loadSession("s", clientId: "c")
        _ = try await client.resumeSession("s", clientId: "c")
        _ = try await client.prompt("s", prompt: ["x"], clientId: "c")
        try await client.cancel("s", clientId: "c")
        _ = try await client.setSessionModel("s", modelId: "m", clientId: "c")
        _ = try await client.heartbeat("s", clientId: "c")
        _ = try await client.updateSessionMetadata("s", displayName: "", clientId: "c")
        _ = try await client.respondToPermission("r", .cancelled, clientId: "c")
        _ = try await client.respondToSessionPermission("s", "r", .cancelled, clientId: "c")
        _ = try await client.context("s", clientId: "c")
        _ = try await client.supportedCommands("s", clientId: "c")
        #expect(daemon.seen.value.count == 12)
        #expect(daemon.seen.value.allSatisfy { $0.headers["x-qwen-client-id"] == "c" }, "\(daemon.seen.value)")
    }

    /// Assertion 57.
    @Test func aVoteIsAcceptedLateOrWrong() async throws {
        for vote: @Sendable (DaemonClient) async throws -> Bool in [
            { try await $0.respondToPermission("r", .selected("o")) },
            { try await $0.respondToSessionPermission("s", "r", .selected("o")) },
        ] {
            #expect(try await vote(StubDaemon(200, "{}").client()))
            #expect(try await vote(StubDaemon(404, #"{"error":"No pending permission request","requestId":"r"}"#).client()) == false)
            for (status, code) in [(400, "invalid_option_id"), (503, "x"), (204, ""), (201, "x")] {
                let error = await #expect(throws: DaemonHTTPError.self) {
                    try await vote(StubDaemon(status, code.isEmpty ? "" : #"{"error":"e","code":"\#(code)"}"#).client())
                }
                #expect(error?.status == status)
                #expect(error?.code == (code.isEmpty ? nil : .string(code)))
            }
        }
    }

    @Test func closingASessionThatIsNotThereIsNoError() async throws {
        for status in [204, 404] {
            let daemon = StubDaemon(status, status == 404 ? #"{"error":"No session with id \"s\""}"# : "")
            try await daemon.client().closeSession("s", clientId: "c")
            #expect(daemon.lines == ["DELETE /session/s"])
            #expect(daemon.last?.body == nil)
            #expect(daemon.last?.headers == ["x-qwen-client-id": "c"])
        }
        let error = await #expect(throws: DaemonHTTPError.self) { try await StubDaemon(200, "{}").client().closeSession("s") }
        #expect(error?.status == 200)
    }

    @Test(arguments: [200, 202, 204]) func anySuccessOfACancelIsOne(status: Int) async throws {
        try await StubDaemon(status, "").client().cancel("s")
    }

    /// Assertion 58.
    @Test func anErrorKeepsItsBodyAsItCame() async throws {
        for (body, kept) in [
            ("<html>no</html>", DaemonHTTPError.Body.text("<html>no</html>")), ("", nil), (#"{"error":"e"}"#, .json(["error": "e"])),
            ("\"word\"", .json("word")),
        ] {
            let error = await #expect(throws: DaemonHTTPError.self) { try await StubDaemon(502, body).client().health() }
            #expect(error?.body == kept)
            #expect(error?.message == "GET /health: " + (body.hasPrefix("{") ? "e" : "HTTP 502"))
            #expect(error?.code == nil)
        }
    }

    @Test func theDegradedDaemonIsAnError() async throws {
        let error = await #expect(throws: DaemonHTTPError.self) {
            try await StubDaemon(503, #"{"status":"degraded"}"#).client().health(deep: true)
        }
        #expect(error?.status == 503)
        #expect(error?.body == .json(["status": "degraded"]))
    }

    @Test func errorsNameTheRouteAndNotTheId() async throws {
        let error = await #expect(throws: DaemonHTTPError.self) {
            try await StubDaemon(404, #"{"error":"No session with id \"x\"","sessionId":"x"}"#).client().cancel("x")
        }
        #expect(error?.description == #"POST /session/:id/cancel: No session with id "x""#)
    }

    @Test func aDaemonThatIsFullSaysWhenToComeAgain() async throws {
        let daemon = StubDaemon { _ in
            .json(503, #"{"error":"Session limit reached (20)","code":"session_limit_exceeded","limit":20}"#, [.init("retry-after", "5")])
        }
        let error = await #expect(throws: DaemonHTTPError.self) { try await daemon.client().createOrAttachSession(workspaceCwd: "/w") }
        #expect(error?.retryAfter == .seconds(5))
        #expect(error?.code == "session_limit_exceeded")
    }

    @Test func aFullQueueOfPromptsHasItsOwnError() async throws {
        let body = #"{"error":"full","code":"prompt_queue_full","sessionId":"s","limit":5,"pendingCount":5}"#
        let error = await #expect(throws: DaemonPendingPromptLimitError.self) {
            try await StubDaemon(503, body).client().prompt("s", prompt: ["x"])
        }
        #expect(error?.limit == 5)
        #expect(error?.pendingCount == 5)
        #expect(error?.http.status == 503)
        #expect(error?.message == "POST /session/:id/prompt: full")
    }

    @Test(arguments: ["", "[]", "no JSON", #"{"workspaceCwd":"/w"}"#, #"{"sessionId":7,"workspaceCwd":"/w"}"#])
    func aSuccessThatIsNotUnderstoodIsAnError(body: String) async throws {
        let error = await #expect(throws: DaemonAnswerError.self) { try await StubDaemon(200, body).client().createOrAttachSession() }
        #expect(error?.message.hasPrefix("POST /session: ") == true)
    }

    @Test func unknownMembersDoNoHarm() async throws {
        let daemon = StubDaemon(200, #"{"sessionId":"s","workspaceCwd":"/w","attached":false,"new":[1]}"#)
        #expect(try await daemon.client().createOrAttachSession().json["new"] == [1])
    }
}
