import ApusBase
import ApusTestServer
import Testing

/// `--output-schema` (`droid-exec.md` R-LOOP-07).
@Suite struct StructuredOutputTests {
    static let schema = """
        {"type":"object","required":["count"],"additionalProperties":false,"properties":{"count":{"type":"integer","minimum":0}}}
        """

    @Test(arguments: ProviderKind.allCases)
    func anAnswerThatFitsIsGivenAsAValue(kind: ProviderKind) async throws {
        try await withStage(kind, [.toolCall("LS", [:], id: "call-1"), .text("```json\n{\"count\": 3}\n```")]) { stage in
            try stage.home.write(StructuredOutputTests.schema, to: "schema.json")
            let outcome = try await stage.apus("exec", "-o", "json", "--output-schema", "schema.json", "how many?")
            let result = try outcome.result()
            #expect(result["structured_output"] == ["count": 3], "\(outcome.everything)")
            #expect(result["result"] == #"{"count":3}"#, "without the fence")
            #expect(result["subtype"] == "success")
            #expect(stage.server.modelRequests.first?.tells("additionalProperties", "how many?") == true)
        }
    }

    @Test func twoRepairsAreAskedForWithWhatIsWrong() async throws {
        let replies: Script = [.text("three"), .text(#"{"count":"3"}"#), .text(#"{"count":3}"#)]
        try await withStage(.anthropic, replies) { stage in
            try stage.home.write(StructuredOutputTests.schema, to: "schema.json")
            let outcome = try await stage.apus("exec", "-o", "stream-json", "--output-schema", "schema.json", "how many?")
            let last = try #require(try outcome.lines().last)
            #expect(last["structured_output"] == ["count": 3], "\(outcome.everything)")
            #expect(last["numTurns"] == 3)
            #expect(stage.server.modelRequests[1].tells("three", "not one JSON value"))
            #expect(stage.server.modelRequests[2].tells("/count must be integer, not string"))
        }
    }

    @Test func anAnswerThatNeverFitsEndsWithOne() async throws {
        try await withStage(.anthropic, [.text("{}"), .text("[]"), .text(#"{"count":-1,"x":1}"#)]) { stage in
            try stage.home.write(StructuredOutputTests.schema, to: "schema.json")
            let outcome = try await stage.apus("exec", "-o", "json", "--output-schema", "schema.json", "how many?")
            #expect(outcome.status == .exited(1))
            let result = try outcome.result()
            #expect(result["stop_reason"] == "structured_output_invalid", "\(outcome.everything)")
            #expect(result["structured_output"] == nil)
            #expect(result["result"]?.stringValue?.contains("/count must be at least 0") == true)
            #expect(stage.server.modelRequests.count == 3)
        }
    }

    @Test func aRepairDoesNotPassTheLimitOfResponses() async throws {
        try await withStage(.anthropic, [.text("{}")]) { stage in
            try stage.home.write(StructuredOutputTests.schema, to: "schema.json")
            let outcome = try await stage.apus("exec", "-o", "json", "--max-turns", "1", "--output-schema", "schema.json", "how many?")
            #expect(try outcome.result()["stop_reason"] == "max_turns", "\(outcome.everything)")
        }
    }

    /// The turn that asked for JSON ends with it: the next one is free again.
    @Test func theSchemaIsOfOneTurn() async throws {
        try await withStage(.anthropic, [.text(#"{"count":1}"#), .text("just words")]) { stage in
            try stage.home.write(StructuredOutputTests.schema, to: "schema.json")
            let first = try await stage.apus("exec", "-o", "json", "--output-schema", "schema.json", "how many?")
            let next = try await stage.apus("exec", "-o", "json", "-s", try first.session(), "why?")
            #expect(try next.result()["result"] == "just words", "\(next.everything)")
        }
    }
}
