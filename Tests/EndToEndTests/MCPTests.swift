import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Tools of MCP servers that `mcp.json` names, in runs of the real executable.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3")) struct MCPTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Peers/mcp_stdio_fixture.py").path
    private static let servers: JSONValue = [
        "mcpServers": ["notes": ["command": "/usr/bin/python3", "args": [.string(script), "${MODE:-plain}"]]]
    ]
    private static let call = Reply.toolCall("notes___echo", ["text": "from the model"], id: "call-1")

    @Test(arguments: ProviderKind.allCases)
    func aToolOfTheUsersServerIsOfferedCalledAndAnswered(kind: ProviderKind) async throws {
        try await withStage(kind, [Self.call, .text("done")]) { stage in
            try Self.servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.apus("exec", "-o", "stream-json", "--auto", "high", "echo it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let lines = try outcome.lines()
            #expect(lines.ofType("tool_call").map { $0["toolName"] } == ["notes___echo"])
            #expect(lines.ofType("tool_result").map { $0["isError"] } == [false])
            let requests = stage.server.modelRequests
            #expect(requests.first?.tells("notes___echo") == true)
            #expect(requests.last?.tells("from the model", "from the model") == true)
        }
    }

    @Test func aCallThatNeedsMoreEndsTheRunAndNamesTheTool() async throws {
        try await withStage(.anthropic, [Self.call]) { stage in
            try Self.servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.apus("exec", "--auto", "medium", "echo it")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(
                outcome.everything.contains(
                    "Exec ended early: MCP tool notes___echo requires higher autonomy to proceed. Re-run with --auto high."))
        }
    }

    @Test func aServerThatCannotStartLeavesTheRunAsItIs() async throws {
        try await withStage(.anthropic, [.text("no tools needed")]) { stage in
            try Self.servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.apus("exec", "say so", environment: ["MODE": "dies"])
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == "no tools needed\n")
        }
    }

    @Test(arguments: [true, false])
    func aServerOfTheProjectIsStartedOnlyWhenItIsTrusted(isTrusted: Bool) async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try stage.home.write(Self.servers.serialized(), to: ".apus/mcp.json")
            let options = isTrusted ? ["--trust-project"] : []
            let outcome = try await stage.executable.start(["exec"] + options + ["say so"], home: stage.home).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.tells("notes___echo") == isTrusted)
            #expect(outcome.diagnostics.contains("mcp.json") == !isTrusted)
        }
    }

    @Test func serversAreAddedListedAndRemoved() async throws {
        try await withStage(.anthropic, []) { stage in
            let added = try await stage.apus("mcp", "add", "notes", "/usr/bin/python3 \(Self.script)", "--env", "A=${B}")
            #expect(added.text == "Added: notes\n", "\(added.everything)")
            let file = try JSONValue(parsing: String(contentsOfFile: stage.home.apus + "/mcp.json", encoding: .utf8))
            #expect(
                file["mcpServers"]?["notes"] == [
                    "type": "stdio", "command": "/usr/bin/python3", "args": [.string(Self.script)], "env": ["A": "${B}"],
                ])
            _ = try await stage.apus("mcp", "add", "gone", "http://127.0.0.1:1/mcp", "--header", "X-Key: one")
            let listed = try await stage.apus("mcp", "list")
            let lines = listed.text.split(separator: "\n")
            #expect(lines.first == "notes  connected (stdio, of the user, 5 tools)", "\(listed.everything)")
            #expect(lines.last?.hasPrefix("gone  failed (http, of the user): The MCP server \"gone\" cannot be reached: ") == true)
            let again = try await stage.apus("mcp", "add", "notes", "http://127.0.0.1:1/mcp")
            #expect(again.status == .exited(1))
            #expect(again.diagnostics == "An MCP server named \"notes\" exists already\n")
            #expect(try await stage.apus("mcp", "remove", "gone").text == "Removed: gone\n")
            let json = try JSONValue(parsing: try await stage.apus("mcp", "list", "--json").text)
            #expect(
                json == [
                    ["name": "notes", "status": "connected", "source": "user", "serverType": "stdio", "toolCount": 5]
                ])
        }
    }

    @Test(arguments: [
        ["add", "x"], ["add", "x", "http://h/", "--env", "A=1"], ["add", "x", "cmd", "--header", "A: 1"], ["add", "x", "c", "--env", "A"],
    ])
    func aWrongCommandLineIsRefused(words: [String]) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.executable.start(["mcp"] + words, home: stage.home).finish()
            #expect(outcome.status == .exited(2), "\(outcome.everything)")
            #expect(!FileManager.default.fileExists(atPath: stage.home.apus + "/mcp.json"))
        }
    }

    @Test func aDisabledToolIsNotOffered() async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try Self.servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            _ = try await stage.apus("exec", "--disabled-tools", "mcp__notes__echo", "say so")
            let request = try #require(stage.server.modelRequests.first)
            #expect(!request.tells("notes___echo"))
            #expect(request.tells("notes___hold"))
        }
    }
}
