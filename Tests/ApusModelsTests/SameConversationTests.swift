import ApusBase
import ApusCore
import Testing

@testable import ApusModels

/// The same conversation, as each of the three providers streams it, becomes the same transcript; only what a provider wants back
/// verbatim and the way it counts differ.
@Suite struct SameConversationTests {
    struct Scenario: Sendable, CustomTestStringConvertible {
        var name: String
        var messages: [String]
        var responses: [String]
        var chat: [String]
        var items: [ItemContent]
        var stop: StopReason
        var usage: Usage?
        var testDescription: String { name }
    }

    /// What a session keeps of a response, folded from its events as the engine does, without what is only for the provider.
    private struct Transcript: Equatable {
        var items: [Int: ItemContent] = [:]
        var texts: [Int: String] = [:]
        var stop: StopReason?
        var usage: Usage?

        init(_ events: [ModelEvent]) {
            for event in events {
                switch event {
                case .itemStarted(let index, _): texts[index] = ""
                case .delta(let index, let text): texts[index]? += text
                case .itemFinished(let index, .reasoning(let text, _)): items[index] = .reasoning(text, nil)
                case .itemFinished(let index, let content): items[index] = content
                case .usage(let usage): self.usage = usage
                case .finished(let reason): stop = reason
                }
            }
        }
    }

    private static func block(_ index: Int, _ content: String) -> String {
        #"{"type":"content_block_start","index":\#(index),"content_block":\#(content)}"#
    }
    private static func delta(_ index: Int, _ content: String) -> String {
        #"{"type":"content_block_delta","index":\#(index),"delta":\#(content)}"#
    }
    private static func stop(_ index: Int) -> String { #"{"type":"content_block_stop","index":\#(index)}"# }
    private static func end(_ reason: String) -> [String] {
        [
            #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)"},"usage":{"output_tokens":5}}"#,
            #"{"type":"message_stop"}"#,
        ]
    }
    private static let messageStart =
        #"{"type":"message_start","message":{"usage":{"input_tokens":8,"cache_read_input_tokens":4,"output_tokens":1}}}"#

    private static func choice(_ delta: String, _ finish: String? = nil) -> String {
        #"{"choices":[{"index":0,"delta":\#(delta),"finish_reason":\#(finish.map { "\"\($0)\"" } ?? "null")}]}"#
    }
    private static let chatUsage =
        #"{"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}}"#

    private static func item(_ event: String, _ index: Int, _ item: String) -> String {
        #"{"type":"response.output_item.\#(event)","output_index":\#(index),"item":\#(item)}"#
    }
    private static func piece(_ type: String, _ index: Int, _ text: String) -> String {
        #"{"type":"response.\#(type).delta","output_index":\#(index),"delta":"\#(text)"}"#
    }
    private static func response(_ type: String, _ more: String = "") -> String {
        #"{"type":"response.\#(type)","response":{"status":"\#(type)"\#(more),"#
            + #""usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":4},"output_tokens":5}}}"#
    }

    private static let usage = Usage(inputTokens: 8, outputTokens: 5, cacheReadTokens: 4)

    static let scenarios = [
        Scenario(
            name: "plain answer",
            messages: [
                messageStart, block(0, #"{"type":"text","text":""}"#), delta(0, #"{"type":"text_delta","text":"Grü"}"#),
                delta(0, #"{"type":"text_delta","text":"ße"}"#), stop(0),
            ] + end("end_turn"),
            responses: [
                item("added", 0, #"{"type":"message","content":[]}"#), piece("output_text", 0, "Grü"), piece("output_text", 0, "ße"),
                item("done", 0, #"{"type":"message","content":[{"type":"output_text","text":"Grüße"}]}"#), response("completed"),
            ],
            chat: [choice(#"{"content":"Grü"}"#), choice(#"{"content":"ße"}"#), choice("{}", "stop"), chatUsage, "[DONE]"],
            items: [.text("Grüße")], stop: .endOfTurn, usage: usage),
        Scenario(
            name: "reasoning, text and two calls side by side",
            messages: [
                messageStart, block(0, #"{"type":"thinking","thinking":""}"#), delta(0, #"{"type":"thinking_delta","thinking":"hm"}"#),
                delta(0, #"{"type":"signature_delta","signature":"s"}"#), stop(0), block(1, #"{"type":"text","text":""}"#),
                delta(1, #"{"type":"text_delta","text":"I look."}"#), stop(1),
                block(2, #"{"type":"tool_use","id":"a","name":"Read","input":{}}"#),
                delta(2, #"{"type":"input_json_delta","partial_json":"{\"path\":"}"#),
                delta(2, #"{"type":"input_json_delta","partial_json":"\"x\"}"}"#), stop(2),
                block(3, #"{"type":"tool_use","id":"b","name":"LS","input":{}}"#), stop(3),
            ] + end("tool_use"),
            responses: [
                item("added", 0, #"{"type":"reasoning","summary":[]}"#), piece("reasoning_summary_text", 0, "hm"),
                item("done", 0, #"{"type":"reasoning","summary":[{"text":"hm"}],"encrypted_content":"e"}"#),
                item("added", 1, #"{"type":"message","content":[]}"#), piece("output_text", 1, "I look."),
                item("done", 1, #"{"type":"message","content":[{"text":"I look."}]}"#),
                item("added", 2, #"{"type":"function_call","call_id":"a","name":"Read","arguments":""}"#),
                item("added", 3, #"{"type":"function_call","call_id":"b","name":"LS","arguments":""}"#),
                piece("function_call_arguments", 2, #"{\"path\":"#), piece("function_call_arguments", 3, "{}"),
                piece("function_call_arguments", 2, #"\"x\"}"#), response("completed"),
            ],
            chat: [
                choice(#"{"reasoning_content":"hm"}"#), choice(#"{"content":"I look."}"#),
                choice(#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"Read","arguments":"{\"path\":"}}]}"#),
                choice(#"{"tool_calls":[{"index":1,"id":"b","function":{"name":"LS","arguments":""}}]}"#),
                choice(#"{"tool_calls":[{"index":0,"function":{"arguments":"\"x\"}"}}]}"#), choice("{}", "tool_calls"), chatUsage, "[DONE]",
            ],
            items: [
                .reasoning("hm", nil), .text("I look."), .toolCall(ToolCall(id: "a", name: "Read", input: ["path": "x"])),
                .toolCall(ToolCall(id: "b", name: "LS", input: [:])),
            ], stop: .toolCalls, usage: usage),
        Scenario(
            name: "call cut off by the output limit",
            messages: [
                messageStart, block(0, #"{"type":"tool_use","id":"a","name":"Read","input":{}}"#),
                delta(0, #"{"type":"input_json_delta","partial_json":"{\"pa"}"#),
            ] + end("max_tokens"),
            responses: [
                item("added", 0, #"{"type":"function_call","call_id":"a","name":"Read","arguments":""}"#),
                piece("function_call_arguments", 0, #"{\"pa"#),
                response("incomplete", #","incomplete_details":{"reason":"max_output_tokens"}"#),
            ],
            chat: [
                choice(#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"Read","arguments":"{\"pa"}}]}"#), choice("{}", "length"),
                chatUsage, "[DONE]",
            ],
            items: [.toolCall(ToolCall(id: "a", name: "Read", input: .string(#"{"pa"#)))], stop: .outputLimit, usage: usage),
        Scenario(
            name: "refusal with words",
            messages: [
                block(0, #"{"type":"text","text":"No."}"#), stop(0), #"{"type":"message_delta","delta":{"stop_reason":"refusal"}}"#,
            ],
            responses: [
                item("added", 0, #"{"type":"message","content":[]}"#), piece("refusal", 0, "No."),
                #"{"type":"response.completed","response":{"status":"completed"}}"#,
            ],
            chat: [choice(#"{"refusal":"No."}"#), choice("{}", "content_filter")], items: [.text("No.")], stop: .refusal, usage: nil),
    ]

    @Test(arguments: scenarios) func givesTheSameTranscript(_ scenario: Scenario) {
        func events(_ data: [String], _ decoder: some ResponseDecoder) -> Outcome {
            read([Array(data.map { "data: \($0)\n\n" }.joined().utf8)], with: decoder)
        }
        let outcomes = [
            events(scenario.messages, MessagesDecoder(endpoint: messagesEndpoint)),
            events(scenario.responses, ResponsesDecoder(endpoint: responsesEndpoint)),
            events(scenario.chat, ChatDecoder(endpoint: chatEndpoint)),
        ]
        for outcome in outcomes {
            #expect(outcome.error == nil)
            let transcript = Transcript(outcome.events)
            #expect(transcript.items.sorted { $0.key < $1.key }.map(\.value) == scenario.items)
            #expect(transcript.stop == scenario.stop)
            if let usage = scenario.usage { #expect(transcript.usage == usage) }
            for (index, item) in transcript.items {
                switch item {
                case .text(let text), .reasoning(let text, _): #expect(transcript.texts[index] == text)
                case .toolCall: break
                }
            }
        }
    }
}
