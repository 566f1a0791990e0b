import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import QwenWire
import Testing

struct QwenSessionTests {
    // MARK: Bodies

    @Test(arguments: [
        ("{", 400, "Invalid JSON in request body"), ("nonsense", 400, "Invalid JSON in request body"),
        ("{\"cwd\":\"\u{1}\"}", 400, "Invalid JSON in request body"),
        ("[]", 400, "`cwd` is required and must be an absolute path"), ("\"a\"", 400, "`cwd` is required and must be an absolute path"),
        ("", 400, "`cwd` is required and must be an absolute path"), ("{}", 400, "`cwd` is required and must be an absolute path"),
        (#"{"cwd":"relative"}"#, 400, "`cwd` is required and must be an absolute path"),
        (#"{"cwd":7}"#, 400, "`cwd` is required and must be an absolute path"),
        (#"{"__proto__":{"cwd":"/w"}}"#, 400, "`cwd` is required and must be an absolute path"),
    ])
    func withoutAWorkspaceBodiesAreReadAsInTheFirstVersion(body: String, status: Int, error: String) async throws {
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound)
        let reply = await house.call("POST", "/session", bytes: Array(body.utf8))
        #expect(reply.status == status)
        #expect(reply.body == ["error": .string(error)])
        #expect(try await house.memory.sessions(withPrefix: "", limit: 9).isEmpty)
    }

    @Test func aBodyOfAnotherTypeCountsAsAbsent() async {
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound)
        let reply = await house.call("POST", "/session", bytes: Array(#"{"cwd":"/w"}"#.utf8), type: "text/plain")
        #expect(reply.body == ["error": "`cwd` is required and must be an absolute path"])
        let typed = await house.call("POST", "/session", bytes: Array(#"{"cwd":"/w"}"#.utf8), type: "Application/JSON ; charset=utf-8")
        #expect(typed.status == 200)
    }

    @Test func aBodyOverTenMegabytesIsRefusedInTheProtocolsWords() async throws {
        let house = QwenHouse()
        let reply = await house.call("POST", "/session", bytes: [UInt8](repeating: 0x20, count: (10 << 20) + 1))
        #expect(reply.status == 413)
        #expect(reply.body == ["error": "Request body too large (max 10 MB)"])
        #expect(try await house.memory.sessions(withPrefix: "", limit: 9).isEmpty)
    }

    @Test(arguments: [
        (JSONValue.null, "`cwd` must be a string absolute path when provided"), (7, "`cwd` must be a string absolute path when provided"),
        (.object([:]), "`cwd` must be a string absolute path when provided"), ("", "`cwd` must be an absolute path when provided"),
        ("a/b", "`cwd` must be an absolute path when provided"),
        (.string("/" + String(repeating: "a", count: 4_096)), "`cwd` exceeds the 4096-character limit"),
    ])
    func aBoundListenerJudgesDirectoriesAsInTheSecondVersion(cwd: JSONValue, error: String) async {
        let reply = await QwenHouse().call("POST", "/session", ["cwd": cwd])
        #expect(reply.status == 400)
        #expect(reply.body == ["error": .string(error)])
    }

    @Test func aForeignWorkspaceIsRefused() async {
        let reply = await QwenHouse().call("POST", "/session", ["cwd": "/other"])
        #expect(reply.status == 400)
        #expect(reply.body["code"] == "workspace_mismatch")
        #expect(reply.body["boundWorkspace"] == "/w")
        #expect(reply.body["requestedWorkspace"] == "/other")
        #expect(
            reply.body["error"]?.stringValue?.hasPrefix("Workspace mismatch: daemon is bound to \"/w\" but request asked for \"/other\".")
                == true)
    }

    /// One that is not there yet may become one; a file never does.
    @Test func aFileIsNoDirectory() async throws {
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound)
        let reply = await house.call("POST", "/session", ["cwd": "/missing/file"])
        #expect(reply.status == 400)
        #expect(reply.body == ["error": "`cwd` must be a directory"])
        #expect(try await house.memory.sessions(withPrefix: "", limit: 9).isEmpty)
        #expect(try await house.session(["cwd": "/missing"]).id.isEmpty == false)
    }

    // MARK: Making

    @Test func theAnswersHaveExactlyTheirMembers() async throws {
        let first = await QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound).call("POST", "/session", ["cwd": "/w/"])
        #expect(first.body.objectValue?.keys == ["sessionId", "workspaceCwd", "attached"])
        #expect(first.body["workspaceCwd"] == "/w")
        #expect(first.body["attached"] == false)
        let second = await QwenHouse().call("POST", "/session", [:])
        #expect(second.body.objectValue?.keys == ["sessionId", "workspaceCwd", "attached", "clientId", "createdAt"])
        #expect(second.body["clientId"]?.stringValue?.hasPrefix("client_") == true)
        #expect(second.body["createdAt"] == "2023-11-14T22:13:20.000Z")
    }

    @Test func parallelCreatesAreOneSession() async throws {
        let house = QwenHouse()
        try await house.running {
            let replies = await withTaskGroup(of: QwenReply.self) { group in
                for _ in 0..<16 { group.addTask { await house.call("POST", "/session", ["cwd": "/link"]) } }
                return await group.reduce(into: [QwenReply]()) { $0.append($1) }
            }
            #expect(Set(replies.map { $0.body["sessionId"] }).count == 1)
            #expect(replies.count { $0.body["attached"] == false } == 1)
            let made = try await house.memory.sessions(withPrefix: "", limit: 99)
            #expect(made.count == 1)
        }
    }

    @Test func aFailedSpawnFreesItsPlace() async throws {
        let failing = Watched(true)
        let house = QwenHouse(sessions: { engine in
            ForwardedSessions(
                engine, beforeCreate: { () throws(SessionError) in if failing.value { throw .log(.store("The disk is full.")) } })
        })
        let reply = await house.call("POST", "/session", [:])
        #expect(reply.status == 500)
        #expect(reply.body == ["error": "Internal server error"])
        // The log has everything, where a person sees it.
        #expect(house.said.value == [.failed("\(SessionError.log(.store("The disk is full.")))")])
        failing.change { $0 = false }
        let next = await house.call("POST", "/session", [:])
        #expect(next.body["attached"] == false)
    }

    @Test func differentWorkspacesHaveDifferentSessions() async throws {
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound)
        let first = try await house.session(["cwd": "/a"]).id
        let second = try await house.session(["cwd": "/b"]).id
        let again = await house.call("POST", "/session", ["cwd": "/a/"])
        #expect(first != second)
        #expect(again.body["sessionId"] == .string(first))
        #expect(again.body["attached"] == true)
    }

    @Test func threadsAreAlwaysNewAndNeverTheOneToAttachTo() async throws {
        let house = QwenHouse()
        let thread = try await house.session(["sessionScope": "thread"]).id
        let single = await house.call("POST", "/session", ["sessionScope": "single"])
        let other = try await house.session(["sessionScope": "thread"]).id
        let again = await house.call("POST", "/session", [:])
        #expect(single.body["attached"] == false)
        #expect(again.body["sessionId"] == single.body["sessionId"])
        #expect(Set([thread, other, single.body["sessionId"]?.stringValue ?? ""]).count == 3)
    }

    @Test(arguments: [JSONValue.null, "", "both", 1])
    func anotherScopeIsRefused(scope: JSONValue) async {
        let reply = await QwenHouse().call("POST", "/session", ["sessionScope": scope])
        #expect(reply.status == 400)
        #expect(
            reply.body == [
                "error": "`sessionScope` must be \"single\" or \"thread\" when provided", "code": "invalid_session_scope",
            ])
    }

    @Test func theCapHoldsForNewSessionsAndNeverForAttaching() async throws {
        var setting = QwenHouse.bound
        setting.maximumSessions = 2
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, setting)
        _ = try await house.session()
        let second = try await house.session(["sessionScope": "thread"]).id
        let refused = await house.call("POST", "/session", ["sessionScope": "thread"])
        #expect(refused.status == 503)
        #expect(refused.field("retry-after") == "5")
        #expect(refused.body == ["error": "Session limit reached (2)", "code": "session_limit_exceeded", "limit": 2])
        #expect(await house.call("POST", "/session", [:]).body["attached"] == true)
        #expect(await house.call("DELETE", "/session/\(second)").status == 204)
        #expect(await house.call("POST", "/session", ["sessionScope": "thread"]).status == 200)
        #expect(await house.call("POST", "/session/\(second)/load", [:]).status == 503)
    }

    @Test func withoutACapThereIsNone() async throws {
        var setting = QwenHouse.bound
        setting.maximumSessions = nil
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, setting)
        for _ in 0..<30 { _ = try await house.session(["sessionScope": "thread"]) }
    }

    @Test(arguments: ["single", "thread"])
    func whoHangsUpDuringTheSpawnLeavesNothingBehind(scope: String) async throws {
        let gate = Gate()
        // Also for a task that is cancelled: what was begun is done.
        let house = QwenHouse(sessions: { engine in
            ForwardedSessions(engine, beforeCreate: { await Task { [gate] in _ = await gate.pass() }.value })
        })
        let task = Task { await house.call("POST", "/session", ["sessionScope": .string(scope)]) }
        try await gate.reached()
        task.cancel()
        gate.open()
        _ = await task.value
        #expect(await house.call("GET", "/workspace/%2Fw/sessions").body == ["sessions": []])
        #expect(await house.call("POST", "/session", [:]).body["attached"] == false)
    }

    // MARK: Models on the way in

    @Test func aBadModelKeepsTheSessionAndIsTold() async throws {
        let house = QwenHouse()
        try await house.running {
            let session = try await house.session(["modelServiceId": "nonsense"]).id
            let retry = await house.call("POST", "/session", ["modelServiceId": 7])
            #expect(retry.body["sessionId"] == .string(session))
            let events = try await house.replay(session)
            #expect(events.names == ["available_commands_update", "model_switch_failed"])
            #expect(events.last?.data["requestedModelId"] == "nonsense")
            #expect(events.last?.data["error"]?.stringValue?.contains("Invalid model: nonsense") == true)
        }
    }

    @Test func attachingWithAModelSwitchesIt() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let attached = try await house.session(["modelServiceId": "scripted"])
            let events = try await house.replay(session)
            #expect(events.names == ["available_commands_update", "model_switched"])
            #expect(events.last?.originatorClientId == attached.client)
            let settings = try await house.engine.peek(SessionID(session)).settings
            #expect(settings.model == "scripted")
        }
    }

    // MARK: Lists

    @Test func listsHaveTheirMembers() async throws {
        let first = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound)
        #expect(await first.call("GET", "/workspace/%2Fw/sessions?size=20").body == ["sessions": []])
        let session = try await first.session(["cwd": "/w"]).id
        #expect(
            await first.call("GET", "/workspace/%2Fw%2F/sessions").body
                == ["sessions": [["sessionId": .string(session), "workspaceCwd": "/w"]]])
        #expect(await first.call("GET", "/workspace/%2Fother/sessions").body == ["sessions": []])
        let relative = await first.call("GET", "/workspace/w/sessions")
        #expect(relative.status == 400)
        #expect(relative.body == ["error": "`:id` must decode to an absolute workspace path"])

        let second = QwenHouse()
        let other = try await second.session().id
        let listed = await second.call("GET", "/workspace/%2Fw/sessions").body["sessions"]?[0]
        #expect(
            listed == [
                "sessionId": .string(other), "workspaceCwd": "/w", "createdAt": "2023-11-14T22:13:20.000Z", "clientCount": 1,
                "hasActivePrompt": false,
            ])
        #expect(await second.call("GET", "/workspace/%2Fother/sessions").body["code"] == "workspace_mismatch")
    }

    // MARK: What is there

    @Test func capabilitiesSayWhatWorks() async {
        let first = await QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound).call("GET", "/capabilities")
        #expect(
            first.body == [
                "v": 1, "mode": "http-bridge",
                "features": [
                    "health", "capabilities", "session_create", "session_list", "session_prompt", "session_cancel", "session_events",
                    "session_set_model", "permission_vote",
                ], "modelServices": [],
            ])
        var setting = QwenHouse.bound
        setting.isNonBlocking = true
        setting.requiresAuth = true
        let second = await QwenHouse(ScriptedModel { _, _ in .text("x") }, setting).call("GET", "/capabilities")
        #expect(second.body["protocolVersions"] == ["current": "v1", "supported": ["v1"]])
        #expect(second.body["workspaceCwd"] == "/w")
        let features = Set(second.body["features"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        // Every route's own word, and those for what is no route.
        #expect(Set(QwenRoute.all.map(\.tag)).isSubset(of: features))
        #expect(
            features.subtracting(QwenRoute.all.map(\.tag)) == [
                "session_scope_override", "slow_client_warning", "typed_event_schema", "client_identity", "require_auth",
                "non_blocking_prompt",
            ])
    }

    @Test(arguments: ["?deep=1", "?deep=true", "?deep"])
    func theDeepLookCounts(query: String) async throws {
        let house = QwenHouse()
        _ = try await house.session()
        #expect(await house.call("GET", "/health" + query).body == ["status": "ok", "sessions": 1, "pendingPermissions": 0])
    }

    @Test func theDeepLookTurnsWithTheStore() async {
        let broken = QwenHouse(search: BrokenSearch())
        let reply = await broken.call("GET", "/health?deep=1")
        #expect(reply.status == 503)
        #expect(reply.body == ["status": "degraded"])
        #expect(await broken.call("GET", "/health").body == ["status": "ok"])
        #expect(await broken.call("GET", "/health?deep=0").body == ["status": "ok"])
    }

    @Test func theDeepLookDoesNotWaitForWhatHangs() async throws {
        let time = ManualTime()
        let gate = Gate()
        let house = QwenHouse(time: time, search: HangingSearch(gate))
        async let reply = house.call("GET", "/health?deep=1")
        try await gate.reached()
        try await time.sleeps(1) { $0 == .seconds(5) }
        time.advance(by: .seconds(5))
        #expect(await reply.status == 503)
        // Another look adds nothing to what hangs.
        async let again = house.call("GET", "/health?deep=1")
        try await time.sleeps(2) { $0 == .seconds(5) }
        time.advance(by: .seconds(5))
        #expect(await again.status == 503)
        #expect(gate.arrivalCount == 1)
        gate.open()
    }
}

struct BrokenSearch: SessionSearch {
    func list(_ filter: SessionFilter) async throws(EventLogError) -> SessionPage { throw .store("The disk is gone.") }
    func search(_ query: SessionQuery) async throws(EventLogError) -> [SessionMatch] { throw .store("The disk is gone.") }
}

struct HangingSearch: SessionSearch {
    let gate: Gate
    init(_ gate: Gate) { self.gate = gate }

    func list(_ filter: SessionFilter) async throws(EventLogError) -> SessionPage {
        _ = await gate.pass()
        return SessionPage(sessions: [], hasMore: false)
    }
    func search(_ query: SessionQuery) async throws(EventLogError) -> [SessionMatch] { [] }
}
