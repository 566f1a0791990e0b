import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// Hooks of the user and of a project, through the real executable.
@Suite struct HookTests {
    private static func execute(_ command: String, id: String = "call-1") -> Reply {
        .toolCall("Execute", ["command": .string(command), "riskLevel": "low", "riskLevelReason": "harmless"], id: id)
    }

    /// A list of hooks of one event.
    private static func hooks(_ event: String, _ commands: String..., matcher: String = "*", timeout: Int = 60) -> JSONValue {
        let hooks = commands.map { command -> JSONValue in
            ["type": "command", "command": .string(command), "timeout": .integer(Int64(timeout))]
        }
        let groups: JSONValue = [["matcher": .string(matcher), "hooks": .array(hooks)]]
        return .object(JSONObject([(event, groups)]))
    }

    private static func write(_ hooks: JSONValue, _ stage: Stage) throws {
        try hooks.serialized().write(toFile: "\(stage.home.apus)/hooks.json", atomically: false, encoding: .utf8)
    }

    @Test func aRewrittenInputIsWhatRuns() async throws {
        let input = #"{"command":"echo rewritten > out.txt","riskLevel":"low","riskLevelReason":"by a hook"}"#
        let answer = #"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow","updatedInput":\#(input)}}"#
        let replies: [Reply] = [Self.execute("echo original > out.txt"), .text("done")]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            try Self.write(Self.hooks("PreToolUse", "echo '\(answer)'", matcher: "Execute"), stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "go")
            #expect(outcome.status == .exited(0) && outcome.text == "done\n", "\(outcome.everything)")
            #expect(outcome.diagnostics == "")
            #expect(try stage.home.read("out.txt") == "rewritten\n")
            #expect(stage.server.modelRequests.last?.bodyText.contains("A hook changed the input of this call to") == true)
        }
    }

    /// What a hook makes of a call is judged by the policy like what a model makes of it.
    @Test func aRewrittenInputMayNotDoMoreThanTheRun() async throws {
        let input = #"{"command":"git push --force","riskLevel":"low","riskLevelReason":"by a hook"}"#
        let answer = #"{"hookSpecificOutput":{"updatedInput":\#(input)}}"#
        try await withStage(.anthropic, Script(replies: [Self.execute("ls")])) { stage in
            try Self.write(Self.hooks("PreToolUse", "echo '\(answer)'"), stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "-o", "json", "go")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(try outcome.result()["permission_denials"]?.arrayValue?.first?["tool_input"]?["command"] == "git push --force")
        }
    }

    @Test func aHookThatHangsIsEndedWithItsTreeAndTheRunGoesOn() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withStage(.anthropic, Script(replies: [Self.execute("echo ran"), .text("done")])) { stage in
            try Self.write(Self.hooks("PreToolUse", tree.command, timeout: 2), stage)
            let outcome = try await stage.executable.start(["exec", "go"], home: stage.home).finish(within: .seconds(120))
            #expect(outcome.status == .exited(0) && outcome.text == "done\n", "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("took longer than 2 s and was ended"), "\(outcome.diagnostics)")
            #expect(tree.alive.isEmpty)
            #expect(stage.server.modelRequests.last?.bodyText.contains("ran") == true, "a hook that fails objects to nothing")
        }
    }

    @Test func theCodeTwoBlocksACallAndTheModelReadsWhy() async throws {
        try await withStage(.anthropic, Script(replies: [Self.execute("echo ran > out.txt"), .text("as you wish")])) { stage in
            try Self.write(Self.hooks("PreToolUse", "echo 'use make instead' >&2; exit 2", matcher: "Execute"), stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "go")
            #expect(outcome.status == .exited(0) && outcome.text == "as you wish\n", "\(outcome.everything)")
            #expect(outcome.diagnostics == "")
            #expect(!stage.home.has("out.txt"))
            #expect(stage.server.modelRequests.last?.bodyText.contains("Error: use make instead") == true)
        }
    }

    @Test func aCommandRegexChoosesCalls() async throws {
        let hooks: JSONValue = [
            "PreToolUse": [
                [
                    "matcher": "Execute", "commandRegex": "git +status",
                    "hooks": [["type": "command", "command": "echo 'not that one' >&2; exit 2"]],
                ]
            ]
        ]
        let replies: [Reply] = [Self.execute("git  status"), Self.execute("echo fine", id: "call-2"), .text("done")]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            try Self.write(hooks, stage)
            let outcome = try await stage.apus("exec", "go")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests[1].bodyText.contains("not that one"))
            #expect(stage.server.modelRequests[2].bodyText.contains("fine"))
        }
    }

    @Test func aRefusedPromptEndsTheRunBeforeAnybodyIsAsked() async throws {
        try await withStage(.anthropic, []) { stage in
            try Self.write(Self.hooks("UserPromptSubmit", #"grep -q password && { echo "no passwords" >&2; exit 2; }; exit 0"#), stage)
            let outcome = try await stage.apus("exec", "-o", "json", "my password is x")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["subtype"] == "failure" && result["is_error"] == true && result["stop_reason"] == "hook_stopped")
            #expect(result["result"] == "The prompt was refused by a hook: no passwords")
            #expect(stage.server.modelRequests.isEmpty)
        }
    }

    @Test func whatIsPrintedBeforeThePromptIsForTheModel() async throws {
        try await withStage(.anthropic, .always(.text("heard"))) { stage in
            try Self.write(Self.hooks("SessionStart", "echo the build is broken", matcher: "startup"), stage)
            let first = try await stage.apus("exec", "-o", "json", "hello")
            #expect(first.status == .exited(0) && first.diagnostics == "", "\(first.everything)")
            #expect(stage.server.modelRequests.first?.tells("the build is broken", "hello") == true)
            // It stands in the transcript; a session that goes on has no such start.
            let second = try await stage.apus("exec", "-s", try first.session(), "more")
            #expect(second.status == .exited(0), "\(second.everything)")
            #expect(stage.server.modelRequests.last?.bodyText.ranges(of: "the build is broken").count == 1)
        }
    }

    @Test(arguments: ["PreToolUse", "PostToolUse", "Stop", "UserPromptSubmit", "SessionStart"])
    func aHookMayEndTheRun(event: String) async throws {
        try await withStage(.anthropic, Script(replies: [Self.execute("echo one"), .text("done")])) { stage in
            try Self.write(Self.hooks(event, #"echo '{"continue": false, "stopReason": "closed"}'"#), stage)
            let outcome = try await stage.apus("exec", "-o", "json", "go")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["result"] == "Stopped by a hook: closed" && result["stop_reason"] == "hook_stopped")
        }
    }

    @Test func aHookMayKeepARunFromItsEndFiveTimes() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try Self.write(Self.hooks("Stop", "echo 'the tests fail' >&2; exit 2"), stage)
            let outcome = try await stage.apus("exec", "-o", "json", "go")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["num_turns"] == 6)
            #expect(stage.server.modelRequests.count == 6)
            #expect(stage.server.modelRequests.last?.bodyText.ranges(of: "the tests fail").count == 5)
        }
    }

    /// More than a pipe takes, for hooks that never look at it.
    @Test func aHookThatReadsNothingHoldsNothingUp() async throws {
        let content = String(repeating: "0123456789abcde\n", count: 1 << 16)
        let replies: [Reply] = [.toolCall("Create", ["file_path": "big.txt", "content": .string(content)], id: "call-1"), .text("done")]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            var both = Self.hooks("PreToolUse", "exec <&-; sleep 0.1", "true").objectValue ?? JSONObject()
            both["PostToolUse"] = Self.hooks("PostToolUse", "exit 0")["PostToolUse"]
            try Self.write(.object(both), stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "go")
            #expect(outcome.status == .exited(0) && outcome.diagnostics == "", "\(outcome.everything)")
            #expect(try stage.home.read("big.txt") == content)
        }
    }

    @Test func aQuestionThatNobodyCanBeAskedStopsTheRun() async throws {
        let answer = #"{"hookSpecificOutput":{"permissionDecision":"ask","permissionDecisionReason":"looks odd"}}"#
        try await withStage(.anthropic, Script(replies: [Self.execute("echo ran > out.txt")])) { stage in
            try Self.write(Self.hooks("PreToolUse", "echo '\(answer)'"), stage)
            let outcome = try await stage.apus("exec", "--skip-permissions-unsafe", "-o", "json", "go")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["stop_reason"] == "permission_denied")
            #expect(result["permission_denials"]?.arrayValue?.map { $0["reason"] } == ["looks odd"])
            #expect(
                result["result"]?.stringValue?.hasPrefix("Exec ended early: insufficient permission to proceed. A hook wants a person")
                    == true)
            #expect(!outcome.everything.contains("use --skip-permissions-unsafe"), "it does not help")
            #expect(outcome.diagnostics.contains("a hook wants a person to be asked (looks odd), and here nobody can be"))
            #expect(!stage.home.has("out.txt"))
        }
    }

    /// What a hook permitted stands in the log, with its name and the hash of what it permitted.
    @Test func thePermissionOfAHookCanBeLookedUp() async throws {
        let answer = #"{"hookSpecificOutput":{"permissionDecision":"allow"}}"#
        let replies: [Reply] = [Self.execute("echo ran > out.txt"), .text("done")]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            try Self.write(Self.hooks("PreToolUse", "echo '\(answer)'"), stage)
            let outcome = try await stage.apus("exec", "-o", "json", "go")
            #expect(outcome.status == .exited(0) && stage.home.has("out.txt"), "\(outcome.everything)")
            let shown = try JSONValue(parsing: try await stage.show(try outcome.session()).text)
            let kept = try #require(shown.objects.compactMap { $0["permission"] }.first, "\(shown.serialized())")
            #expect(kept["actionHash"]?.stringValue?.count == 64 && kept["hooks"] == [.string("echo '\(answer)'")], "\(kept)")
        }
    }

    @Test func theTranscriptIsARealFile() async throws {
        let copy = #"t=$(sed -n 's/.*"transcript_path":"\([^"]*\)".*/\1/p'); cp "$t" transcript.jsonl"#
        try await withStage(.anthropic, Script(replies: [Self.execute("echo from-the-call"), .text("the last word")])) { stage in
            try Self.write(Self.hooks("Stop", copy), stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "-o", "json", "the prompt")
            #expect(outcome.status == .exited(0) && outcome.diagnostics == "", "\(outcome.everything)")
            let lines = try stage.home.read("transcript.jsonl").split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            #expect(lines.first?["type"] == "session_start")
            #expect(lines.first?["id"] == .string(try outcome.session()))
            let messages = lines.filter { $0["type"] == "message" && $0["message"]?["visibility"] == nil }
            #expect(messages.map { $0["message"]?["role"] } == ["user", "assistant", "user", "assistant"])
            let text = messages.map { $0.serialized() }
            #expect(text[0].contains("the prompt") && text[1].contains("tool_use") && text[2].contains("from-the-call"))
            #expect(text[3].contains("the last word"))
            let path = "\(stage.home.apus)/transcripts/\(try outcome.session()).jsonl"
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    /// A hook is held to what the run may do.
    @Test func aHookStandsBehindTheWallOfTheRun() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try Self.write(Self.hooks("Stop", "echo x > out.txt; echo x > \(stage.home.user)/out.txt; exit 0"), stage)
            let outcome = try await stage.apus("exec", "go")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(!stage.home.has("out.txt"), "nothing is written at the default level")
            #expect(!FileManager.default.fileExists(atPath: "\(stage.home.user)/out.txt"))
        }
    }

    // MARK: Which of them run

    @Test func hooksOfAProjectRunOnlyWhenItIsTrusted() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try stage.home.write(Self.hooks("Stop", "echo x > ran.txt").serialized(), to: ".factory/hooks.json")
            let first = try await stage.apus("exec", "--auto", "low", "go")
            #expect(first.status == .exited(0) && !stage.home.has("ran.txt"), "\(first.everything)")
            #expect(first.diagnostics.contains(".factory/hooks.json"), "and this is told")
            let second = try await stage.apus("exec", "--auto", "low", "--trust-project", "go")
            #expect(second.status == .exited(0) && second.diagnostics == "", "\(second.everything)")
            #expect(stage.home.has("ran.txt"))
        }
    }

    @Test func aChangedScriptOfATrustedProjectDoesNotRun() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try stage.home.write(Self.hooks("Stop", "sh .factory/hooks/check.sh").serialized(), to: ".factory/hooks.json")
            try stage.home.write("echo x > ran.txt", to: ".factory/hooks/check.sh")
            _ = try await stage.apus("trust")
            _ = try await stage.apus("exec", "--auto", "low", "go")
            #expect(stage.home.has("ran.txt"))
            try stage.home.write("echo x > pwned.txt", to: ".factory/hooks/check.sh")
            let outcome = try await stage.apus("exec", "--auto", "low", "go")
            #expect(!stage.home.has("pwned.txt"))
            #expect(outcome.diagnostics.contains(".factory/hooks/check.sh is not trusted as it is now"), "\(outcome.diagnostics)")
        }
    }

    /// A command of the session changes the script that guards its next command.
    @Test func aScriptThatTheAgentChangesLetsNothingThrough() async throws {
        let replies: [Reply] = [
            Self.execute("echo 'exit 0' > .factory/hooks/guard.sh"), Self.execute("echo x > pwned.txt", id: "call-2"), .text("done"),
        ]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            try stage.home.write(
                Self.hooks("PreToolUse", "sh .factory/hooks/guard.sh").serialized(), to: ".factory/hooks.json")
            try stage.home.write("grep -q pwned && exit 2; exit 0\n", to: ".factory/hooks/guard.sh")
            _ = try await stage.apus("trust")
            let outcome = try await stage.apus("exec", "--auto", "high", "go")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try stage.home.read(".factory/hooks/guard.sh") == "exit 0\n")
            #expect(!stage.home.has("pwned.txt"))
            #expect(outcome.diagnostics.contains(".factory/hooks/guard.sh is not trusted as it is now"), "\(outcome.diagnostics)")
            #expect(stage.server.modelRequests.last?.bodyText.contains("is not trusted as it is now") == true)
        }
    }

    @Test func wrappedEventsAreUsedAndRemarkedUpon() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try Self.write(["hooks": Self.hooks("Stop", "echo x > ran.txt")], stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "go")
            #expect(outcome.status == .exited(0) && stage.home.has("ran.txt"), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("events belong at the top of the file"))
        }
    }

    @Test func noHooksMeansNoHooks() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try Self.write(Self.hooks("Stop", "echo x > ran.txt"), stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "--no-hooks", "go")
            #expect(outcome.status == .exited(0) && !stage.home.has("ran.txt"), "\(outcome.everything)")
            try stage.change { $0["hooksDisabled"] = true }
            #expect(try await stage.apus("exec", "--auto", "low", "go").status == .exited(0))
            #expect(!stage.home.has("ran.txt"))
        }
    }

    @Test func aHookThatFailsIsToldToPeopleAndStopsNothing() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try stage.change { $0["showHookOutput"] = true }
            try Self.write(Self.hooks("Stop", "echo to people; echo 'no such thing' >&2; exit 3"), stage)
            let outcome = try await stage.apus("exec", "go")
            #expect(outcome.status == .exited(0) && outcome.text == "done\n", "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("ended with code 3: no such thing"))
            #expect(outcome.diagnostics.contains("to people"))
        }
    }

    @Test func theEndOfASessionIsTold() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try Self.write(Self.hooks("SessionEnd", "cat > end.json"), stage)
            let outcome = try await stage.apus("exec", "--auto", "low", "go")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let event = try JSONValue(parsing: try stage.home.read("end.json"))
            #expect(event["hook_event_name"] == "SessionEnd" && event["reason"] == "other" && event["permission_mode"] == "auto-low")
            #expect(event["cwd"] == .string(stage.home.work))
        }
    }

    @Test func whatHooksSayOfTheEndOfASessionIsToldToPeople() async throws {
        try await withStage(.anthropic, .always(.text("done"))) { stage in
            try Self.write(
                Self.hooks("SessionEnd", "echo 'do not forget' >&2; exit 2", "exit 4", #"echo '{"systemMessage":"bye"}'"#), stage)
            let outcome = try await stage.apus("exec", "-o", "json", "go")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["result"] == "done")
            #expect(outcome.diagnostics.contains("says: do not forget"), "\(outcome.diagnostics)")
            #expect(outcome.diagnostics.contains("ended with code 4") && outcome.diagnostics.contains("bye\n"), "\(outcome.diagnostics)")
        }
    }

    @Test func whatHooksSayOfSubagentsIsToldToPeople() async throws {
        let child = RequestMatcher.body(contains: "You work as a subagent")
        let input: JSONValue = ["subagent_type": "explorer", "description": "a piece of work", "prompt": "look"]
        let script = Script([
            ScriptStep(.text("seen"), when: child), ScriptStep(.toolCall("Task", input, id: "call-1")), ScriptStep(.text("done")),
        ])
        try await withStage(.anthropic, script) { stage in
            try Self.write(Self.hooks("SubagentStop", "echo broken >&2; exit 3", #"echo '{"systemMessage":"one is done"}'"#), stage)
            let outcome = try await stage.apus("exec", "--auto", "high", "go")
            #expect(outcome.status == .exited(0) && outcome.text == "done\n", "\(outcome.everything)")
            #expect(outcome.diagnostics.ranges(of: "ended with code 3: broken").count == 1, "\(outcome.diagnostics)")
            #expect(outcome.diagnostics.ranges(of: "one is done").count == 1, "\(outcome.diagnostics)")
        }
    }

    // MARK: Clients

    @Test func clientsOfTheDroidProtocolHearOfThem() async throws {
        try await withConnection(.always(.text("done"))) { stage, connection in
            try Self.write(Self.hooks("UserPromptSubmit", "echo noted", timeout: 9), stage.stage)
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                var messages: [HookMessage] = []
                for try await message in session.stream("hello") {
                    if case .hook(let hook) = message { messages.append(hook) }
                }
                #expect(messages.map(\.status) == [.started, .completed])
                #expect(messages.allSatisfy { $0.eventName == .userPromptSubmit && $0.command == "echo noted" && $0.timeout == 9 })
                #expect(messages.last?.exitCode == 0 && messages.last?.stdout == "noted\n")
            }
        }
    }
}
