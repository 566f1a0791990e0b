import ApusBase
import ApusTestServer
import Foundation
import OptaSDK
import Testing

/// Assertions 1 to 8 on the real executable: what stands before the routes, and what the daemon says of itself.
@Suite struct OptaConformanceWallTests {
    private static let runtime: Set = [
        "sessionCount", "activeTurnCount", "queuedTurnCount", "subscriberCount", "ingressSeq", "toolWorkers", "latency",
    ]

    @Test(.opta(2, 3, 4)) func healthAndMetricsAreForWhoHasACredential() async throws {
        try await withOptaServed(environment: ["FACTORY_API_KEY": "k+/= e%y"]) { served in
            let health = try await served.call("GET /v3/health")
            #expect(health.status == 200 && health.fields["content-type"] == "application/json; charset=utf-8")
            #expect(health.body.objectValue?.keys == ["status", "version", "daemonId", "contract", "runtime"], "\(health.text)")
            #expect(health.body["status"] == "ok" && health.body["daemonId"] == .string(served.daemon))
            #expect(health.body["contract"] == ["name": "opta-daemon-v3", "version": 1])
            let metrics = try await served.call("GET /v3/metrics")
            #expect(metrics.status == 200 && metrics.body["daemonId"] == .string(served.daemon))
            #expect(OptaServed.isDate(metrics.body["ts"]) && metrics.body["runtime"] == health.body["runtime"])
            let runtime = try #require(metrics.body["runtime"]?.objectValue)
            #expect(Set(runtime.map(\.key)) == Self.runtime)
            #expect(runtime["toolWorkers"]?.objectValue?.keys == ["workers", "busy", "queued"])
            #expect(runtime["latency"] == ["p50Ms": 0, "p99Ms": 0, "samples": 0])
            let probe = try await served.call("GET /health", headers: [])
            #expect(probe.body["status"] == "ok" && probe.body["daemon"] == true && probe.body["version"] == health.body["version"])

            let escaped = served.token.utf8.map { "%" + String($0, radix: 16) }.joined()
            for (line, headers) in [
                ("?token=\(served.token)", []), ("?token=\(escaped)", []), ("?token=k%2B%2F%3D%20e%25y", []), ("?token=k%2b/=+e%25y", []),
                ("", ["Authorization:   bEaReR   \(served.token)  "]), ("", ["Authorization: Bearer k+/= e%y"]),
                ("?token=\(served.token)", ["Authorization: Bearer wrong"]),
            ] as [(String, [String])] {
                #expect(try await served.call("GET /v3/health\(line)", headers: headers).status == 200, "\(line) \(headers)")
            }
            for (line, headers) in [
                ("", []), ("?token=", []), ("?token=wrong", []), ("?token=k+/=+e%25y", []), ("", ["Authorization: Basic \(served.token)"]),
                ("", ["Authorization: Bearer"]), ("", ["Authorization: \(served.token)"]), ("", ["Authorization: Bearer \(served.token)0"]),
            ] as [(String, [String])] {
                let answer = try await served.call("GET /v3/health\(line)", headers: headers)
                #expect(answer.status == 401 && answer.text == #"{"error":"Unauthorized"}"#, "\(line) \(headers)")
                #expect(answer.fields["www-authenticate"] == nil)
            }
        }
    }

    @Test(.opta(5, 6, 7)) func pagesOfThisMachineAreToldWhatTheyMayAndPathsAreExact() async throws {
        try await withOptaServed { served in
            let own = "http://localhost:5173"
            let shared = [
                "access-control-allow-origin": own, "access-control-allow-credentials": "true",
                "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
                "access-control-allow-headers": "Authorization,Content-Type", "vary": "Origin",
            ]
            for line in ["OPTIONS /v3/sessions", "OPTIONS /v3/sse/events", "OPTIONS /nowhere"] {
                let answer = try await served.call(line, headers: ["Origin: \(own)"])
                #expect(answer.status == 204 && answer.text == "", "\(line)")
                for (name, value) in shared { #expect(answer.fields[name] == value, "\(line) \(name)") }
                let foreign = try await served.call(line, headers: ["Origin: https://evil.example.com"])
                #expect(foreign.status == 204 && !foreign.fields.keys.contains { $0.hasPrefix("access-control") }, "\(line)")
            }
            for headers in [served.bearer, []] {
                let answer = try await served.call("GET /v3/health", headers: headers + ["Origin: \(own)"])
                #expect(answer.status == (headers.isEmpty ? 401 : 200) && answer.fields["access-control-allow-origin"] == own)
            }

            let chat = try await served.call("POST /v1/chat", [:])
            #expect(chat.status == 404)
            #expect(chat.body == ["message": "Route POST:/v1/chat not found", "error": "Not Found", "statusCode": 404])
            for line in [
                "GET /v3/nope", "GET /V3/health", "GET /v3/health/", "PUT /v3/sessions", "GET /v3/sessions", "DELETE /v3/sessions/x",
                "GET /v3/sessions/\(String(repeating: "x", count: 101))",
            ] {
                let answer = try await served.call(line, headers: [])
                #expect(answer.status == 404 && answer.body["error"] == "Not Found", "\(line) \(answer.text)")
            }
            let empty = try await served.call("GET /v3/sessions/")
            #expect(empty.status == 400 && empty.body == ["error": "Invalid session id"])
            let bad = try await served.call("GET /v3/sessions/%zz")
            #expect(bad.status == 400 && bad.body["code"] == "FST_ERR_BAD_URL" && bad.body["statusCode"] == 400)
            let plain = try await served.call("GET /v3/ws?sessionId=x")
            #expect(plain.status == 404 && plain.text == "")
            let head = try await served.call("HEAD /v3/health")
            #expect(head.status == 200 && head.text == "")
        }
    }

    /// §2.1, §2.2
    @Test func bodiesAreReadAsTheProtocolSays() async throws {
        try await withOptaServed { served in
            let json = "application/json"
            for (type, text, status, code) in [
                (json, "{", 400, "FST_ERR_CTP_INVALID_JSON_BODY"), (json, #"{"__proto__":{}}"#, 400, "FST_ERR_CTP_INVALID_JSON_BODY"),
                (json, "", 400, "FST_ERR_CTP_EMPTY_JSON_BODY"), ("application/xml", "<a/>", 415, "FST_ERR_CTP_INVALID_MEDIA_TYPE"),
            ] {
                let answer = try await served.send("POST /v3/sessions", (type, text))
                #expect(answer.status == status && answer.body["code"] == .string(code), "\(type) \(text): \(answer.text)")
                #expect(answer.body["statusCode"] == .integer(Int64(status)))
            }
            let text = try await served.send("POST /v3/sessions", ("text/plain", "{}"))
            #expect(text.status == 400 && text.body["error"] == "Invalid request body")
            #expect(try await served.send("POST /v3/sessions", ("application/json; charset=utf-8", "{}")).status == 201)
            #expect(try await served.call("POST /v3/sessions").status == 201)

            // One byte too many.
            let size = 10 << 20
            for more in [0, 1] {
                let peer = try await RawPeer.connect(port: served.port, staysOpen: true)
                let head = ["POST /v3/sessions HTTP/1.1", "Host: 127.0.0.1:\(served.port)", "Connection: close"] + served.bearer
                let fields = head + ["Content-Type: application/json", "Content-Length: \(size + more)"]
                try await peer.send(fields.joined(separator: "\r\n") + "\r\n\r\n{}")
                try await peer.send([UInt8](repeating: 0x20, count: size + more - 2))
                let answer = try OptaAnswer(try await peer.all(within: .seconds(60)))
                #expect(answer.status == (more == 0 ? 201 : 413), "\(answer.text)")
                if more == 1 { #expect(answer.body["code"] == "FST_ERR_CTP_BODY_TOO_LARGE") }
                await peer.close()
            }
        }
    }

    @Test(.opta(8)) func aClientTellsTheWrongTokenFromTheRightOne() async throws {
        try await withOptaServed { served in
            let stranger = DaemonClient(port: served.port, token: "wrong")
            do {
                _ = try await stranger.health()
                Issue.record("a wrong token was taken")
            } catch let error as DaemonHTTPError {
                #expect(error.status == 401)
            }
            await stranger.close()
            let client = try DaemonClient.fromStateFile(at: "\(served.running.folder)/state.json")
            #expect(try await client.health().daemonID == served.daemon)
            await client.close()
        }
    }
}
