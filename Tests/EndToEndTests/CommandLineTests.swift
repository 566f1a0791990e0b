import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Rows of `droid-exec.md` §1.2 and §1.3 that `PromptTests` does not have.
@Suite struct CommandLineTests {
    @Test(arguments: [
        (["--worktree=a..b", "p"], "a..b"), (["--worktree=-x", "p"], "-x"), (["-w", "name"], "No prompt"),
        (["-w", "x", "--worktree-dir", "", "p"], "--worktree-dir"),
        (["--spec-reasoning-effort", "huge", "p"], "huge"), (["--mission", "p"], "--mission"),
        (["--use-spec", "--mission", "p"], "--mission"),
        (["--worker-model", "x", "p"], "--worker-model"), (["--worker-reasoning-effort", "low", "p"], "--worker-reasoning-effort"),
        (["--validator-model", "x", "p"], "--validator-model"),
        (["--validator-reasoning-effort", "low", "p"], "--validator-reasoning-effort"),
        (["-o", "acp", "p"], "--output-format acp"),
        (["-o", "acp-daemon", "p"], "--output-format acp-daemon"),
        (["--input-format", "stream-jsonrpc", "-o", "stream-jsonrpc", "p"], "no prompt"),
        (["--input-format", "stream-jsonrpc", "-o", "stream-jsonrpc", "-f", "p"], "no prompt"),
        (["--input-format", "stream-jsonrpc", "-o", "stream-jsonrpc", "--disable-builtin-skills"], "disableBuiltinSkills"),
        (["--input-format", "stream-jsonrpc", "-o", "stream-jsonrpc", "--max-turns", "3"], "--max-turns"),
        (["--input-format", "stream-jsonrpc", "-o", "stream-jsonrpc", "--droid", "x"], "--droid"),
        (["--input-format", "stream-jsonrpc", "p"], "must match"), (["-o", "stream-jsonrpc", "p"], "must match"),
        (["--input-format", "stream-json", "p"], "stream-jsonrpc"), (["--input-format", "yaml", "p"], "yaml"),
        (["--restrict-tools", "Read,Foo Bar", "p"], "Unknown tool identifier(s): Foo, Bar"),
        (["--disabled-tools", "read", "p"], "Unknown tool identifier(s): read"),
        (["--tag", "{\"nome\":1}", "p"], "\"name\""), (["--tag", "{", "p"], "not valid JSON"), (["--tag", "", "p"], "--tag"),
        (["--output-schema", "missing.json", "p"], "missing.json"), (["--output-schema", "broken.json", "p"], "not valid JSON"),
        (["--output-schema", "odd.json", "p"], "/type"), (["--max-turns", "0", "p"], "--max-turns"),
        (["--timeout", "0", "p"], "--timeout"),
        (["-r", "huge", "p"], "huge"),
    ])
    func whatCannotBeIsTwoWithASentenceAndNothingOnStdout(arguments: [String], complaint: String) async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.home.write("{", to: "broken.json")
            try stage.home.write(#"{"type":"text"}"#, to: "odd.json")
            try await stage.refuses(arguments, saying: complaint)
        }
    }

    @Test(arguments: [
        (
            [],
            ["Read", "LS", "Grep", "Glob", "Create", "Edit", "Execute", "FetchUrl", "TodoWrite", "Skill", "Task", "TaskOutput", "TaskStop"]
        ),
        (
            ["--restrict-tools", ""],
            ["Read", "LS", "Grep", "Glob", "Create", "Edit", "Execute", "FetchUrl", "TodoWrite", "Skill", "Task", "TaskOutput", "TaskStop"]
        ),
        (["--restrict-tools", "read-cli 'LS',Bash"], ["Read", "LS", "Execute"]),
        (["--only-tools", "Read", "--only-tools", "Glob"], ["Read", "Glob"]),
        (["--restrict-tools", "Read,LS,Grep", "--disabled-tools", "LS"], ["Read", "Grep"]),
        (["--restrict-tools", "Read,ApplyPatch", "--additional-tools", "ApplyPatch"], ["Read", "ApplyPatch"]),
        (["--restrict-tools", "Read,ApplyPatch"], ["Read"]),
        (
            ["--add-tools", "apply-patch-cli", "--remove-tools", "Execute,WebSearch,linear___list"],
            [
                "Read", "LS", "Grep", "Glob", "Create", "Edit", "ApplyPatch", "FetchUrl", "TodoWrite", "Skill", "Task", "TaskOutput",
                "TaskStop",
            ]
        ),
    ])
    func toolListsCombine(arguments: [String], tools: [String]) async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            let outcome = try await stage.executable.start(["exec", "-o", "stream-json", "p"] + arguments, home: stage.home).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.stderr.isEmpty, "\(outcome.diagnostics)")
            #expect(try outcome.lines().first?["tools"] == .array(tools.map { .string($0) }))
            let offered = stage.server.modelRequests.first?.body["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
            #expect(offered == tools)
        }
    }

    @Test func aToolThatWasSwitchedOffIsRefusedAndTheRunGoesOn() async throws {
        try await withStage(.anthropic, [.toolCall("Read", ["file_path": "x"], id: "call-1"), .text("so be it")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "--disabled-tools", "Read", "p")
            let lines = try outcome.lines()
            #expect(
                lines.ofType("tool_result").first?["error"]?["message"] == "Error: Tool Read is not available in this session",
                "\(outcome.everything)")
            #expect(lines.last?["finalText"] == "so be it")
        }
    }

    @Test func theOldNameOfAnOptionAndAMissingToolAreToldAndTheRunGoesOn() async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            let outcome = try await stage.apus("exec", "--enabled-tools", "Read, WebSearch, github___comment", "p")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(
                outcome.diagnostics == """
                    --enabled-tools is deprecated; use --additional-tools.
                    The tool WebSearch is not available in this version; going on without it.

                    """)
        }
    }

    @Test(arguments: [
        (["--auto", "high"], "medium", "--auto high was lowered to medium by maxAutonomyLevel in the settings.\n"),
        (["--skip-permissions-unsafe"], "off", "--skip-permissions-unsafe was lowered to read-only by maxAutonomyLevel in the settings.\n"),
        (["--auto", "low"], "medium", ""), (["--skip-permissions-unsafe"], "high", ""),
    ])
    func theSettingsLimitAutonomy(arguments: [String], limit: String, sentence: String) async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            try stage.change { $0["maxAutonomyLevel"] = .string(limit) }
            let outcome = try await stage.executable.start(["exec", "p"] + arguments, home: stage.home).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics == sentence)
        }
    }

    @Test func aLoweredLevelReallyHolds() async throws {
        try await withStage(.anthropic, [.toolCall("Create", ["file_path": "x", "content": "y"], id: "call-1")]) { stage in
            try stage.change { $0["maxAutonomyLevel"] = "off" }
            let outcome = try await stage.apus("exec", "--skip-permissions-unsafe", "-o", "json", "p")
            #expect(try outcome.result()["stop_reason"] == "permission_denied", "\(outcome.everything)")
            #expect(!stage.home.has("x"))
        }
    }

    @Test func tagsAndLabelsStayWithTheSession() async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            let outcome = try await stage.apus(
                "exec", "-o", "json", "--tag", "nightly", "--tag", #"{"name":"team","value":"platform","metadata":{"area":"docs"}}"#,
                "--log-group-id", "run-7", "--enabled-tools", "WebSearch", "p", environment: ["DROID_EXEC_RUN_TYPE": "droid-review"])
            #expect(outcome.diagnostics.split(separator: "\n").allSatisfy { $0.hasPrefix("[run-7] ") }, "\(outcome.diagnostics)")
            #expect(!outcome.stderr.isEmpty)
            let shown = try JSONValue(parsing: try await stage.show(try outcome.session()).text)
            let labels = shown.objects.compactMap { $0["labels"] }.first
            #expect(
                labels
                    == [
                        ["name": "exec"], ["name": "nightly"], ["name": "team", "metadata": ["area": "docs", "value": "platform"]],
                        ["name": "log-group", "metadata": ["id": "run-7"]], ["name": "run-type", "metadata": ["value": "droid-review"]],
                    ], "\(shown.serialized())")
        }
    }

    @Test func whatIsAcceptedWithoutEffectChangesNothing() async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            let outcome = try await stage.apus(
                "exec", "--no-hooks", "--allow-background-processes", "-o", "debug", "p",
                environment: ["FACTORY_DROID_AUTO_UPDATE_ENABLED": "false", "FACTORY_UPSTREAM_CLIENT_TYPE": "sdk"])
            #expect(outcome.status == .exited(0) && outcome.stderr.isEmpty, "\(outcome.everything)")
            #expect(try outcome.lines().last?["type"] == "completion")
        }
    }

    @Test(arguments: [
        (nil, "completion", ["completion"], ["error", "completion"]), (nil, "result", ["result"], ["error", "result"]),
        (nil, "both", ["completion", "result"], ["error", "completion", "result"]), (nil, "auto", ["completion"], ["error", "result"]),
        ("both", "result", ["completion", "result"], ["error", "completion", "result"]),
    ])
    func theLastLineOfAStreamCanBeChosen(variable: String?, setting: String, success: [String], failure: [String]) async throws {
        let environment = variable.map { ["DROID_STREAM_JSON_TERMINAL": $0] } ?? [:]
        try await withStage(.anthropic, [.text("heard"), .unauthorized()]) { stage in
            try stage.change { $0["exec"] = ["streamJsonTerminal": .string(setting)] }
            let good = try await stage.apus("exec", "-o", "stream-json", "p", environment: environment)
            #expect(try good.lines().kinds.drop { $0 != "message assistant" }.dropFirst() == success[...], "\(good.everything)")
            let bad = try await stage.apus("exec", "-o", "stream-json", "p", environment: environment)
            #expect(try bad.lines().kinds.drop { $0 != "message user" }.dropFirst() == failure[...], "\(bad.everything)")
            #expect(bad.status == .exited(1))
        }
    }
}
