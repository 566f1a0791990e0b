import ApusBase
import ApusCore
import ApusFronts
import ApusTesting
import QwenWire
import Testing

/// What is told of events, without an engine.
struct QwenMapperTests {
    private static func events(_ kinds: [EventKind]) -> [Event] {
        kinds.enumerated().map { Event(number: EventNumber($0.offset + 1), time: 1_700_000_000_000, kind: $0.element) }
    }

    private func told(_ kinds: EventKind...) -> [QwenEvent] { QwenTelling.events(of: Self.events(kinds), in: "s") }

    private static let origin = TurnOrigin(front: .qwen, writer: "client_1/x", approvals: .refuse)

    @Test(
        arguments: [
            (TurnEndReason.completed, "end_turn"), (.interrupted, "cancelled"), (.permissionRejected, "cancelled"),
            (.responseLimit, "max_turn_requests"), (.permissionDenied, nil), (.timeLimit, nil), (.providerError, nil), (.noProgress, nil),
            (.outputInvalid, nil), (.ownerDied, nil), (.internalError, nil), (.promptRefused, nil), (.hookStopped, nil),
        ] as [(TurnEndReason, String?)])
    func everyEndOfATurnHasItsWord(reason: TurnEndReason, word: String?) throws {
        let event = try #require(told(.turnFinished(TurnEnd(turn: "t", reason: reason, detail: "why"))).first)
        if let word {
            #expect(event.type == "turn_complete")
            #expect(event.data == ["sessionId": "s", "promptId": "t", "stopReason": .string(word)])
        } else {
            #expect(event.type == "turn_error")
            #expect(event.data["message"] == "why")
            #expect(event.data["errorKind"] == .string(reason.rawValue))
        }
        #expect(QwenValidator.problem(with: event) == nil)
    }

    @Test func numbersAreFourTimesThoseOfTheLog() {
        let settings = SessionSettings(model: "m", autonomy: .high)
        let events = told(
            .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings()), .settingsChanged(settings))
        #expect(events.map(\.id) == [4, 8, 9])
        #expect(events.names == ["available_commands_update", "model_switched", "current_mode_update"])
        #expect(events.last?.data["currentModeId"] == "yolo")
    }

    /// One table of modes.
    @Test(arguments: [
        (AutonomyLevel.off, InteractionMode.spec, "plan"), (.high, .spec, "plan"), (.off, .auto, "default"), (.low, .auto, "auto-edit"),
        (.medium, .auto, "auto-edit"), (.high, .auto, "yolo"), (.unrestricted, .auto, "yolo"),
    ])
    func levelsAreModes(level: AutonomyLevel, interaction: InteractionMode, mode: String) {
        let settings = SessionSettings(autonomy: level, interaction: interaction)
        let told = told(.settingsChanged(SessionSettings(autonomy: .off)), .settingsChanged(settings))
        #expect(told.last?.data["currentModeId"]?.stringValue ?? "default" == mode)
    }

    @Test func aPromptsClientStandsOnWhatItBringsAbout() {
        let input = TurnInput(turn: "t", prompt: "p", origin: Self.origin)
        let told = told(
            .turnQueued(input), .turnStarted("t", model: "m"), .userMessage("t", "t", "p"),
            .delta(Delta(item: "i", message: "m", channel: .reasoning, text: "hm")),
            .delta(Delta(item: "i2", message: "m", channel: .text, text: "ok")), .turnFinished(TurnEnd(turn: "t", reason: .completed)),
            .userMessage("t2", "t2", "other"))
        #expect(told.names == ["user_message_chunk", "agent_thought_chunk", "agent_message_chunk", "turn_complete", "user_message_chunk"])
        #expect(told.map(\.originatorClientId) == ["client_1", "client_1", "client_1", "client_1", nil])
        #expect(told[1].data["update"]?["content"] == ["type": "text", "text": "hm"])
        #expect(told[1].data["content"] == told[1].data["update"]?["content"])
    }

    @Test func anEditShowsItsDifference() throws {
        let call = ToolCall(id: "c", name: "Edit", input: ["file_path": "/w/a", "old_str": "x", "new_str": "y"])
        let told = told(
            .itemFinished(Item(id: "i", message: "m", content: .toolCall(call))),
            .toolIntended(ToolIntent(call: "c", tool: "Edit", argumentsHash: "", effect: .verifiable, key: "k")),
            .toolFinished(ToolOutcome(call: "c", status: .succeeded, text: "done")))
        let diff: JSONValue = ["type": "diff", "path": "/w/a", "oldText": "x", "newText": "y"]
        #expect(told.names == ["tool_call", "tool_call_update", "tool_call_update"])
        #expect(
            told[0].data["update"] == [
                "sessionUpdate": "tool_call", "toolCallId": "c", "title": "Edit: /w/a", "kind": "edit", "locations": [["path": "/w/a"]],
                "rawInput": call.input, "_meta": ["toolName": "Edit"], "status": "pending", "content": [diff],
            ])
        #expect(told.map { $0.data["status"] } == ["pending", "in_progress", "completed"])
        #expect(told[2].data["content"] == [diff])
    }

    @Test(arguments: [
        ("Read", "read"), ("LS", "search"), ("Grep", "search"), ("Glob", "search"), ("Create", "edit"), ("ApplyPatch", "edit"),
        ("Execute", "execute"), ("FetchUrl", "fetch"), ("issues___list", "other"),
    ])
    func toolsHaveKinds(tool: String, kind: String) {
        let call = ToolCall(id: "c", name: tool, input: [:])
        #expect(told(.itemFinished(Item(id: "i", message: "m", content: .toolCall(call)))).first?.data["kind"] == .string(kind))
    }

    @Test func thePlanIsNoCall() {
        let call = ToolCall(id: "c", name: "TodoWrite", input: ["todos": []])
        let told = told(
            .itemFinished(Item(id: "i", message: "m", content: .toolCall(call))),
            .toolIntended(ToolIntent(call: "c", tool: "TodoWrite", argumentsHash: "", effect: .idempotent, key: "k")),
            .todosChanged([Todo(text: "one", status: .inProgress, priority: "high")]),
            .toolFinished(ToolOutcome(call: "c", status: .succeeded, text: "done")))
        #expect(told.names == ["plan"])
        #expect(told.first?.data["entries"] == [["content": "one", "priority": "medium", "status": "in_progress"]])
    }

    @Test func usageStandsOnAChunkWithoutWords() {
        let usage = Usage(inputTokens: 10, outputTokens: 5, cacheReadTokens: 3, reasoningTokens: 2)
        let event = told(.responseFinished(ResponseEnd(message: "m", stop: .endOfTurn, usage: usage))).first
        #expect(event?.data["content"] == ["type": "text", "text": ""])
        #expect(
            event?.data["_meta"] == [
                "usage": ["inputTokens": 13, "outputTokens": 5, "totalTokens": 18, "thoughtTokens": 2, "cachedReadTokens": 3]
            ])
    }

    /// Whether the mapper begins with the first event or with the state at any place, it says the same, and every word of it is one that
    /// clients take.
    @Test(arguments: 0..<20 as Range<UInt64>)
    func whatIsToldDependsOnTheLogAlone(seed: UInt64) {
        let events = RandomHistory.events(seed: seed, steps: 400)
        let whole = QwenTelling.events(of: events, in: "random-session")
        for event in whole { #expect(QwenValidator.problem(with: event) == nil) }
        let ids = whole.compactMap(\.id)
        #expect(ids.count == whole.count && Set(ids).count == ids.count && ids == ids.sorted())
        for cut in stride(from: 0, to: events.count, by: 7) {
            var state = SessionState(id: "random-session")
            state.reduce(events[..<cut])
            let place = events[..<cut].last?.number ?? 0
            let rest = QwenTelling.events(of: Array(events[cut...]), in: "random-session", behind: state)
            let expected = whole.filter { ($0.id ?? 0) / 4 > place }
            if rest != expected {
                Issue.record("cut at \(place): \(zip(rest, expected).first { $0 != $1 }.map { "\($0.0.json) \($0.1.json)" } ?? "length")")
                return
            }
        }
    }
}
