import ApusBase
import ApusTestServer
import Testing

@Suite struct ScriptFileTests {
    private func bodies(_ script: Script, _ requests: [JSONValue]) async throws -> [String] {
        try await withScriptedProvider(script) { server in
            var bodies: [String] = []
            for request in requests {
                let bytes = try await exchangeBytes(server.port, "/v1/messages", request)
                bodies.append(String(decoding: bytes, as: UTF8.self))
            }
            return bodies
        }
    }

    @Test func aFileSaysTheSameAsCode() async throws {
        let file = try Script(
            parsing: #"""
                {"models": ["m"], "replies": [
                  {"stream": [{"reasoning": ["a", "b"], "signature": "s"},
                              {"interleaved": [{"toolCall": "Read", "id": "x", "input": {"p": 1}, "pieceCharacters": 3},
                                               {"toolCall": "LS", "input": ["{", "}"]}]},
                              {"redactedReasoning": "r"}, {"comment": "c"}],
                   "stop": "refusal", "usage": {"input": 1, "output": 2, "cacheRead": 3}, "lineEnding": "crlf", "eventsPerWrite": 2},
                  {"text": ["x", {"pause": 1}, "y"], "usage": null, "chunkBytes": 5, "cut": "closed", "afterEvents": 4},
                  {"text": {"piece": "w ", "count": 3}, "when": {"bodyContains": "later"}, "times": "forever"},
                  {"status": 429, "type": "slow", "message": "wait", "headers": {"retry-after": "2"}}]}
                """#)
        let code = Script(
            [
                ScriptStep(
                    .stream(
                        StreamedReply(
                            [
                                .reasoning(["a", "b"], signature: "s"),
                                .interleaved([
                                    .toolCall("Read", ["p": 1], id: "x", piecesOf: 3), .toolCall(id: nil, name: "LS", input: ["{", "}"]),
                                ]),
                                .redactedReasoning("r"), .between(.comment("c")),
                            ],
                            stop: .refusal, usage: TokenCounts(input: 1, output: 2, cacheRead: 3),
                            shape: StreamShape(lineEnding: .crlf, eventsPerWrite: 2)))),
                ScriptStep(
                    .text("x", .pause(milliseconds: 1), "y", usage: nil, shape: StreamShape(chunkBytes: 5, cut: .events(4, .closed)))),
                ScriptStep(.text("w ", "w ", "w "), when: .body(contains: "later"), times: .forever),
                ScriptStep(.failure(status: 429, type: "slow", message: "wait", headers: [("retry-after", "2")])),
            ], models: ["m"])
        let requests: [JSONValue] = ["1", "2", "later", "later", "5", "6"]
        let fromFile = try await bodies(file, requests)
        #expect(fromFile == (try await bodies(code, requests)))
        #expect(fromFile.map { $0.prefix(12) }.map { $0.suffix(3) } == ["200", "200", "200", "200", "429", "500"])
    }

    @Test(arguments: [
        ("{", "The script is not JSON"), ("[]", "script must be an object"), ("{}", "script needs an array \"replies\""),
        (#"{"replies":[{"stream":[{"texd":1}]}]}"#, "replies[0].stream[0] has the unknown member \"texd\""),
        (#"{"replies":[{}]}"#, "replies[0] needs stream, text, status, garbage or hangUp"),
        (#"{"replies":[{"text":"x","cut":"never","afterBytes":1}]}"#, "replies[0] has \"cut\": \"never\""),
        (#"{"replies":[{"status":"x"}]}"#, "replies[0] needs \"status\" to be an integer"),
        (#"{"replies":[{"text":{"piece":"x","count":-1}}]}"#, "replies[0].text count must be at most"),
    ])
    func mistakesAreNamedWithTheirPlace(text: String, complaint: String) {
        let error = #expect(throws: ScriptFileError.self) { try Script(parsing: text) }
        #expect(error?.description.hasPrefix(complaint) == true, "\(error?.description ?? "")")
    }
}
