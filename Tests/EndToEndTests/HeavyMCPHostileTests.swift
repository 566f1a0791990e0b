import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Runs with an MCP server that sends a gigabyte, or a list without end, or nothing: a sentence for the model, memory within a bound, and the
/// other server as if nothing were.
@Suite(.serialized, .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3"))
struct HeavyMCPHostileTests {
    private static let peers = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Peers").path
    /// What a run with a hostile answer may take more than one with a harmless one: the largest message, as it is gathered and read.
    private static let allowance = 160

    /// What the model is told, and how much more memory the run took than one with a harmless answer, in MiB.
    private func run(_ stage: Stage, _ tool: String, _ server: JSONObject) async throws -> (told: String, peak: Int) {
        var hostile = server
        if tool == "silent" { hostile["timeoutMs"] = 1_500 }
        let servers: JSONValue = [
            "mcpServers": [
                "hostile": .object(hostile),
                "good": ["command": "/usr/bin/python3", "args": [.string(Self.peers + "/mcp_stdio_fixture.py")]],
            ]
        ]
        try servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
        let before = stage.server.modelRequests.count
        let (outcome, peak) = try await stage.measured("exec", "-o", "stream-json", "--auto", "high", "call \(tool)")
        #expect(outcome.status == .exited(0), "\(outcome.everything)")
        let results = try outcome.lines().ofType("tool_result")
        #expect(results.count == 2, "\(outcome.everything.prefix(4_000))")
        #expect(results.first { $0["id"] == .string("good-\(tool)") }?["isError"] == false)
        #expect(stage.server.modelRequests.count == before + 3)
        #expect(stage.server.modelRequests.last?.bodyText.contains(#"{\"from\": \"the good one\"}"#) == true)
        let told = results.first { $0["id"] == .string("call-\(tool)") }
        return (told?["value"]?.stringValue ?? told?.serialized() ?? "", peak)
    }

    private static func script(_ tools: [String], _ gate: Gate) -> Script {
        Script(
            replies: (["echo"] + tools).flatMap { tool -> [Reply] in
                [
                    .toolCall("hostile___\(tool)", [:], id: "call-\(tool)"),
                    .toolCall("good___echo", ["from": "the good one"], id: "good-\(tool)"),
                    .text("done"),
                ]
            } + [
                // A server's resources are there when it has told of them, which the first request of a run does not wait for any longer.
                .after(gate, .toolCall("good___echo", ["from": "the good one"], id: "good-pages")),
                .toolCall("ListMcpResources", ["server": "hostile"], id: "call-pages"), .text("done"),
            ])
    }

    private func expect(_ cases: [(tool: String, words: String)], _ stage: Stage, _ gate: Gate, _ server: JSONObject) async throws {
        let (harmless, usual) = try await run(stage, "echo", server)
        #expect(harmless.contains("harmless"))
        for one in cases {
            let (told, peak) = try await run(stage, one.tool, server)
            #expect(
                told.contains("Error: the MCP server \\\"hostile\\\" \(one.words)")
                    || told.contains("Error: the MCP server \"hostile\" \(one.words)"), "\(one.tool): \(told.prefix(400))")
            #expect(peak - usual < Self.allowance, "\(one.tool): \(peak) MiB, \(usual) with a harmless answer")
        }
        async let wait: Void = {
            try? await Task.sleep(for: .seconds(12))
            gate.open()
        }()
        let (listed, peak) = try await run(stage, "pages", server)
        await wait
        #expect(listed.contains("There is more: go on with the cursor"), "\(listed.suffix(400))")
        #expect(peak - usual < Self.allowance, "\(peak) MiB, \(usual) with a harmless answer")
    }

    @Test func aProgramThatSendsAGigabyteOrNothingCostsASentence() async throws {
        let cases: [(tool: String, words: String)] = [
            ("line", "sent a line larger than 16777216 bytes, which was not read."),
            ("values", "sent a message of more than 500000 values, which was not read."), ("silent", "did not answer the call within 1"),
        ]
        let gate = Gate()
        defer { gate.open() }
        try await withStage(.anthropic, Self.script(cases.map { $0.tool }, gate)) { stage in
            try await expect(
                cases, stage, gate, ["command": "/usr/bin/python3", "args": [.string(Self.peers + "/mcp_hostile.py"), "stdio"]])
        }
    }

    @Test func aServerOfHTTPThatSendsAGigabyteOrNothingCostsASentence() async throws {
        let cases: [(tool: String, words: String)] = [
            ("length", "sent an answer larger than 16777216 bytes, which was not read."),
            ("chunked", "sent an answer larger than 16777216 bytes, which was not read."),
            ("event", "sent an event larger than 16777216 bytes, which was not read."),
            ("values", "sent a message of more than 500000 values, which was not read."), ("silent", "did not answer the call within 1"),
        ]
        let gate = Gate()
        defer { gate.open() }
        try await withStage(.anthropic, Self.script(cases.map { $0.tool }, gate)) { stage in
            let server = try ChildProcess(
                "/usr/bin/python3", [Self.peers + "/mcp_hostile.py", "http"], environment: ["PATH": "/usr/bin:/bin"],
                directory: stage.home.work, scratch: stage.home.scratch)
            defer { server.send(SIGKILL) }
            try await eventually("the server prints its address", within: .seconds(120)) { server.stdoutSoFar.contains("\n") }
            try await expect(cases, stage, gate, ["url": .string(String(server.stdoutSoFar.prefix { $0 != "\n" }))])
        }
    }
}
