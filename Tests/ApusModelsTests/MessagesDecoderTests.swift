import ApusBase
import ApusCore
import Testing

@testable import ApusModels

@Suite struct MessagesDecoderTests {
    private func decode(_ text: String, stride: Int = 29) -> Outcome {
        readEveryWay(text, stride: stride) { MessagesDecoder(endpoint: messagesEndpoint) }
    }

    private static let start =
        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg\",\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":3,"
        + "\"cache_creation_input_tokens\":2,\"output_tokens\":1}}}"
    private static let startUsage = Usage(inputTokens: 10, outputTokens: 1, cacheReadTokens: 3, cacheCreationTokens: 2)

    private static func block(_ index: Int, _ content: String) -> String {
        "{\"type\":\"content_block_start\",\"index\":\(index),\"content_block\":\(content)}"
    }
    private static func delta(_ index: Int, _ content: String) -> String {
        "{\"type\":\"content_block_delta\",\"index\":\(index),\"delta\":\(content)}"
    }
    private static func stop(_ index: Int) -> String { "{\"type\":\"content_block_stop\",\"index\":\(index)}" }
    private static func end(_ reason: String, output: Int = 7) -> String {
        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"\(reason)\"},\"usage\":{\"output_tokens\":\(output)}}"
    }
    private static let messageStop = "{\"type\":\"message_stop\"}"
    private static let text = [
        block(0, "{\"type\":\"text\",\"text\":\"\"}"), delta(0, "{\"type\":\"text_delta\",\"text\":\"Grü\"}"),
        delta(0, "{\"type\":\"text_delta\",\"text\":\"ß 🙂\"}"), stop(0),
    ]
    private static let textEvents: [ModelEvent] = [
        .itemStarted(index: 0, .text), .delta(index: 0, "Grü"), .delta(index: 0, "ß 🙂"), .itemFinished(index: 0, .text("Grüß 🙂")),
    ]

    @Test func plainAnswer() {
        let answer = ([Self.start] + Self.text + ["{\"type\":\"ping\"}", Self.end("end_turn"), Self.messageStop])
            .map { "event: x\r\n: comment\r\ndata: \($0)\r\n\r\n" }.joined()
        let usage = Usage(inputTokens: 10, outputTokens: 7, cacheReadTokens: 3, cacheCreationTokens: 2)
        #expect(decode(answer, stride: 1) == Outcome([.usage(Self.startUsage)] + Self.textEvents + [.usage(usage), .finished(.endOfTurn)]))
    }

    @Test func reasoningKeepsItsSignatureAndCallsRunInParallel() {
        let answer = stream(
            Self.block(0, "{\"type\":\"thinking\",\"thinking\":\"\"}"), Self.delta(0, "{\"type\":\"thinking_delta\",\"thinking\":\"hm\"}"),
            Self.delta(0, "{\"type\":\"signature_delta\",\"signature\":\"si\"}"),
            Self.delta(0, "{\"type\":\"signature_delta\",\"signature\":\"g\"}"),
            Self.stop(0), Self.block(1, "{\"type\":\"redacted_thinking\",\"data\":\"enc\"}"), Self.stop(1),
            Self.block(2, "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Read\",\"input\":{}}"),
            Self.delta(2, "{\"type\":\"input_json_delta\",\"partial_json\":\"\"}"),
            Self.delta(2, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"path\\\"\"}"),
            Self.block(3, "{\"type\":\"tool_use\",\"id\":\"t2\",\"name\":\"LS\",\"input\":{}}"),
            Self.delta(2, "{\"type\":\"input_json_delta\",\"partial_json\":\":\\\"a\\\"}\"}"), Self.stop(2), Self.stop(3),
            Self.end("tool_use"), Self.messageStop)
        #expect(
            decode(answer, stride: 1)
                == Outcome([
                    .itemStarted(index: 0, .reasoning), .delta(index: 0, "hm"),
                    .itemFinished(
                        index: 0, .reasoning("hm", OpaqueState(dialect: "anthropic", payload: ["type": "thinking", "signature": "sig"]))),
                    .itemStarted(index: 1, .reasoning),
                    .itemFinished(
                        index: 1, .reasoning("", OpaqueState(dialect: "anthropic", payload: ["type": "redacted_thinking", "data": "enc"]))),
                    .itemStarted(index: 2, .toolCall("t1", name: "Read")), .delta(index: 2, "{\"path\""),
                    .itemStarted(index: 3, .toolCall("t2", name: "LS")), .delta(index: 2, ":\"a\"}"),
                    .itemFinished(index: 2, .toolCall(ToolCall(id: "t1", name: "Read", input: ["path": "a"]))),
                    .itemFinished(index: 3, .toolCall(ToolCall(id: "t2", name: "LS", input: [:]))),
                    .usage(Usage(outputTokens: 7)), .finished(.toolCalls),
                ]))
    }

    @Test func cutInputStaysText() {
        let answer = stream(
            Self.block(0, "{\"type\":\"tool_use\",\"id\":\"t1\",\"name\":\"Read\",\"input\":{}}"),
            Self.delta(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\\\"pa\"}"), Self.end("max_tokens"))
        #expect(
            decode(answer)
                == Outcome([
                    .itemStarted(index: 0, .toolCall("t1", name: "Read")), .delta(index: 0, "{\"pa"), .usage(Usage(outputTokens: 7)),
                    .itemFinished(index: 0, .toolCall(ToolCall(id: "t1", name: "Read", input: .string("{\"pa")))), .finished(.outputLimit),
                ]))
    }

    @Test(arguments: [
        ("end_turn", StopReason.endOfTurn), ("stop_sequence", .endOfTurn), ("tool_use", .toolCalls), ("max_tokens", .outputLimit),
        ("model_context_window_exceeded", .contextLimit), ("refusal", .refusal), ("pause_turn", .other),
    ])
    func stopReasons(_ word: String, _ reason: StopReason) {
        let answer = (Self.text + [Self.end(word)]).map { "data: \($0)\n\n" }.joined()
        #expect(decode(answer).events.last == .finished(reason))
    }

    @Test func endWithoutStopReasonIsBroken() {
        let answer = Self.text.map { "data: \($0)\n\n" }.joined()
        #expect(decode(answer) == Outcome(Self.textEvents, .streamBroken))
        #expect(decode("") == Outcome([], .streamBroken))
        #expect(decode("data: {\"type\":\"content_bl") == Outcome([], .streamBroken))
    }

    @Test func lastEventNeedsNoBlankLine() {
        let answer = Self.text.map { "data: \($0)\n\n" }.joined() + "data: \(Self.end("end_turn"))"
        #expect(decode(answer) == Outcome(Self.textEvents + [.usage(Usage(outputTokens: 7)), .finished(.endOfTurn)]))
    }

    @Test func nothingAtAllIsAnEmptyResponse() {
        #expect(decode(stream(Self.end("end_turn"), Self.messageStop)) == Outcome([.usage(Usage(outputTokens: 7))], .emptyResponse))
        let onlyEmptyText = stream(Self.block(0, "{\"type\":\"text\",\"text\":\"\"}"), Self.stop(0), Self.messageStop)
        #expect(decode(onlyEmptyText) == Outcome([], .emptyResponse))
        #expect(decode(stream(Self.end("refusal", output: 0))).events.last == .finished(.refusal))
        #expect(decode(stream(Self.end("model_context_window_exceeded"))).error == .contextOverflow)
    }

    @Test(arguments: [
        ("{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}", ModelError.Kind.overloaded),
        ("{\"type\":\"rate_limit_error\",\"message\":\"slow\"}", .rateLimited), ("{\"type\":\"api_error\",\"message\":\"oops\"}", .server),
        ("{\"type\":\"authentication_error\",\"message\":\"no\"}", .authentication),
        ("{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: 9 tokens\"}", .contextOverflow),
        ("{\"type\":\"invalid_request_error\",\"message\":\"bad\"}", .invalidRequest), ("{\"message\":\"what\"}", .server),
    ])
    func errorInsideTheStream(_ error: String, _ kind: ModelError.Kind) {
        let answer = Self.text.map { "data: \($0)\n\n" }.joined() + "event: error\ndata: {\"type\":\"error\",\"error\":\(error)}\n\n"
        #expect(decode(answer) == Outcome(Self.textEvents, kind))
    }

    @Test func answerThatWasNotStreamed() {
        let document = """
            {"type":"message","content":[{"type":"text","text":"Hi"},{"type":"tool_use","id":"t","name":"R","input":{"a":1}}],
             "stop_reason":"tool_use","usage":{"input_tokens":4,"output_tokens":2}}
            """
        #expect(
            decode(document)
                == Outcome([
                    .itemStarted(index: 0, .text), .delta(index: 0, "Hi"), .itemFinished(index: 0, .text("Hi")),
                    .itemStarted(index: 1, .toolCall("t", name: "R")), .delta(index: 1, "{\"a\":1}"),
                    .itemFinished(index: 1, .toolCall(ToolCall(id: "t", name: "R", input: ["a": 1]))),
                    .usage(Usage(inputTokens: 4, outputTokens: 2)), .finished(.toolCalls),
                ]))
        #expect(decode("{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"x\"}}").error == .overloaded)
        #expect(decode("{\"unrelated\":1}").error == .protocolViolation)
        #expect(decode("{\"content\":[").error == .streamBroken)
    }

    @Test func webPageAndGarbageAreViolations() {
        #expect(decode(" <!doctype html><title>x</title>") == Outcome([], .protocolViolation))
        #expect(decode("data: not json\n\n") == Outcome([], .protocolViolation))
    }
}
