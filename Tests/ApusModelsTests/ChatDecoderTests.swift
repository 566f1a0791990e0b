import ApusBase
import ApusCore
import Testing

@testable import ApusModels

@Suite struct ChatDecoderTests {
    private func decode(_ text: String, taken: Set<CallID> = [], stride: Int = 29) -> Outcome {
        readEveryWay(text, stride: stride) { ChatDecoder(endpoint: chatEndpoint, takenCalls: taken, token: { "x" }) }
    }

    private static func chunk(_ delta: String, finish: String? = nil) -> String {
        "{\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(finish.map { "\"\($0)\"" } ?? "null")}]}"
    }
    private static func call(_ members: String) -> String { chunk("{\"tool_calls\":[{\(members)}]}") }
    private static func finished(_ index: Int, _ id: CallID, _ name: String, _ input: JSONValue) -> ModelEvent {
        .itemFinished(index: index, .toolCall(ToolCall(id: id, name: name, input: input)))
    }
    private static let end = chunk("{}", finish: "stop")
    private static let hello = [
        chunk("{\"role\":\"assistant\",\"content\":\"\"}"), chunk("{\"content\":\"Grüß\"}"), chunk("{\"content\":\" 🙂\"}"),
    ]
    private static let helloEvents: [ModelEvent] = [.itemStarted(index: 0, .text), .delta(index: 0, "Grüß"), .delta(index: 0, " 🙂")]
    private static let helloEnd: [ModelEvent] = [.itemFinished(index: 0, .text("Grüß 🙂")), .finished(.endOfTurn)]
    private static let usage =
        "{\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":5,\"prompt_tokens_details\":{\"cached_tokens\":4},"
        + "\"completion_tokens_details\":{\"reasoning_tokens\":2}}}"

    @Test func plainAnswerWithCommentsAndCRLF() {
        let answer = (Self.hello + [Self.end, Self.usage, "[DONE]"]).map { ": keep-alive\r\n\r\ndata: \($0)\r\n\r\n" }.joined()
        let usage = Usage(inputTokens: 8, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2)
        #expect(decode(answer, stride: 1) == Outcome(Self.helloEvents + [.usage(usage)] + Self.helloEnd))
    }

    @Test func missingDoneAndUsageAreFineAfterAFinishReason() {
        let answer = (Self.hello + [Self.end]).map { "data: \($0)\n\n" }.joined()
        #expect(decode(answer) == Outcome(Self.helloEvents + Self.helloEnd))
        #expect(decode(String(answer.dropLast(2))) == Outcome(Self.helloEvents + Self.helloEnd))
    }

    @Test func doneWithoutFinishReasonIsAnEnd() {
        let answer = (Self.hello + ["[DONE]"]).map { "data: \($0)\n\n" }.joined()
        #expect(decode(answer) == Outcome(Self.helloEvents + Self.helloEnd))
    }

    @Test func emptyFinishReasonIsNone() {
        let answer = stream(Self.chunk("{\"content\":\"Grüß\"}", finish: ""), Self.chunk("{\"content\":\" 🙂\"}", finish: ""))
        #expect(decode(answer) == Outcome(Self.helloEvents, .streamBroken))
        #expect(decode(answer + "data: [DONE]") == Outcome(Self.helloEvents + Self.helloEnd))
    }

    @Test func errorEventOfPlainTextKeepsItsWords() {
        let errors = ProviderError(endpoint: chatEndpoint)
        #expect(errors.error(inStream: "model crashed").message.contains("stopped with an error: model crashed. Try again"))
        #expect(decode("event: error\ndata: model crashed\n\n") == Outcome([], .server))
    }

    @Test func endWithNeitherIsBroken() {
        #expect(decode(Self.hello.map { "data: \($0)\n\n" }.joined()) == Outcome(Self.helloEvents, .streamBroken))
        #expect(decode(stream(Self.hello[0], Self.chunk("{}", finish: "error"))) == Outcome([], .streamBroken))
    }

    @Test func interleavedCallsAreSortedByIndex() {
        let answer = stream(
            Self.chunk("{\"content\":\"I look.\"}"),
            Self.call("\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"Read\",\"arguments\":\"\"}"),
            Self.call("\"index\":1,\"id\":\"b\",\"function\":{\"name\":\"LS\",\"arguments\":\"{\\\"p\\\"\"}"),
            Self.call("\"index\":0,\"function\":{\"arguments\":\"{\\\"q\\\":\"}"),
            Self.call("\"index\":1,\"function\":{\"arguments\":\":1}\"}"),
            Self.call("\"index\":0,\"function\":{\"arguments\":\"2}\"}"), Self.chunk("{}", finish: "tool_calls"), "[DONE]")
        #expect(
            decode(answer, stride: 1)
                == Outcome([
                    .itemStarted(index: 0, .text), .delta(index: 0, "I look."), .itemFinished(index: 0, .text("I look.")),
                    .itemStarted(index: 1, .toolCall("a", name: "Read")), .itemStarted(index: 2, .toolCall("b", name: "LS")),
                    .delta(index: 2, "{\"p\""), .delta(index: 1, "{\"q\":"), .delta(index: 2, ":1}"), .delta(index: 1, "2}"),
                    Self.finished(1, "a", "Read", ["q": 2]), Self.finished(2, "b", "LS", ["p": 1]), .finished(.toolCalls),
                ]))
    }

    @Test func callsWithoutIdsGetOnesOfTheirOwn() {
        let answer = stream(
            Self.chunk(
                "{\"tool_calls\":[{\"function\":{\"name\":\"Read\",\"arguments\":{\"p\":1}}},{\"function\":{\"name\":\"LS\",\"arguments\":{}}}]}"
            ),
            Self.end)
        #expect(
            decode(answer)
                == Outcome([
                    .itemStarted(index: 0, .toolCall("call_0_x", name: "Read")), .delta(index: 0, "{\"p\":1}"),
                    .itemStarted(index: 1, .toolCall("call_1_x", name: "LS")), .delta(index: 1, "{}"),
                    Self.finished(0, "call_0_x", "Read", ["p": 1]), Self.finished(1, "call_1_x", "LS", [:]), .finished(.toolCalls),
                ]))
    }

    @Test func everyCallWithIndexZeroStaysApart() {
        let answer = stream(
            Self.call("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"R\",\"arguments\":\"{\"}"),
            Self.call("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"R\",\"arguments\":\"}\"}"),
            Self.call("\"index\":0,\"id\":\"b\",\"function\":{\"name\":\"R\",\"arguments\":\"{}\"}"),
            Self.call("\"index\":0,\"id\":\"\",\"function\":{\"name\":\"L\",\"arguments\":\"{}\"}"), Self.end)
        let calls = decode(answer).events.compactMap { event in if case .itemFinished(_, let content) = event { content } else { nil } }
        #expect(
            calls == [("a", "R"), ("b", "R"), ("call_2_x", "L")].map { .toolCall(ToolCall(id: CallID($0.0), name: $0.1, input: [:])) })
    }

    @Test func idsThatTheConversationHasAreReplaced() {
        let answer = stream(Self.call("\"index\":0,\"id\":\"call_0\",\"function\":{\"name\":\"R\"}"), Self.end)
        #expect(decode(answer, taken: ["call_0"]).events.first == .itemStarted(index: 0, .toolCall("call_0_x", name: "R")))
        #expect(decode(answer).events.first == .itemStarted(index: 0, .toolCall("call_0", name: "R")))
    }

    @Test func inputThatIsNotJSONStaysText() {
        let answer = stream(
            Self.call("\"index\":0,\"id\":\"a\",\"function\":{\"name\":\"R\",\"arguments\":\"{oops\"}"), Self.chunk("{}", finish: "length"))
        #expect(decode(answer).events.suffix(2) == [Self.finished(0, "a", "R", .string("{oops")), .finished(.outputLimit)])
    }

    @Test func inputBeforeTheNameIsNotLost() {
        let answer = stream(
            Self.call("\"index\":0,\"id\":\"a\",\"function\":{\"arguments\":\"{\\\"p\\\":\"}"),
            Self.call("\"index\":0,\"function\":{\"name\":\"R\",\"arguments\":\"1}\"}"), Self.end)
        #expect(
            decode(answer)
                == Outcome([
                    .itemStarted(index: 0, .toolCall("a", name: "R")), .delta(index: 0, "{\"p\":"), .delta(index: 0, "1}"),
                    Self.finished(0, "a", "R", ["p": 1]), .finished(.toolCalls),
                ]))
    }

    @Test(arguments: ["reasoning_content", "reasoning"])
    func reasoningRemembersItsField(_ field: String) {
        let answer = stream(
            Self.chunk("{\"\(field)\":\"h\",\"content\":null}"), Self.chunk("{\"\(field)\":\"m\"}"), Self.chunk("{\"content\":\"ok\"}"),
            Self.end)
        let state = OpaqueState(dialect: "generic-chat-completion-api", payload: ["model": "test-model", "field": .string(field)])
        #expect(
            decode(answer)
                == Outcome([
                    .itemStarted(index: 0, .reasoning), .delta(index: 0, "h"), .delta(index: 0, "m"),
                    .itemFinished(index: 0, .reasoning("hm", state)),
                    .itemStarted(index: 1, .text), .delta(index: 1, "ok"), .itemFinished(index: 1, .text("ok")), .finished(.endOfTurn),
                ]))
    }

    @Test func reasoningDetailsAreJoined() {
        let answer = stream(
            Self.chunk("{\"reasoning\":\"a\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"a\",\"index\":0}]}"),
            Self.chunk(
                "{\"reasoning\":\"b\",\"reasoning_details\":[{\"type\":\"reasoning.text\",\"text\":\"b\",\"index\":0,\"signature\":\"s\"}]}"
            ),
            Self.chunk("{\"reasoning_details\":[{\"type\":\"reasoning.encrypted\",\"data\":\"e\",\"index\":0}]}"),
            Self.chunk("{\"content\":\"ok\"}"),
            Self.end)
        let details: JSONValue = [
            ["type": "reasoning.text", "text": "ab", "index": 0, "signature": "s"],
            ["type": "reasoning.encrypted", "data": "e", "index": 0],
        ]
        let state = OpaqueState(
            dialect: "generic-chat-completion-api", payload: ["model": "test-model", "field": "reasoning", "details": details])
        #expect(decode(answer).events.contains(.itemFinished(index: 0, .reasoning("ab", state))))
    }

    @Test func contentInPartsIsSortedByKind() {
        let answer = stream(
            Self.chunk("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\",\"text\":\"hm\"}]}]}"),
            Self.chunk("{\"content\":[{\"type\":\"text\",\"text\":\"ok\"}]}"), Self.end)
        #expect(
            decode(answer).events.filter { if case .itemFinished = $0 { true } else { false } } == [
                .itemFinished(index: 0, .reasoning("hm", nil)), .itemFinished(index: 1, .text("ok")),
            ])
    }

    @Test(arguments: [
        ("stop", StopReason.endOfTurn), ("length", .outputLimit), ("content_filter", .refusal), ("tool_calls", .endOfTurn),
        ("strange", .other),
    ])
    func stopReasonsWithoutCalls(_ word: String, _ reason: StopReason) {
        #expect(decode(stream(Self.hello[1], Self.chunk("{}", finish: word))).events.last == .finished(reason))
    }

    @Test(arguments: [
        ("{\"error\":{\"message\":\"busy\",\"type\":\"overloaded_error\"}}", ModelError.Kind.overloaded),
        ("{\"error\":{\"message\":\"slow\",\"code\":\"rate_limit_exceeded\"}}", .rateLimited),
        ("{\"error\":{\"message\":\"upstream\",\"code\":502}}", .server),
        ("{\"object\":\"error\",\"message\":\"m\",\"code\":429}", .rateLimited), ("{\"error\":\"boom\"}", .server),
        ("{\"error\":{\"message\":\"This model's maximum context length is 9 tokens\",\"code\":400}}", .contextOverflow),
    ])
    func errorInsideTheStream(_ error: String, _ kind: ModelError.Kind) {
        #expect(decode(stream(Self.hello[1], error, "[DONE]")) == Outcome(Array(Self.helloEvents[..<2]), kind))
    }

    @Test func nothingAtAllIsAnEmptyResponse() {
        #expect(decode(stream(Self.hello[0], Self.end, "[DONE]")) == Outcome([], .emptyResponse))
        #expect(decode(stream(Self.chunk("{}", finish: "content_filter"))) == Outcome([.finished(.refusal)]))
    }

    @Test func answerThatWasNotStreamed() {
        let document = """
            {"choices":[{"message":{"role":"assistant","content":"Hi","tool_calls":[{"id":"a","function":{"name":"R","arguments":"{}"}}]},
             "finish_reason":"tool_calls"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}
            """
        #expect(
            decode(document)
                == Outcome([
                    .usage(Usage(inputTokens: 3, outputTokens: 1)), .itemStarted(index: 0, .text), .delta(index: 0, "Hi"),
                    .itemFinished(index: 0, .text("Hi")), .itemStarted(index: 1, .toolCall("a", name: "R")), .delta(index: 1, "{}"),
                    Self.finished(1, "a", "R", [:]), .finished(.toolCalls),
                ]))
        #expect(decode("{\"error\":{\"message\":\"no\",\"code\":429}}").error == .rateLimited)
        #expect(decode("{\"models\":[]}").error == .protocolViolation)
    }
}
