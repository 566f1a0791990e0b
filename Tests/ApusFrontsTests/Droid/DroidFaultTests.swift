import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// Broken frames, lesser keys, slow and dead peers.
struct DroidFaultTests {
    @Test(arguments: [
        (
            #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"request","id":"x","method":"daemon.list_opened_sessions","params":{"#,
            -32_700
        ),
        (#"{"id":"x"} trailing"#, -32_700),
        (#"{"jsonrpc":"1.0","factoryApiVersion":"1.0.0","type":"request","id":"x","method":"daemon.logout"}"#, -32_600),
        (#"{"jsonrpc":"2.0","factoryApiVersion":"2.0.0","type":"request","id":"x","method":"daemon.logout"}"#, -32_600),
        (#"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"request","id":"x","method":"daemon.logout","params":[]}"#, -32_602),
        (#"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"request","id":"x","method":"droid.logout","params":{}}"#, -32_601),
    ])
    func aBrokenFrameIsAnsweredWithItsOwnID(frame: String, code: Int64) async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            client.write(frame)
            #expect(try await client.response("x")["error"]?["code"] == .integer(code))
            try await client.call("list_opened_sessions")
        }
    }

    @Test func severalObjectsInOneFrameAreAllAnswered() async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            let frame = { (id: String) in
                #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"request","id":"\#(id)","method":"daemon.list_opened_sessions"}"#
            }
            client.write(frame("a") + "\n" + frame("b") + "\n")
            _ = try await client.response("a")
            _ = try await client.response("b")
            client.write("[1,2]")
            client.write("")
            #expect(try await client.frame { $0["id"] == .some(.null) }["error"]?["code"] == -32_600)
        }
    }

    @Test func aHugePromptIsRefusedAndTheConnectionGoesOn() async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            try await client.open()
            let error = try await client.error(
                "add_user_message", ["sessionId": "s1", "text": .string(String(repeating: "x", count: 20 << 20))])
            #expect(error["code"] == -32_602)
            client.write([UInt8](repeating: UInt8(ascii: "x"), count: DroidLimit.frameBytes + 1))
            #expect(try await client.frame { $0["id"] == .some(.null) }["error"]?["code"] == -32_600)
            try await client.call("list_opened_sessions")
        }
    }

    /// `security.md` S5: which scope each method takes, and what the lesser ones are told.
    @Test(
        arguments: [
            ("list_opened_sessions", [:], ClientScope.observer), ("load_session", ["sessionId": "s1", "token": "lesser"], .observer),
            // Taking a session's servers away is a change as giving them is.
            ("load_session", ["sessionId": "s1", "token": "lesser", "mcpServers": []], .prompter),
            ("add_user_message", ["sessionId": "s1", "text": "x"], .prompter), ("interrupt_session", ["sessionId": "s1"], .prompter),
            ("fork_session", ["sessionId": "s1"], .prompter),
            ("update_session_settings", ["sessionId": "s1", "interactionMode": "spec"], .prompter),
            ("initialize_session", ["machineId": "d", "cwd": "/w", "token": "lesser"], .prompter),
            ("archive_session", ["sessionId": "s1"], .prompter),
            ("kill_worker_session", ["sessionId": "s1", "workerSessionId": "s2"], .prompter),
            ("add_mcp_server", ["sessionId": "s1", "name": "n", "type": "stdio", "command": "c"], .admin),
            ("remove_mcp_server", ["sessionId": "s1", "serverName": "n", "settingsLevel": "user"], .admin),
        ] as [(String, JSONValue, ClientScope)])
    func scopesAreEnforced(method: String, params: JSONValue, needed: ClientScope) async throws {
        let order: [ClientScope] = [.observer, .prompter, .admin]
        for scope in order {
            let keys = TestKeys(["lesser": ClientIdentity(name: "lesser", scopes: [scope])])
            let house = DroidHouse(ScriptedModel { _, _ in .text("x") })
            try await house.running {
                try await house.connected { owner in
                    try await owner.open()
                    try await house.connected(access: .credentials(keys)) { client in
                        try await client.call("authenticate", ["caller": "x", "apiKey": "lesser"])
                        let response = try await client.response(client.ask(method, params))
                        let isAllowed = (order.firstIndex(of: scope) ?? 0) >= (order.firstIndex(of: needed) ?? 0)
                        #expect((response["error"]?["code"] == -32_001) != isAllowed, "\(method) with \(scope): \(response)")
                    }
                }
            }
        }
    }

    @Test func aPrompterRaisesNoLevelStartsNoCommandAndAnswersNothing() async throws {
        let house = DroidHouse(
            ScriptedModel(.init(.call("c1", "Execute", ["command": "ls"])), .text("Done")), tools: [.execute()],
            policy: .askingAboutCommands)
        let keys = TestKeys(["k": ClientIdentity(name: "bot", scopes: [.prompter])])
        try await house.running {
            try await house.connected { owner in
                try await house.connected(access: .credentials(keys)) { client in
                    try await client.call("authenticate", ["caller": "x", "apiKey": "k"])
                    let base: JSONObject = ["machineId": "d", "cwd": "/w", "token": "k"]
                    for (key, value) in [
                        ("autonomyLevel", "low"), ("skipPermissionsUnsafe", true), ("mcpServers", [["name": "a", "command": "b"]]),
                    ] as [(String, JSONValue)] {
                        var params = base
                        params[key] = value
                        #expect(try await client.code("initialize_session", .object(params)) == -32_001, "\(key)")
                    }
                    try await client.open()
                    _ = try await owner.load()
                    try await client.prompt("go", "m1")
                    let id = try #require(try await owner.asked()["id"]?.stringValue)
                    client.answer(id, ["selectedOption": "proceed_once"])
                    _ = try await client.call("list_opened_sessions")
                    #expect(!client.all.contains { $0["method"] == "daemon.request_permission" })
                    let open = await house.engine.openApprovals(in: "s1")
                    #expect(open.count == 1)
                    owner.answer(id, ["selectedOption": "proceed_once"])
                    try await client.ended("m1")
                }
            }
        }
    }

    @Test(
        arguments: [([.prompter], .off), ([.prompter, .approver], nil), ([.admin], nil)]
            as [(Set<ClientScope>, ApusCore.AutonomyLevel?)])
    func aPromptOfAKeyThatMayNotRaiseTheLevelDoesNotUseARaisedOne(
        scopes: Set<ClientScope>, cap: ApusCore.AutonomyLevel?
    ) async throws {
        let house = DroidHouse(ScriptedModel { _, _ in .text("x") })
        let keys = TestKeys(["k": ClientIdentity(name: "bot", scopes: scopes)])
        try await house.running {
            try await house.connected { owner in
                try await owner.open("s1", ["autonomyLevel": "high"])
                try await house.connected(access: .credentials(keys)) { client in
                    try await client.call("authenticate", ["caller": "x", "apiKey": "k"])
                    _ = try await client.load()
                    try await client.prompt("go", "m1")
                    try await client.ended("m1")
                }
            }
            let inputs = try await house.memory.events(in: "s1", after: 0, limit: 100).compactMap { event in
                if case .turnQueued(let input) = event.kind { input } else { nil }
            }
            #expect(inputs.map(\.origin.maximumAutonomy) == [cap])
        }
    }

    /// Keys that are looked up slowly.
    private struct SlowKeys: Credentials {
        let gate: Gate

        func client(for secret: String) async -> ClientIdentity? {
            await gate.pass() && secret == "k" ? ClientIdentity(name: "ann", scopes: [.admin]) : nil
        }

        func revocation(of name: String) async { _ = await Gate().pass() }
    }

    @Test func whatIsSentBehindAnAuthenticationIsJudgedByIt() async throws {
        let gate = Gate()
        try await DroidHouse(ScriptedModel()).serving(access: .credentials(SlowKeys(gate: gate))) { client in
            let early = client.ask("list_opened_sessions")
            let authentication = client.ask("authenticate", ["caller": "x", "apiKey": "k"])
            let behind = (0..<5).map { _ in client.ask("list_opened_sessions") }
            let opened = client.ask("initialize_session", ["machineId": "d", "cwd": "/w", "sessionId": "s1", "token": "k"])
            #expect(try await client.response(early)["error"]?["code"] == -32_001)
            try await gate.reached()
            #expect(client.all.count == 1)
            gate.open()
            for id in [authentication] + behind + [opened] { #expect(try await client.response(id)["result"] != nil) }
            #expect(client.all[1]["id"] == .string(authentication))
        }
    }

    @Test func aKeyThatIsTakenBackEndsItsConnection() async throws {
        let keys = TestKeys(["k": ClientIdentity(name: "gone", scopes: [.admin])])
        let house = DroidHouse(ScriptedModel())
        try await house.running {
            try await house.connected(access: .credentials(keys)) { client in
                try await client.call("authenticate", ["caller": "x", "apiKey": "k"])
                try await client.open()
                keys.clients.change { $0 = [:] }
                _ = try await within { await client.isOver.first { $0 } }
            }
        }
        #expect(house.maintenance.retired.value == ["s1"])
    }

    /// Takes some frames and then none any more.
    private final class SlowSink: FrameSink {
        let taken = Watched(0)
        let gate = Gate()

        func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
            taken.change { $0 += frames.count }
            if await !gate.pass() { throw ConnectionOver() }
        }
    }

    @Test func aPeerThatReadsNothingHoldsUpNobodyElse() async throws {
        let piece = String(repeating: "x", count: 10_000)
        let house = DroidHouse(ScriptedModel { _, _ in .init(.text((0..<500).map { _ in piece })) })
        let slow = SlowSink()
        try await house.running {
            try await house.connected { client in
                try await client.open()
                try await house.connected(sink: slow) { stuck in
                    stuck.ask("load_session", ["sessionId": "s1", "token": "k"])
                    _ = try await within { await slow.taken.first { $0 > 0 } }
                    try await client.prompt("go", "m1")
                    try await client.ended("m1")
                    #expect(slow.taken.value < 500)
                    slow.gate.open()
                    _ = try await within { await slow.taken.first { $0 > 500 } }
                }
            }
        }
    }

    private struct DeadSink: FrameSink {
        func send(_ frames: [[UInt8]]) async throws(ConnectionOver) { throw ConnectionOver() }
    }

    @Test func aDeadSinkEndsTheConnection() async throws {
        let house = DroidHouse(ScriptedModel())
        try await house.running {
            try await house.connected(sink: DeadSink()) { client in
                client.ask("list_opened_sessions")
                _ = try await within { await client.isOver.first { $0 } }
            }
        }
    }
}
