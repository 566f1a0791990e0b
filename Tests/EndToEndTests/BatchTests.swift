import ApusBase
import ApusTestServer
import Foundation
import Testing

/// The shell patterns of `droid-exec.md` §6.7, and the GitHub Action's arguments of §6.8, with the name `droid` on the path.
@Suite struct BatchTests {
    /// Runs a script as a user's shell would; `droid` is the executable.
    private func shell(_ script: String, on stage: Stage) async throws -> Outcome {
        let folder = "\(stage.home.root)/bin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if !FileManager.default.fileExists(atPath: "\(folder)/droid") {
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/droid", withDestinationPath: stage.executable.path)
        }
        var environment = stage.home.environment
        environment["PATH"] = "\(folder):\(environment["PATH"] ?? "")"
        return try await ChildProcess(
            "/bin/bash", ["-c", script], environment: environment, directory: stage.home.work, scratch: stage.home.scratch
        ).finish(within: .seconds(120))
    }

    @Test func xargsRunsManyAtOnce() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            for number in 1...16 { try stage.home.write("", to: "src/part \(number).ts") }
            let outcome = try await shell(
                #"find src -name "*.ts" -print0 | xargs -0 -P 4 -I {} droid exec --auto low "Refactor file: {}""#, on: stage)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == String(repeating: "done\n", count: 16))
            #expect(Set(stage.server.modelRequests.compactMap(\.lastUserTexts.last)).count == 16)
        }
    }

    @Test func xargsMapsAFailureTo123() async throws {
        try await withStage(.anthropic, .always(.unauthorized())) { stage in
            let outcome = try await shell(#"printf 'a\0b\0' | xargs -0 -P 2 -I {} droid exec "{}""#, on: stage)
            #expect(outcome.status == .exited(123), "\(outcome.everything)")
        }
    }

    @Test func sixteenAtOnceBesideOneThatRuns() async throws {
        let gate = Gate()
        let script = Script([
            ScriptStep(.text("so far ", .wait(gate), "and done"), when: .body(contains: "the long one")),
            ScriptStep(.text("short"), times: .forever),
        ])
        try await withStage(.chatCompletions, script) { stage in
            let long = try stage.start("exec", "-o", "json", "the long one")
            try await gate.reached()
            let outcome = try await shell("seq 16 | xargs -P 16 -I {} droid exec 'short {}'", on: stage)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == String(repeating: "short\n", count: 16))
            #expect(!long.hasEnded)
            gate.open()
            #expect(try await long.finish().result()["result"] == "so far and done")
        }
    }

    @Test func foldersInTheBackgroundOfAShell() async throws {
        let create = Reply.computed { request in
            let hasResult = request.bodyText.contains("tool_result")
            return hasResult ? .text("written") : .toolCall("Create", ["file_path": "report.md", "content": "# Report\n"], id: "call-1")
        }
        try await withStage(.anthropic, .always(create)) { stage in
            for name in ["a", "b", "c d"] { try stage.home.write("", to: "packages/\(name)/keep") }
            let outcome = try await shell(
                #"for p in packages/*; do (cd "$p" && droid exec --auto low "write report.md") & done; wait"#, on: stage)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            for name in ["a", "b", "c d"] { #expect(try stage.home.read("packages/\(name)/report.md") == "# Report\n") }
        }
    }

    @Test func listsOfChangedFilesInPortions() async throws {
        try await withStage(.anthropic, .always(.text("reviewed"))) { stage in
            try stage.home.write("", to: "first.txt")
            try await stage.home.commitEverything()
            _ = try await stage.home.git(["update-ref", "refs/remotes/origin/main", "HEAD"])
            for number in 1...120 { try stage.home.write("x", to: "changed-\(number).txt") }
            _ = try await stage.home.git(["add", "-A"])
            _ = try await stage.home.git(["commit", "-q", "-m", "second"])
            let outcome = try await shell(
                """
                git diff --name-only origin/main...HEAD | split -l 50 - "$HOME/files_"
                for f in "$HOME"/files_*; do droid exec --auto low "Review: $(tr '\\n' ' ' <"$f")"; done
                """, on: stage)
            #expect(outcome.text == "reviewed\nreviewed\nreviewed\n", "\(outcome.everything)")
            let prompts = stage.server.modelRequests.compactMap(\.lastUserTexts.last)
            #expect(prompts.reduce(0) { $0 + $1.ranges(of: "changed-").count } == 120)
        }
    }

    @Test func aLoopThatReadsAListKeepsIt() async throws {
        try await withStage(.anthropic, .always(.text("checked"))) { stage in
            try stage.home.write("one\ntwo\nthree\n", to: "list")
            let outcome = try await shell(#"while read -r f; do droid exec "check $f" </dev/null; done < list"#, on: stage)
            #expect(outcome.text == "checked\nchecked\nchecked\n", "\(outcome.everything)")
            #expect(stage.server.modelRequests.map { $0.endsWithPrompt("check three") } == [false, false, true])
        }
    }

    @Test func aSessionIdFromOneRunContinuesInTheNext() async throws {
        try await withStage(.anthropic, [.text("begun"), .text("continued")]) { stage in
            let outcome = try await shell(
                #"""
                sid=$(droid exec -o json "start" | sed -n 's/.*"session_id":"\([^"]*\)".*/\1/p'); droid exec -s "$sid" "continue"
                """#, on: stage)
            #expect(outcome.text == "continued\n", "\(outcome.everything)")
            #expect(stage.server.modelRequests.last?.tells("start", "begun", "continue") == true)
        }
    }

    // MARK: the action

    private static let action = [
        "exec", "--output-format", "stream-json", "--skip-permissions-unsafe", "--reasoning-effort", "high", "--model", "custom:scripted",
        "--enabled-tools", "Read,Grep,Glob,LS,Execute,github_comment___update_droid_comment", "--append-system-prompt", "Be brief.", "-f",
        "prompt.txt",
    ]

    @Test func theActionsArgumentsWork() async throws {
        try await withStage(.anthropic, [.toolCall("Read", ["file_path": "prompt.txt"], id: "call-1"), .text("reviewed")]) { stage in
            try stage.home.write("Review this pull request.\n", to: "prompt.txt")
            let outcome = try await stage.executable.start(
                BatchTests.action, home: stage.home, environment: ["DROID_EXEC_RUN_TYPE": "droid-review", "FACTORY_API_KEY": "fk-x"],
                stdin: .idlePipe
            ).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let lines = try outcome.lines()
            #expect(lines.allSatisfy { $0["session_id"]?.stringValue?.isEmpty == false })
            #expect(lines.last?["finalText"] == "reviewed")
            #expect(lines.ofType("result").isEmpty)
            #expect(stage.server.modelRequests.first?.tells("Be brief.", "Review this pull request.") == true)
        }
    }

    @Test func theActionFindsTheErrorInTheResultLine() async throws {
        try await withStage(.anthropic, [.unauthorized("no such key")]) { stage in
            try stage.home.write("Review.", to: "prompt.txt")
            let outcome = try await stage.executable.start(BatchTests.action, home: stage.home).finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try #require(try outcome.lines().ofType("result").first)
            #expect(result["is_error"] == true && result["result"]?.stringValue?.contains("no such key") == true)
        }
    }

    @Test func theActionSeesAnInvalidModelAndNothingIsLeftBehind() async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.home.write("Review.", to: "prompt.txt")
            let arguments = BatchTests.action.map { $0 == "custom:scripted" ? "gone-model" : $0 }
            let outcome = try await stage.executable.start(arguments, home: stage.home).finish()
            #expect(outcome.status == .exited(1))
            #expect(outcome.diagnostics.contains("Invalid model: gone-model\nAvailable built-in models:"), "\(outcome.everything)")
            let listed = try JSONValue(parsing: try await stage.apus("sessions", "list", "--json").text)
            #expect(listed.objects.isEmpty, "\(listed.serialized())")
        }
    }

    @Test func theActionsOwnSettingsFileIsTheLastUserLayer() async throws {
        try await withStage(.anthropic, .always(.text("heard"))) { stage in
            let folder = "\(stage.home.user)/.factory/droid"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try #"{"maxAutonomyLevel":"low"}"#.write(toFile: "\(folder)/settings.json", atomically: false, encoding: .utf8)
            let lowered = try await stage.apus("exec", "--auto", "high", "p")
            #expect(lowered.diagnostics.contains("lowered to low"), "\(lowered.everything)")
            try stage.change { $0["maxAutonomyLevel"] = "high" }
            #expect(try await stage.apus("exec", "--auto", "high", "p").stderr.isEmpty)
        }
    }
}
