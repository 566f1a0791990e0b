import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 1 to 12 and 45 on the real executable: what stands before the routes, and bodies.
@Suite struct QwenConformanceWallTests {
    private static let token = ["QWEN_SERVER_TOKEN": "0123456789abcdef"]

    /// 1, 2
    @Test func healthIsOpenOnLoopbackAndCounts() async throws {
        try await withQwen(environment: Self.token) { served in
            let plain = try await served.call("GET /health")
            #expect(plain.status == 200 && plain.text == #"{"status":"ok"}"#)
            for query in ["?deep=1", "?deep=true", "?deep"] {
                #expect(try await served.call("GET /health\(query)").body == ["status": "ok", "sessions": 0, "pendingPermissions": 0])
            }
            let head = try await served.call("HEAD /health")
            #expect(head.status == 200 && head.text == "")
        }
    }

    /// 4
    @Test func whereATokenIsRequiredHealthNeedsItToo() async throws {
        try await withQwen([], ["--require-auth"], environment: Self.token) { served in
            #expect(try await served.call("GET /health").status == 401)
            let told = try await served.call("GET /health", headers: ["Authorization: Bearer 0123456789abcdef"])
            #expect(told.status == 200 && told.text == #"{"status":"ok"}"#)
        }
    }

    private static let nine: [JSONValue] = [
        "health", "capabilities", "session_create", "session_list", "session_prompt", "session_cancel", "session_events",
        "session_set_model", "permission_vote",
    ]

    /// 5
    @Test func capabilitiesAreTheNineAndWithAWorkspaceMore() async throws {
        try await withQwen { served in
            let answer = try await served.call("GET /capabilities")
            #expect(answer.body == ["v": 1, "mode": "http-bridge", "features": .array(Self.nine), "modelServices": []])
            #expect(answer.fields["content-type"] == "application/json; charset=utf-8")
            #expect(try await served.stop().status == .exited(0))
            let bound = try await QwenServed.start(served.stage, ["--workspace", served.work])
            defer { bound.server.process.send(SIGKILL) }
            let body = try await bound.call("GET /capabilities").body
            #expect(body["workspaceCwd"] == .string(served.work))
            #expect(body["protocolVersions"] == ["current": "v1", "supported": ["v1"]])
            #expect(Set(Self.nine).isSubset(of: Set(body["features"]?.arrayValue ?? [])))
        }
    }

    /// 6
    @Test func onlyTheTokenOpensAndEveryRefusalIsTheSame() async throws {
        try await withQwen(environment: Self.token) { served in
            let refused = [
                [], ["Authorization: Basic x"], ["Authorization: Bearer"], ["Authorization: Bearer 0123"],
                ["Authorization: Bearer 0123456789abcdeg"], ["Authorization: Bearer\t0123456789abcdef"],
            ]
            for line in ["GET /capabilities", "GET /nowhere", "OPTIONS /capabilities", "DELETE /session/x"] {
                for headers in refused {
                    let answer = try await served.call(line, headers: headers)
                    #expect(answer.status == 401 && answer.text == #"{"error":"Unauthorized"}"#, "\(line) \(headers)")
                    #expect(answer.fields["www-authenticate"] == nil)
                }
            }
            for word in ["Bearer 0123456789abcdef", "bearer  \t0123456789abcdef", "BEARER 0123456789abcdef"] {
                #expect(try await served.call("GET /capabilities", headers: ["Authorization: \(word)"]).status == 200, "\(word)")
            }
        }
    }

    /// 7
    @Test func aPageIsRefusedBeforeAnythingElse() async throws {
        try await withQwen { served in
            for origin in ["http://evil.example", "null", "http://localhost.evil:\(served.server.port)", ""] {
                for line in ["GET /health", "GET /nowhere", "OPTIONS /session"] {
                    let answer = try await served.call(line, headers: ["Origin: \(origin)"])
                    #expect(answer.status == 403 && answer.text == #"{"error":"Request denied by CORS policy"}"#, "\(line) \(origin)")
                    #expect(!answer.fields.keys.contains { $0.hasPrefix("access-control") })
                }
                let made = try await served.call("POST /session", ["cwd": .string(served.work)], headers: ["Origin: \(origin)"])
                #expect(made.status == 403, "\(origin)")
            }
            #expect(try await served.listed().isEmpty)
            let own = try await served.call("GET /capabilities", headers: ["Origin: http://127.0.0.1:\(served.server.port)"])
            #expect(own.status == 200)
        }
    }

    /// 8
    @Test func onlyNamesOfThisMachineAreServed() async throws {
        try await withQwenServer { server async throws in
            let port = server.port
            func status(_ host: String) async throws -> Int {
                try QwenAnswer(try #require(try await RunningQwenServer.request(port, headers: ["Host: \(host)"]))).status
            }
            for host in ["evil.example.com", "evil.example.com:\(port)", "localhost", "localhost:1", "localhost.:\(port)", ""] {
                #expect(try await status(host) == 403, "\(host)")
            }
            for host in ["localhost", "LocalHost", "127.0.0.1", "[::1]", "host.docker.internal", "HOST.Docker.Internal"] {
                #expect(try await status("\(host):\(port)") == 200, "\(host)")
            }
        }
    }

    /// 9
    @Test func aBodyOfAStrangerIsNeitherReadNorObeyed() async throws {
        try await withQwen(environment: Self.token) { served in
            let cwd: JSONValue = .string(served.work)
            let huge = try await served.call("POST /session", ["cwd": cwd, "pad": .string(String(repeating: "x", count: 100_000))])
            #expect(huge.status == 401 && huge.text == #"{"error":"Unauthorized"}"#)
            // Of one that was only announced nothing is waited for.
            let announced = try await served.ask("POST /session", headers: ["Content-Length: 99999999", "Expect: 100-continue"])
            #expect(try QwenAnswer(try await announced.all()).status == 401)
            let health = try await served.call("GET /health?deep")
            #expect(health.body["sessions"] == 0)
        }
    }

    /// 10
    @Test func tenMegabytesAreTakenAndOneByteMoreIsNot() async throws {
        try await withQwen { served in
            let limit = 10 << 20
            func post(_ size: Int) async throws -> QwenAnswer {
                let body = JSONValue.object(["cwd": .string(served.work)]).serialized()
                let peer = try await RawPeer.connect(port: served.server.port, staysOpen: true)
                try await peer.send(
                    "POST /session HTTP/1.1\r\nHost: 127.0.0.1:\(served.server.port)\r\nConnection: close\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(size)\r\n\r\n")
                try await peer.send(Array(body.utf8) + [UInt8](repeating: 0x20, count: size - body.utf8.count))
                let answer = try QwenAnswer(try await peer.all())
                await peer.close()
                return answer
            }
            for size in [limit + 1, 11_000_000] {
                let answer = try await post(size)
                #expect(answer.status == 413 && answer.text == #"{"error":"Request body too large (max 10 MB)"}"#, "\(size)")
            }
            #expect(try await served.listed().isEmpty)
            #expect(try await post(limit).status == 200)
        }
    }

    /// 11, 12, 19
    @Test func bodiesAreReadAsTheProtocolSays() async throws {
        try await withQwen { served in
            func post(_ text: String, _ type: String = "application/json") async throws -> QwenAnswer {
                let peer = try await RawPeer.connect(port: served.server.port)
                try await peer.send(
                    "POST /session HTTP/1.1\r\nHost: 127.0.0.1:\(served.server.port)\r\nConnection: close\r\n"
                        + "Content-Type: \(type)\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
                return try QwenAnswer(try await peer.all())
            }
            for text in ["{", "nonsense", "{\"cwd\":", "\u{0}"] {
                let answer = try await post(text)
                #expect(answer.status == 400 && answer.text == #"{"error":"Invalid JSON in request body"}"#, "\(text)")
            }
            let whole = JSONValue.object(["cwd": .string(served.work)]).serialized()
            for (text, type) in [
                ("{}", "application/json"), ("[]", "application/json"), ("\"x\"", "application/json"), ("", "application/json"),
                (whole, "text/plain"), ("{\"__proto__\":\(whole)}", "application/json"),
                ("{\"constructor\":\(whole),\"prototype\":\(whole)}", "application/json"),
            ] {
                let answer = try await post(text, type)
                #expect(answer.status == 400 && answer.body == ["error": "`cwd` is required and must be an absolute path"], "\(text)")
            }
            #expect(try await served.listed().isEmpty)
        }
    }

    /// 45, 27 and 36 for sessions that are not there; and routes and encodings that are none.
    @Test func whatIsNotThereIsToldInTheProtocolsWords() async throws {
        try await withQwen { served in
            let missing: JSONValue = ["error": "No session with id \"no/such\"", "sessionId": "no/such"]
            for (line, body) in [
                ("GET /session/no%2Fsuch/events", nil), ("GET /session/no%2Fsuch/context", nil),
                ("POST /session/no%2Fsuch/prompt", QwenServed.prompt("x")), ("POST /session/no%2Fsuch/cancel", nil),
                ("POST /session/no%2Fsuch/model", ["modelId": "m"]), ("POST /session/no%2Fsuch/load", ["cwd": .string(served.work)]),
                ("POST /session/no%2Fsuch/permission/p", QwenServed.vote(nil)), ("DELETE /session/no%2Fsuch", nil),
                ("PATCH /session/no%2Fsuch/metadata", [:]), ("POST /session/no%2Fsuch/heartbeat", [:]),
            ] as [(String, JSONValue?)] {
                let answer = try await served.call(line, body)
                #expect(answer.status == 404 && answer.body == missing, "\(line): \(answer.text)")
            }
            let nowhere = try await served.call("GET /nowhere")
            #expect(nowhere.status == 404 && nowhere.body == ["error": "Cannot GET /nowhere"])
            for segment in ["%", "%zz", "%ff", "%c3%28", "a%2"] {
                let answer = try await served.call("GET /session/\(segment)/context")
                #expect(answer.status == 400 && answer.body == ["error": .string("Failed to decode param '\(segment)'")], "\(segment)")
            }
        }
    }
}
