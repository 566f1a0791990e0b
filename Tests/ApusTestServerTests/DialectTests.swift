import ApusBase
import ApusTestServer
import Testing

private let messages = "/v1/messages"
private let completions = "/v1/chat/completions"
private let responses = "/v1/responses"

/// The bytes of all dialects.
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

    @Test func aPlainAnswerInResponses() async throws {
        let usage = TokenCounts(input: 7, output: 2, cacheRead: 5, cacheCreation: 3, reasoning: 1)
        let response = try await body(responses, .text("Hel", "lo", usage: usage))
        let head = #""response":{"id":"resp_1","object":"response","created_at":1700000000,"model":"m","status""#
        let place = #""item_id":"msg_1_0","output_index":0,"content_index":0"#
        let whole =
            #"{"id":"msg_1_0","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[]}]}"#
        #expect(
            response.body == """
                event: response.created
                data: {"type":"response.created","sequence_number":0,\(head):"in_progress","error":null,"output":[]}}

                event: response.in_progress
                data: {"type":"response.in_progress","sequence_number":1,\(head):"in_progress","error":null,"output":[]}}

                event: response.output_item.added
                data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_1_0","type":"message","status":"in_progress","role":"assistant","content":[]}}

                event: response.content_part.added
                data: {"type":"response.content_part.added","sequence_number":3,\(place),"part":{"type":"output_text","text":"","annotations":[]}}

                event: response.output_text.delta
                data: {"type":"response.output_text.delta","sequence_number":4,\(place),"delta":"Hel"}

                event: response.output_text.delta
                data: {"type":"response.output_text.delta","sequence_number":5,\(place),"delta":"lo"}

                event: response.output_text.done
                data: {"type":"response.output_text.done","sequence_number":6,\(place),"text":"Hello"}

                event: response.content_part.done
                data: {"type":"response.content_part.done","sequence_number":7,\(place),"part":{"type":"output_text","text":"Hello","annotations":[]}}

                event: response.output_item.done
                data: {"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":\(whole)}

                event: response.completed
                data: {"type":"response.completed","sequence_number":9,\(head):"completed","error":null,"output":[\(whole)],"usage":{"input_tokens":15,"input_tokens_details":{"cached_tokens":5},"output_tokens":2,"output_tokens_details":{"reasoning_tokens":1},"total_tokens":17}}}


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

    @Test func interleavedCallsAndEncryptedReasoningInResponses() async throws {
        let response = try await body(responses, DialectTests.twoCalls)
        let events = try response.data.map { try JSONValue(parsing: $0) }
        #expect(
            events.dropFirst(2).dropLast().map {
                "\($0["type"]?.stringValue?.dropFirst(9) ?? "") \($0["output_index"]?.integerValue ?? -1)"
            } == [
                "output_item.added 0", "reasoning_summary_part.added 0", "reasoning_summary_text.delta 0", "reasoning_summary_text.delta 0",
                "reasoning_summary_text.done 0", "reasoning_summary_part.done 0", "output_item.done 0", "output_item.added 1",
                "output_item.added 2", "function_call_arguments.delta 1", "function_call_arguments.delta 2",
                "function_call_arguments.delta 1", "function_call_arguments.done 1", "output_item.done 1",
                "function_call_arguments.done 2", "output_item.done 2",
            ])
        let whole: JSONValue = [
            [
                "id": "rs_1_0", "type": "reasoning", "summary": [["type": "summary_text", "text": "think hard"]],
                "encrypted_content": "sig==",
            ],
            [
                "id": "fc_1_1", "type": "function_call", "status": "completed", "call_id": "a", "name": "Read",
                "arguments": "{\"file_path\":1}",
            ],
            ["id": "fc_1_2", "type": "function_call", "status": "completed", "call_id": "b", "name": "LS", "arguments": "{}"],
        ]
        #expect(events.last?["response"]?["output"] == whole)
        #expect(events.map { $0["sequence_number"] } == (0..<events.count).map { .integer(Int64($0)) })
    }

    @Test(arguments: [
        (StreamedReply.Stop.outputLimit, "max_tokens", "length", "max_output_tokens"),
        (.contextLimit, "model_context_window_exceeded", "length", "max_output_tokens"),
        (.refusal, "refusal", "content_filter", "content_filter"), (.word("odd"), "odd", "odd", "odd"),
    ])
    func stopReasons(stop: StreamedReply.Stop, inMessages: String, inCompletions: String, inResponses: String) async throws {
        let anthropic = try await body(messages, .blocks(.text("x"), stop: stop))
        #expect(anthropic.body.contains(#""stop_reason":"\#(inMessages)""#))
        let openAI = try await body(completions, .blocks(.text("x"), stop: stop))
        #expect(openAI.body.contains(#""finish_reason":"\#(inCompletions)""#))
        let newer = try await body(responses, .blocks(.text("x"), stop: stop))
        #expect(newer.body.contains(#""incomplete_details":{"reason":"\#(inResponses)"}"#))
    }

    @Test(arguments: [messages, completions, responses])
    func usageAndStopCanBeLeftOut(path: String) async throws {
        let response = try await body(path, .blocks(.text("x"), stop: .unnamed, usage: nil, shape: StreamShape(omitsDone: true)))
        #expect(!response.body.contains("usage"))
        #expect(!response.body.contains("[DONE]"))
        #expect(!response.body.contains("end_turn") && !response.body.contains(#""stop""#))
        #expect(response.isWhole)
    }

    @Test(arguments: [messages, completions, responses])
    func anErrorInsideTheStreamIsTheLastEvent(path: String) async throws {
        let response = try await body(path, .text("par", .error(type: "overloaded_error", message: "Overloaded"), "tial"))
        let error = try JSONValue(parsing: try #require(response.data.last))
        #expect((error["error"]?["type"] ?? error["code"]) == "overloaded_error")
        #expect((error["error"] ?? error)["message"] == "Overloaded")
        #expect(response.isWhole)
        #expect(response.status == 200)
    }

    @Test(arguments: [
        (messages, 401, #"{"type":"error","error":{"type":"authentication_error","message":"no"}}"#),
        (messages, 529, #"{"type":"error","error":{"type":"overloaded_error","message":"no"}}"#),
        (completions, 429, #"{"error":{"message":"no","type":"rate_limit_exceeded","param":null,"code":429}}"#),
        (completions, 500, #"{"error":{"message":"no","type":"server_error","param":null,"code":500}}"#),
        (responses, 401, #"{"error":{"message":"no","type":"invalid_request_error","param":null,"code":401}}"#),
    ])
    func failuresSpeakTheDialect(path: String, status: Int, expected: String) async throws {
        let response = try await body(path, .failure(status: status, message: "no", headers: [("retry-after", "3")]))
        #expect(response.status == status)
        #expect(response.headers["retry-after"] == "3")
        #expect(response.headers["content-type"] == "application/json")
        #expect(response.body == expected)
    }
}
