import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// A daemon died, or stopped, while AskUser waited: another one offers the question again.
@Suite(.timeLimit(.minutes(5))) struct EngineQuestionResumeTests {
    private static let question = UserQuestion(id: "ask_0123456789", turn: "t1", call: "c1", items: EngineQuestionTests.items)
    private static let intent = EventKind.toolIntended(
        ToolIntent(call: "c1", tool: "AskUser", argumentsHash: "", effect: .pure, key: ""))
    private static let calls = [
        ToolCall(id: "c0", name: "Read", input: [:]), ToolCall(id: "c1", name: "AskUser", input: [:]),
        ToolCall(id: "c2", name: "Read", input: [:]),
    ]

    /// The first call was done, the second waits, the third has not begun.
    private static func leave(in house: EngineHouse, _ facts: [EventKind]) async throws {
        let writer = try await house.memory.create("s") { _ in }
        let origin = TurnOrigin(front: .droid, writer: "gone", approvals: EngineApprovalTests.ask)
        let items = calls.enumerated().map {
            EventKind.itemFinished(Item(id: ItemID("i\($0.offset)"), message: "m1", content: .toolCall($0.element)))
        }
        _ = try await writer.commit(
            [
                .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings()),
                .turnQueued(TurnInput(turn: "t1", prompt: "p", origin: origin)),
                .turnStarted("t1", model: "scripted"), .userMessage("m0", "t1", "p"), .responseStarted("m1", "t1"),
            ] + items + [
                .responseFinished(ResponseEnd(message: "m1", stop: .toolCalls, usage: Usage(inputTokens: 7))),
                .toolFinished(ToolOutcome(call: "c0", status: .succeeded, text: "read before")),
            ] + facts)
        await writer.close()
        house.store.declareDead(["s"])
    }

    @Test func theOpenQuestionIsOfferedAgainUnderItsIdAndWhatWasDoneIsNotDoneAgain() async throws {
        let house = EngineQuestionTests.house(.text("done"))
        try await Self.leave(in: house, [Self.intent, .questionAsked(Self.question)])
        try await house.running {
            #expect(try await house.engine.recover() == [])
            #expect(await house.engine.openQuestions(in: "s") == [Self.question])
            try await house.tell(EngineQuestionTests.answer(Self.question, "SQLite"))
            try await house.recorder().read(untilEndOf: "t1")
        }
        let told = EngineApprovalTests.decisions(try await house.briefs())
        // The other call runs beside the question, and ends when it likes before the next request.
        #expect(
            told.filter { !$0.hasPrefix("intend c2") && !$0.hasPrefix("c2 ") } == [
                "c0 succeeded read before", "intend c1 pure", "question c1 2", "question answered 2", "c1 succeeded 1=SQLite;2=all",
                "response", "text+ done", "text done", "end endOfTurn", "finished t1 completed",
            ])
        let (other, response) = (told.firstIndex(of: "c2 succeeded read"), told.firstIndex(of: "response"))
        #expect(other ?? .max < response ?? 0, "\(told)")
        #expect(told.filter { $0 == "intend c1 pure" }.count == 1)
        let end = try await house.end(of: "t1")
        #expect(end?.settledResponses == 2 && end?.usage.inputTokens == 7)
    }

    @Test func anAnswerThatWasStoredBeforeTheDeathCounts() async throws {
        let house = EngineQuestionTests.house(.text("done"))
        try await Self.leave(
            in: house,
            [
                Self.intent, .questionAsked(Self.question),
                .questionAnswered(EngineQuestionTests.answer(Self.question, "PostgreSQL")),
            ])
        try await house.running {
            try await house.recover(untilEndOf: "t1")
        }
        #expect(try await house.briefs().contains("c1 succeeded 1=PostgreSQL;2=all"))
        #expect(try await house.briefs().filter { $0.hasPrefix("question") }.count == 2)
    }

    /// A question that was dismissed just before the death may have been dismissed by an interrupt.
    @Test func aTurnWhoseQuestionWasClosedDoesNotGoOn() async throws {
        let house = EngineQuestionTests.house(.text("never"))
        try await Self.leave(in: house, [Self.intent, .questionAsked(Self.question), .questionAnswered(.cancelled(Self.question.id))])
        try await house.running {
            let obstacles = try await house.engine.recover()
            #expect(obstacles == [])
        }
        #expect(try await house.end(of: "t1")?.reason == .ownerDied)
        #expect(house.model.requests.isEmpty)
    }

    @Test func whereTurnsDoNotGoOnTheQuestionIsClosedWithItsTurn() async throws {
        let house = EngineQuestionTests.house(.text("new"), resumes: false)
        try await Self.leave(in: house, [Self.intent, .questionAsked(Self.question)])
        try await house.running {
            _ = try await house.engine.open("s")
            try await house.submit("go", as: "t3")
            try await house.recorder().read(untilEndOf: "t3")
        }
        #expect(try await house.end(of: "t1")?.reason == .ownerDied)
        #expect(try await house.briefs().contains("question cancelled"))
    }

    @Test func aShutdownLeavesTheQuestionOpenForTheNextDaemon() async throws {
        let first = EngineQuestionTests.house(EngineQuestionTests.call)
        let asked = Watched<UserQuestion?>(nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await first.engine.run() }
            _ = try await first.create()
            let recorder = try await first.recorder()
            try await first.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await first.userQuestion()
            asked.change { $0 = question }
            try await within { await first.engine.shutdown() }
            try await recorder.readToClose()
            try await group.waitForAll()
        }
        let question = try #require(asked.value)
        let left = try await first.state()
        #expect(left.openQuestions == [question] && left.running?.input.turn == "t1" && left.openIntents.map(\.call) == ["c1"])

        let second = EngineQuestionTests.house(.text("done"), memory: first.memory)
        try await second.running {
            _ = try await second.engine.open("s")
            #expect(await second.engine.openQuestions(in: "s") == [question])
            try await second.tell(EngineQuestionTests.answer(question, "SQLite"))
            try await second.recorder().read(untilEndOf: "t1")
        }
        #expect(try await second.end(of: "t1")?.reason == .completed)
        #expect(try await second.briefs().filter { $0.hasPrefix("intend") } == ["intend c1 pure"])
    }
}
