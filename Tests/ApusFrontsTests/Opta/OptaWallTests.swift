import ApusBase
import ApusCore
import ApusFronts
import ApusTesting
import Testing

struct OptaWallTests {
    private static let unauthorized: JSONValue = ["error": "Unauthorized"]

    private static func path(_ route: OptaRoute) -> String {
        "/" + route.pattern.split(separator: "/").map { $0.hasPrefix(":") ? "x" : String($0) }.joined(separator: "/")
    }

    @Test(arguments: OptaRoute.all)
    func everyRouteButTheProbeNeedsACredentialBeforeItsBodyIsRead(route: OptaRoute) async {
        let house = OptaHouse()
        for token in [nil, "wrong"] {
            let reply = await house.call(route.method, Self.path(route), bytes: Array("not JSON".utf8), token: token)
            if route.scope == nil {
                #expect(reply.status == 200)
            } else {
                #expect(reply.status == 401)
                #expect(reply.body == Self.unauthorized)
                #expect(reply.field("www-authenticate") == nil)
            }
        }
    }

    @Test func theProbeIsOpen() async {
        let reply = await OptaHouse().call("GET", "/health", token: nil)
        #expect(reply.body == ["status": "ok", "version": "test", "daemon": true])
    }

    @Test func aHeaderOrTheQueryOpensAndAWrongOneIsRescuedByTheOther() async {
        var setting = OptaHouse.setting
        setting.token = "a+b/c= d"
        let house = OptaHouse(ScriptedModel { _, _ in .text("x") }, setting)
        #expect(await house.call("GET", "/v3/health", token: "a+b/c= d").status == 200)
        #expect(await house.call("GET", "/v3/health?token=a%2Bb%2Fc%3D%20d", token: nil).status == 200)
        #expect(await house.call("GET", "/v3/health?token=a%2Bb/c=+d", token: nil).status == 200)
        #expect(await house.call("GET", "/v3/health?token=a%2Bb%2Fc%3D%20d", token: "wrong").status == 200)
        #expect(await house.call("GET", "/v3/health?token=a+b/c= d", token: nil).status == 401)
    }

    @Test func aTokenInTheQueryCountsOnThisMachineOnly() async {
        var setting = OptaHouse.setting
        setting.isLoopback = false
        let house = OptaHouse(ScriptedModel { _, _ in .text("x") }, setting)
        #expect(await house.call("GET", "/v3/health?token=secret", token: nil).body == Self.unauthorized)
        #expect(await house.call("GET", "/v3/health", fields: [("host", "nas.local:9999")]).status == 200)
    }

    @Test(arguments: [
        ("bearer secret", 200), ("BEARER   secret ", 200), ("Bearer secre", 401), ("Bearer", 401), ("Bearer ", 401), ("Basic secret", 401),
    ])
    func theHeaderIsReadAsTheProtocolSays(field: String, status: Int) async {
        #expect(await OptaHouse().call("GET", "/v3/health", token: nil, fields: [("authorization", field)]).status == status)
    }

    @Test func keysAreHeldToTheirScopes() async throws {
        let keys = TestKeys([
            "see": ClientIdentity(name: "see", scopes: [.observer]), "ask": ClientIdentity(name: "ask", scopes: [.prompter]),
            "all": ClientIdentity(name: "all", scopes: [.admin]),
        ])
        let house = OptaHouse(access: .keys(keys))
        #expect(await house.call("GET", "/v3/health", token: "see").status == 200)
        let refused = await house.call("POST", "/v3/sessions", [:], token: "see")
        #expect(refused.status == 403)
        #expect(refused.body == ["error": #""see" may not do this: it needs the scope prompter"#])
        let answer = await house.call("POST", "/v3/sessions/s/permissions/p", [:], token: "ask")
        #expect(answer.status == 403)
        let admin = await house.call("POST", "/v3/sessions/s/permissions/p", [:], token: "all")
        #expect(admin.status == 400)
    }

    @Test(arguments: ["http://localhost:5173", "HTTPS://127.0.0.1", "http://[::1]:80", "http://localhost"])
    func pagesOfThisMachineMayReadEveryAnswer(origin: String) async throws {
        let house = OptaHouse()
        let fields = [(name: "origin", value: origin)]
        let preflight = await house.call("OPTIONS", "/v3/nope", token: nil, fields: fields)
        #expect(preflight.status == 204)
        #expect(preflight.field("access-control-allow-origin") == origin)
        #expect(preflight.field("access-control-allow-methods") == "GET,POST,PUT,PATCH,DELETE,OPTIONS")
        #expect(preflight.field("access-control-allow-headers") == "Authorization,Content-Type")
        let answers = [
            await house.call("GET", "/v3/health", fields: fields), await house.call("GET", "/v3/health", token: nil, fields: fields),
            await house.call("GET", "/v3/nope", fields: fields), await house.call("POST", "/v3/sessions", 7, fields: fields),
            await house.call("GET", "/v3/sse/events?sessionId=s", fields: fields),
            await house.call("GET", "/v3/health/stream", fields: fields),
        ]
        #expect(answers.map(\.status) == [200, 401, 404, 400, 200, 200])
        for answer in answers {
            #expect(answer.field("access-control-allow-origin") == origin)
            #expect(answer.field("access-control-allow-credentials") == "true")
            #expect(answer.field("vary") == "Origin")
        }
    }

    @Test(arguments: [
        "https://evil.example.com", "null", "", "http://localhost.evil:80", "http://localhost:", "http://127.0.0.1:8x", "file://",
    ])
    func pagesOfOthersAreRefusedEverywhere(origin: String) async {
        let house = OptaHouse()
        let fields = [(name: "origin", value: origin)]
        let preflight = await house.call("OPTIONS", "/v3/health", token: nil, fields: fields)
        #expect(preflight.status == 204)
        #expect(preflight.field("access-control-allow-origin") == nil)
        for path in ["/health", "/v3/health", "/v3/nope", "/v3/sse/events?sessionId=s"] {
            let reply = await house.call("GET", path, fields: fields)
            #expect(reply.status == 403)
            #expect(reply.field("access-control-allow-origin") == nil)
        }
        guard case .refused(let answer) = await house.front.upgrade(OptaHouse.head("GET", "/v3/ws?sessionId=s", fields: fields)) else {
            Issue.record("the socket was opened")
            return
        }
        #expect(answer.status == 403)
    }

    @Test func onlyNamesOfThisMachineAreServedOnLoopback() async {
        var setting = OptaHouse.setting
        setting.allowedHosts = ["mini.lan"]
        let house = OptaHouse(ScriptedModel { _, _ in .text("x") }, setting)
        let hosts = [
            "localhost:9999": 200, "[::1]:9999": 200, "MINI.lan:9999": 200, "localhost": 200, "localhost:1": 200,
            "evil.example:9999": 403, "localhost:": 403, "localhost:x": 403, "localhost:1.evil.example": 403, "localhost.evil.example": 403,
        ]
        for (host, status) in hosts {
            #expect(await house.call("GET", "/v3/health", fields: [("host", host)]).status == status, "\(host)")
            let head = OptaHouse.head("GET", "/v3/ws?sessionId=s", fields: [("host", host)])
            if case .refused(let answer) = await house.front.upgrade(head) {
                #expect(answer.status == 403 && status == 403)
            } else {
                #expect(status == 200)
            }
        }
    }

    /// Clients follow `state.json`, which names the address that was bound.
    @Test func theAddressThatWasBoundIsServed() async {
        var setting = OptaHouse.setting
        setting.host = "127.0.0.2"
        let house = OptaHouse(ScriptedModel { _, _ in .text("x") }, setting)
        for (host, status) in [
            "127.0.0.2:9999": 200, "127.0.0.2": 200, "localhost:9999": 200, "127.0.0.3:9999": 403, "127.0.0.20:9999": 403,
        ] {
            #expect(await house.call("GET", "/v3/health", fields: [("host", host)]).status == status, "\(host)")
        }
    }

    @Test func whatIsNoRouteIsSaidWithoutAToken() async {
        let house = OptaHouse()
        for (method, path) in [
            ("GET", "/v3/nope"), ("POST", "/v1/chat"), ("GET", "/v3/health/"), ("PUT", "/v3/sessions"), ("POST", "/v3/sessions/"),
            ("GET", "/v3/sessions/" + String(repeating: "a", count: 101)), ("GET", "/V3/health"),
        ] {
            let reply = await house.call(method, path, token: nil)
            #expect(reply.status == 404)
            #expect(
                reply.body
                    == ["message": .string("Route \(method):\(path) not found"), "error": "Not Found", "statusCode": 404])
        }
        let reply = await house.call("GET", "/v3/ws", token: nil)
        #expect(reply.status == 404)
        #expect(reply.body == .null)
    }

    @Test func pathsAreReadAsTheProtocolSays() async {
        let house = OptaHouse()
        let bad = await house.call("GET", "/v3/sessions/%zz", token: nil)
        #expect(bad.status == 400)
        #expect(bad.body["code"] == "FST_ERR_BAD_URL")
        #expect(bad.body["message"] == "'/v3/sessions/%zz' is not a valid url component")
        #expect(await house.call("GET", "/v3/sessions/").body == ["error": "Invalid session id"])
        #expect(await house.call("POST", "/v3/sessions//turns", [:]).body == ["error": "Invalid session id"])
        #expect(await house.call("GET", "/v3/sessions/a%20b").body == ["error": "Session not found"])
        #expect(await house.call("HEAD", "/v3/health").status == 200)
    }

    @Test func bodiesThatCannotBeReadAreRefusedInTheFrameworksWords() async {
        let house = OptaHouse()
        func reply(_ text: String?, _ type: String?) async -> OptaReply {
            await house.call("POST", "/v3/sessions", bytes: text.map { Array($0.utf8) }, type: type)
        }
        #expect(await reply("", "application/json").body["code"] == "FST_ERR_CTP_EMPTY_JSON_BODY")
        #expect(await reply("{", "application/json; charset=utf-8").body["code"] == "FST_ERR_CTP_INVALID_JSON_BODY")
        #expect(await reply(#"{"__proto__":{}}"#, "application/json").body["code"] == "FST_ERR_CTP_INVALID_JSON_BODY")
        #expect(
            await reply(#"{"a":[{"constructor":{"prototype":1}}]}"#, "application/json").body["code"] == "FST_ERR_CTP_INVALID_JSON_BODY")
        let type = await reply("<a/>", "text/xml")
        #expect(type.status == 415)
        #expect(
            type.body
                == [
                    "statusCode": 415, "code": "FST_ERR_CTP_INVALID_MEDIA_TYPE", "error": "Unsupported Media Type",
                    "message": "Unsupported Media Type: text/xml",
                ])
        let text = await reply("hello", "text/plain")
        #expect(text.status == 400)
        #expect(text.body["details"]?[0]?["message"] == "Expected object, received string")
        let long = await house.call(
            "POST", "/v3/sessions", bytes: Array(repeating: UInt8(ascii: " "), count: (10 << 20) + 1))
        #expect(long.status == 413)
        #expect(long.body["code"] == "FST_ERR_CTP_BODY_TOO_LARGE")
        // Nothing at all is an empty object.
        let none = await house.call("POST", "/v3/sessions", bytes: nil)
        #expect(none.status == 404 || none.status == 201 || none.status == 503, "\(none)")
    }
}
