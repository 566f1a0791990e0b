import ApusBase
import ApusCore
import ApusSettings
import Testing

@testable import ApusModels

@Suite struct ChatRequestTests {
    private func body(_ request: ModelRequest, _ change: (inout ModelEndpoint) -> Void = { _ in }) -> String {
        var endpoint = chatEndpoint
        change(&endpoint)
        return String(decoding: ChatRequest(request, to: endpoint).body(), as: UTF8.self)
    }

    private func thought(_ text: String, model: String = "test-model", field: String = "reasoning_content") -> ItemContent {
        .reasoning(text, OpaqueState(dialect: "generic-chat-completion-api", payload: ["model": .string(model), "field": .string(field)]))
    }

    @Test func plainRequest() {
        #expect(
            body(ModelRequest(system: "Be brief.", messages: [.user(["ctx", "Hi"]), .user(["there"])], tools: [])) == """
                {"model":"test-model","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"ctx\\n\\nHi\\n\\nthere"}],\
                "stream":true,"stream_options":{"include_usage":true}}
                """)
    }

    @Test func toolsResultsAndReasoningAreReplayed() {
        let foreign = ItemContent.reasoning("f", OpaqueState(dialect: "anthropic", payload: ["signature": "s"]))
        let request = ModelRequest(
            system: "",
            messages: [
                .user(["old"]), .assistant([thought("earlier turn"), .text("Answer")]), .user(["do it"]),
                .assistant([
                    thought("hm, "), thought("yes"), thought("other", model: "another"), foreign,
                    .toolCall(ToolCall(id: "c1", name: "Read", input: ["path": "a"])),
                    .toolCall(ToolCall(id: "c2", name: "Read", input: .string("{bad"))),
                ]),
                .toolResults([
                    ModelToolResult(call: "c1", tool: "Read", text: "A", isError: false),
                    ModelToolResult(call: "c2", tool: "Read", text: "not JSON", isError: true),
                ]),
            ], tools: [sampleTool], effort: .max, maximumOutputTokens: 99)
        #expect(
            body(request) == """
                {"model":"test-model","messages":[{"role":"user","content":"old"},{"role":"assistant","content":"Answer"},\
                {"role":"user","content":"do it"},{"role":"assistant","content":null,"reasoning_content":"hm, yes","tool_calls":[\
                {"id":"c1","type":"function","function":{"name":"Read","arguments":"{\\"path\\":\\"a\\"}"}},\
                {"id":"c2","type":"function","function":{"name":"Read","arguments":"{\\"unreadable_input\\":\\"{bad\\"}"}}]},\
                {"role":"tool","tool_call_id":"c1","content":"A"},{"role":"tool","tool_call_id":"c2","content":"not JSON"}],\
                "tools":[{"type":"function","function":{"name":"Read","description":"Reads a file.",\
                "parameters":{"type":"object","properties":{"path":{"type":"string"}}}}}],\
                "stream":true,"stream_options":{"include_usage":true},"max_tokens":99,"reasoning_effort":"xhigh"}
                """)
    }

    @Test func reasoningDetailsGoBackWhole() throws {
        let details: JSONValue = [["type": "reasoning.encrypted", "data": "x", "index": 0]]
        let item = ItemContent.reasoning(
            "t", OpaqueState(dialect: "generic-chat-completion-api", payload: ["model": "test-model", "details": details]))
        let call = ItemContent.toolCall(ToolCall(id: "c", name: "R", input: [:]))
        let request = ModelRequest(system: "", messages: [.user(["Hi"]), .assistant([item, call])], tools: [])
        let message = try JSONValue(parsing: body(request))["messages"]?[1]
        #expect(message?["reasoning_details"] == details)
        #expect(message?["reasoning_content"] == nil)
    }

    @Test(
        arguments: [
            (nil, false, nil), (nil, true, "medium"), (.off, false, "none"), (ReasoningEffort.none, false, "none"),
            (.minimal, false, "minimal"),
            (.high, false, "high"), (.xhigh, false, "xhigh"), (.max, false, "xhigh"), (.dynamic, true, nil),
        ] as [(ReasoningEffort?, Bool, String?)])
    func effortIsSentOnlyWhenAskedFor(_ effort: ReasoningEffort?, _ isEnabled: Bool, _ word: String?) throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [], effort: effort)
        #expect(try JSONValue(parsing: body(request) { $0.enablesThinking = isEnabled })["reasoning_effort"]?.stringValue == word)
    }

    @Test func outputLimitIsTheTighterOneAndNamedAsTheServerWants() throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [], maximumOutputTokens: 50)
        let generic = try JSONValue(parsing: body(request) { $0.configuredOutputTokens = 40 })
        #expect(generic["max_tokens"] == 40)
        let openAI = try JSONValue(parsing: body(request) { $0.baseURL = "https://api.openai.com/v1" })
        #expect(openAI["max_completion_tokens"] == 50)
        #expect(openAI["max_tokens"] == nil)
    }

    @Test(arguments: [
        ("https://h/v1", "https://h/v1/chat/completions"), ("https://h/v1/", "https://h/v1/chat/completions"),
        ("https://h/v1/chat/completions", "https://h/v1/chat/completions"),
        ("https://h/openai?api-version=1", "https://h/openai/chat/completions?api-version=1"),
    ])
    func pathIsCompleted(_ base: String, _ url: String) {
        let request = ModelRequest(system: "", messages: [], tools: [])
        #expect(ChatRequest(request, to: sampleEndpoint(dialect: "generic-chat-completion-api", baseURL: base)).http().url == url)
    }

    @Test func extraHeadersWinOverAuthorization() {
        var endpoint = chatEndpoint
        let request = ModelRequest(system: "", messages: [], tools: [])
        #expect(ChatRequest(request, to: endpoint).http().headers.last.map { "\($0.0): \($0.1)" } == "authorization: Bearer canary-key-123")
        endpoint.extraHeaders = [ModelEntry.Header(name: "Authorization", value: Secret("Token t"))]
        #expect(
            ChatRequest(request, to: endpoint).http().headers.map { "\($0.0): \($0.1)" } == [
                "content-type: application/json", "accept: text/event-stream", "Authorization: Token t",
            ])
    }
}
