import ApusBase
import ApusCore
import Testing

@testable import ApusModels

@Suite struct ResponsesRequestTests {
    private func body(_ request: ModelRequest, _ change: (inout ModelEndpoint) -> Void = { _ in }) -> String {
        var endpoint = responsesEndpoint
        change(&endpoint)
        return String(decoding: ResponsesRequest(request, to: endpoint).body(), as: UTF8.self)
    }

    private func reasoning(_ item: JSONValue, model: String = "test-model") -> ItemContent {
        .reasoning("s", OpaqueState(dialect: "openai", payload: ["model": .string(model), "item": item]))
    }

    @Test func plainRequest() {
        #expect(
            body(ModelRequest(system: "Be brief.", messages: [.user(["ctx", "", "Hi"])], tools: [])) == """
                {"model":"test-model","instructions":"Be brief.","input":[{"type":"message","role":"user","content":[\
                {"type":"input_text","text":"ctx"},{"type":"input_text","text":"Hi"}]}],"stream":true,"store":false,\
                "include":["reasoning.encrypted_content"]}
                """)
    }

    @Test func toolsResultsAndReasoningAreReplayed() {
        let foreign = ItemContent.reasoning("f", OpaqueState(dialect: "anthropic", payload: ["signature": "s"]))
        let item: JSONValue = ["id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "enc=="]
        let request = ModelRequest(
            system: "",
            messages: [
                .user(["do it"]),
                .assistant([
                    reasoning(item), foreign, reasoning(["id": "rs_2"], model: "another"), .text(""), .text("Reading."),
                    .toolCall(ToolCall(id: "c1", name: "Read", input: ["path": "a"])),
                    .toolCall(ToolCall(id: "c2", name: "Read", input: .string("{bad"))), reasoning(["id": "rs_3"]),
                ]),
                .toolResults([
                    ModelToolResult(call: "c1", tool: "Read", text: "A", isError: false),
                    ModelToolResult(call: "c2", tool: "Read", text: "not JSON", isError: true),
                ]),
            ], tools: [sampleTool], effort: .max, maximumOutputTokens: 99)
        #expect(
            body(request) == """
                {"model":"test-model","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":"do it"}]},\
                {"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"enc=="},\
                {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Reading."}]},\
                {"type":"function_call","call_id":"c1","name":"Read","arguments":"{\\"path\\":\\"a\\"}"},\
                {"type":"function_call","call_id":"c2","name":"Read","arguments":"{\\"unreadable_input\\":\\"{bad\\"}"},\
                {"type":"function_call_output","call_id":"c1","output":"A"},\
                {"type":"function_call_output","call_id":"c2","output":"not JSON"}],\
                "tools":[{"type":"function","name":"Read","description":"Reads a file.",\
                "parameters":{"type":"object","properties":{"path":{"type":"string"}}},"strict":false}],\
                "stream":true,"store":false,"max_output_tokens":99,"include":["reasoning.encrypted_content"],\
                "reasoning":{"effort":"xhigh","summary":"auto"}}
                """)
    }

    @Test(
        arguments: [
            (nil, false, nil), (nil, true, #"{"effort":"medium","summary":"auto"}"#), (.off, false, #"{"effort":"none"}"#),
            (ReasoningEffort.none, true, #"{"effort":"none"}"#), (.minimal, false, #"{"effort":"minimal","summary":"auto"}"#),
            (.high, false, #"{"effort":"high","summary":"auto"}"#), (.xhigh, false, #"{"effort":"xhigh","summary":"auto"}"#),
            (.max, false, #"{"effort":"xhigh","summary":"auto"}"#), (.dynamic, false, #"{"summary":"auto"}"#),
        ] as [(ReasoningEffort?, Bool, String?)])
    func effortIsSentOnlyWhenAskedFor(_ effort: ReasoningEffort?, _ isEnabled: Bool, _ member: String?) throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [], effort: effort)
        #expect(try JSONValue(parsing: body(request) { $0.enablesThinking = isEnabled })["reasoning"]?.serialized() == member)
    }

    @Test func modelsThatDoNotReasonAreNotAskedTo() throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [], effort: .high)
        let value = try JSONValue(parsing: body(request) { $0.description.efforts = [.off] })
        #expect(value["reasoning"] == nil)
        #expect(value["include"] == nil)
    }

    @Test func reasoningThatNothingFollowsIsLeftOut() throws {
        let item: JSONValue = ["id": "rs_1", "encrypted_content": "e"]
        let request = ModelRequest(system: "", messages: [.user(["Hi"]), .assistant([reasoning(item)]), .user(["go on"])], tools: [])
        #expect(try JSONValue(parsing: body(request))["input"]?.arrayValue?.count == 2)
    }

    @Test func extraArgumentsReplaceOurs() throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [])
        let value = try JSONValue(parsing: body(request) { $0.extraArguments = ["store": true, "include": nil, "service_tier": "flex"] })
        #expect(value["store"] == true)
        #expect(value["include"] == nil)
        #expect(value["service_tier"] == "flex")
    }

    @Test(arguments: [
        ("https://h/v1", "https://h/v1/responses"), ("https://h/v1/", "https://h/v1/responses"),
        ("https://h/v1/responses", "https://h/v1/responses"),
        ("https://h/openai?api-version=1", "https://h/openai/responses?api-version=1"),
    ])
    func pathIsCompleted(_ base: String, _ url: String) {
        let request = ModelRequest(system: "", messages: [], tools: [])
        let http = ResponsesRequest(request, to: sampleEndpoint(dialect: "openai", baseURL: base)).http()
        #expect(http.url == url)
        #expect(http.headers.last.map { "\($0.0): \($0.1)" } == "authorization: Bearer canary-key-123")
    }
}
