import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Golden files of runs around the loop: subagents, hooks, plans, forks. One provider is enough: `GoldenTests` shows that they are alike.
@Suite struct GoldenRunTests {
    private static let formats = [("json", "json"), ("stream-json", "stream.jsonl")]
    private static let usage = TokenCounts(input: 20, output: 5, cacheRead: 7)

    /// What a run printed, with its own values replaced, and those of sessions that have none of the known members around them.
    private func expect(_ name: String, _ format: (name: String, suffix: String), _ outcome: Outcome, on stage: Stage) throws {
        var normaliser = Normaliser(home: stage.home, port: stage.server.port)
        let lines = normaliser.lines(try outcome.lines().withSortedResults)
        expectGolden("\(name).\(format.suffix)", lines.replacing(#/session_id: [0-9a-f-]{36}/#, with: "session_id: <child>"))
    }

    private static func execute(_ command: String) -> Reply {
        .blocks(
            .toolCall("Execute", ["command": .string(command), "riskLevel": "low", "riskLevelReason": "harmless"], id: "call-1"),
            usage: usage)
    }

    private static func hook(_ event: String, _ matcher: String, _ command: String, timeout: Int64 = 60, on stage: Stage) throws {
        let hook: JSONValue = ["type": "command", "command": .string(command), "timeout": .integer(timeout)]
        let group: JSONValue = ["matcher": .string(matcher), "hooks": [hook]]
        let hooks = JSONValue.object(JSONObject([(event, .array([group]))]))
        try hooks.serialized().write(toFile: "\(stage.home.apus)/hooks.json", atomically: false, encoding: .utf8)
    }

    // MARK: Subagents

    /// Two of them and a call of the parent's own, all of one response; the tokens of all are in the totals.
    @Test(arguments: formats) func subagentsBesideWorkOfTheParent(format: (name: String, suffix: String)) async throws {
        let gate = Gate()
        func child(_ marker: String, _ text: String) -> ScriptStep {
            let answer = Reply.text(Fragment.piece(text), usage: TokenCounts(input: 300, output: 40, cacheRead: 0))
            return ScriptStep(.after(gate, answer), when: .body(contains: "You work as a subagent").and(.body(contains: marker)))
        }
        func task(_ kind: String, _ prompt: String, id: String) -> Block {
            .toolCall("Task", ["subagent_type": .string(kind), "description": "a piece of work", "prompt": .string(prompt)], id: id)
        }
        let own = Reply.blocks(
            .text(["Both at once."]), task("explorer", "find ALPHA", id: "call-1"), task("worker", "mend BETA", id: "call-2"),
            .toolCall("Read", ["file_path": "notes.txt"], id: "call-3"), usage: Self.usage)
        let script = Script([
            child("ALPHA", "alpha is found"), child("BETA", "beta is mended"), ScriptStep(own),
            ScriptStep(.text("Both are done.", usage: Self.usage)),
        ])
        try await withStage(.anthropic, script) { stage in
            try Scene.furnish(stage.home)
            let run = try stage.start("exec", "-o", format.name, "--auto", "high", "do both")
            // Neither has its answer before both have asked.
            try await gate.reached(by: 2, within: .seconds(120))
            gate.open()
            let outcome = try await run.finish(within: .seconds(120))
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            try expect("subagents", format, outcome, on: stage)
        }
    }

    // MARK: Hooks

    @Test(arguments: formats) func aHookThatRewritesAnInput(format: (name: String, suffix: String)) async throws {
        let input = #"{"command":"echo rewritten | tee out.txt","riskLevel":"low","riskLevelReason":"by a hook"}"#
        let answer = #"{"hookSpecificOutput":{"hookEventName":"PreToolUse","permissionDecision":"allow","updatedInput":\#(input)}}"#
        let script: Script = [Self.execute("echo original | tee out.txt"), .text("Done.", usage: Self.usage)]
        try await withStage(.anthropic, script) { stage in
            try Self.hook("PreToolUse", "Execute", "echo '\(answer)'", on: stage)
            let outcome = try await stage.apus("exec", "-o", format.name, "--auto", "low", "write it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try stage.home.read("out.txt") == "rewritten\n")
            try expect("hook-rewrites", format, outcome, on: stage)
        }
    }

    @Test(arguments: formats) func aHookThatHangs(format: (name: String, suffix: String)) async throws {
        try await withStage(.anthropic, [Self.execute("echo ran"), .text("Done.", usage: Self.usage)]) { stage in
            try Self.hook("PreToolUse", "Execute", "sleep 1000", timeout: 1, on: stage)
            let run = try stage.start("exec", "-o", format.name, "run it")
            let outcome = try await run.finish(within: .seconds(120))
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("took longer than 1 s and was ended"), "\(outcome.diagnostics)")
            try expect("hook-hangs", format, outcome, on: stage)
        }
    }

    // MARK: Plans

    /// Where nobody can be asked, a hook may still change what was planned: the changed plan is what is carried out.
    @Test(arguments: formats) func anEditedPlanIsCarriedOut(format: (name: String, suffix: String)) async throws {
        let edited = ##"{"plan":"# Greet\n\n1. Create `bonjour.txt`.\n","title":"Greet"}"##
        let answer = #"{"hookSpecificOutput":{"hookEventName":"PreToolUse","updatedInput":\#(edited)}}"#
        let create = { (path: String, id: String) -> Reply in
            .blocks(.toolCall("Create", ["file_path": .string(path), "content": "hello\n"], id: id), usage: Self.usage)
        }
        let script: Script = [
            create("early.txt", "call-1"),
            .blocks(
                .toolCall("ExitSpecMode", ["plan": "# Greet\n\n1. Create `hello.txt`.\n", "title": "Greet"], id: "call-2"),
                usage: Self.usage),
            create("bonjour.txt", "call-3"), .text("Fait.", usage: Self.usage),
        ]
        try await withStage(.anthropic, script) { stage in
            try Self.hook("PreToolUse", "ExitSpecMode", "printf %s '\(answer)'", on: stage)
            let outcome = try await stage.apus("exec", "-o", format.name, "--use-spec", "--auto", "low", "Greet.")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(!stage.home.has("early.txt") && !stage.home.has("hello.txt"))
            #expect(try stage.home.read("bonjour.txt") == "hello\n")
            #expect(stage.server.modelRequests.last?.tells("Create `bonjour.txt`") == true)
            try expect("spec-edited", format, outcome, on: stage)
        }
    }

    // MARK: Forks

    /// A copy is asked while its source stands in the middle of a turn; both end as if the other were not there.
    @Test(arguments: formats) func aForkDuringARunningTurn(format: (name: String, suffix: String)) async throws {
        let gate = Gate()
        let script = Script([
            ScriptStep(.text("Of the copy.", usage: Self.usage), when: .body(contains: "ask-the-copy")),
            ScriptStep(.blocks(.toolCall("Read", ["file_path": "notes.txt"], id: "call-1"), usage: Self.usage)),
            ScriptStep(.after(gate, .text("Two lines.", usage: Self.usage))),
        ])
        try await withStage(.anthropic, script) { stage in
            try Scene.furnish(stage.home)
            let source = try stage.start("exec", "-o", format.name, "read the notes")
            try await gate.reached(within: .seconds(120))
            let listed = try JSONValue(parsing: try await stage.apus("sessions", "list", "--json").text).arrayValue ?? []
            let session = try #require(listed.first?["id"]?.stringValue)
            let fork = try await stage.apus("exec", "-o", format.name, "--fork", session, "ask-the-copy")
            #expect(fork.status == .exited(0), "\(fork.everything)")
            #expect(!source.hasEnded)
            let asked = try #require(stage.server.modelRequests.last)
            #expect(asked.tells("read the notes", "call-1", "alpha", "ask-the-copy"))
            gate.open()
            let outcome = try await source.finish(within: .seconds(120))
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.session() == session && fork.session() != session)
            try expect("fork-copy", format, fork, on: stage)
            try expect("fork-source", format, outcome, on: stage)
        }
    }
}
