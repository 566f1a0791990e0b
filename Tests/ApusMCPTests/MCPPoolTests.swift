import ApusBase
import ApusCore
import ApusSettings
import Foundation
import Synchronization
import Testing

@testable import ApusMCP

@Suite struct MCPPoolTests {
    private func write(_ text: String, _ path: String) throws {
        let url = URL(fileURLWithPath: path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private func read(_ path: String) throws -> JSONValue { try JSONValue(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path)))) }

    // MARK: Sharing

    @Test func theSameConfigurationInTwoSessionsIsOneConnection() async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                await pool.connect([server(fixture.url, name: "other")], to: "s2")
                await pool.connect([server(fixture.url, headers: [("X", "1")])], to: "s3")
                #expect(pool.connectionCount == 2)
                #expect(fixture.requests("initialize").count == 2)
                await pool.detach(session)
                #expect(pool.connectionCount == 2)
                await pool.detach("s2")
                #expect(pool.connectionCount == 1)
                #expect(await pool.status(of: "s2") == [])
            }
        }
    }

    @Test func attachingAnewReplacesTheServersAndKeepsAConnectionThatBothHave() async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url, name: "a"), server(fixture.url + "?x", name: "b")], to: session)
                await pool.connect([server(fixture.url, name: "c")], to: session)
                #expect(await pool.status(of: session).map(\.name) == ["c"])
                #expect(fixture.requests("initialize").count == 2)
                #expect(pool.connectionCount == 1)
            }
        }
    }

    @Test func whoLooksForChangesSeesThemAndTheEndWithTheSession() async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            try await withPool { pool in
                let changes = pool.changes(of: session)
                await pool.connect([server(fixture.url)], to: session)
                var last: [MCPServerStatus] = []
                for await servers in changes {
                    last = servers
                    if servers.first?.phase == .connected { await pool.detach(session) }
                }
                #expect(last.map(\.phase) == [.connected])
            }
        }
    }

    // MARK: Tools

    @Test(arguments: [
        (ToolSelection(disabled: ["one___echo"]), ["one___b_c"]), (ToolSelection(disabled: ["MCP:one"]), []),
        (ToolSelection(only: ["one___echo", "Read"]), ["one___echo"]), (ToolSelection(only: ["MCP:one"]), ["one___echo", "one___b_c"]),
        (ToolSelection(only: ["Read"]), []), (ToolSelection(only: ["one___b.c"]), ["one___b_c"]), (.usual, ["one___echo", "one___b_c"]),
    ])
    func aSelectionNamesToolsOrWholeServers(selection: ToolSelection, names: [String]) async throws {
        try await HTTPFixture.with({ plainServer($0, tools: [echo, ["name": "b.c"]]) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                #expect(await pool.names(selection: selection) == names)
            }
        }
    }

    @Test func namesArePlainShortAndDifferent() {
        let long = String(repeating: "x", count: 80)
        let keys = [("a", "b.c"), ("a", "b_c"), ("a", "b-c"), ("a", long + "1"), ("a", long + "2"), ("a___b", "c"), ("a", "b___c")]
            .map { MCPToolNames.Key(server: $0.0, tool: $0.1) }
        let names = MCPToolNames.names(of: keys)
        #expect(names[keys[1]] == "a___b_c")
        #expect(names[keys[2]] == "a___b-c")
        #expect(names[keys[0]]?.hasPrefix("a___b_c_") == true)
        #expect(Set(names.values).count == keys.count)
        #expect(names.values.allSatisfy { $0.utf8.count <= 64 && $0.utf8.allSatisfy { $0 < 0x7F } })
        #expect(MCPToolNames.names(of: keys.reversed()) == names)
    }

    @Test func aCallDeclaresItsServerAndWhatTheServerClaims() async throws {
        let tools: JSONValue = [
            ["name": "r", "annotations": ["readOnlyHint": true]], ["name": "a", "annotations": ["destructiveHint": false]], ["name": "d"],
        ]
        try await HTTPFixture.with({ plainServer($0, tools: tools) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                for (name, claim, effect) in [("r", ServerClaim.reads, Effect.pure), ("a", .adds, .opaque), ("d", .destroys, .opaque)] {
                    let tool = try #require(await pool.tool("one___" + name))
                    let access = try tool.access(for: .object([:]), in: context)
                    #expect(
                        access
                            == AccessRequest(action: .serverCall(tool: name, claim: claim), summary: "\(name) of one", server: "one"))
                    #expect(tool.effect(of: .null) == effect)
                    #expect(throws: ToolInputError.self) { try tool.access(for: "text", in: context) }
                }
            }
        }
    }

    // MARK: Files

    @Test func theUsersFilesAreReadWithVariablesAndTheOwnOneIsStronger() async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            let home = Home()
            try write(
                """
                { // the user's own
                  "mcpServers": {
                    "web": {"type": "http", "url": "${BASE}/mcp", "headers": {"X-Key": "${KEY:-none}", "X-Other": "${MISSING}"}},
                    "off": {"url": "http://127.0.0.1:1/", "disabled": true},
                  },
                }
                """, home.path + "/.apus/mcp.json")
            try write(
                #"{"mcpServers": {"web": {"command": "weaker"}, "compat": {"url": "\#(fixture.url)", "disabledTools": ["echo"]}, "bad": {"url": "x", "timeoutMs": 0}}}"#,
                home.path + "/.factory/mcp.json")
            let environment = ["BASE": "http://127.0.0.1:\(fixture.port)"]
            try await withPool(environment: environment, paths: home.paths) { pool in
                // Nobody attached: the first look at the tools does.
                #expect(await pool.names() == ["web___echo"])
                let statuses = await pool.status(of: session)
                #expect(statuses.map(\.name) == ["web", "compat", "off"])
                #expect(statuses.map(\.phase) == [.connected, .connected, .disabled])
                #expect(statuses.map(\.source) == [.user, .user, .user])
                #expect(await pool.tools(of: session).map(\.isEnabled) == [true, false])
            }
            let first = try #require(fixture.requests.first { $0.headers["x-key"] != nil })
            #expect(first.headers["x-key"] == "none")
            #expect(first.headers["x-other"] == "${MISSING}")
        }
    }

    @Test func aServerMayHaveALimitOfItsOwnForCalls() async throws {
        try await HTTPFixture.with({ $0.rpc == "tools/call" ? .nothing : plainServer($0) }) { fixture in
            let home = Home()
            try write(#"{"mcpServers": {"one": {"url": "\#(fixture.url)", "timeoutMs": 50}}}"#, home.path + "/.apus/mcp.json")
            try await withPool(paths: home.paths) { pool in
                let result = try await pool.run("one___echo")
                #expect(result.text == "Error: the MCP server \"one\" did not answer the call within 50 ms.")
            }
        }
    }

    @Test func whatIsAddedRemovedAndSwitchedIsThereAfterARestart() async throws {
        try await HTTPFixture.with({ plainServer($0, tools: [echo, ["name": "late"]]) }) { fixture in
            let home = Home()
            let path = home.path + "/.apus/mcp.json"
            try write(#"{"note": "kept", "mcpServers": {"first": {"url": "${URL}", "mine": 1, "disabled": true}}}"#, path)
            try await withPool(environment: ["URL": fixture.url], paths: home.paths) { pool in
                await pool.connect([], to: session)
                try await pool.add(server(fixture.url, name: "added"))
                try await pool.setEnabled(true, server: "first")
                while await pool.status(of: session).map(\.phase) != [.connected, .connected] { await Task.yield() }
                try await pool.setEnabled(false, tool: "echo", of: "added")
                await #expect(throws: MCPServersError.unknownTool("none", server: "added")) {
                    try await pool.setEnabled(false, tool: "none", of: "added")
                }
                #expect(await pool.names() == ["first___echo", "first___late", "added___late"])
                await #expect(throws: MCPServersError.exists("added")) { try await pool.add(server(fixture.url, name: "added")) }
                await #expect(throws: MCPServersError.unknownServer("none")) { try await pool.remove("none") }
                await #expect(throws: MCPServersError.self) { try await pool.add(server("ftp://x/", name: "bad")) }
                await #expect(throws: MCPServersError.self) { try await pool.add(server(fixture.url, name: "no name")) }
            }
            // As it was written, not as it was expanded.
            let file = try read(path)
            #expect(file["note"] == "kept")
            #expect(file["mcpServers"]?["first"] == ["url": "${URL}", "mine": 1, "disabled": false])
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
            try await withPool(environment: ["URL": fixture.url], paths: home.paths) { pool in
                #expect(await pool.names() == ["first___echo", "first___late", "added___late"])
                try await pool.remove("added")
                #expect(await pool.names() == ["first___echo", "first___late"])
            }
            #expect(try read(path)["mcpServers"]?["added"] == nil)
        }
    }

    @Test func changesKeepTheCommentsOfTheFile() async throws {
        try await HTTPFixture.with({ plainServer($0, tools: [echo]) }) { fixture in
            let home = Home()
            let path = home.path + "/.apus/mcp.json"
            let text = """
                {
                  // By hand.
                  "mcpServers": {
                    "first": { "url": "\(fixture.url)", }, // the first one
                  }
                }

                """
            try write(text, path)
            try await withPool(paths: home.paths) { pool in
                try await pool.add(server(fixture.url, name: "added"))
                try await pool.setEnabled(false, server: "first")
                let both = try String(contentsOfFile: path, encoding: .utf8)
                #expect(both.contains("  // By hand.\n"))
                #expect(both.contains("\"url\": \"\(fixture.url)\", \"disabled\": true, }, // the first one\n    \"added\": {\n"))
                try await pool.setEnabled(true, server: "first")
                try await pool.remove("added")
            }
            #expect(
                try String(contentsOfFile: path, encoding: .utf8)
                    == text.replacing("\", }", with: "\", \"disabled\": false, }"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.path + "/.apus").sorted() == ["mcp.json"])
        }
    }

    @Test func aFileThatCannotBeUnderstoodIsToldAndNeverOverwritten() async throws {
        let home = Home()
        let path = home.path + "/.apus/mcp.json"
        try write("{ broken", path)
        let said = Mutex<[String]>([])
        try await withPool(paths: home.paths, announce: { line in said.withLock { $0.append(line) } }) { pool in
            #expect(await pool.names() == [])
            await #expect(throws: MCPServersError.self) { try await pool.add(server("http://127.0.0.1:1/", name: "x")) }
        }
        #expect(said.withLock { $0.first?.hasPrefix(path + " was skipped: line 1") } == true)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "{ broken")
    }

    @Test func anEntryThatSaysNothingIsTold() async throws {
        let home = Home()
        let path = home.path + "/.apus/mcp.json"
        try write(#"{"mcpServers": {"empty": {}, "switch": {"disabled": true}}}"#, path)
        let said = Mutex<[String]>([])
        try await withPool(paths: home.paths, announce: { line in said.withLock { $0.append(line) } }) { pool in
            #expect(await pool.names() == [])
        }
        let lines = said.withLock { $0 }
        #expect(lines == ["\(path): the MCP server \"empty\" needs a \"command\" or a \"url\"; it was skipped."])
    }

    @Test func aServerOfAForeignFileIsSwitchedByTheOwnOneAndNotRemoved() async throws {
        let home = Home()
        try write(#"{"mcpServers": {"compat": {"url": "http://127.0.0.1:1/"}}}"#, home.path + "/.factory/mcp.json")
        try await withPool(paths: home.paths) { pool in
            await #expect(throws: MCPServersError.self) { try await pool.remove("compat") }
            try await pool.setEnabled(false, server: "compat")
            await pool.connect([], to: session)
            #expect(await pool.status(of: session).map(\.phase) == [.disabled])
        }
        #expect(try read(home.path + "/.apus/mcp.json") == ["mcpServers": ["compat": ["disabled": true]]])
    }

    @Test(arguments: [false, true])
    func serversOfAProjectAreInertUntilItIsTrusted(isTrusted: Bool) async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            let home = Home()
            let folder = try #require(realpath(home.path, nil).map { String(cString: $0) })
            let path = folder + "/project/.apus/mcp.json"
            try write(#"{"mcpServers": {"theirs": {"url": "\#(fixture.url)"}}}"#, path)
            let others = [MCPConfigurationFiles.Other(path: path, source: .project, boundary: folder + "/project")]
            try await withPool(paths: home.paths, others: others, trust: SettingsTrust(isUnconditional: isTrusted)) { pool in
                await pool.connect([], to: session)
                #expect(await pool.status(of: session).map(\.source) == (isTrusted ? [.project] : []))
            }
            #expect(fixture.requests.isEmpty == !isTrusted)
        }
    }
}
