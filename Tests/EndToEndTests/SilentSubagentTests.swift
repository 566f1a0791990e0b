import ApusBase
import ApusTestServer
import Testing

/// `subagentInactivityTimeout` and totals of runs with subagents, through the real executable.
@Suite struct SilentSubagentTests {
    private static let child = RequestMatcher.body(contains: "You work as a subagent")
    private static let task = Block.toolCall(
        "Task", ["subagent_type": "worker", "description": "a piece of work", "prompt": "work"], id: "call-1")

    @Test func aSilentSubagentIsEndedAfterTheTimeOfTheSettings() async throws {
        let gate = Gate()
        defer { gate.open() }
        let script = Script([
            ScriptStep(.after(gate, .text("never")), when: Self.child), ScriptStep(.blocks(Self.task)), ScriptStep(.text("so be it")),
        ])
        try await withStage(.anthropic, script) { stage in
            try stage.change { $0["subagentInactivityTimeout"] = 1_500 }
            let run = try stage.start("exec", "-o", "stream-json", "--auto", "high", "have it done")
            let outcome = try await run.finish(within: .seconds(120))
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let result = try #require(try outcome.lines().ofType("tool_result").first)
            let text = (result["value"] ?? result["error"]?["message"])?.stringValue ?? ""
            #expect(text.contains("It was ended: nothing was heard of it for 1.5 seconds."), "\(text)")
        }
    }

    /// One in the background ends behind the turn, and counts.
    @Test func tokensOfASubagentInTheBackgroundAreInTheTotals() async throws {
        let gate = Gate()
        let task = Block.toolCall(
            "Task", ["subagent_type": "worker", "description": "a piece of work", "prompt": "work", "run_in_background": true],
            id: "call-1")
        let script = Script([
            ScriptStep(.after(gate, .text("done", usage: TokenCounts(input: 300, output: 40))), when: Self.child),
            ScriptStep(.blocks(task, usage: TokenCounts(input: 10, output: 1))),
            ScriptStep(.text("begun", usage: TokenCounts(input: 20, output: 2))),
        ])
        try await withStage(.anthropic, script) { stage in
            let run = try stage.start("exec", "-o", "json", "--auto", "high", "have it done")
            try await eventually("the turn is over", within: .seconds(120)) { stage.server.modelRequests.count == 3 }
            gate.open()
            let result = try await run.finish(within: .seconds(120)).result()
            #expect(result["result"] == "begun")
            #expect(result["usage"]?["input_tokens"] == 330 && result["usage"]?["output_tokens"] == 43, "\(result)")
            #expect(result["subagent_usage"]?["input_tokens"] == 300 && result["subagent_usage"]?["output_tokens"] == 40, "\(result)")
        }
    }
}
