import ApusBase
import ApusTestServer
import Testing

private let messages = "/v1/messages"
private let completions = "/v1/chat/completions"

/// The bytes of both dialects.
@Suite struct DialectTests {
    private func body(_ path: String, _ reply: Reply) async throws -> RawResponse {
        try await withScriptedProvider([reply]) { server in
            try await exchange(server.port, path, ["model": "m", "stream": true])
        }
    }

    @Test func aPlainAnswerInMessages() async throws {
        let usage = TokenCounts(input: 7, output: 2, cacheRead: 5, cacheCreation: 3)
        let response = try await body(messages, .text("Hel", "lo", usage: usage))
        #expect(response.status == 200)
        #expect(response.headers["content-type"] == "text/event-stream; charset=utf-8")
        #expect(response.isWhole)
        #expect(
            response.body == """
                event: message_start
                data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":7,"cache_creation_input_tokens":3,"cache_read_input_tokens":5,"output_tokens":1}}}

                event: ping
                data: {"type":"ping"}

                event: content_block_start
                data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hel"}}

                event: content_block_delta
                data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"lo"}}

                event: content_block_stop
                data: {"type":"content_block_stop","index":0}

                event: message_delta
                data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":2}}

                event: message_stop
                data: {"type":"message_stop"}


                """)
    }

    @Test func aPlainAnswerInChatCompletions() async throws {
        let usage = TokenCounts(input: 7, output: 2, cacheRead: 5, cacheCreation: 3, reasoning: 1)
        let response = try await body(completions, .text("Hel", "lo", usage: usage))
        let head = #"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1700000000,"model":"m","choices":"#
        #expect(
            response.body == """
                data: \(head)[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

                data: \(head)[{"index":0,"delta":{"content":"Hel"},"finish_reason":null}]}

                data: \(head)[{"index":0,"delta":{"content":"lo"},"finish_reason":null}]}

                data: \(head)[{"index":0,"delta":{},"finish_reason":"stop"}]}

                data: \(head)[],"usage":{"prompt_tokens":15,"completion_tokens":2,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":1}}}

                data: [DONE]


                """)
    }

    private static let twoCalls = Reply.blocks(
        .reasoning(["think ", "hard"], signature: "sig=="),
        .interleaved([
            .toolCall(id: "a", name: "Read", input: ["{\"file", "_path\":1}"]),
            .toolCall(id: "b", name: "LS", input: ["{}"]),
        ]))

    @Test func interleavedCallsAndSignedReasoningInMessages() async throws {
        let response = try await body(messages, DialectTests.twoCalls)
        #expect(
            Array(response.data.dropFirst(2).dropLast(1)) == [
                #"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"think "}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hard"}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"sig=="}}"#,
                #"{"type":"content_block_stop","index":0}"#,
                #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"a","name":"Read","input":{}}}"#,
                #"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"b","name":"LS","input":{}}}"#,
                #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"file"}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{}"}}"#,
                #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"_path\":1}"}}"#,
                #"{"type":"content_block_stop","index":1}"#,
                #"{"type":"content_block_stop","index":2}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":10}}"#,
            ])
    }

    @Test func interleavedCallsAndReasoningInChatCompletions() async throws {
        let response = try await body(completions, DialectTests.twoCalls)
        let choices = try response.data.dropFirst().dropLast(2).map { try JSONValue(parsing: $0)["choices"]?[0] ?? .null }
        #expect(choices.compactMap { $0["finish_reason"]?.stringValue } == ["tool_calls"])
        #expect(
            choices.dropLast().compactMap { $0["delta"] } == [
                ["reasoning_content": "think "], ["reasoning_content": "hard"],
                ["tool_calls": [["index": 0, "id": "a", "type": "function", "function": ["name": "Read", "arguments": ""]]]],
                ["tool_calls": [["index": 1, "id": "b", "type": "function", "function": ["name": "LS", "arguments": ""]]]],
                ["tool_calls": [["index": 0, "function": ["arguments": "{\"file"]]]],
                ["tool_calls": [["index": 1, "function": ["arguments": "{}"]]]],
                ["tool_calls": [["index": 0, "function": ["arguments": "_path\":1}"]]]],
            ])
    }

    @Test(arguments: [
        (StreamedReply.Stop.outputLimit, "max_tokens", "length"), (.contextLimit, "model_context_window_exceeded", "length"),
        (.refusal, "refusal", "content_filter"), (.word("odd"), "odd", "odd"),
    ])
    func stopReasons(stop: StreamedReply.Stop, inMessages: String, inCompletions: String) async throws {
        let anthropic = try await body(messages, .blocks(.text("x"), stop: stop))
        #expect(anthropic.body.contains(#""stop_reason":"\#(inMessages)""#))
        let openAI = try await body(completions, .blocks(.text("x"), stop: stop))
        #expect(openAI.body.contains(#""finish_reason":"\#(inCompletions)""#))
    }

    @Test(arguments: [messages, completions])
    func usageAndStopCanBeLeftOut(path: String) async throws {
        let response = try await body(path, .blocks(.text("x"), stop: .unnamed, usage: nil, shape: StreamShape(omitsDone: true)))
        #expect(!response.body.contains("usage"))
        #expect(!response.body.contains("[DONE]"))
        #expect(!response.body.contains("end_turn") && !response.body.contains(#""stop""#))
        #expect(response.isWhole)
    }

    @Test(arguments: [messages, completions])
    func anErrorInsideTheStreamIsTheLastEvent(path: String) async throws {
        let response = try await body(path, .text("par", .error(type: "overloaded_error", message: "Overloaded"), "tial"))
        let error = try JSONValue(parsing: try #require(response.data.last))
        #expect(error["error"]?["type"] == "overloaded_error")
        #expect(error["error"]?["message"] == "Overloaded")
        #expect(response.isWhole)
        #expect(response.status == 200)
    }

    @Test(arguments: [
        (messages, 401, #"{"type":"error","error":{"type":"authentication_error","message":"no"}}"#),
        (messages, 529, #"{"type":"error","error":{"type":"overloaded_error","message":"no"}}"#),
        (completions, 429, #"{"error":{"message":"no","type":"rate_limit_exceeded","param":null,"code":429}}"#),
        (completions, 500, #"{"error":{"message":"no","type":"server_error","param":null,"code":500}}"#),
    ])
    func failuresSpeakTheDialect(path: String, status: Int, expected: String) async throws {
        let response = try await body(path, .failure(status: status, message: "no", headers: [("retry-after", "3")]))
        #expect(response.status == status)
        #expect(response.headers["retry-after"] == "3")
        #expect(response.headers["content-type"] == "application/json")
        #expect(response.body == expected)
    }
}
