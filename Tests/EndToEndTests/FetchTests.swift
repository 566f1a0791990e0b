import ApusBase
import ApusTestServer
import Testing

/// FetchUrl of the real executable: what it must never reach. What it gets is shown in the tool's own tests, which may have a server.
@Suite struct FetchTests {
    /// Refused by their spelling, whatever listens there and at every level.
    @Test(arguments: [
        "http://127.0.0.1:9/v1", "http://localhost:9/v1", "http://LOCALHOST.:9/v1", "http://2130706433:9/v1",
        "http://0x7f.1:9/v1", "http://0177.0.0.1:9/v1", "http://127.1:9/v1", "http://0:9/v1", "http://[::1]:9/v1",
        "http://[::ffff:127.0.0.1]:9/v1", "http://[64:ff9b::127.0.0.1]:9/v1", "http://good.example@127.0.0.1:9/v1",
        "http://169.254.169.254/latest/meta-data/", "http://metadata.google.internal/computeMetadata/v1/", "file:///etc/passwd",
    ])
    func nothingOfThisMachineIsFetched(url: String) async throws {
        try await withStage(.anthropic, [.toolCall("FetchUrl", ["url": .string(url)], id: "call-1"), .text("no page")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "--skip-permissions-unsafe", "get it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let result = try #require(try outcome.lines().ofType("tool_result").first)
            #expect(result["isError"] == true)
            let text = result.serialized()
            #expect(
                text.contains("FetchUrl does not go to") || text.contains("user name or password") || text.contains("URLs only"), "\(text)")
        }
    }

    @Test func withoutALevelTheRunStopsAndNamesLow() async throws {
        try await withStage(.anthropic, [.toolCall("FetchUrl", ["url": "https://example.com/"], id: "call-1")]) { stage in
            let outcome = try await stage.apus("exec", "get it")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.everything.contains("Re-run with --auto low, --auto medium or --auto high."))
        }
    }
}
