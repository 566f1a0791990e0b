import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// A provider refuses a request as too long, whatever was believed of it.
@Suite(.timeLimit(.minutes(5))) struct OverflowRecoveryTests {
    private func run(_ house: EngineHouse, _ turns: TurnID...) async throws {
        _ = try await house.create()
        for turn in turns {
            try await house.submit("prompt of \(turn)", as: turn)
            try await house.recorder().read(untilEndOf: turn)
        }
    }

    @Test func theConversationIsShortenedOnceAndTheRequestMadeAgain() async throws {
        let house = EngineHouse(
            EngineAutoCompactionTests.model(
                [.text("first answer"), .fail(.contextOverflow), .text("second answer")], summaries: [.text("sum")], contextTokens: nil),
            tools: [EngineAutoCompactionTests.reader([:])])
        try await house.running {
            try await run(house, "t1", "t2")
            let briefs = try await house.briefs(ofTurn: "t2").filter { !$0.hasPrefix("text+") }
            #expect(
                briefs == [
                    "user prompt of t2", "notice {\"notice\":\"compacting\",\"trigger\":\"overflow\"}", "compacted 2", "response",
                    "text second answer", "end endOfTurn", "finished t2 completed",
                ])
            let compaction = try #require(try await house.engine.peek("s").compaction)
            #expect(house.model.requests.last?.messages == [.user([ContextBuilder.summary(compaction), "prompt of t2"])])
            #expect(!ContextBuilder.summary(compaction).contains("prompt of t2"))
        }
    }

    @Test func aRequestThatIsStillTooLongEndsTheTurnWithWhatTheProviderSaid() async throws {
        let house = EngineHouse(
            EngineAutoCompactionTests.model(
                [.text("first answer"), .fail(.contextOverflow), .fail(.contextOverflow), .text("never")], summaries: [.text("sum")]),
            tools: [EngineAutoCompactionTests.reader([:])])
        try await house.running {
            try await run(house, "t1", "t2")
            let end = try await house.end(of: "t2")
            #expect(end?.reason == .providerError && end?.detail == "The script says: contextOverflow" && end?.failure == .contextOverflow)
            #expect(house.model.requests.count == 4)
        }
    }

    @Test func aPromptThatIsTooLongByItselfIsNotSummarised() async throws {
        let house = EngineHouse(
            EngineAutoCompactionTests.model([.fail(.contextOverflow), .text("never")], summaries: [.text("never")]),
            tools: [EngineAutoCompactionTests.reader([:])])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 providerError: The script says: contextOverflow")
            #expect(house.model.requests.count == 1)
        }
    }

    /// The length is not looked at before, and the provider's word counts all the same.
    @Test func aSessionThatDoesNotCheckItsLengthRecoversToo() async throws {
        let house = EngineHouse(
            EngineAutoCompactionTests.model(
                [EngineAutoCompactionTests.call("c1"), .fail(.contextOverflow), .text("done")], summaries: []),
            tools: [EngineAutoCompactionTests.reader(["c1": 40_000])])
        try await house.running {
            var settings = SessionSettings()
            settings.compaction = CompactionWish(checksThreshold: false)
            _ = try await house.create(settings: settings)
            try await house.submit("hi", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            #expect(try await house.end(of: "t1")?.reason == .completed)
            let state = try await house.engine.peek("s")
            #expect(state.compaction == nil, "there is nothing old that a summary could stand for")
            let results = try #require(house.model.requests.last.map(EngineAutoCompactionTests.newestResults))
            #expect(results.map(\.call) == ["c1"] && results.allSatisfy { $0.text.contains("characters omitted") })
        }
    }

    @Test func anAnswerThatFilledTheContextIsAskedForAgain() async throws {
        let house = EngineHouse(
            EngineAutoCompactionTests.model(
                [.text("first answer"), .init(.text(["half an"]), .stop(.contextLimit)), .text("whole")], summaries: [.text("sum")]),
            tools: [EngineAutoCompactionTests.reader([:])])
        try await house.running {
            try await run(house, "t1", "t2")
            #expect(try await house.end(of: "t2")?.reason == .completed)
            guard case .user(let texts, _)? = house.model.requests.last?.messages.last else {
                Issue.record("a request must not end with what the model said")
                return
            }
            #expect(texts.last?.contains("give the whole answer again") == true)
        }
    }
}
