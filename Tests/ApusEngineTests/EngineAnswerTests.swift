import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineAnswerTests {
    @Test func aPlainAnswerLeavesThisLog() async throws {
        let house = EngineHouse(ScriptedModel(.init(.text(["Hel", "lo"]), .usage(EngineAnswerTests.usage))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi\nthere", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(
            try await house.briefs() == [
                "created", "queued t1", "started t1 scripted", "user hi\nthere", "title hi", "response", "text+ Hel", "text+ lo",
                "text Hello", "end endOfTurn", "finished t1 completed",
            ])
        #expect(
            try await house.end(of: "t1")
                == TurnEnd(turn: "t1", reason: .completed, usage: Self.usage, settledResponses: 1, firstDeltaMilliseconds: 0))
    }

    private static let usage = Usage(inputTokens: 10, outputTokens: 2, cacheReadTokens: 3, cacheCreationTokens: 1, reasoningTokens: 1)

    @Test func theModelIsGivenEverythingThatWasSaid() async throws {
        let opaque = OpaqueState(dialect: "anthropic", payload: ["signature": "abc"])
        let tool = ScriptedTool("Read", says: "the bytes")
        let house = EngineHouse(
            ScriptedModel(
                .init(.reasoning(["hm"], opaque), .text(["Let me see."]), .call("c1", "Read", ["path": "/a"])), .text("Done."),
                .text("Again.")),
            tools: [tool], notes: [ContextNote(source: "AGENTS.md", text: "be brief")])
        try await house.running {
            _ = try await house.create(settings: SessionSettings(effort: .high, autonomy: .low, systemPromptAddition: "Speak Latin."))
            try await house.submit("one", as: "t1")
            try await house.submit("two", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
        }
        let call = ToolCall(id: "c1", name: "Read", input: ["path": "/a"])
        let first: [ModelMessage] = [.user([ContextBuilder.reminder("be brief"), "one"])]
        let second: [ModelMessage] =
            first + [
                .assistant([.reasoning("hm", opaque), .text("Let me see."), .toolCall(call)]),
                .toolResults([ModelToolResult(call: "c1", tool: "Read", text: "the bytes", isError: false)]),
            ]
        // The notes are known by now and not said again.
        let third = second + [.assistant([.text("Done.")]), .user(["two"])]
        #expect(house.model.requests.map(\.messages) == [first, second, third])
        for request in house.model.requests {
            #expect(request.tools == [tool.definition])
            #expect(request.effort == .high)
            #expect(request.system == SystemPrompt.text(autonomy: .low, addition: "Speak Latin."))
        }
    }

    @Test func aNoteThatChangedIsSaidAgain() async throws {
        let memory = MemoryEventLog(time: ManualTime())
        for (turn, text) in [("t1", "old"), ("t2", "new"), ("t3", "new")] {
            let house = EngineHouse(
                ScriptedModel(.text("ok")),
                notes: [ContextNote(source: "AGENTS.md", text: text), ContextNote(source: "os", text: "Linux")],
                memory: memory)
            try await house.running {
                if turn == "t1" { _ = try await house.create() } else { _ = try await house.engine.open("s") }
                try await house.submit("go", as: TurnID(turn))
                try await house.recorder().read(untilEndOf: TurnID(turn))
            }
        }
        let events = try await memory.events(in: "s", after: 0, limit: .max)
        let notes = events.compactMap { event -> String? in
            if case .contextAdded(_, let note) = event.kind { "\(note.source) \(note.text)" } else { nil }
        }
        #expect(notes == ["AGENTS.md old", "os Linux", "AGENTS.md new"])
    }

    @Test func itemsThatInterleaveKeepTheirOwnText() async throws {
        let house = EngineHouse(
            ScriptedModel(
                .init(
                    .event(.itemStarted(index: 0, .text)), .event(.itemStarted(index: 1, .reasoning)), .event(.delta(index: 0, "a")),
                    .event(.delta(index: 1, "x")), .event(.delta(index: 0, "b")), .event(.itemFinished(index: 1, .reasoning("x", nil))),
                    .event(.itemFinished(index: 0, .text("ab"))))))
        try await house.running {
            let briefs = try await house.run()
            #expect(
                briefs.dropFirst(2) == [
                    "response", "text+ a", "reasoning+ x", "text+ b", "reasoning x", "text ab", "end endOfTurn", "finished t1 completed",
                ])
        }
    }

    @Test func anUnknownModelEndsTheTurnWithTheSentenceOfTheLookup() async throws {
        let house = EngineHouse(ScriptedModel(.text("never")))
        try await house.running {
            _ = try await house.create(settings: SessionSettings(model: "gpt5"))
            try await house.submit("hi", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(
            try await house.briefs().suffix(4) == [
                "started t1 gpt5", "user hi", "title hi", "finished t1 providerError: Invalid model: gpt5\nAvailable models: scripted",
            ])
        #expect(house.model.requests.isEmpty)
    }

    @Test(arguments: [
        (StopReason.endOfTurn, "finished t1 completed"), (.outputLimit, "finished t1 completed"), (.other, "finished t1 completed"),
        (.refusal, "finished t1 completed"),
    ])
    func everyStopReasonOfATextEndsTheTurn(stop: StopReason, last: String) async throws {
        let house = EngineHouse(ScriptedModel(.init(.text(["a"]), .stop(stop))))
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.suffix(2) == ["end \(stop.rawValue)", last])
        }
    }

    @Test func anEmptyResponseIsAskedAgainAndTheThirdEndsTheTurn() async throws {
        let house = EngineHouse(ScriptedModel { _, _ in .init([.stop(.endOfTurn)]) })
        try await house.running {
            let briefs = try await house.run()
            #expect(
                briefs.dropFirst(2) == ["note nudge", "note nudge", "finished t1 noProgress: The model gave no answer 3 times in a row."])
        }
        #expect(house.model.requests.count == 3)
    }
}
