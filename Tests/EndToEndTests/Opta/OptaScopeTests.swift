import ApusBase
import ApusCore
import ApusFronts
import ApusTestServer
import Foundation
import Testing

/// Rows S1, S2, S5, S6 and S7 of the threat model for this listener: every route of the router and every message of a socket.
@Suite struct OptaScopeTests {
    /// Parameters that name nothing.
    private static func line(_ route: OptaRoute) -> String {
        let segments = route.pattern.split(separator: "/").map { $0.hasPrefix(":") ? "none" : String($0) }
        return "\(route.method) /" + segments.joined(separator: "/")
    }

    private static func body(_ route: OptaRoute) -> JSONValue? { route.method == "POST" ? [:] : nil }
    /// The status of an answer that may go on.
    private static func status(_ served: OptaServed, _ route: OptaRoute, _ query: String = "", _ headers: [String]) async throws -> Int {
        let text = body(route).map { (type: "application/json", text: $0.serialized()) }
        let peer = try await served.open(line(route) + query, text, headers: headers)
        let (bytes, _) = try await peer.received(within: .seconds(60)) { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
        await peer.close()
        return try OptaAnswer(String(decoding: bytes, as: UTF8.self)).status
    }

    private static let messages: [(message: JSONValue, scope: String?)] = [
        (["type": "hello", "clientId": "c", "sessionId": "none"], nil),
        (["type": "turn.submit", "clientId": "c", "writerId": "w", "sessionId": "none", "content": "x"], "prompter"),
        (["type": "turn.cancel", "sessionId": "none", "writerId": "w"], "prompter"),
        (
            ["type": "permission.resolve", "sessionId": "none", "requestId": "p", "decision": "allow", "decidedBy": "admin"], "approver"
        ),
    ]

    /// S1, 1: nothing but `/health` answers a stranger, and nothing comes of what it asks
    @Test(.opta(1)) func nothingButHealthAnswersWithoutAKey() async throws {
        try await withOptaServed { served in
            for route in OptaRoute.all where route.endpoint != .probe {
                #expect(route.scope != nil)
                for headers in [[], ["Authorization: Bearer \(served.token.dropLast())"], ["X-Api-Key: \(served.token)"]] {
                    let answer = try await served.call(Self.line(route), Self.body(route), headers: headers)
                    #expect(answer.status == 401 && answer.text == #"{"error":"Unauthorized"}"#, "\(Self.line(route)) \(headers)")
                }
                #expect(try await Self.status(served, route, "?token=wrong", []) == 401, "\(Self.line(route))")
            }
            // Nor is a body waited for that was only announced.
            let announced = try await served.open("POST /v3/sessions", headers: ["Content-Length: 99999999", "Expect: 100-continue"])
            #expect(try OptaAnswer(try await announced.all()).status == 401)
            for (message, _) in Self.messages {
                let socket = try await served.socket(OptaServed.path("none"), headers: [])
                try await socket.send(message.serialized())
                #expect(try await socket.message()?.text == #"{"error":"Unauthorized"}"#)
                #expect(try await socket.closeCode() == 4001)
            }
            let runtime = try await served.runtime()
            #expect(runtime["sessionCount"] == 0 && runtime["ingressSeq"] == 0 && runtime["subscriberCount"] == 0)
            #expect(try await served.call("GET /health", headers: []).status == 200)
        }
    }

    /// S5: four scopes, every route and every message
    @Test func aKeyOpensWhatItsScopeSaysAndNothingElse() async throws {
        try await withOptaServed { served in
            for scope in ClientScope.allCases {
                let key = try await served.key(scope.rawValue, scope.rawValue)
                // Whatever a client says of itself changes nothing.
                let headers = ["Authorization: Bearer \(key)", "X-Scopes: admin", "X-Apus-Scopes: prompter,approver,admin"]
                for route in OptaRoute.all {
                    let isOpen = route.scope == nil || route.scope == .observer || route.scope == scope || scope == .admin
                    let status = try await Self.status(served, route, "?sessionId=none&scope=admin", headers)
                    #expect(status != 401 && (status != 403) == isOpen, "\(scope) \(Self.line(route)): \(status)")
                }
                let ear = try await served.listen("none", headers: headers)
                for (message, needed) in Self.messages {
                    try await ear.send(message)
                    guard let needed else { continue }
                    let answer = try await ear.answer()
                    let isRefused = answer["error"]?.stringValue?.contains("it needs the scope \(needed)") == true
                    #expect(isRefused == !(scope == .admin || scope.rawValue == needed), "\(scope) \(message): \(answer)")
                }
                await ear.close()
            }
        }
    }

    /// S6: the key's sockets and streams end, and its next request is refused
    @Test func aKeyThatIsTakenBackOpensNothingAndWhatItHasOpenEnds() async throws {
        try await withOptaServed([.text("Hello.")]) { served in
            let session = try await served.session()
            let key = try await served.key("phone", "observer")
            let ear = try await served.listen(session, headers: ["Authorization: Bearer \(key)"])
            let browser = try await served.socket("\(OptaServed.path(session))&token=\(key)", headers: [])
            let streams = [
                try await served.open("GET /v3/sse/events?sessionId=\(session)&token=\(key)", headers: []),
                try await served.open("GET /v3/health/stream?token=\(key)", headers: []),
            ]
            let other = try await served.listen(session)
            for listener in [ear, other] { try await listener.event("session.snapshot") }
            for stream in streams {
                _ = try await stream.received(within: .seconds(60)) { String(decoding: $0, as: UTF8.self).contains("data: ") }
            }
            #expect(try await served.stage.apus("keys", "remove", "phone").status == .exited(0))
            #expect(try await ear.answer() == ["error": "Unauthorized"])
            #expect(try await ear.peer.closeCode() == 4001)
            #expect(try await browser.closeCode() == 4001)
            for stream in streams { _ = try await stream.all(within: .seconds(60)) }
            #expect(try await served.call("GET /v3/health", headers: ["Authorization: Bearer \(key)"]).status == 401)
            // Others are not touched.
            _ = try await served.submit(session)
            #expect(try await other.turns(1).text == "Hello.")
        }
    }

    /// S2: pages of others, also those that look like ours
    @Test func pagesOfOthersAreRefusedBeforeAnythingElse() async throws {
        try await withOptaServed { served in
            let port = served.port
            for origin in [
                "http://evil.example", "null", "http://localhost.evil", "http://127.0.0.1:\(port).evil.test", "file://", "",
                "http://localhost:", "http://localhost:x", "http://user@localhost", "http://localhost/", "ftp://localhost",
                "http://[::1].evil", "http://127.0.0.1, http://evil.example",
            ] {
                let answer = try await served.call("GET /v3/health", headers: served.bearer + ["Origin: \(origin)"])
                #expect(answer.status == 403 && !answer.fields.keys.contains { $0.hasPrefix("access-control") }, "\(origin)")
                let upgrade = await #expect(throws: WebSocketPeer.Refused.self, "\(origin)") {
                    _ = try await served.socket(OptaServed.path("x"), headers: served.bearer + ["Origin: \(origin)"])
                }
                #expect(upgrade?.description.hasPrefix("HTTP/1.1 403 ") == true, "\(origin)")
            }
            for route in OptaRoute.all {
                let headers = served.bearer + ["Origin: http://evil.example"]
                #expect(try await Self.status(served, route, "", headers) == 403, "\(Self.line(route))")
            }
            #expect(try await served.runtime()["sessionCount"] == 0)
            for origin in ["http://localhost", "HTTP://LocalHost:5173", "https://127.0.0.1:1", "http://[::1]:80"] {
                let answer = try await served.call("GET /v3/health", headers: served.bearer + ["Origin: \(origin)"])
                #expect(answer.status == 200 && answer.fields["access-control-allow-origin"] == origin)
                let socket = try await served.socket(OptaServed.path("x"), headers: served.bearer + ["Origin: \(origin)"])
                await socket.raw.close()
            }
        }
    }

    /// S7: names that are not of this machine
    @Test func onlyNamesOfThisMachineAreServed() async throws {
        try await withOptaServed { served in
            let port = served.port
            for host in [
                "attacker.test", "attacker.test:\(port)", "LOCALHOST.attacker.test:\(port)", "localhost.:\(port)", "localhost:x",
                "[::2]:\(port)", "127.0.0.1.nip.io:\(port)", "0.0.0.0:\(port)", "2130706433:\(port)",
            ] {
                for line in ["GET /health", "GET /v3/health", "GET /v3/ws?sessionId=x"] {
                    let answer = try await served.call(line, headers: served.bearer + ["Host: \(host)"])
                    #expect(answer.status == 403 && answer.body["error"] == "Host not allowed", "\(line) \(host): \(answer.text)")
                }
            }
            let foreign = WebSocketPeer.handshake(port: port, path: OptaServed.path("x"), headers: served.bearer)
            let peer = try await RawPeer.connect(port: port)
            try await peer.send(foreign.replacing("Host: 127.0.0.1:", with: "Host: attacker.test:"))
            #expect(try await peer.all().hasPrefix("HTTP/1.1 403 "))
            for host in ["localhost:\(port)", "LocalHost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)"] {
                #expect(try await served.call("GET /v3/health", headers: served.bearer + ["Host: \(host)"]).status == 200, "\(host)")
            }
        }
    }
}
