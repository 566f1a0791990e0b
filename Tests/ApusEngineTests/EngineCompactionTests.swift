import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineCompactionTests {
    private static let notes = [
        ContextNote(source: "surroundings", text: "Linux"), ContextNote(source: "/w/AGENTS.md", text: "be brief"),
    ]

    /// Two turns, the first with a call.
    private static let history: [ScriptedModel.Reply] = [
        .init(.call("c1", "Read", ["file": "secret-plan.txt"])), .text("first answer"), .text("second answer"),
    ]

    private func house(_ more: ScriptedModel.Reply..., redaction: Redaction = .none) -> EngineHouse {
        let replies = Self.history + more
        return EngineHouse(
            ScriptedModel { _, number in number < replies.count ? replies[number] : .fail(.invalidRequest) },
            tools: [ScriptedTool("Read", says: "plain file text")], notes: Self.notes, redaction: redaction)
    }

    private func runTurns(_ house: EngineHouse, _ turns: TurnID..., session: SessionID = "s") async throws {
        for turn in turns {
            try await house.submit("prompt of \(turn)", as: turn, to: session)
            try await house.recorder(session).read(untilEndOf: turn)
        }
    }

    @Test func aSecondCompactionBesideTheFirstIsRefused() async throws {
        let gate = Gate()
        let house = house(.init(.stand(gate), .text(["the summary"])), .text("another summary"))
        try await house.running {
            _ = try await house.create()
            try await runTurns(house, "t1", "t2")
            let asked = house.model.requests.count
            let first = Task { try await house.engine.compact("s", instructions: nil).compaction.summary }
            try await house.model.asked(asked + 1)
            await #expect(throws: MaintenanceError.compacting("s")) { try await house.engine.compact("s", instructions: nil) }
            gate.open()
            #expect(try await first.value == "the summary")
            #expect(try await house.engine.compact("s", instructions: nil).compaction.summary == "another summary")
        }
    }

    @Test func theModelsSummaryStandsForEverythingBeforeTheLastTurn() async throws {
        let house = house(.text("  the ", "summary"), .text("third answer"))
        try await house.running {
            _ = try await house.create()
            try await runTurns(house, "t1", "t2")
            let source = try await house.events()
            let (copy, compaction) = try await house.engine.compact("s", instructions: "keep the names")
            #expect(compaction.summary == "  the summary" && compaction.removed == 3 && compaction.keptFrom == "t2")
            #expect(try await house.events() == source, "the source stays as it was")
            #expect(try await house.briefs(copy).suffix(2) == ["forked", "compacted 3"])

            let asked = house.model.requests[3]
            #expect(asked.tools == [])
            let words = "\(asked.messages)"
            for word in ["prompt of t1", "first answer", "[call of Read]", "secret-plan.txt", "plain file text", "keep the names"] {
                #expect(words.contains(word), "\(word)")
            }
            #expect(!words.contains("prompt of t2") && !words.contains("be brief"))

            try await runTurns(house, "t3", session: copy)
            let next = house.model.requests[4].messages
            #expect(
                next == [
                    .user([
                        ContextBuilder.summary(compaction), "prompt of t2",
                    ]), .assistant([.text("second answer")]),
                    .user([ContextBuilder.reminder("Linux"), ContextBuilder.reminder("be brief"), "prompt of t3"]),
                ], "notes that the model sees no more are told again")
            let state = try await house.engine.peek(copy)
            #expect(state.transcript.count == 11, "the transcript keeps everything")
        }
    }

    @Test func oneTurnAloneIsSummarisedWhole() async throws {
        let house = house()
        let alone = EngineHouse(ScriptedModel(.text("answer"), .text("summary"), .text("on")))
        try await alone.running {
            _ = try await alone.create()
            try await runTurns(alone, "t1")
            let (copy, compaction) = try await alone.engine.compact("s", instructions: nil)
            #expect(compaction.removed == 2 && compaction.keptFrom == nil)
            await #expect(throws: MaintenanceError.nothingToCompact) { try await alone.engine.compact(copy, instructions: nil) }
            try await runTurns(alone, "t2", session: copy)
            #expect(alone.model.requests[2].messages == [.user([ContextBuilder.summary(compaction), "prompt of t2"])])
        }
        await #expect(throws: MaintenanceError.session(.log(.notFound("s")))) { try await house.engine.compact("s", instructions: nil) }
    }

    @Test func aSecondCompactionStandsForTheFirstToo() async throws {
        let house = house(.text("one"), .text("third answer"), .text("two"))
        try await house.running {
            _ = try await house.create()
            await #expect(throws: MaintenanceError.nothingToCompact) { try await house.engine.compact("s", instructions: nil) }
            try await runTurns(house, "t1", "t2")
            let first = try await house.engine.compact("s", instructions: nil)
            try await runTurns(house, "t3", session: first.copy)
            let second = try await house.engine.compact(first.copy, instructions: nil)
            #expect(second.compaction.removed == 5 && second.compaction.keptFrom == "t3")
            let words = "\(house.model.requests[5].messages)"
            #expect(words.contains("one") && words.contains("second answer") && !words.contains("first answer"))
            let state = try await house.engine.peek(second.copy)
            #expect(state.compaction == second.compaction)
            #expect(try SessionState(decoding: JSONValue(parsing: state.encoded().serialized())) == state)
        }
    }

    @Test func aFailingModelLeavesNoCopyAndIsAskedAgainWhereThatHelps() async throws {
        let broken = house(.fail(.overloaded), .text(" "), .fail(.server))
        try await broken.running {
            _ = try await broken.create()
            try await runTurns(broken, "t1", "t2")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: MaintenanceError.model("The script says: server")) {
                        try await broken.engine.compact("s", instructions: nil)
                    }
                }
                for seconds in [1, 2] {
                    try await broken.time.sleeps(1) { $0 == .seconds(seconds) }
                    broken.time.advance(by: .seconds(seconds))
                }
                try await group.waitForAll()
            }
            #expect(await broken.engine.opened() == ["s"])
        }
        let refusing = house(.fail(.authentication))
        try await refusing.running {
            _ = try await refusing.create()
            try await runTurns(refusing, "t1", "t2")
            await #expect(throws: MaintenanceError.model("The script says: authentication")) {
                try await refusing.engine.compact("s", instructions: nil)
            }
            #expect(await refusing.engine.opened() == ["s"])
        }
    }

    @Test func aCancelledCompactionLeavesNoCopy() async throws {
        let gate = Gate()
        let house = house(.init(.stand(gate), .text(["late"])))
        try await house.running {
            _ = try await house.create()
            try await runTurns(house, "t1", "t2")
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: MaintenanceError.model("The compaction was interrupted.")) {
                        try await house.engine.compact("s", instructions: nil)
                    }
                }
                // A throw would leave the test hanging; the expectation says enough.
                try? await house.model.asked(4)
                group.cancelAll()
            }
            #expect(await house.engine.opened() == ["s"])
        }
    }

    @Test func aSessionAtWorkIsNotCompactedAndSecretsStayOutOfSummaries() async throws {
        let gate = Gate()
        let house = house(
            .text("hunter2-hunter2 was used"), .init(.stand(gate), .text(["x"])), redaction: Redaction(secrets: ["hunter2-hunter2"]))
        try await house.running {
            _ = try await house.create()
            try await runTurns(house, "t1", "t2")
            #expect(try await house.engine.compact("s", instructions: nil).compaction.summary == "*** was used")
            try await house.submit("more", as: "t3")
            try await house.model.asked(5)
            await #expect(throws: MaintenanceError.busy("s")) { try await house.engine.compact("s", instructions: nil) }
            gate.open()
            try await house.recorder().read(untilEndOf: "t3")
        }
    }

    // MARK: Context usage

    private static let scripted = ModelDescription(id: "m", displayName: "M", dialect: "d", contextTokens: 1_000)

    private func tool(_ name: String) -> ToolDefinition {
        ToolDefinition(id: name, name: name, summary: String(repeating: "s", count: 40), category: .other, inputSchema: [:])
    }

    private func state(usage: Usage) -> SessionState {
        var state = SessionState(id: "s")
        state.transcript = [
            .context("n", ContextNote(source: "surroundings", text: String(repeating: "x", count: 40))),
            .context("o", ContextNote(source: "/w/AGENTS.md", text: String(repeating: "x", count: 80))),
            .user("t", "t", String(repeating: "p", count: 400)),
            .response(
                Response(
                    message: "r", turn: "t",
                    blocks: [
                        .init(item: Item(id: "i", message: "r", content: .text(String(repeating: "a", count: 200))), isInterrupted: false)
                    ],
                    end: ResponseEnd(message: "r", stop: .endOfTurn, usage: usage))),
        ]
        return state
    }

    private func usage(_ state: SessionState) -> ContextUsage {
        ContextMeter(
            model: Self.scripted, system: String(repeating: "y", count: 400), tools: [tool("Read"), tool("git___log"), tool("git___diff")],
            notes: [ContextNote(source: "surroundings", text: String(repeating: "x", count: 40))]
        ).measure(state)
    }

    @Test func withoutACountTheBytesAreMeasured() {
        let usage = usage(state(usage: .zero))
        #expect(
            usage.parts == [
                .init(.systemPrompt, tokens: 100), .init(.systemTools, tokens: 12), .init(.mcpTools, tokens: 28),
                .init(.userInfo, tokens: 10),
                .init(.agentsMd, tokens: 20), .init(.customAgents, tokens: 0), .init(.skills, tokens: 0), .init(.messages, tokens: 150),
            ])
        #expect(usage.used == 320 && !usage.isExact && usage.limit == 1_000 && usage.lastCall == nil)
        #expect(usage.servers == [.init(name: "git", toolCount: 2, tokens: 28)])
    }

    @Test(arguments: [
        (Usage(inputTokens: 400, outputTokens: 20, cacheReadTokens: 70, cacheCreationTokens: 10), 500, 330),
        (Usage(inputTokens: 17), 17, 1),
    ])
    func theProvidersCountIsSharedOut(counted: Usage, whole: Int, messages: Int) {
        let usage = usage(state(usage: counted))
        #expect(usage.used == whole && usage.isExact && usage.lastCall == counted)
        #expect(usage.parts.reduce(0) { $0 + $1.tokens } == whole)
        #expect(usage.parts.last == .init(.messages, tokens: messages))
    }

    @Test func aCountFromBeforeACompactionIsNotBelieved() {
        var compacted = state(usage: Usage(inputTokens: 900))
        compacted.reduce(Event(number: 1, time: 9, kind: .contextCompacted(Compaction(summary: "short", removed: 0, keptFrom: "t"))))
        let usage = usage(compacted)
        #expect(!usage.isExact && usage.used < 400 && usage.updatedAt == 9)
        #expect(compacted.visibleFrom == 0, "the notes of the kept prompt are kept with it")
    }

    @Test func theEngineMeasuresWhatTheNextRequestWouldHold() async throws {
        let house = house()
        try await house.running {
            _ = try await house.create()
            let before = try await house.engine.contextUsage(of: "s")
            #expect(before.model.id == "scripted" && before.limit == ContextMeter.usualLimit && !before.isExact)
            #expect(before.parts.first { $0.category == .agentsMd }?.tokens == 2)
            try await house.engine.change("s", settings: SessionSettings(model: "gone"))
            #expect(try await house.engine.contextUsage(of: "s").model.id == "gone")
            await #expect(throws: SessionError.log(.notFound("x"))) { try await house.engine.contextUsage(of: "x") }
        }
    }
}
