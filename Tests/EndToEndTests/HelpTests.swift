import ApusBase
import ApusTestServer
import Foundation
import Testing

/// What `apus exec --help` says (`droid-exec.md` §1.9).
@Suite struct HelpTests {
    /// One model per file and variable, one of them without its variable.
    private func furnish(_ stage: Stage) throws {
        try stage.change { settings in
            settings["model"] = "custom:Second-Model-1"
            settings["customModels"] = [
                [
                    "id": "custom:broken", "displayName": "Broken", "model": "b", "provider": "openai",
                    "baseUrl": "http://192.0.2.1/v1", "apiKey": "${NO_SUCH_VARIABLE}",
                ],
                [
                    "displayName": "Second Model", "model": "claude-opus-4-5", "provider": "anthropic",
                    "baseUrl": "http://192.0.2.1", "apiKey": "x", "maxContextLimit": 1_000,
                ],
            ]
        }
    }

    @Test func helpHasTheSectionsThatToolsRead() async throws {
        try await withStage(.anthropic, []) { stage in
            try furnish(stage)
            let outcome = try await stage.apus("exec", "--help")
            #expect(outcome.status == .exited(0) && outcome.stderr.isEmpty, "\(outcome.everything)")
            let sections = try #require(outcome.text.firstRange(of: "Available Models:")).lowerBound
            #expect(
                String(outcome.text[sections...]).hasPrefix(
                    """
                    Available Models:
                      offline                Offline planner

                    Custom Models:
                      custom:broken          Broken
                      custom:Second-Model-1  Second Model (default)

                    Model details:
                      - Broken: supports reasoning: Yes; supported: [
                    """), "\(outcome.text[sections...])")
            #expect(stage.server.requests.isEmpty)
        }
    }

    @Test func everyOptionOfTheOriginalIsInTheHelp() async throws {
        try await withStage(.anthropic, []) { stage in
            let text = try await stage.apus("exec", "-h").text
            let options = [
                "--output-format", "--input-format", "--file", "--auto", "--skip-permissions-unsafe", "--session-id", "--fork", "--model",
                "--reasoning-effort", "--use-spec", "--spec-model", "--spec-reasoning-effort", "--restrict-tools", "--only-tools",
                "--additional-tools", "--add-tools", "--enabled-tools", "--disabled-tools", "--remove-tools", "--list-tools",
                "--disable-builtin-skills", "--cwd", "--worktree", "--worktree-dir", "--tag", "--log-group-id", "--append-system-prompt",
                "--append-system-prompt-file", "--mission", "--worker-model", "--worker-reasoning-effort", "--validator-model",
                "--validator-reasoning-effort", "--allow-background-processes", "--no-hooks", "--debug", "--help", "--max-turns",
                "--timeout", "--droid", "--output-schema", "--mcp-config",
            ]
            for option in options { #expect(text.contains(option), "\(option) is not in the help") }
        }
    }
}
