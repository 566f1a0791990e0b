import ApusBase
import ApusTestServer
import Foundation
import Testing

/// What a person learns about models: `apus models list`, `apus exec --help`, and what a run cost.
@Suite struct ModelListTests {
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

    @Test func everyModelIsListedWithWhatIsKnown() async throws {
        try await withStage(.anthropic, []) { stage in
            try furnish(stage)
            let outcome = try await stage.apus("models", "list", "--json", environment: ["OPENAI_API_KEY": "k"])
            #expect(outcome.status == .exited(0) && outcome.stderr.isEmpty, "\(outcome.everything)")
            let models = try #require(try JSONValue(parsing: outcome.text).arrayValue)
            #expect(models.map { $0["id"]?.stringValue } == ["custom:broken", "custom:Second-Model-1", "gpt-5.4", "offline"])
            #expect(models.map { $0["isDefault"]?.boolValue } == [false, true, false, false])
            #expect(models[0]["problem"]?.stringValue?.contains("${NO_SUCH_VARIABLE}") == true)
            #expect(models[1]["contextTokens"] == 1_000 && models[1]["provider"] == "anthropic")
            #expect(models[1]["source"] == .string("\(stage.home.apus)/settings.json"))
            #expect(models[1]["pricePerMillionTokens"]?["input"]?.doubleValue != nil)
            #expect(models[2]["source"] == "OPENAI_API_KEY")
            #expect(models[3]["pricePerMillionTokens"] == .null)
            let text = try await stage.apus("models", environment: ["OPENAI_API_KEY": "k"]).text
            #expect(text.contains("custom:Second-Model-1  (default)\n  name     Second Model\n"), "\(text)")
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

    @Test func aKnownPriceIsACost() async throws {
        let usage = TokenCounts(input: 1_000_000, output: 100_000)
        try await withStage(.anthropic, [.text("dear", usage: usage), .text("who knows", usage: usage)]) { stage in
            try stage.change { settings in
                guard case .array(var models) = settings["customModels"], case .object(var model) = models[0] else { return }
                model["id"] = "custom:priced"
                model["model"] = "claude-sonnet-4-5"
                models.append(.object(model))
                settings["customModels"] = .array(models)
            }
            let priced = try await stage.apus("exec", "-o", "json", "-m", "custom:priced", "p").result()
            #expect(priced["total_cost_usd"]?.doubleValue.map { ($0 * 100).rounded() } == 450, "\(priced.serialized())")
            let unknown = try await stage.apus("exec", "-o", "json", "p").result()
            #expect(unknown["total_cost_usd"] == nil)
        }
    }
}
