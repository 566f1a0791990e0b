import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import Testing

/// What a listener, a key and a deleted session leave to others.
struct QwenBoundaryTests {
    /// Threat S5: the twin of the droid front's test.
    @Test(
        arguments: [([.prompter], .off), ([.prompter, .approver], nil), ([.admin], nil)]
            as [(Set<ClientScope>, ApusCore.AutonomyLevel?)])
    func aPromptOfAKeyThatMayNotVoteDoesNotUseARaisedLevel(scopes: Set<ClientScope>, cap: ApusCore.AutonomyLevel?) async throws {
        var setting = QwenHouse.bound
        setting.isOpen = false
        let keys = TestKeys(["k": ClientIdentity(name: "bot", scopes: scopes)])
        let house = QwenHouse(setting: setting, keys)
        let fields = [(name: "authorization", value: "Bearer k")]
        try await house.running {
            let made = await house.call("POST", "/session", [:], fields: fields)
            let id = try #require(made.body["sessionId"]?.stringValue, "\(made)")
            let reply = await house.call("POST", "/session/\(id)/prompt", ["prompt": [["type": "text", "text": "go"]]], fields: fields)
            #expect(reply.status == 200, "\(reply)")
            let inputs = try await house.memory.events(in: SessionID(id), after: 0, limit: 100).compactMap { event in
                if case .turnQueued(let input) = event.kind { input } else { nil }
            }
            #expect(inputs.map(\.origin.maximumAutonomy) == [cap])
        }
    }

    @Test func aBoundListenerHasTheSessionsOfItsWorkspaceOnly() async throws {
        let house = QwenHouse()
        try await house.running {
            let everywhere = house.front(QwenHouse.unbound)
            let made = await house.call(
                "POST", "/session", bytes: (["cwd": "/other"] as JSONValue).serializedBytes(), through: everywhere)
            let id = try #require(made.body["sessionId"]?.stringValue, "\(made)")
            for (method, path) in [
                ("GET", "events"), ("GET", "context"), ("POST", "cancel"), ("POST", "load"), ("POST", "resume"), ("POST", "heartbeat"),
            ] {
                #expect(await house.call(method, "/session/\(id)/\(path)", method == "POST" ? [:] : nil).status == 404, "\(path)")
            }
            #expect(await house.prompt(id).status == 404)
            #expect(await house.call("DELETE", "/session/\(id)").status == 404)
            // It is there for those who may have it.
            #expect(await house.call("GET", "/session/\(id)/context", bytes: nil, through: everywhere).status == 200)
        }
    }

    @Test func deletingASessionEndsItsServersAndALoadStartsThemAgain() async throws {
        let house = QwenHouse()
        let servers = try #require(house.clients.servers as? NotedServers)
        try await house.running {
            let (id, client) = try await house.session()
            #expect(servers.attached.value == ["\(id): "])
            #expect(await house.call("DELETE", "/session/\(id)", client: client).status == 204)
            #expect(servers.attached.value == ["\(id): ", "\(id) detached"])
            #expect(await house.call("POST", "/session/\(id)/load", [:]).status == 200)
            #expect(servers.attached.value == ["\(id): ", "\(id) detached", "\(id): "])
        }
    }

    @Test func theAddressOfAListenerIsOneOfItsNames() async {
        var setting = QwenHouse.bound
        setting.hostname = "127.0.0.2"
        let house = QwenHouse(ScriptedModel(), setting)
        #expect(await house.call("GET", "/health", bytes: nil, fields: [(name: "host", value: "127.0.0.2:4170")]).status == 200)
        #expect(await house.call("GET", "/health", bytes: nil, fields: [(name: "host", value: "127.0.0.3:4170")]).status == 403)
    }
}

extension QwenHouse {
    fileprivate init(setting: QwenSetting, _ keys: TestKeys) {
        self.init(ScriptedModel { _, _ in .text("x") }, setting, access: .keys(keys))
    }
}
