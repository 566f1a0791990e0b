import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineRetryTests {
    @Test func twoFailuresAreWaitedOutAndTheThirdAttemptAnswers() async throws {
        let house = EngineHouse(ScriptedModel(.fail(.server), .fail(.overloaded), .text("fine")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await house.time.sleeps(1)
            house.time.advance(by: .milliseconds(499))
            #expect(house.time.sleeperCount == 1)
            house.time.advance(by: .milliseconds(1))
            try await house.time.sleeps(2)
            house.time.advance(by: .seconds(1))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(house.time.requestedSleeps == [.milliseconds(500), .seconds(1)])
        #expect(
            try await house.briefs(ofTurn: "t1").dropFirst(2) == [
                "retry 1 server 500", "retry 2 overloaded 1000", "response", "text+ fine", "text fine", "end endOfTurn",
                "finished t1 completed",
            ])
        let end = try await house.end(of: "t1")
        #expect(end?.durationMilliseconds == 1_500)
        #expect(end?.firstDeltaMilliseconds == 1_500)
    }

    @Test func aProviderThatNamesAWaitIsGivenIt() async throws {
        let house = EngineHouse(ScriptedModel(.fail(.rateLimited, retryAfter: .seconds(7)), .text("fine")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await house.time.sleeps(1)
            house.time.advance(by: .seconds(7))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(house.time.requestedSleeps == [.seconds(7)])
    }

    @Test(arguments: [
        ModelError.Kind.authentication, .payment, .permission, .notFound, .invalidRequest, .contextOverflow, .protocolViolation,
    ])
    func anErrorThatAnotherAttemptCannotMendEndsTheTurn(kind: ModelError.Kind) async throws {
        let house = EngineHouse(ScriptedModel(.fail(kind), .text("never")))
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 providerError: The script says: \(kind.rawValue)")
        }
        #expect(house.model.requests.count == 1)
    }

    @Test func tenFailuresAreTheLast() async throws {
        let house = EngineHouse(ScriptedModel { _, _ in .fail(.network) })
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            for attempt in 1...9 {
                try await house.time.sleeps(attempt)
                house.time.advance(by: .seconds(120))
            }
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(house.model.requests.count == 10)
        #expect(
            house.time.requestedSleeps
                == [0.5, 1, 2, 4, 8, 16, 32, 60, 60].map { .milliseconds($0 * 1_000) })
        #expect(try await house.end(of: "t1")?.detail == "The script says: network")
    }

    @Test func whatWasShownBeforeACutStaysAndTheRetryIsANewItem() async throws {
        let house = EngineHouse(
            ScriptedModel(
                .init(
                    .event(.itemStarted(index: 0, .text)), .event(.delta(index: 0, "half a sen")),
                    .fail(ModelError(.streamBroken, "cut"))), .text("A whole sentence.")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await house.time.sleeps(1)
            house.time.advance(by: .seconds(1))
            try await house.recorder().read(untilEndOf: "t1")
        }
        let events = try await house.events()
        #expect(
            events.map(\.kind.brief).drop { $0 != "response" } == [
                "response", "text+ half a sen", "cut text half a sen", "retry 1 streamBroken 500", "response", "text+ A whole sentence.",
                "text A whole sentence.", "end endOfTurn", "finished t1 completed",
            ])
        let items = events.compactMap { event -> Item? in
            switch event.kind {
            case .itemInterrupted(let item), .itemFinished(let item): item
            default: nil
            }
        }
        #expect(items.count == 2)
        #expect(Set(items.map(\.id)).count == 2)
        #expect(Set(items.map(\.message)).count == 2)
        #expect(house.model.requests.map(\.messages) == [[.user(["hi"])], [.user(["hi"])]])
    }

    @Test func aCallThatWasWholeBeforeTheCutGetsItsResult() async throws {
        let tool = ScriptedTool("Read", says: "never")
        let house = EngineHouse(
            ScriptedModel(
                .init(
                    .call("c1", "Read", [:]), .event(.itemStarted(index: 9, .toolCall("c2", name: "Read"))),
                    .event(.delta(index: 9, "{\"a")),
                    .event(.itemStarted(index: 10, .text)), .fail(ModelError(.authentication, "gone"))), .text("never")), tools: [tool])
        try await house.running {
            let briefs = try await house.run()
            #expect(
                briefs.drop { $0 != "response" } == [
                    "response", "toolInput+ {}", "call c1 Read {}", "toolInput+ {\"a", "cut call c2 Read \"{\\\"a\"",
                    "c1 notRun Error: not run, because the response that asked for it was cut off", "finished t1 providerError: gone",
                ])
        }
        #expect(tool.runs.isEmpty)
    }

    @Test func tokensOfAFailedAttemptAreCounted() async throws {
        let house = EngineHouse(
            ScriptedModel(
                .init(.usage(Usage(inputTokens: 5)), .fail(ModelError(.server, "x"))), .init(.text(["a"]), .usage(Usage(inputTokens: 7)))))
        try await house.running {
            _ = try await house.create()
            try await house.submit("hi", as: "t1")
            try await house.time.sleeps(1)
            house.time.advance(by: .seconds(1))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.end(of: "t1")?.usage == Usage(inputTokens: 12))
    }
}
