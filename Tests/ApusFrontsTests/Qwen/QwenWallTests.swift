import ApusBase
import ApusCore
import ApusFronts
import ApusTesting
import Testing

struct QwenWallTests {
    private static let error: JSONValue = ["error": "Unauthorized"]

    private func guarded(_ change: (inout QwenSetting) -> Void = { _ in }, access: ListenerAccess = .noKeys) -> QwenHouse {
        var setting = QwenHouse.unbound
        setting.isOpen = false
        setting.token = "secret"
        change(&setting)
        return QwenHouse(ScriptedModel { _, _ in .text("x") }, setting, access: access)
    }

    @Test func healthNeedsNoTokenOnLoopback() async {
        let house = guarded()
        let reply = await house.call("GET", "/health")
        #expect(reply.status == 200)
        #expect(reply.body == ["status": "ok"])
        #expect(reply.field("content-type") == "application/json; charset=utf-8")
        #expect(await house.call("HEAD", "/health").status == 200)
    }

    @Test func healthNeedsATokenWhereItIsAskedForOrTheListenerIsRemote() async {
        for house in [guarded { $0.requiresAuth = true }, guarded { $0.isLoopback = false }] {
            #expect(await house.call("GET", "/health").body == Self.error)
            let reply = await house.call("GET", "/health", fields: [("authorization", "Bearer secret")])
            #expect(reply.body == ["status": "ok"])
        }
    }

    @Test(
        arguments: [
            (nil, 401), ("Basic secret", 401), ("Bearer secre", 401), ("Bearer secreT", 401), ("Bearer", 401), ("Bearer ", 401),
            ("Bearer\tsecret", 401), ("bearer secret", 200), ("BEARER   \t secret", 200), ("Bearer secret", 200), ("Bearer secret2", 401),
        ] as [(String?, Int)])
    func onlyTheTokenOpens(field: String?, status: Int) async {
        let reply = await guarded().call("GET", "/capabilities", fields: field.map { [("authorization", $0)] } ?? [])
        #expect(reply.status == status)
        if status == 401 {
            #expect(reply.body == Self.error)
            #expect(reply.field("www-authenticate") == nil)
        }
    }

    @Test(arguments: QwenRoute.all.filter { $0.endpoint != .health })
    func everyRouteNeedsACredential(route: QwenRoute) async {
        let path = route.pattern.split(separator: "/").map { $0.hasPrefix(":") ? "x" : String($0) }.joined(separator: "/")
        #expect(await guarded().call(route.method, "/" + path, [:]).body == Self.error)
    }

    @Test(arguments: [("GET", "/nope"), ("OPTIONS", "/session"), ("PUT", "/session"), ("GET", "/"), ("GET", "/session/%zz/events")])
    func whatIsNoRouteIsToldToThoseWhoMayCallOnly(method: String, path: String) async {
        let house = guarded()
        #expect(await house.call(method, path).status == 401)
        let reply = await house.call(method, path, fields: [("authorization", "Bearer secret")])
        #expect(reply.status == (path.contains("%zz") ? 400 : 404))
        #expect(reply.body["error"]?.stringValue?.isEmpty == false)
    }

    @Test(arguments: ["http://evil.example", "null", "http://localhost.evil:4170", "http://127.0.0.1:4171", "https://127.0.0.1:4170", ""])
    func pagesOfOthersAreRefusedBeforeAnythingElse(origin: String) async {
        for (method, path) in [("GET", "/health"), ("POST", "/session"), ("GET", "/nope")] {
            let reply = await guarded().call(method, path, fields: [("origin", origin), ("host", "evil.example")])
            #expect(reply.status == 403)
            #expect(reply.body == ["error": "Request denied by CORS policy"])
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "[::1]", "host.docker.internal"])
    func ownPagesPass(name: String) async {
        let reply = await guarded().call(
            "GET", "/capabilities", fields: [("origin", "http://\(name):4170"), ("authorization", "Bearer secret")])
        #expect(reply.status == 200)
    }

    @Test(arguments: [
        ("127.0.0.1:4170", 200), ("LocalHost:4170", 200), ("[::1]:4170", 200), ("host.docker.internal:4170", 200), ("localhost", 403),
        ("localhost:4171", 403), ("evil.example.com", 403), ("evil.example.com:4170", 403), ("localhost.:4170", 403), ("", 403),
    ])
    func onlyNamesOfThisMachineAreServedOnLoopback(host: String, status: Int) async {
        let reply = await guarded().call("GET", "/health", fields: [("host", host)])
        #expect(reply.status == status)
        if status == 403 { #expect(reply.body == ["error": "Invalid Host header"]) }
    }

    @Test func aRemoteListenerIsCalledByAnyName() async {
        let house = guarded { $0.isLoopback = false }
        let reply = await house.call("GET", "/capabilities", fields: [("host", "box.example"), ("authorization", "Bearer secret")])
        #expect(reply.status == 200)
    }

    @Test func anOpenListenerServesWithoutACredential() async throws {
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound)
        #expect(await house.call("GET", "/capabilities").status == 200)
    }

    private static let keys = TestKeys([
        "o": ClientIdentity(name: "watcher", scopes: [.observer]), "p": ClientIdentity(name: "writer", scopes: [.prompter]),
        "a": ClientIdentity(name: "judge", scopes: [.approver]), "x": ClientIdentity(name: "owner", scopes: [.admin]),
    ])

    /// Every route for every scope: only looking needs none beyond being a key.
    @Test(arguments: QwenRoute.all)
    func scopesHold(route: QwenRoute) async throws {
        let house = guarded(access: .keys(Self.keys))
        let path = "/" + route.pattern.split(separator: "/").map { $0.hasPrefix(":") ? "x" : String($0) }.joined(separator: "/")
        for (secret, scope) in [("o", ClientScope.observer), ("p", .prompter), ("a", .approver), ("x", .admin)] {
            let head = QwenHouse.head(route.method, path, fields: [("authorization", "Bearer " + secret)])
            let isAllowed = route.scope == nil || route.scope == scope || scope == .admin
            switch await house.front.admit(head) {
            case .admitted(let client, let bytes):
                #expect(isAllowed)
                if route.endpoint != .health { #expect(client.scopes == [scope]) }
                #expect(bytes == (route.method == "GET" ? 0 : 10 << 20))
            case .refused(let answer):
                #expect(!isAllowed)
                let reply = QwenReply(answer)
                #expect(reply.status == 403)
                #expect(reply.body["code"] == "insufficient_scope")
            }
        }
        if route.method == "GET" { #expect(route.scope == nil) }
    }

    /// By the beginning of its hash, which `apus keys list` shows of the others: once in a minute, however often it is tried.
    @Test func aStrangeKeyIsToldByItsHashOnceInAMinute() async {
        let time = ManualTime()
        var setting = QwenHouse.unbound
        setting.isOpen = false
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, setting, access: .keys(Self.keys), time: time)
        func knock(_ key: String) async {
            #expect(await house.call("GET", "/capabilities", fields: [("authorization", "Bearer " + key)]).status == 401)
        }
        let (nobody, somebody) = (
            FrontRemark.keyRefused(digest: "6382b3cc", peer: "127.0.0.1"), FrontRemark.keyRefused(digest: "729d7d63", peer: "127.0.0.1")
        )
        for _ in 0..<3 { await knock("nobody") }
        #expect(house.said.value == [nobody])
        await knock("somebody")
        time.advance(by: .seconds(59))
        await knock("nobody")
        #expect(house.said.value == [nobody, somebody])
        time.advance(by: .seconds(1))
        await knock("nobody")
        #expect(house.said.value == [nobody, somebody, nobody])
    }

    @Test func whoTriesManyKeysFillsNoLog() async {
        let time = ManualTime()
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.bound, access: .keys(Self.keys), time: time)
        var setting = QwenHouse.bound
        setting.isOpen = false
        let said = Watched(0)
        let front = QwenFront(house.clients, setting: setting, access: .keys(Self.keys), version: "test") { _ in said.change { $0 += 1 } }
        func knock(_ key: Int) async {
            _ = await house.call("GET", "/capabilities", bytes: nil, fields: [("authorization", "Bearer \(key)")], through: front)
        }
        for key in 0..<1_000 { await knock(key) }
        #expect(said.value == 256)
        time.advance(by: .seconds(60))
        for key in 0..<1_000 { await knock(key) }
        #expect(said.value == 512)
    }

    /// A key list that was written by hand: such a key would be told from the token by nothing, and could not be taken back.
    @Test(arguments: ["(token)", "(open)"])
    func aKeyIsNeverTakenForWhatIsNone(name: String) async {
        let keys = TestKeys(["k": ClientIdentity(name: name, scopes: [.observer])])
        #expect(await guarded(access: .keys(keys)).call("GET", "/capabilities", fields: [("authorization", "Bearer k")]).status == 401)
    }

    @Test func whoIsServedAllTheSameIsNotTold() async {
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound, access: .keys(Self.keys))
        #expect(await house.call("GET", "/capabilities", fields: [("authorization", "Bearer nobody")]).status == 200)
        #expect(house.said.value == [])
    }

    @Test func anUnauthenticatedBodyIsNotTaken() async {
        guard case .refused(let answer) = await guarded().front.admit(QwenHouse.head("POST", "/session", type: "application/json")) else {
            Issue.record("it was admitted")
            return
        }
        #expect(answer.status == 401)
    }
}
