import ApusBase
import ApusCore
import Testing

@testable import ApusModels

@Suite struct ResponsesDecoderTests {
    private func decode(_ text: String, taken: Set<CallID> = [], stride: Int = 29) -> Outcome {
        readEveryWay(text, stride: stride) { ResponsesDecoder(endpoint: responsesEndpoint, takenCalls: taken, token: { "x" }) }
    }

    private static func event(_ type: String, _ members: String) -> String { "{\"type\":\"response.\(type)\",\(members)}" }
    private static func added(_ index: Int, _ item: String) -> String {
        event("output_item.added", "\"output_index\":\(index),\"item\":\(item)")
    }
    private static func done(_ index: Int, _ item: String) -> String {
        event("output_item.done", "\"output_index\":\(index),\"item\":\(item)")
    }
    private static func grown(_ index: Int, _ type: String, _ delta: String, _ more: String = "") -> String {
        event("\(type).delta", "\"item_id\":\"i\(index)\",\"output_index\":\(index),\"delta\":\"\(delta)\"\(more)")
    }
    private static func end(_ type: String = "completed", _ members: String = "\"status\":\"completed\"") -> String {
        event(type, "\"response\":{\(members)}")
    }
    private static func call(_ id: String, _ name: String, _ arguments: String = "", item: String = "fc") -> String {
        "{\"id\":\"\(item)_\(id)\",\"type\":\"function_call\",\"call_id\":\"\(id)\",\"name\":\"\(name)\",\"arguments\":\"\(arguments)\"}"
    }
    private static func message(_ text: String) -> String {
        "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\"\(text)\"}]}"
    }

    private static let created = event("created", "\"response\":{\"id\":\"r\",\"status\":\"in_progress\",\"error\":null,\"output\":[]}")
    private static let emptyMessage = "{\"id\":\"m\",\"type\":\"message\",\"role\":\"assistant\",\"content\":[]}"
    private static let hello = [
        created, added(0, emptyMessage),
        event("content_part.added", "\"output_index\":0,\"part\":{\"type\":\"output_text\",\"text\":\"\"}"),
        grown(0, "output_text", "Grüß"), grown(0, "output_text", " 🙂"), event("output_text.done", "\"text\":\"Grüß 🙂\""),
        done(0, message("Grüß 🙂")),
    ]
    private static let helloEvents: [ModelEvent] = [
        .itemStarted(index: 0, .text), .delta(index: 0, "Grüß"), .delta(index: 0, " 🙂"), .itemFinished(index: 0, .text("Grüß 🙂")),
    ]
    private static let usage =
        "\"usage\":{\"input_tokens\":12,\"input_tokens_details\":{\"cached_tokens\":4},\"output_tokens\":5,"
        + "\"output_tokens_details\":{\"reasoning_tokens\":2}}"

    private func sse(_ data: [String]) -> String { data.map { "data: \($0)\n\n" }.joined() }

    @Test func plainAnswer() {
        let answer = (Self.hello + [Self.end("completed", "\"status\":\"completed\",\"output\":[\(Self.message("Grüß 🙂"))],\(Self.usage)")])
            .map { "event: response.x\r\n: comment\r\ndata: \($0)\r\n\r\n" }.joined()
        let usage = Usage(inputTokens: 8, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2)
        #expect(decode(answer, stride: 1) == Outcome(Self.helloEvents + [.usage(usage), .finished(.endOfTurn)]))
    }

    @Test func encryptedReasoningIsKeptAndCallsRunInParallel() throws {
        let item =
            "{\"id\":\"rs\",\"type\":\"reasoning\",\"summary\":[{\"type\":\"summary_text\",\"text\":\"hm\"},"
            + "{\"type\":\"summary_text\",\"text\":\"ah\"}],\"encrypted_content\":\"enc\"}"
        let answer = sse([
            Self.added(0, "{\"id\":\"rs\",\"type\":\"reasoning\",\"summary\":[]}"),
            Self.event("reasoning_summary_part.added", "\"output_index\":0,\"summary_index\":0"),
            Self.grown(0, "reasoning_summary_text", "h", ",\"summary_index\":0"),
            Self.grown(0, "reasoning_summary_text", "m", ",\"summary_index\":0"),
            Self.grown(0, "reasoning_summary_text", "ah", ",\"summary_index\":1"), Self.done(0, item),
            Self.added(1, Self.call("a", "Read")), Self.added(2, Self.call("b", "LS")),
            Self.grown(1, "function_call_arguments", "{\\\"q\\\""), Self.grown(2, "function_call_arguments", "{\\\"p\\\":1}"),
            Self.grown(1, "function_call_arguments", ":2}"),
            Self.event("function_call_arguments.done", "\"output_index\":2,\"arguments\":\"{\\\"p\\\":1}\""),
            Self.done(2, Self.call("b", "LS", "{\\\"p\\\":1}")), Self.done(1, Self.call("a", "Read", "{\\\"q\\\":2}")), Self.end(),
        ])
        let state = OpaqueState(dialect: "openai", payload: ["model": "test-model", "item": try JSONValue(parsing: item)])
        #expect(
            decode(answer, stride: 1)
                == Outcome([
                    .itemStarted(index: 0, .reasoning), .delta(index: 0, "h"), .delta(index: 0, "m"), .delta(index: 0, "\n\n"),
                    .delta(index: 0, "ah"), .itemFinished(index: 0, .reasoning("hm\n\nah", state)),
                    .itemStarted(index: 1, .toolCall("a", name: "Read")), .itemStarted(index: 2, .toolCall("b", name: "LS")),
                    .delta(index: 1, "{\"q\""), .delta(index: 2, "{\"p\":1}"), .delta(index: 1, ":2}"),
                    .itemFinished(index: 2, .toolCall(ToolCall(id: "b", name: "LS", input: ["p": 1]))),
                    .itemFinished(index: 1, .toolCall(ToolCall(id: "a", name: "Read", input: ["q": 2]))), .finished(.toolCalls),
                ]))
    }

    @Test func reasoningWithoutASummaryIsStillKeptAndWithoutAnythingIsNot() throws {
        let item = "{\"id\":\"rs\",\"type\":\"reasoning\",\"summary\":[],\"encrypted_content\":\"enc\"}"
        let state = OpaqueState(dialect: "openai", payload: ["model": "test-model", "item": try JSONValue(parsing: item)])
        let empty = "{\"id\":\"rs0\",\"type\":\"reasoning\",\"summary\":[]}"
        #expect(
            decode(sse([Self.added(0, empty), Self.done(0, empty), Self.added(1, item), Self.done(1, item), Self.end()]))
                == Outcome([.itemStarted(index: 0, .reasoning), .itemFinished(index: 0, .reasoning("", state)), .finished(.endOfTurn)]))
    }

    @Test func whatWasNotStreamedIsTakenFromTheWholeItems() {
        let unstreamed = sse([Self.done(0, Self.message("Hi")), Self.done(1, Self.call("a", "R", "{\\\"p\\\":1}")), Self.end()])
        let events: [ModelEvent] = [
            .itemStarted(index: 0, .text), .delta(index: 0, "Hi"), .itemFinished(index: 0, .text("Hi")),
            .itemStarted(index: 1, .toolCall("a", name: "R")), .delta(index: 1, "{\"p\":1}"),
            .itemFinished(index: 1, .toolCall(ToolCall(id: "a", name: "R", input: ["p": 1]))), .finished(.toolCalls),
        ]
        #expect(decode(unstreamed) == Outcome(events))
        let onlyTheEnd = Self.end(
            "completed", "\"status\":\"completed\",\"output\":[\(Self.message("Hi")),\(Self.call("a", "R", "{\\\"p\\\":1}"))]")
        #expect(decode(sse([Self.created, onlyTheEnd])) == Outcome(events))
        let half = sse([Self.added(0, Self.emptyMessage), Self.grown(0, "output_text", "H"), Self.done(0, Self.message("Hi")), Self.end()])
        #expect(
            decode(half)
                == Outcome([
                    .itemStarted(index: 0, .text), .delta(index: 0, "H"), .delta(index: 0, "i"), .itemFinished(index: 0, .text("Hi")),
                    .finished(.endOfTurn),
                ]))
    }

    @Test func eventsWithoutIndexesGoByIdOrToTheNewest() {
        let answer = sse([
            "{\"type\":\"response.output_item.added\",\"item\":\(Self.call("a", "R"))}",
            "{\"type\":\"response.output_item.added\",\"item\":\(Self.call("b", "L"))}",
            "{\"type\":\"response.function_call_arguments.delta\",\"item_id\":\"fc_a\",\"delta\":\"{\\\"p\\\":\"}",
            "{\"type\":\"response.function_call_arguments.delta\",\"delta\":\"{}\"}",
            "{\"type\":\"response.function_call_arguments.done\",\"item_id\":\"fc_a\",\"arguments\":\"{\\\"p\\\":1}\"}", Self.end(),
        ])
        let calls = decode(answer).events.compactMap { event in if case .itemFinished(_, let content) = event { content } else { nil } }
        #expect(
            calls == [
                .toolCall(ToolCall(id: "a", name: "R", input: ["p": 1])), .toolCall(ToolCall(id: "b", name: "L", input: [:])),
            ])
    }

    @Test func idsThatTheConversationHasOrThatAreMissingAreInvented() {
        let nameless = "{\"type\":\"function_call\",\"name\":\"L\",\"arguments\":\"{}\"}"
        let answer = sse([Self.done(0, Self.call("c", "R", "{}")), Self.done(1, nameless), Self.end()])
        let started = decode(answer, taken: ["c"]).events.compactMap { event in
            if case .itemStarted(_, .toolCall(let id, _)) = event { id } else { nil }
        }
        #expect(started == ["call_0_x", "call_1_x"])
    }

    @Test func cutInputStaysText() {
        let answer = sse([
            Self.added(0, Self.call("a", "R")), Self.grown(0, "function_call_arguments", "{\\\"pa"),
            Self.end("incomplete", "\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\(Self.usage)"),
        ])
        let usage = Usage(inputTokens: 8, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2)
        #expect(
            decode(answer)
                == Outcome([
                    .itemStarted(index: 0, .toolCall("a", name: "R")), .delta(index: 0, "{\"pa"),
                    .itemFinished(index: 0, .toolCall(ToolCall(id: "a", name: "R", input: .string("{\"pa")))), .usage(usage),
                    .finished(.outputLimit),
                ]))
    }

    @Test(arguments: [
        ("max_output_tokens", StopReason.outputLimit), ("content_filter", .refusal), ("something_new", .other),
    ])
    func incompleteAnswers(_ word: String, _ reason: StopReason) {
        let end = Self.end("incomplete", "\"status\":\"incomplete\",\"incomplete_details\":{\"reason\":\"\(word)\"}")
        #expect(decode(sse(Self.hello + [end])) == Outcome(Self.helloEvents + [.finished(reason)]))
    }

    @Test func refusalIsTextAndAReason() {
        let answer = sse([
            Self.added(0, Self.emptyMessage), Self.grown(0, "refusal", "No."),
            Self.done(0, "{\"id\":\"m\",\"type\":\"message\",\"content\":[{\"type\":\"refusal\",\"refusal\":\"No.\"}]}"), Self.end(),
        ])
        #expect(
            decode(answer)
                == Outcome([
                    .itemStarted(index: 0, .text), .delta(index: 0, "No."), .itemFinished(index: 0, .text("No.")), .finished(.refusal),
                ]))
    }

    @Test func itemsOfOtherKindsAreNotShown() {
        let search = "{\"id\":\"ws\",\"type\":\"web_search_call\",\"status\":\"completed\"}"
        let answer = sse(
            [Self.added(1, search), Self.event("web_search_call.searching", "\"output_index\":1"), Self.done(1, search)] + Self.hello
                + [Self.end()])
        #expect(decode(answer) == Outcome(Self.helloEvents + [.finished(.endOfTurn)]))
    }

    @Test func endWithoutCompletionIsBroken() {
        #expect(decode(sse(Self.hello)) == Outcome(Self.helloEvents, .streamBroken))
        #expect(decode("") == Outcome([], .streamBroken))
        #expect(decode("data: {\"type\":\"response.out") == Outcome([], .streamBroken))
        #expect(decode(sse([Self.end("cancelled", "\"status\":\"cancelled\"")])) == Outcome([], .streamBroken))
    }

    @Test func lastEventNeedsNoBlankLineAndDoneIsAnEnd() {
        #expect(decode(sse(Self.hello) + "data: \(Self.end())") == Outcome(Self.helloEvents + [.finished(.endOfTurn)]))
        #expect(decode(sse(Self.hello + ["[DONE]"])) == Outcome(Self.helloEvents + [.finished(.endOfTurn)]))
    }

    @Test func nothingAtAllIsAnEmptyResponse() {
        #expect(decode(sse([Self.created, Self.end()])) == Outcome([], .emptyResponse))
        let empty = sse([Self.added(0, Self.emptyMessage), Self.done(0, Self.message("")), Self.end()])
        #expect(decode(empty) == Outcome([], .emptyResponse))
    }

    @Test(arguments: [
        ("{\"code\":\"server_error\",\"message\":\"oops\"}", ModelError.Kind.server),
        ("{\"code\":\"rate_limit_exceeded\",\"message\":\"slow\"}", .rateLimited),
        ("{\"code\":\"server_is_overloaded\",\"message\":\"busy\"}", .overloaded),
        ("{\"code\":\"context_length_exceeded\",\"message\":\"long\"}", .contextOverflow),
        ("{\"code\":\"insufficient_quota\",\"message\":\"no money\"}", .payment),
        ("{\"code\":\"invalid_prompt\",\"message\":\"bad\"}", .invalidRequest), ("{\"message\":\"what\"}", .server),
    ])
    func errorInsideTheStream(_ error: String, _ kind: ModelError.Kind) {
        let failed = Self.end("failed", "\"status\":\"failed\",\"error\":\(error)")
        #expect(decode(sse(Self.hello + [failed])) == Outcome(Self.helloEvents, kind))
        let flat = "{\"type\":\"error\"," + error.dropFirst()
        #expect(decode(sse(Self.hello + [flat])) == Outcome(Self.helloEvents, kind))
        #expect(decode(sse(Self.hello + ["{\"type\":\"error\",\"error\":\(error)}"])) == Outcome(Self.helloEvents, kind))
        #expect(decode(sse(Self.hello + ["{\"error\":\(error)}"])) == Outcome(Self.helloEvents, kind))
    }

    @Test func answerThatWasNotStreamed() {
        let document = "{\"object\":\"response\",\"status\":\"completed\",\"error\":null,\"output\":[\(Self.message("Hi"))],\(Self.usage)}"
        let usage = Usage(inputTokens: 8, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2)
        #expect(
            decode(document)
                == Outcome([
                    .itemStarted(index: 0, .text), .delta(index: 0, "Hi"), .itemFinished(index: 0, .text("Hi")), .usage(usage),
                    .finished(.endOfTurn),
                ]))
        #expect(decode("{\"error\":{\"code\":\"rate_limit_exceeded\",\"message\":\"x\"}}").error == .rateLimited)
        #expect(decode("{\"unrelated\":1}").error == .protocolViolation)
        #expect(decode("{\"output\":[").error == .streamBroken)
    }

    @Test func webPageAndGarbageAreViolations() {
        #expect(decode(" <!doctype html><title>x</title>") == Outcome([], .protocolViolation))
        #expect(decode("data: not json\n\n") == Outcome([], .protocolViolation))
        #expect(decode("event: error\ndata: model crashed\n\n") == Outcome([], .server))
    }
}
