import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Calls that need more than the run was given.
@Suite struct PermissionTests {
    private static let prefix = "Exec ended early: insufficient permission to proceed."
    private static let unsafe = "For destructive commands, use --skip-permissions-unsafe."

    private static func execute(_ command: String, id: String) -> Block {
        .toolCall("Execute", ["command": .string(command), "riskLevel": "low", "riskLevelReason": "harmless, honestly"], id: id)
    }

    @Test(arguments: ProviderKind.allCases)
    func oneRefusedCallStopsTheWholeResponse(kind: ProviderKind) async throws {
        let replies: [Reply] = [
            .blocks(
                .text("Will do."), .toolCall("Create", ["file_path": "new.txt", "content": "x"], id: "call-1"),
                PermissionTests.execute("git push --force", id: "call-2"))
        ]
        try await withStage(kind, Script(replies: replies)) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "--auto", "low", "publish")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(!stage.home.has("new.txt"))
            let sentence = "\(PermissionTests.prefix) Re-run with --auto high. \(PermissionTests.unsafe)"
            let lines = try outcome.lines()
            #expect(
                lines.kinds == [
                    "system", "message user", "message assistant", "tool_call", "tool_call", "tool_result", "tool_result",
                    "message assistant", "error", "result",
                ])
            let results = lines.ofType("tool_result")
            let errors = Dictionary(uniqueKeysWithValues: results.map { ($0["id"]?.stringValue, $0["error"]) })
            #expect(
                errors == [
                    "call-1": [
                        "type": "tool_error", "message": "Error: not run because another call in this step was not permitted",
                    ],
                    "call-2": ["type": "tool_error", "message": .string("Error: \(sentence)")],
                ])
            #expect(results.allSatisfy { $0["isError"] == true })
            #expect(lines.ofType("message").last?["text"] == .string(sentence))
            #expect(lines.ofType("error").first?["source"] == "cli")
            #expect(lines.ofType("error").first?["message"] == .string(sentence))
            let result = try #require(lines.last)
            #expect(result["subtype"] == "failure")
            #expect(result["is_error"] == true)
            #expect(result["num_turns"] == 0)
            #expect(result["result"] == .string(sentence))
            #expect(result["stop_reason"] == "permission_denied")
            let denials = result["permission_denials"]?.arrayValue ?? []
            #expect(denials.map { $0["tool_name"] } == ["Execute"])
            #expect(denials.map { $0["tool_use_id"] } == ["call-2"])
            #expect(denials.first?["tool_input"]?["command"] == "git push --force")
            #expect(denials.first?["required_autonomy"] == "high")
            #expect(outcome.diagnostics.contains("blocked: Execute \"git push --force\""))
            #expect(stage.server.modelRequests.count == 1)
        }
    }

    @Test func theTextIsTheSentenceAndNothingElse() async throws {
        try await withStage(.anthropic, [.toolCall("Create", ["file_path": "new.txt", "content": "x"], id: "call-1")]) { stage in
            let outcome = try await stage.apus("exec", "create new.txt")
            #expect(outcome.status == .exited(1))
            #expect(
                outcome.text
                    == "\(PermissionTests.prefix) Re-run with --auto low, --auto medium or --auto high. \(PermissionTests.unsafe)\n")
            #expect(!stage.home.has("new.txt"))
        }
    }

    @Test func aRunThatMayGoOnTellsTheModelAndEndsWell() async throws {
        let replies: [Reply] = [
            .blocks(.toolCall("Create", ["file_path": "new.txt", "content": "x"], id: "call-1")), .text("Then read only."),
        ]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            let outcome = try await stage.apus("exec", "--on-denied", "continue", "-o", "json", "create new.txt")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let result = try #require(try outcome.lines().last)
            #expect(result["result"] == "Then read only.")
            #expect(result["permission_denials"]?[0]?["required_autonomy"] == "low")
            #expect(!stage.home.has("new.txt"))
            #expect(stage.server.modelRequests.count == 2)
        }
    }

    @Test(arguments: [
        (["--auto", "low"], "touch made.txt", false), (["--auto", "medium"], "touch made.txt", true),
        (["--auto", "high"], "touch made.txt", true), (["--skip-permissions-unsafe"], "touch made.txt", true),
        ([], "touch made.txt", false), ([], "ls", true), (["--auto", "low"], "ls; touch made.txt", false),
        ([], "ls > made.txt", false), ([], "$(touch made.txt)", false),
    ])
    func commandsRunOnlyAtTheirLevel(options: [String], command: String, runs: Bool) async throws {
        let replies: [Reply] = [.blocks(PermissionTests.execute(command, id: "call-1")), .text("ran")]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            let outcome = try await stage.executable.start(["exec"] + options + ["go"], home: stage.home).finish()
            #expect(outcome.status == .exited(runs ? 0 : 1), "\(outcome.everything)")
            #expect(stage.home.has("made.txt") == (runs && command.contains("made.txt")))
        }
    }

    @Test(arguments: ["low", "medium"])
    func writingToTheSystemNeedsHigh(level: String) async throws {
        let path = "/apus-e2e-\(UUID().uuidString).txt"
        defer {
            // Only there when the test fails.
            try? FileManager.default.removeItem(atPath: path)
        }
        try await withStage(.anthropic, [.toolCall("Create", ["file_path": .string(path), "content": "x"], id: "call-1")]) { stage in
            let outcome = try await stage.apus("exec", "--auto", level, "write to the root")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.text == "\(PermissionTests.prefix) Re-run with --auto high. \(PermissionTests.unsafe)\n")
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }
}
