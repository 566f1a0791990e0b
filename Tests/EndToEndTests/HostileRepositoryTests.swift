import ApusBase
import ApusTestServer
import Testing

/// A repository's own files never make a read-only run start a program (security S9, S10, S17).
@Suite struct HostileRepositoryTests {
    @Test(arguments: ["git diff", "git status", "sort --output=pwned list", "sort --comp=./evil list"])
    func nothingOfARepositoryRunsAtTheReadOnlyLevel(command: String) async throws {
        let call: Reply = .toolCall(
            "Execute", ["command": .string(command), "riskLevel": "low", "riskLevelReason": "reads"], id: "call-1")
        try await withStage(.anthropic, Script(replies: [call, .text("done")])) { stage in
            try stage.home.write("one\n", to: "list")
            try await stage.home.commitEverything()
            try stage.home.write("two\n", to: "list")
            _ = try await stage.home.git(["config", "diff.external", "touch pwned; true"])
            _ = try await stage.home.git(["config", "core.fsmonitor", "touch pwned; true"])
            let outcome = try await stage.apus("exec", "look")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.text.hasPrefix("Exec ended early: insufficient permission to proceed."))
            #expect(!stage.home.has("pwned"))
        }
    }

    /// The words of a refusal come from the model: they must not drive the terminal.
    @Test func aRefusalIsShownWithItsControlCharactersEscaped() async throws {
        let call: Reply = .toolCall(
            "Execute", ["command": "'\u{1b}[2J\u{202e}evil' x", "riskLevel": "low", "riskLevelReason": "reads"], id: "call-1")
        try await withStage(.anthropic, Script(replies: [call])) { stage in
            let outcome = try await stage.apus("exec", "look")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(!outcome.diagnostics.contains("\u{1b}") && !outcome.diagnostics.unicodeScalars.contains("\u{202e}"))
        }
    }
}
