import ApusBase
import ApusTestServer
import Foundation
import Testing

/// A server with more tools than are told unasked: the model searches, and then calls.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3")) struct ToolSearchRunTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Peers/mcp_stdio_fixture.py").path
    private static let servers: JSONValue = [
        "mcpServers": ["notes": ["command": "/usr/bin/python3", "args": [.string(script), "many"]]]
    ]

    @Test(arguments: ProviderKind.allCases) func whatWasFoundIsOfferedFromThenOn(kind: ProviderKind) async throws {
        let search = Reply.toolCall("ToolSearch", ["query": "select:notes___echo"], id: "call-1")
        let call = Reply.toolCall("notes___echo", ["text": "from the model"], id: "call-2")
        try await withStage(kind, [search, call, .text("done"), .text("again")]) { stage in
            try Self.servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.apus("exec", "-o", "json", "--auto", "high", "echo it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            func offered(_ request: RecordedRequest) -> [String] {
                (request.body["tools"]?.arrayValue ?? []).compactMap { ($0["name"] ?? $0["function"]?["name"])?.stringValue }
                    .filter { $0.hasPrefix("notes___") || $0 == "ToolSearch" }
            }
            let requests = stage.server.modelRequests
            #expect(requests.map(offered) == [["ToolSearch"], ["notes___echo", "ToolSearch"], ["notes___echo", "ToolSearch"]])
            #expect(requests.first?.tells("notes___extra_1") == true, "their names are told")
            #expect(requests.last?.tells("from the model", "from the model") == true)
            let more = try await stage.apus("exec", "-s", try outcome.session(), "--auto", "high", "go on")
            #expect(more.status == .exited(0), "\(more.everything)")
            #expect(try offered(#require(stage.server.modelRequests.last)) == ["notes___echo", "ToolSearch"])
        }
    }

    @Test func whereItIsSwitchedOffAllAreOffered() async throws {
        try await withStage(.anthropic, [.text("done")]) { stage in
            try Self.servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.apus("exec", "--disabled-tools", "ToolSearch", "p")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.first?.body["tools"]?.arrayValue?.contains { $0["name"] == "notes___extra_79" } == true)
        }
    }
}
