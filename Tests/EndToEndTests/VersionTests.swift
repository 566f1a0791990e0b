import ApusTestServer
import Testing

/// `apus --version`, for people and for scripts that look for a number.
@Suite struct VersionTests {
    @Test(arguments: ["--version", "-v"])
    func theVersionIsSemantic(option: String) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus(option)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text.wholeMatch(of: /apus [0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?\n/) != nil, "\(outcome.text)")
            #expect(outcome.diagnostics == "")
        }
    }

    @Test func withoutWordsThereIsHelp() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text.contains("USAGE: apus"))
        }
    }
}
