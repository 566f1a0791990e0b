import ApusBase
import ApusCore
import ApusSettings
import Testing

@testable import ApusModels

@Suite struct MessagesRequestTests {
    private func body(_ request: ModelRequest, _ change: (inout ModelEndpoint) -> Void = { _ in }) -> String {
        var endpoint = messagesEndpoint
        change(&endpoint)
        return String(decoding: MessagesRequest(request, to: endpoint).body(), as: UTF8.self)
    }

    private func reasoning(_ text: String, _ payload: JSONValue, dialect: String = "anthropic") -> ItemContent {
        .reasoning(text, OpaqueState(dialect: dialect, payload: payload))
    }

    @Test func plainRequest() {
        #expect(
            body(ModelRequest(system: "Be brief.", messages: [.user(["Hi"])], tools: [])) == """
                {"model":"test-model","max_tokens":16384,"stream":true,\
                "system":[{"type":"text","text":"Be brief.","cache_control":{"type":"ephemeral"}}],\
                "messages":[{"role":"user","content":[{"type":"text","text":"Hi","cache_control":{"type":"ephemeral"}}]}]}
                """)
    }

    @Test(
        arguments: [
            (JSONValue.null, nil), (["type": "ephemeral", "ttl": "1h"], "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}"),
        ] as [(JSONValue, String?)])
    func cacheControlInExtraArgumentsReplacesTheMarks(_ own: JSONValue, _ sent: String?) throws {
        let request = ModelRequest(system: "S", messages: [.user(["Hi"])], tools: [sampleTool])
        var value = try #require(try JSONValue(parsing: body(request) { $0.extraArguments = ["cache_control": own] }).objectValue)
        #expect(value["cache_control"]?.serialized() == sent)
        value["cache_control"] = nil
        #expect(!JSONValue.object(value).serialized().contains("cache_control"))
        #expect(value["system"] == "S")
    }

    @Test func onlyTheNewestMessageOfTheUserIsMarked() throws {
        let request = ModelRequest(
            system: "", messages: [.user(["a"]), .assistant([.text("b")]), .user(["c", "d"]), .assistant([.text("e")])], tools: [])
        let text = body(request)
        #expect(text.split(separator: "cache_control").count == 2)
        #expect(text.contains(#"{"type":"text","text":"d","cache_control":{"type":"ephemeral"}}]},{"role":"assistant""#))
    }

    @Test func toolsResultsAndReasoningAreReplayed() {
        let request = ModelRequest(
            system: "",
            messages: [
                .user(["ctx", "do it"]),
                .assistant([
                    reasoning("hm", ["type": "thinking", "signature": "sig=="]),
                    reasoning("", ["type": "redacted_thinking", "data": "x"]),
                    reasoning("foreign", ["field": "reasoning"], dialect: "generic-chat-completion-api"),
                    .text("Reading."), .text("  \n"),
                    .toolCall(ToolCall(id: "toolu_1", name: "Read", input: ["path": "a"])),
                    .toolCall(ToolCall(id: "functions.Read:1", name: "Read", input: .string("{bad"))),
                ]),
                .toolResults([
                    ModelToolResult(call: "toolu_1", tool: "Read", text: "A", isError: false),
                    ModelToolResult(call: "functions.Read:1", tool: "Read", text: "not JSON", isError: true),
                ]),
                .user(["and then"]),
            ], tools: [sampleTool], effort: .low)
        #expect(
            body(request) == """
                {"model":"test-model","max_tokens":20480,"stream":true,"thinking":{"type":"enabled","budget_tokens":4096},"messages":[\
                {"role":"user","content":[{"type":"text","text":"ctx"},{"type":"text","text":"do it"}]},\
                {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"sig=="},\
                {"type":"redacted_thinking","data":"x"},{"type":"text","text":"Reading."},\
                {"type":"tool_use","id":"toolu_1","name":"Read","input":{"path":"a"}},\
                {"type":"tool_use","id":"functions_Read_1","name":"Read","input":{"unreadable_input":"{bad"}}]},\
                {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":"A"},\
                {"type":"tool_result","tool_use_id":"functions_Read_1","content":"not JSON","is_error":true},\
                {"type":"text","text":"and then","cache_control":{"type":"ephemeral"}}]}],\
                "tools":[{"name":"Read","description":"Reads a file.",\
                "input_schema":{"type":"object","properties":{"path":{"type":"string"}}},"cache_control":{"type":"ephemeral"}}]}
                """)
    }

    @Test(
        arguments: [
            (nil, nil, "16384", "-"), (.off, nil, "16384", "-"), (ReasoningEffort.none, nil, "16384", "-"),
            (.minimal, nil, "17408", "1024"), (.low, nil, "20480", "4096"), (.medium, nil, "28672", "12288"),
            (.high, nil, "40960", "24576"),
            (.xhigh, nil, "49152", "32768"), (.max, nil, "64000", "55808"), (.high, 8192, "8192", "7168"), (.low, 1500, "1500", "-"),
            (.max, 128_000, "128000", "65536"), (.dynamic, nil, "16384", "adaptive"),
        ] as [(ReasoningEffort?, Int?, String, String)])
    func effortBecomesABudget(_ effort: ReasoningEffort?, _ limit: Int?, _ tokens: String, _ budget: String) throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [], effort: effort)
        let value = try JSONValue(parsing: body(request) { $0.configuredOutputTokens = limit })
        #expect(value["max_tokens"]?.serialized() == tokens)
        let thinking = value["thinking"]
        #expect((thinking?["budget_tokens"]?.serialized() ?? thinking?["type"]?.stringValue ?? "-") == budget)
    }

    @Test(
        arguments: [
            (nil, false, nil, "16384", nil, nil), (.off, true, nil, "16384", nil, nil), (nil, true, nil, "64000", "adaptive", nil),
            (.dynamic, false, nil, "64000", "adaptive", nil), (.minimal, false, nil, "64000", "adaptive", "low"),
            (.high, false, 9000, "9000", "adaptive", "high"), (.max, false, nil, "64000", "adaptive", "max"),
        ] as [(ReasoningEffort?, Bool, Int?, String, String?, String?)])
    func modelsThatRefuseABudgetAreGivenTheEffort(
        _ wish: ReasoningEffort?, _ isEnabled: Bool, _ limit: Int?, _ tokens: String, _ thinking: String?, _ effort: String?
    ) throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [], effort: wish)
        let value = try JSONValue(
            parsing: body(request) {
                $0.model = "claude-opus-4-7"
                $0.description = ModelDescription(id: "m", displayName: "M", dialect: "anthropic", model: $0.model, output: limit)
                $0.configuredOutputTokens = limit
                $0.enablesThinking = isEnabled
            })
        #expect(value["max_tokens"]?.serialized() == tokens)
        #expect(value["thinking"]?["type"]?.stringValue == thinking)
        #expect(value["thinking"]?["budget_tokens"] == nil)
        #expect(value["output_config"]?["effort"]?.stringValue == effort)
    }

    @Test func smallModelsAreAskedWithinTheirLimits() throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [], effort: .high)
        func value(_ model: String) throws -> JSONValue {
            try JSONValue(
                parsing: body(request) {
                    $0.description = ModelDescription(id: "m", displayName: "M", dialect: "anthropic", model: model)
                })
        }
        let small = try value("claude-3-haiku-20240307")
        #expect(small["max_tokens"] == 4096)
        #expect(small["thinking"] == nil)
        let middle = try value("claude-opus-4-1")
        #expect(middle["max_tokens"] == 32000)
        #expect(middle["thinking"]?["budget_tokens"] == 23808)
    }

    @Test func suffixEffortAndEnabledThinkingStandIn() throws {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [])
        let suffix = try JSONValue(parsing: body(request) { $0.defaultEffort = .low })
        #expect(suffix["thinking"]?["budget_tokens"] == 4096)
        let enabled = try JSONValue(
            parsing: body(request) {
                $0.enablesThinking = true
                $0.maximumThinkingTokens = 2000
            })
        #expect(enabled["thinking"]?["budget_tokens"] == 2000)
    }

    @Test func thinkingIsLeftOutWhenTheRunningLoopHasNone() throws {
        let call = ItemContent.toolCall(ToolCall(id: "c", name: "Read", input: [:]))
        let result = ModelMessage.toolResults([ModelToolResult(call: "c", tool: "Read", text: "", isError: false)])
        let request = ModelRequest(system: "", messages: [.user(["Hi"]), .assistant([call]), result], tools: [], effort: .high)
        #expect(try JSONValue(parsing: body(request))["thinking"] == nil)
    }

    @Test func extraArgumentsReplaceAndFollowOurs() {
        let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [])
        #expect(
            body(request) { $0.extraArguments = ["temperature": 0.5, "max_tokens": 9, "stream": nil] } == """
                {"model":"test-model","messages":[{"role":"user","content":[{"type":"text","text":"Hi",\
                "cache_control":{"type":"ephemeral"}}]}],"temperature":0.5,"max_tokens":9}
                """)
    }

    @Test(arguments: [
        ("https://api.anthropic.com", "https://api.anthropic.com/v1/messages"), ("https://h/", "https://h/v1/messages"),
        ("https://h/v1", "https://h/v1/messages"), ("https://h/proxy/v1/", "https://h/proxy/v1/messages"),
        ("https://h/v1/messages", "https://h/v1/messages"), ("https://h/a?k=v", "https://h/a/v1/messages?k=v"),
    ])
    func pathIsCompleted(_ base: String, _ url: String) {
        let request = ModelRequest(system: "", messages: [], tools: [])
        #expect(MessagesRequest(request, to: sampleEndpoint(dialect: "anthropic", baseURL: base)).http().url == url)
    }

    @Test func extraHeadersWin() {
        var endpoint = messagesEndpoint
        endpoint.extraHeaders = [
            ModelEntry.Header(name: "X-API-Key", value: Secret("other")), ModelEntry.Header(name: "X-B", value: Secret("b")),
        ]
        let headers = MessagesRequest(ModelRequest(system: "", messages: [], tools: []), to: endpoint).http().headers
        #expect(
            headers.map { "\($0.0): \($0.1)" } == [
                "content-type: application/json", "accept: text/event-stream", "anthropic-version: 2023-06-01", "X-API-Key: other",
                "X-B: b",
            ])
    }

    @Test func idsThatBecomeAlikeStayApart() throws {
        let calls = ["a.b", "a:b", "a_b", ""].map { ItemContent.toolCall(ToolCall(id: CallID($0), name: "R", input: [:])) }
        let request = ModelRequest(system: "", messages: [.user(["Hi"]), .assistant(calls)], tools: [])
        let content = try JSONValue(parsing: body(request))["messages"]?[1]?["content"]?.arrayValue
        #expect(content?.compactMap { $0["id"]?.stringValue } == ["a_b", "a_b_2", "a_b_3", "call"])
    }
}
