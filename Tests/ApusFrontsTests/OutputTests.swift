import ApusBase
import ApusCore
import Testing

@testable import ApusFronts

/// The formats of `droid-exec.md` §2.1 to §2.3, byte for byte.
@Suite struct OutputTests {
    static let preamble = ExecPreamble(
        session: "abc", workingDirectory: "/w", tools: ["Read", "LS"], model: "custom:test-0", effort: "high")
    static let usage = Usage(
        inputTokens: 27_728, outputTokens: 2_111, cacheReadTokens: 10_752, cacheCreationTokens: 0, reasoningTokens: 149)
    static let plainUsage = Usage(inputTokens: 17_118, outputTokens: 41)
    static let sentence = StopSentence.text(required: .high)
    /// Everything that could break a line or a parser.
    static let awkward = "a\nb\r\n\u{0}\u{1}\u{8}\t\u{1B}[31m\u{7F}\u{85}\u{2028}\u{2029}\"\\/é👩‍👩‍👧\u{202E}"

    static func success(_ text: String = "Two files.") -> ExecResult {
        ExecResult(
            session: "abc", model: "custom:test-0", isError: false, text: text, stopReason: "completed", durationMilliseconds: 3_184,
            turns: 2,
            usage: plainUsage, firstDeltaMilliseconds: nil, denials: [], exitCode: 0)
    }

    static func failure(_ text: String = sentence) -> ExecResult {
        ExecResult(
            session: "abc", model: "m", isError: true, text: text, stopReason: "permission_denied", durationMilliseconds: 9_021, turns: 0,
            usage: Usage(outputTokens: 612, reasoningTokens: 149), firstDeltaMilliseconds: nil,
            denials: [
                AccessDenial(
                    call: "c1", tool: "Execute", input: ["command": "rm -rf build", "riskLevel": "medium"], risk: "high", required: .high,
                    reason: "unknown program"),
                AccessDenial(call: "c2", tool: "Execute", input: [:], risk: "high", required: nil, reason: "nobody may"),
            ], exitCode: 1)
    }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    static func event(_ kind: EventKind) -> Event { Event(number: 7, time: 1_762_517_060_816, kind: kind) }

    /// One event of every kind.
    static let kinds: [EventKind] = [
        .sessionCreated(SessionHeader(id: "abc", createdAt: 0, workingDirectory: "/w"), SessionSettings()),
        .sessionForked(SessionHeader(id: "abc", createdAt: 0, workingDirectory: "/w")), .settingsChanged(SessionSettings()),
        .titleChanged(awkward),
        .turnQueued(TurnInput(turn: "t", prompt: awkward, origin: TurnOrigin(front: .exec, writer: "", approvals: .stop))),
        .turnStarted("t", model: "m"), .contextAdded("m0", ContextNote(source: "AGENTS.md", text: awkward)),
        .userMessage("m1", "t", awkward),
        .responseStarted("m2", "t"), .delta(Delta(item: "i1", message: "m2", channel: .text, text: awkward)),
        .itemFinished(Item(id: "i1", message: "m2", content: .text(awkward))),
        .itemFinished(Item(id: "i2", message: "m2", content: .reasoning(awkward, nil))),
        .itemFinished(
            Item(id: "i3", message: "m2", content: .toolCall(ToolCall(id: "c1", name: "Read", input: ["path": .string(awkward)])))),
        .itemInterrupted(Item(id: "i4", message: "m2", content: .text(awkward))),
        .itemInterrupted(Item(id: "i5", message: "m2", content: .reasoning(awkward, nil))),
        .responseFinished(ResponseEnd(message: "m2", stop: .endOfTurn, usage: .zero)),
        .retrying(RetryNote(turn: "t", attempt: 1, reason: .server, detail: awkward, delayMilliseconds: 1)),
        .toolIntended(ToolIntent(call: "c1", tool: "Read", argumentsHash: "", effect: .pure, key: "")),
        .toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: awkward)),
        .toolFinished(ToolOutcome(call: "c1", status: .failed, text: awkward)), .todosChanged([]),
        .turnFinished(TurnEnd(turn: "t", reason: .providerError, detail: awkward)),
    ]
}

@Suite struct TextOutputTests {
    @Test func printsTheLastTextAndALineEndAndNothingElse() {
        var output = TextOutput()
        #expect(output.begin(OutputTests.preamble) == [])
        for kind in OutputTests.kinds { #expect(output.receive(OutputTests.event(kind)) == []) }
        #expect(OutputTests.text(output.end(OutputTests.success("Two\nfiles."), at: 1)) == "Two\nfiles.\n")
    }

    @Test func aFailureIsItsSentence() {
        var output = TextOutput()
        #expect(OutputTests.text(output.end(OutputTests.failure(), at: 1)) == OutputTests.sentence + "\n")
    }
}

@Suite struct JSONOutputTests {
    @Test func printsOneObjectAtTheEndAndNothingBefore() {
        var output = JSONOutput()
        #expect(output.begin(OutputTests.preamble) == [])
        for kind in OutputTests.kinds { #expect(output.receive(OutputTests.event(kind)) == []) }
        var result = OutputTests.success("final")
        result.usage = OutputTests.usage
        result.firstDeltaMilliseconds = 1_496.5
        #expect(
            OutputTests.text(output.end(result, at: 1)) == """
                {"type":"result","subtype":"success","is_error":false,"duration_ms":3184,"num_turns":2,"result":"final","session_id":"abc",\
                "usage":{"input_tokens":27728,"output_tokens":2111,"cache_read_input_tokens":10752,"cache_creation_input_tokens":0,\
                "thinking_tokens":149,"ttft_ms":1496.5},"model":"custom:test-0","stop_reason":"completed"}

                """)
    }

    @Test func aPermissionStopNamesWhatWasRefused() {
        var output = JSONOutput()
        #expect(
            OutputTests.text(output.end(OutputTests.failure(), at: 1)) == """
                {"type":"result","subtype":"failure","is_error":true,"duration_ms":9021,"num_turns":0,"result":"\(OutputTests.sentence)",\
                "session_id":"abc","usage":{"input_tokens":0,"output_tokens":612,"cache_read_input_tokens":0,"cache_creation_input_tokens":0,\
                "thinking_tokens":149},"model":"m","stop_reason":"permission_denied","permission_denials":[\
                {"tool_name":"Execute","tool_use_id":"c1","tool_input":{"command":"rm -rf build","riskLevel":"medium"},"risk_level":"high",\
                "required_autonomy":"high","reason":"unknown program"},\
                {"tool_name":"Execute","tool_use_id":"c2","tool_input":{},"risk_level":"high","reason":"nobody may"}]}

                """)
    }

    @Test func aRunThatNeverHadASessionNamesNone() {
        var output = JSONOutput()
        #expect(
            OutputTests.text(output.end(.failure("no such model"), at: 1)) == """
                {"type":"result","subtype":"failure","is_error":true,"duration_ms":0,"num_turns":0,"result":"no such model",\
                "stop_reason":"provider_error"}

                """)
    }
}

@Suite struct StreamJSONOutputTests {
    private func begun() -> StreamJSONOutput {
        var output = StreamJSONOutput()
        _ = output.begin(OutputTests.preamble)
        return output
    }

    private func line(_ kind: EventKind) -> String {
        var output = begun()
        return OutputTests.text(output.receive(OutputTests.event(kind)))
    }

    private static let stamp = "\"timestamp\":1762517060816,\"session_id\":\"abc\""

    @Test func theFirstLineIsTheSystemLine() {
        var output = StreamJSONOutput()
        #expect(
            OutputTests.text(output.begin(OutputTests.preamble))
                == "{\"type\":\"system\",\"subtype\":\"init\",\"cwd\":\"/w\",\"session_id\":\"abc\",\"tools\":[\"Read\",\"LS\"],"
                + "\"model\":\"custom:test-0\",\"reasoning_effort\":\"high\"}\n")
    }

    @Test(arguments: [
        (
            EventKind.userMessage("m1", "t", "run ls"),
            "{\"type\":\"message\",\"role\":\"user\",\"id\":\"m1\",\"text\":\"run ls\",\(stamp)}\n"
        ),
        (
            .itemFinished(Item(id: "i1", message: "m2", content: .reasoning("hm", nil))),
            "{\"type\":\"reasoning\",\"id\":\"m2\",\"text\":\"hm\",\(stamp)}\n"
        ),
        (
            .itemFinished(Item(id: "i1", message: "m2", content: .text("Listing."))),
            "{\"type\":\"message\",\"role\":\"assistant\",\"id\":\"m2\",\"text\":\"Listing.\",\(stamp)}\n"
        ),
        (
            .itemFinished(
                Item(id: "i1", message: "m2", content: .toolCall(ToolCall(id: "c1", name: "Execute", input: ["b": 1, "a": [nil]])))),
            "{\"type\":\"tool_call\",\"id\":\"c1\",\"messageId\":\"m2\",\"toolId\":\"Execute\",\"toolName\":\"Execute\","
                + "\"parameters\":{\"b\":1,\"a\":[null]},\(stamp)}\n"
        ),
        (
            .itemInterrupted(Item(id: "i1", message: "m2", content: .text("hal"))),
            "{\"type\":\"message\",\"role\":\"assistant\",\"id\":\"m2\",\"text\":\"hal\",\(stamp),\"interrupted\":true}\n"
        ),
        (.itemInterrupted(Item(id: "i1", message: "m2", content: .toolCall(ToolCall(id: "c1", name: "Execute", input: "{")))), ""),
        (.itemFinished(Item(id: "i1", message: "m2", content: .reasoning("", nil))), ""),
    ])
    func everyShownKindHasItsLine(kind: EventKind, expected: String) {
        #expect(line(kind) == expected)
    }

    @Test func kindsThatTheFormatDoesNotKnowPrintNothing() {
        for kind in OutputTests.kinds {
            switch kind {
            case .userMessage, .itemFinished, .itemInterrupted, .toolFinished: continue
            default: #expect(line(kind) == "")
            }
        }
    }

    @Test func aResultNamesItsCall() {
        var output = begun()
        _ = output.receive(
            OutputTests.event(
                .itemFinished(Item(id: "i1", message: "m2", content: .toolCall(ToolCall(id: "c1", name: "Execute", input: [:]))))))
        let start = "{\"type\":\"tool_result\",\"id\":\"c1\",\"messageId\":\"m2-results\",\"toolId\":\"Execute\""
        #expect(
            OutputTests.text(
                output.receive(OutputTests.event(.toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: "total 16")))))
                == "\(start),\"isError\":false,\"value\":\"total 16\",\(Self.stamp)}\n")
        for status in ToolOutcome.Status.allCases where status != .succeeded {
            #expect(
                OutputTests.text(output.receive(OutputTests.event(.toolFinished(ToolOutcome(call: "c1", status: status, text: "no")))))
                    == "\(start),\"isError\":true,\"error\":{\"type\":\"tool_error\",\"message\":\"no\"},\(Self.stamp)}\n")
        }
    }

    @Test func blocksOfOneMessageHaveDifferentIdsWithinTheirKind() throws {
        var output = begun()
        let items = [
            Item(id: "i1", message: "m2", content: .reasoning("a", nil)), Item(id: "i2", message: "m2", content: .text("b")),
            Item(id: "i3", message: "m2", content: .reasoning("c", nil)), Item(id: "i4", message: "m2", content: .text("d")),
        ]
        let ids = try items.map { item in
            try JSONValue(parsing: output.receive(OutputTests.event(.itemFinished(item))))["id"]?.stringValue
        }
        #expect(ids == ["m2", "m2", "i3", "i4"])
    }

    @Test func successEndsWithTheCompletion() {
        var output = begun()
        #expect(
            OutputTests.text(output.end(OutputTests.success(), at: 1_762_517_064_000)) == """
                {"type":"completion","finalText":"Two files.","numTurns":2,"durationMs":3184,"session_id":"abc","timestamp":1762517064000,\
                "usage":{"input_tokens":17118,"output_tokens":41,"cache_read_input_tokens":0,"cache_creation_input_tokens":0}}

                """)
    }

    @Test func failureEndsWithTheErrorAndThenTheResult() {
        var output = begun()
        var json = JSONOutput()
        let result = OutputTests.text(json.end(OutputTests.failure(), at: 5))
        #expect(
            OutputTests.text(output.end(OutputTests.failure(), at: 5))
                == "{\"type\":\"error\",\"source\":\"cli\",\"message\":\"\(OutputTests.sentence)\",\"timestamp\":5,\"session_id\":\"abc\"}\n"
                + result)
    }

    @Test func aFailureBeforeASessionHasNoSession() {
        var output = StreamJSONOutput()
        #expect(
            OutputTests.text(output.end(.failure("no such model"), at: 5)).split(separator: "\n").first
                == "{\"type\":\"error\",\"source\":\"cli\",\"message\":\"no such model\",\"timestamp\":5}")
    }

    @Test func aPermissionStopIsToldInThisOrder() throws {
        var output = StreamJSONOutput()
        var bytes = output.begin(OutputTests.preamble)
        for kind: EventKind in [
            .turnQueued(TurnInput(turn: "t", prompt: "p", origin: TurnOrigin(front: .exec, writer: "", approvals: .stop))),
            .turnStarted("t", model: "m"), .userMessage("m1", "t", "delete build/"), .responseStarted("m2", "t"),
            .itemFinished(
                Item(id: "i1", message: "m2", content: .toolCall(ToolCall(id: "c1", name: "Execute", input: ["command": "rm -rf build"])))),
            .responseFinished(ResponseEnd(message: "m2", stop: .toolCalls, usage: .zero)),
            .toolFinished(ToolOutcome(call: "c1", status: .refused, text: "Error: \(OutputTests.sentence)")), .responseStarted("m4", "t"),
            .itemFinished(Item(id: "i2", message: "m4", content: .text(OutputTests.sentence))),
            .turnFinished(TurnEnd(turn: "t", reason: .permissionDenied)),
        ] { bytes += output.receive(OutputTests.event(kind)) }
        bytes += output.end(OutputTests.failure(), at: 9)
        let lines = try OutputTests.text(bytes).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(lines.map { $0["type"]?.stringValue } == ["system", "message", "tool_call", "tool_result", "message", "error", "result"])
        #expect(lines[3]["error"]?["message"]?.stringValue == "Error: \(OutputTests.sentence)")
        #expect(lines[4]["text"]?.stringValue == OutputTests.sentence)
        #expect(lines[4]["id"]?.stringValue == "m4")
        #expect(lines[6]["is_error"] == true)
    }

    @Test func everyLineParsesAndIsOneLineWhateverIsInTheTexts() throws {
        var preamble = OutputTests.preamble
        preamble.workingDirectory = OutputTests.awkward
        preamble.tools = [OutputTests.awkward]
        var output = StreamJSONOutput()
        var lines = [output.begin(preamble)]
        for kind in OutputTests.kinds { lines.append(output.receive(OutputTests.event(kind))) }
        let shown = lines.filter { !$0.isEmpty }
        #expect(shown.count == 9)
        for line in shown {
            #expect(line.last == UInt8(ascii: "\n"))
            #expect(line.dropLast().allSatisfy { $0 >= 0x20 })
            let value = try JSONValue(parsing: line)
            let texts: [JSONValue?] = [
                value["text"], value["value"], value["error"]?["message"], value["cwd"], value["parameters"]?["path"],
            ]
            #expect(texts.compactMap { $0?.stringValue } == [OutputTests.awkward])
        }
        for result in [OutputTests.success(OutputTests.awkward), OutputTests.failure(OutputTests.awkward)] {
            let end = output.end(result, at: 1)
            for line in end.split(separator: UInt8(ascii: "\n")) {
                #expect(line.allSatisfy { $0 >= 0x20 })
                let value = try JSONValue(parsing: Array(line))
                let texts: [JSONValue?] = [value["finalText"], value["message"], value["result"]]
                #expect(texts.compactMap { $0?.stringValue } == [OutputTests.awkward])
            }
        }
    }
}
