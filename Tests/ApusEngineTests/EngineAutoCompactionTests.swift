import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Conversations that are shortened by themselves, in the middle of a turn.
@Suite(.timeLimit(.minutes(5))) struct EngineAutoCompactionTests {
    /// Whether the request asks for a summary.
    static func isSummary(_ request: ModelRequest) -> Bool { request.tools.isEmpty && "\(request.messages)".contains("<conversation>") }

    /// A model of 1,000 tokens, so that 800 are the limit; asked for summaries beside.
    static func model(_ replies: [ScriptedModel.Reply], summaries: [ScriptedModel.Reply], contextTokens: Int? = 1_000) -> ScriptedModel {
        let counts = Watched((replies: 0, summaries: 0))
        return ScriptedModel(contextTokens: contextTokens) { request, _ in
            let isSummary = isSummary(request)
            let number = counts.change { counts -> Int in
                defer { if isSummary { counts.summaries += 1 } else { counts.replies += 1 } }
                return isSummary ? counts.summaries : counts.replies
            }
            let list = isSummary ? summaries : replies
            return number < list.count ? list[number] : .fail(.invalidRequest)
        }
    }

    /// A call with what the provider counts for its request.
    static func call(_ id: CallID, counted tokens: Int = 0) -> ScriptedModel.Reply {
        .init(.usage(Usage(inputTokens: tokens)), .call(id, "Read", ["file": .string(id.rawValue)]))
    }

    static func newestResults(in request: ModelRequest) -> [ModelToolResult] {
        for case .toolResults(let results) in request.messages.reversed() { return results }
        return []
    }

    /// Gives each call a text of its own length.
    static func reader(_ lengths: [String: Int]) -> ScriptedTool {
        ScriptedTool("Read") { input, _ in
            let name = input["file"]?.stringValue ?? ""
            return ToolResult(.succeeded, name + "=" + String(repeating: "x", count: lengths[name] ?? 0))
        }
    }

    private static let notes = [ContextNote(source: "surroundings", text: "Linux"), ContextNote(source: "/w/AGENTS.md", text: "be brief")]

    private func compactions(_ house: EngineHouse, in session: SessionID = "s") async throws -> [Compaction] {
        try await house.events(session).compactMap { if case .contextCompacted(let compaction) = $0.kind { compaction } else { nil } }
    }

    @Test func aRequestAboveTheThresholdIsShortenedFirstInTheSameSession() async throws {
        let house = EngineHouse(
            Self.model(
                [Self.call("c1", counted: 100), Self.call("c2", counted: 780), .text("done")],
                summaries: [.init(.usage(Usage(inputTokens: 7, outputTokens: 3)), .text(["c1 was read; hunter2-hunter2"]))]),
            tools: [Self.reader(["c1": 2_600, "c2": 200])], notes: Self.notes, redaction: Redaction(secrets: ["hunter2-hunter2"]))
        try await house.running {
            let briefs = try await house.run("look into it")
            #expect(
                briefs.filter { $0.hasPrefix("notice") || $0.hasPrefix("compacted") || $0.hasPrefix("note") || $0.hasPrefix("finished") }
                    == [
                        "note surroundings", "note /w/AGENTS.md", "notice {\"notice\":\"compacting\",\"trigger\":\"threshold\"}",
                        "compacted 1",
                        "finished t1 completed",
                    ], "the notes before the prompt stay with it")
            let compaction = try #require(try await compactions(house).first)
            #expect(compaction.summary == "c1 was read; ***" && compaction.trigger == .threshold && !compaction.isTruncation)
            #expect(compaction.prompt == "t1" && compaction.keptFrom != nil, "the newest results stay")
            #expect(
                house.model.requests.last?.messages.first
                    == .user([
                        ContextBuilder.summary(compaction), ContextBuilder.reminder("Linux"), ContextBuilder.reminder("be brief"),
                        "look into it",
                    ]))
            #expect(try await house.end(of: "t1")?.usage == Usage(inputTokens: 887, outputTokens: 3), "the summary is counted")
            let state = try await house.engine.peek("s")
            #expect(!state.isCompacting && state.transcript.count == 6, "the transcript keeps everything")
            #expect(try SessionState(decoding: JSONValue(parsing: state.encoded().serialized())) == state)
        }
    }

    @Test func theNewestCallsStayWithTheirResults() async throws {
        let house = EngineHouse(
            Self.model(
                [Self.call("c1", counted: 100), Self.call("c2", counted: 300), Self.call("c3", counted: 900), .text("done")],
                summaries: [.text("c1")]),
            tools: [Self.reader(["c1": 400, "c2": 100, "c3": 100])])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 completed")
            let compaction = try #require(try await compactions(house).first)
            let state = try await house.engine.peek("s")
            let second = try #require(state.transcript.dropFirst(2).first)
            #expect(compaction.keptFrom == second.message && compaction.removed == 1)
            let messages = try #require(house.model.requests.last?.messages)
            #expect(messages.count == 5 && messages[0] == .user([ContextBuilder.summary(compaction), "hi"]))
            for (place, id) in [(1, "c2"), (3, "c3")] {
                guard case .assistant(let content) = messages[place], case .toolResults(let results) = messages[place + 1] else {
                    Issue.record("no call with its result at \(place)")
                    continue
                }
                #expect(content == [.toolCall(ToolCall(id: CallID(id), name: "Read", input: ["file": .string(id)]))])
                #expect(results.map(\.call) == [CallID(id)] && results[0].text.hasPrefix("\(id)=x"))
            }
        }
    }

    @Test func aSecondTimeTheSummaryStandsForTheFirstAndThePromptStays() async throws {
        let house = EngineHouse(
            Self.model(
                [
                    Self.call("c1", counted: 100), Self.call("c2", counted: 780), Self.call("c3", counted: 780), .text("done"),
                ],
                summaries: [.text("first part"), .text("both parts")]),
            tools: [Self.reader(["c1": 2_600, "c2": 600, "c3": 200])], notes: Self.notes)
        try await house.running {
            let briefs = try await house.run("the task")
            #expect(briefs.last == "finished t1 completed")
            let made = try await compactions(house)
            #expect(made.map(\.summary) == ["first part", "both parts"] && made.map(\.prompt) == ["t1", "t1"])
            let asked = house.model.requests.filter(Self.isSummary).map { "\($0.messages)" }
            #expect(asked[1].contains("first part") && asked[1].contains("c2=") && !asked[1].contains("c1="))
            #expect(
                house.model.requests.last?.messages.first
                    == .user([
                        ContextBuilder.summary(made[1]), ContextBuilder.reminder("Linux"), ContextBuilder.reminder("be brief"), "the task",
                    ]))
        }
    }

    @Test func notesOfAnEarlierTurnAreToldAgainAtOnce() async throws {
        let house = EngineHouse(
            Self.model(
                [.text("one"), Self.call("c1", counted: 100), Self.call("c2", counted: 780), .text("two")], summaries: [.text("sum")]),
            tools: [Self.reader(["c1": 2_600, "c2": 200])], notes: Self.notes)
        try await house.running {
            _ = try await house.create()
            for turn in ["t1", "t2"] as [TurnID] {
                try await house.submit("prompt of \(turn)", as: turn)
                try await house.recorder().read(untilEndOf: turn)
            }
            #expect(
                try await house.briefs(ofTurn: "t2").drop { $0 != "compacted 3" }.prefix(3)
                    == ["compacted 3", "note surroundings", "note /w/AGENTS.md"])
            let compaction = try #require(try await compactions(house).first)
            #expect(
                house.model.requests.last?.messages.first == .user([ContextBuilder.summary(compaction), "prompt of t2"]))
            #expect(
                house.model.requests.last?.messages.last
                    == .user([ContextBuilder.reminder("Linux"), ContextBuilder.reminder("be brief")]))
        }
    }

    @Test func nothingIsShortenedBelowTheThresholdOrWhereItIsNotLookedAt() async throws {
        for settings in [SessionSettings(), Self.settings(CompactionWish(checksThreshold: false, tokenLimit: 10))] {
            let isOff = settings.compaction.checksThreshold == false
            let house = EngineHouse(
                Self.model([Self.call("c1", counted: isOff ? 5_000 : 100), .text("done")], summaries: []),
                tools: [Self.reader(["c1": isOff ? 40_000 : 400])])
            try await house.running {
                _ = try await house.create(settings: settings)
                try await house.submit("hi", as: "t1")
                try await house.recorder().read(untilEndOf: "t1")
                #expect(try await house.end(of: "t1")?.reason == .completed)
                #expect(try await compactions(house) == [] && house.model.requests.count == 2)
            }
        }
    }

    private static func settings(_ wish: CompactionWish) -> SessionSettings {
        var settings = SessionSettings()
        settings.compaction = wish
        return settings
    }

    /// Where a system prompt alone is longer than the limit, nothing would help; the run goes on without a summary for every step.
    @Test func aLimitThatIsShorterThanWhatCannotBeShortenedIsNoReasonToTryForEver() async throws {
        let house = EngineHouse(
            Self.model((1...4).map { Self.call(CallID("c\($0)"), counted: 900) } + [.text("done")], summaries: []),
            tools: [Self.reader(["c1": 10, "c2": 10, "c3": 10, "c4": 10])])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 completed")
            #expect(house.model.requests.count { Self.isSummary($0) } == 0, "the results are a few tokens")
        }
    }

    /// Every response has results that alone are longer than the limit, and no usage is told.
    @Test func resultsThatHaveNoRoomAreShownCutAndNeverLeftOut() async throws {
        let ids = (1...8).map { "c\($0)" }
        var replies: [ScriptedModel.Reply] = ids.map { id in
            ScriptedModel.Reply(.call(CallID(id), "Read", ["file": .string(id)]), .call(CallID(id + "b"), "Read", ["file": .string(id)]))
        }
        replies.append(.text("done"))
        let lengths = Dictionary(uniqueKeysWithValues: ids.map { ($0, 40_000) })
        let house = EngineHouse(
            Self.model(replies, summaries: (1...8).map { ScriptedModel.Reply.text("sum \($0)") }, contextTokens: 24_000),
            tools: [Self.reader(lengths)])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 completed")
            let requests = house.model.requests.filter { !Self.isSummary($0) }
            #expect(requests.count == 9)
            for (request, id) in zip(requests.dropFirst(), ids) {
                let results = Self.newestResults(in: request)
                #expect(results.map(\.call) == [CallID(id), CallID(id + "b")])
                #expect(results.allSatisfy { $0.text.hasPrefix("\(id)=x") })
                #expect("\(request.messages)".utf8.count < 24_000 * 4)
            }
            let state = try await house.engine.peek("s")
            for case .response(let response) in state.transcript where !response.calls.isEmpty {
                #expect(response.outcomes.allSatisfy { $0.text.utf8.count > 40_000 }, "the log keeps them whole")
            }
        }
    }

    /// The system prompt alone is above the limit that was said; the results are worth a summary, but it would not help.
    @Test func aLimitBelowTheSystemPromptCostsNoSummaries() async throws {
        let house = EngineHouse(
            Self.model(
                (1...4).map { Self.call(CallID("c\($0)"), counted: 9_000) } + [.text("done")], summaries: [], contextTokens: 200_000),
            tools: [Self.reader(["c1": 800, "c2": 800, "c3": 800, "c4": 800])])
        try await house.running {
            _ = try await house.create(settings: Self.settings(CompactionWish(tokenLimit: 10)))
            try await house.submit("hi", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            #expect(try await house.end(of: "t1")?.reason == .completed)
            #expect(house.model.requests.count == 5 && house.model.requests.allSatisfy { !Self.isSummary($0) })
        }
    }

    @Test(arguments: [ModelError.Kind.contextOverflow, .invalidRequest, .protocolViolation])
    func aSummaryThatCannotBeHadIsTriedWithoutResults(kind: ModelError.Kind) async throws {
        let house = EngineHouse(
            Self.model(
                [Self.call("c1", counted: 100), Self.call("c2", counted: 780), .text("done")], summaries: [.fail(kind), .text("shorter")]),
            tools: [Self.reader(["c1": 2_600, "c2": 200])])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 completed")
            #expect(try await compactions(house).map(\.summary) == ["shorter"])
            let asked = house.model.requests.filter(Self.isSummary).map { "\($0.messages)" }
            #expect(asked.count == 2 && asked[0].contains("c1=x") && !asked[1].contains("c1=x") && asked[1].contains("[call of Read]"))
        }
    }

    @Test(arguments: [
        [ScriptedModel.Reply.fail(.authentication)], [.init(.text(["I will not."]), .stop(.refusal)), .init(.stop(.refusal))],
        [.fail(.contextOverflow), .fail(.contextOverflow)],
    ])
    func aSummaryThatNobodyWritesIsPutTogetherByMachine(summaries: [ScriptedModel.Reply]) async throws {
        let house = EngineHouse(
            Self.model([Self.call("c1", counted: 100), Self.call("c2", counted: 780), .text("done")], summaries: summaries),
            tools: [Self.reader(["c1": 2_600, "c2": 200])])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 completed", "the run is not ended by it")
            let compaction = try #require(try await compactions(house).first)
            #expect(compaction.isTruncation && compaction.summary.contains("- Read: 1") && !compaction.summary.contains("c1=x"))
            #expect(house.model.requests.count { Self.isSummary($0) } == summaries.count)
        }
    }

    @Test func anInterruptWhileTheSummaryIsWrittenLeavesNoneBehind() async throws {
        let gate = Gate()
        let house = EngineHouse(
            Self.model([Self.call("c1", counted: 100), Self.call("c2", counted: 780)], summaries: [.init(.stand(gate), .text(["late"]))]),
            tools: [Self.reader(["c1": 2_600, "c2": 200])])
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await house.model.asked(3)
            #expect(try await house.engine.peek("s").isCompacting)
            await house.engine.interrupt("s")
            let state = try await house.engine.peek("s")
            #expect(!state.isCompacting && state.compaction == nil && state.lastTurn?.reason == .interrupted)
        }
    }

    @Test func anotherModelMayWriteTheSummaries() async throws {
        let other = ScriptedModel(id: "small", answer: { _, _ in .text("by the small one") })
        let own = Self.model([Self.call("c1", counted: 100), Self.call("c2", counted: 780), .text("done")], summaries: [])
        let house = EngineHouse(
            own, tools: [Self.reader(["c1": 2_600, "c2": 200])],
            adjusting: {
                $0.compaction = CompactionRules(model: "small")
                $0.models = NamedModels([own, other])
            })
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 completed")
            #expect(try await compactions(house).map(\.summary) == ["by the small one"])
            #expect(other.requests.count == 1 && own.requests.count == 3)
        }
    }

    /// What was said is worth more than what a call gave.
    @Test func longResultsAreShortenedBeforeTheMiddleOfTheConversationIs() throws {
        var state = SessionState(id: "s")
        for number in 1...40 {
            let call = ToolCall(id: CallID("c\(number)"), name: "Read", input: [:])
            state.transcript += [
                .user(MessageID("t\(number)"), TurnID("t\(number)"), "wish number \(number)."),
                .response(
                    Response(
                        message: MessageID("r\(number)"), turn: TurnID("t\(number)"),
                        blocks: [.init(item: Item(id: "i", message: "r", content: .toolCall(call)), isInterrupted: false)],
                        outcomes: [ToolOutcome(call: call.id, status: .succeeded, text: String(repeating: "y", count: 3_000))],
                        end: ResponseEnd(message: "r", stop: .toolCalls, usage: .zero))),
            ]
        }
        // 40,000 characters for 120,000 of results.
        let model = ModelDescription(id: "m", displayName: "M", dialect: "d", contextTokens: 20_000)
        let plan = try #require(CompactionPlan(state, model: model, instructions: nil))
        let asked = "\(plan.request.messages)"
        for number in 1...39 { #expect(asked.contains("wish number \(number).")) }
        #expect(asked.contains("characters omitted") && asked.utf8.count < 42_000)
    }

    // MARK: The limit

    @Test(arguments: [
        (CompactionRules(), CompactionWish.none, 1_000 as Int?, 800 as Int?), (CompactionRules(), .none, nil, nil),
        (CompactionRules(tokenLimit: 500), .none, 1_000, 500), (CompactionRules(tokenLimit: 500), .none, nil, 500),
        (CompactionRules(tokenLimit: 500, tokenLimitPerModel: ["m": 600]), .none, 1_000, 600),
        (CompactionRules(tokenLimit: 500, tokenLimitPerModel: ["M one": 700]), .none, 1_000, 700),
        (CompactionRules(tokenLimit: 500, tokenLimitPerModel: ["other": 600]), .none, 1_000, 500),
        (CompactionRules(tokenLimit: 500, tokenLimitPerModel: ["m": 600]), CompactionWish(tokenLimit: 300), 1_000, 300),
        (CompactionRules(tokenLimit: 5_000), .none, 1_000, 1_000),
    ])
    func theLimitIsTheNearestOneSaid(rules: CompactionRules, wish: CompactionWish, context: Int?, limit: Int?) {
        #expect(rules.threshold(for: ModelDescription(id: "m", displayName: "M one", dialect: "d", contextTokens: context), wish) == limit)
    }

    // MARK: What is carried along

    @Test func todosAreTakenAlongWordForWord() throws {
        var state = SessionState(id: "s")
        state.todos = [Todo(text: "first", status: .completed), Todo(text: "second", status: .inProgress)]
        state.transcript = [
            .user("t1", "t1", "go"),
            .response(Response(message: "r1", turn: "t1", end: ResponseEnd(message: "r1", stop: .endOfTurn, usage: .zero))),
        ]
        let model = ModelDescription(id: "m", displayName: "M", dialect: "d")
        let plan = try #require(CompactionPlan(state, model: model, instructions: nil))
        #expect(
            plan.carried == [ContextNote(source: "todos", text: "Your todo list:\n- [completed] first\n- [in_progress] second")])
        let compaction = Compaction(summary: "sum", removed: plan.removed, carried: plan.carried)
        state.reduce(Event(number: 9, time: 9, kind: .contextCompacted(compaction)))
        #expect(
            ContextBuilder.messages(from: state) == [
                .user([ContextBuilder.summary(compaction)] + plan.carried.map { ContextBuilder.reminder($0.text) })
            ])
        state.transcript.append(.user("t2", "t2", "more"))
        let second = try #require(CompactionPlan(state, model: model, instructions: nil))
        #expect(second.carried == plan.carried, "of a second compaction too")
    }
}

/// Several models, by their ids.
struct NamedModels: ModelSource {
    private let models: [ScriptedModel]
    /// The first is the default.
    init(_ models: [ScriptedModel]) { self.models = models }

    func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
        guard let model else { return models[0] }
        guard let found = models.first(where: { $0.description.id == model }) else {
            throw ModelLookupError(model: model, description: "Invalid model: \(model)")
        }
        return found
    }
}
