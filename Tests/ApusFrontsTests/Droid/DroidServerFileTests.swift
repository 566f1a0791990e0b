import ApusBase
import ApusCore
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// The registry and the files of MCP servers (`droid.md` §3.4, §3.5).
@Suite struct DroidServerFileTests {
    @Test(arguments: [DroidFamily.daemon, .exec])
    func theRegistryIsWhatItsFileLists(family: DroidFamily) async throws {
        let house = DroidHouse(ScriptedModel())
        let params: JSONValue = family == .daemon ? ["sessionId": "s1"] : [:]
        try await house.serving(family) { client in
            try await client.open()
            let none = try await client.call("list_mcp_registry", params)
            #expect(none == ["servers": []])
            house.serverFiles.offered.change {
                $0 = [
                    MCPOfferedServer(
                        name: "notes", summary: "Keeps notes", transport: .stdio(command: "notes", arguments: ["--stdio"]),
                        note: "Needs Python",
                        logo: "https://a.test/l.png"),
                    MCPOfferedServer(name: "web", summary: "Looks up", transport: .http(url: "https://mcp.test")),
                    MCPOfferedServer(name: "old", summary: "", transport: .sse(url: "https://old.test")),
                ]
            }
            let registry = try await client.call("list_mcp_registry", params)
            #expect(
                registry == [
                    "servers": [
                        [
                            "name": "notes", "description": "Keeps notes", "type": "stdio", "command": "notes", "args": ["--stdio"],
                            "note": "Needs Python", "logoUrl": "https://a.test/l.png",
                        ],
                        ["name": "web", "description": "Looks up", "type": "http", "url": "https://mcp.test"],
                        ["name": "old", "description": "", "type": "sse", "url": "https://old.test"],
                    ]
                ])
            house.serverFiles.fault.change { $0 = .file("/home/x/mcp-registry.json has no list \"servers\".") }
            let error = try await client.error("list_mcp_registry", params)
            #expect(error["code"] == -32_603)
            #expect(error["message"]?.stringValue?.contains("/home/x") == false)
            #expect(house.said.value.contains { $0.contains("has no list") })
        }
    }

    @Test func theConfigurationIsToldAsItIsWritten() async throws {
        let house = DroidHouse(ScriptedModel())
        house.serverFiles.configured.change {
            $0 = [
                MCPConfiguredServer(
                    name: "one", configuration: ["url": "${URL}", "mine": 1], source: .user, isDisabled: false),
                MCPConfiguredServer(name: "two", configuration: ["command": "x", "disabled": true], source: .project, isDisabled: true),
            ]
        }
        try await house.serving { client in
            let configuration = try await client.call("get_mcp_config")
            #expect(
                configuration == [
                    "servers": [
                        ["name": "one", "config": ["url": "${URL}", "mine": 1], "source": "user"],
                        ["name": "two", "config": ["command": "x", "disabled": true], "source": "project", "status": "disabled"],
                    ]
                ])
        }
    }

    @Test func updatesReachTheUsersFile() async throws {
        let house = DroidHouse(ScriptedModel())
        house.serverFiles.configured.change { $0 = [MCPConfiguredServer(name: "a", configuration: [:], source: .user, isDisabled: false)] }
        let after: JSONValue = [["name": "a", "config": [:], "source": "user"]]
        try await house.serving { client in
            let updates: [JSONValue] = [
                ["action": "add", "serverNames": ["new"], "serverConfig": ["url": "https://mcp.test", "headers": ["A": "1"]]],
                ["action": "add", "serverNames": ["cmd"], "serverConfig": ["command": "x", "args": ["y"]]],
                ["action": "disable", "serverNames": ["a", "b"]], ["action": "enable", "serverNames": ["a"]],
                ["action": "remove", "serverNames": ["a", "b"]],
            ]
            for update in updates {
                let answer = try await client.call("update_mcp_config", update)
                #expect(answer == ["success": true, "servers": after])
            }
            #expect(
                house.servers.calls.value == [
                    "add new", "add cmd", "enable a false", "enable b false", "enable a true", "remove a", "remove b",
                ])
            // What was done before stays, what comes behind is not done.
            let stopped = try await client.call("update_mcp_config", ["action": "remove", "serverNames": ["c", "nobody", "d"]])
            #expect(stopped == ["success": false, "servers": after, "error": "No MCP server named \"nobody\""])
            #expect(house.servers.calls.value.last == "remove c")
            let taken = try await client.call(
                "update_mcp_config", ["action": "add", "serverNames": ["taken"], "serverConfig": ["url": "https://mcp.test"]])
            #expect(taken == ["success": false, "servers": after, "error": "An MCP server named \"taken\" exists already"])
        }
    }

    @Test(
        arguments: [
            (["action": "remove", "serverNames": []], "serverNames"), (["action": "explode", "serverNames": ["a"]], "action"),
            (["action": "add", "serverNames": ["a"]], "serverConfig"),
            (["action": "add", "serverNames": ["a", "b"], "serverConfig": ["url": "x"]], "serverConfig"),
            (["action": "add", "serverNames": ["a"], "serverConfig": ["command": 1]], "serverConfig.command"),
            (["action": "add", "serverNames": ["a"], "serverConfig": ["wings": true, "url": "x"]], "serverConfig.wings"),
            (["action": "add", "serverNames": ["a"], "serverConfig": ["type": "stdio"]], "command"),
        ] as [(JSONValue, JSONValue)])
    func whatCannotBeMeantIsRefused(params: JSONValue, path: JSONValue) async throws {
        let house = DroidHouse(ScriptedModel())
        try await house.serving { client in
            let error = try await client.error("update_mcp_config", params)
            #expect(error["code"] == -32_602 && error["data"]?["path"] == path, "\(error)")
            #expect(house.servers.calls.value.isEmpty)
        }
    }
}
