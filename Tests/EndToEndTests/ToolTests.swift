import ApusBase
import ApusTestServer
import Testing

/// Tools, through the whole house.
@Suite struct ToolTests {
    @Test(arguments: ProviderKind.allCases)
    func twoParallelCallsBothReachTheModel(kind: ProviderKind) async throws {
        let replies: [Reply] = [
            .blocks(
                .interleaved([
                    .toolCall("Read", ["file_path": "first.txt"], id: "call-1", piecesOf: 3),
                    .toolCall("Read", ["file_path": "second.txt"], id: "call-2", piecesOf: 5),
                ])),
            .text("both read"),
        ]
        try await withStage(kind, Script(replies: replies)) { stage in
            try stage.home.write("contents-of-first\n", to: "first.txt")
            try stage.home.write("contents-of-second\n", to: "second.txt")
            let outcome = try await stage.apus("exec", "read both")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == "both read\n")
            let requests = stage.server.modelRequests
            try #require(requests.count == 2)
            // Calls in their order, then their results in the same one.
            #expect(requests[1].tells("call-1", "call-2", "call-1", "contents-of-first", "call-2", "contents-of-second"))
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func anEditShowsInGitExactlyAsAsked(kind: ProviderKind) async throws {
        func script(_ home: TemporaryHome) -> Script {
            let path = JSONValue.string("\(home.work)/poem.txt")
            return Script(replies: [
                .toolCall("Read", ["file_path": path], id: "call-1"),
                .toolCall("Edit", ["file_path": path, "old_str": "are red", "new_str": "are blue"], id: "call-2", piecesOf: 7),
                .text("Changed."),
            ])
        }
        try await withStage(kind, script: script) { stage in
            try stage.home.write("roses\nare red\nviolets\n", to: "poem.txt")
            try stage.home.write("untouched\n", to: "other.txt")
            try await stage.home.commitEverything()
            // OpenAI models have ApplyPatch in its place.
            let outcome = try await stage.apus("exec", "--auto", "low", "--additional-tools", "Edit", "make the roses blue")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == "Changed.\n")
            let status = try await stage.home.git(["status", "--porcelain"])
            let diff = try await stage.home.git(["diff", "--no-color", "--no-ext-diff"])
            #expect(status == " M poem.txt\n")
            let lines = diff.split(separator: "\n").filter { !$0.hasPrefix("index ") }
            #expect(
                lines == [
                    "diff --git a/poem.txt b/poem.txt", "--- a/poem.txt", "+++ b/poem.txt", "@@ -1,3 +1,3 @@", " roses", "-are red",
                    "+are blue", " violets",
                ])
        }
    }

    @Test(arguments: ["json", "stream-json"])
    func garbageOfAToolNeverBreaksALine(format: String) async throws {
        // Not UTF-8, NUL, escape sequences, lone surrogate bytes, line separators, and lines that look like our own.
        let octets = #"\377\376\000\001\033[31m\355\240\200\342\200\250\r\n{\"type\":\"completion\"}\n\n\177"#
        let command = "printf '\(octets)'; printf '\(octets)' >&2; printf '\(octets)' > /proc/self/fd/1"
        let replies: [Reply] = [
            .toolCall("Execute", ["command": .string(command), "riskLevel": "high", "riskLevelReason": "noise"], id: "call-1"),
            .text("heard \u{2028} noise\u{0}"),
        ]
        try await withStage(.chatCompletions, Script(replies: replies)) { stage in
            let outcome = try await stage.apus("exec", "-o", format, "--auto", "high", "make noise")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let lines = try outcome.lines()
            #expect(lines.last?["type"]?.stringValue == (format == "json" ? "result" : "completion"))
            if format == "stream-json" {
                let value = try #require(lines.ofType("tool_result").first?["value"]?.stringValue)
                #expect(value.hasSuffix("[Process exited with code 0]"))
                #expect(lines.kinds == ["system", "message user", "tool_call", "tool_result", "message assistant", "completion"])
            }
        }
    }

    @Test func aCallOfAnUnknownToolIsToldToTheModelAndTheRunGoesOn() async throws {
        try await withStage(.anthropic, [.toolCall("Teleport", ["to": "mars"], id: "call-1"), .text("never mind")]) { stage in
            let outcome = try await stage.apus("exec", "beam me up")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.last?.tells("Teleport", "call-1", "not available") == true)
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func inputThatIsNoJSONIsToldToTheModelAndTheRunGoesOn(kind: ProviderKind) async throws {
        let broken = Block.toolCall(id: "call-1", name: "Read", input: ["{\"file_path\": ", "\"x"])
        try await withStage(kind, [.blocks(broken), .text("sorry")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "read")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let result = try outcome.lines().ofType("tool_result").first
            #expect(result?["isError"] == true)
            #expect(result?["id"] == "call-1")
        }
    }
}
