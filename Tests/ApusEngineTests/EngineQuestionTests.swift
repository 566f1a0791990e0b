import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// The tool AskUser and those who answer it.
@Suite(.timeLimit(.minutes(5))) struct EngineQuestionTests {
    static let items = [
        UserQuestion.Item(index: 1, topic: "Storage", question: "Which database?", options: ["PostgreSQL", "SQLite"]),
        UserQuestion.Item(index: 2, topic: "Tests", question: "Which tests?", options: ["unit", "all"], allowsSeveral: true),
    ]

    /// As the real one, but for its words.
    static let askUser = ScriptedTool("AskUser", access: { _ in .session }) { _, context in
        guard let answer = await context.askUser(items) else { return ToolResult(.failed, "nobody to ask") }
        if Task.isCancelled { return ToolResult(.interrupted, "interrupted") }
        if answer.isCancelled { return ToolResult(.succeeded, "no answer") }
        return ToolResult(.succeeded, answer.items.map { "\($0.index)=\($0.answer)" }.joined(separator: ";"))
    }

    static let call = ScriptedModel.Reply(.call("c1", "AskUser", [:]))

    static func house(
        _ replies: ScriptedModel.Reply..., redaction: Redaction = .none, memory: MemoryEventLog? = nil, resumes: Bool = true
    ) -> EngineHouse {
        let replies = replies
        return EngineHouse(
            ScriptedModel { _, number in number < replies.count ? replies[number] : .fail(.invalidRequest) },
            tools: [askUser, ScriptedTool("Read", says: "read")], redaction: redaction, memory: memory
        ) { $0.resumesTurns = resumes }
    }

    static func answer(_ question: UserQuestion, _ first: String, _ second: String = "all") -> UserAnswer {
        UserAnswer(
            id: question.id, isCancelled: false,
            items: [
                .init(index: 1, question: "Which database?", answer: first), .init(index: 2, question: "Which tests?", answer: second),
            ])
    }

    @Test func anAnswerIsCommittedAndTheModelGoesOnWithIt() async throws {
        let house = Self.house(Self.call, .text("done"))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.userQuestion()
            #expect(question.items == Self.items && question.call == "c1" && question.turn == "t1" && question.expiresAt == nil)
            #expect(question.id.rawValue.hasPrefix("ask_"))
            #expect(await house.engine.openQuestions(in: "s") == [question])
            #expect(try await house.tell(Self.answer(question, "SQLite")))
            try await house.recorder().read(untilEndOf: "t1")
            #expect(await house.engine.openQuestions(in: "s") == [])
        }
        #expect(
            EngineApprovalTests.decisions(try await house.briefs()).prefix(4) == [
                "intend c1 pure", "question c1 2", "question answered 2", "c1 succeeded 1=SQLite;2=all",
            ])
    }

    @Test func whatDoesNotFitLeavesTheQuestionOpen() async throws {
        let house = Self.house(Self.call, .text("done"))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.userQuestion()
            var wrong = Self.answer(question, "SQLite")
            wrong.items[0].question = "Which?"
            await #expect(throws: QuestionError.doesNotFit("Question 1 was not asked in these words in \(question.id).")) {
                try await house.tell(wrong)
            }
            var twice = Self.answer(question, "SQLite")
            twice.items[1] = twice.items[0]
            await #expect(throws: QuestionError.doesNotFit("Question 1 of \(question.id) is answered twice.")) {
                try await house.tell(twice)
            }
            let long = Self.answer(question, String(repeating: "x", count: ByteLimit.approvalCommentBytes + 1))
            await #expect(throws: QuestionError.self) { try await house.tell(long) }
            for scopes in [[], [.observer], [.prompter]] as [Set<ClientScope>] {
                await #expect(throws: QuestionError.notPermitted(identity: "ann")) {
                    try await house.tell(Self.answer(question, "x"), by: EngineApprovalTests.voter(scopes: scopes))
                }
            }
            await #expect(throws: QuestionError.unknown("ask_none")) { try await house.tell(.cancelled("ask_none")) }
            await #expect(throws: QuestionError.unknown(question.id)) {
                try await house.engine.answer(.cancelled(question.id), in: "another", by: EngineApprovalTests.voter())
            }
            #expect(await house.engine.openQuestions(in: "s") == [question])
            #expect(try await house.tell(.cancelled(question.id), by: EngineApprovalTests.voter(scopes: [.admin])))
            try await house.recorder().read(untilEndOf: "t1")
            await #expect(throws: QuestionError.unknown(question.id)) { try await house.tell(.cancelled(question.id)) }
        }
        #expect(try await house.briefs().contains("c1 succeeded no answer"))
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func theFirstOfManyAnswersWins() async throws {
        let house = Self.house(Self.call, .text("done"))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.userQuestion()
            let counted = await withTaskGroup(of: Bool.self) { group in
                for number in 0..<32 {
                    group.addTask {
                        // Who is late is told that nothing is open.
                        (try? await house.tell(Self.answer(question, "\(number)"))) ?? false
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(counted == 1)
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test func anAutomaticCancelOfAnotherConnectionIsAnAbstentionWhileTheSubmitterIsThere() async throws {
        let house = Self.house(Self.call, .text("done"))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.userQuestion()
            let bot = EngineApprovalTests.voter("bot", isAutomatic: true)
            #expect(try await !house.tell(.cancelled(question.id), by: bot))
            #expect(await house.engine.openQuestions(in: "s") == [question])
            await house.engine.originGone("test")
            #expect(try await house.tell(.cancelled(question.id), by: bot))
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test func anAutomaticCancelOfTheSubmitterCounts() async throws {
        let house = Self.house(Self.call, .text("done"))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.userQuestion()
            let own = EngineApprovalTests.voter("me", connection: "test", isAutomatic: true)
            #expect(try await house.tell(.cancelled(question.id), by: own))
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test func aDeadlineCancelsAndTheTurnGoesOn() async throws {
        let house = Self.house(Self.call, .text("done"))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.lenient)
            let question = try await house.userQuestion()
            #expect(question.expiresAt == house.time.now + 120_000)
            try await house.time.sleeps(1) { $0 <= .seconds(120) }
            house.time.advance(by: .seconds(120))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().contains("c1 succeeded no answer"))
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    /// Longer than any tool may run.
    @Test func peopleMayTakeLongerThanTools() async throws {
        let house = Self.house(Self.call, .text("done"))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.userQuestion()
            try await house.time.sleeps(1) { $0 == .seconds(3_700) }
            house.time.advance(by: .seconds(3_700))
            try await house.time.sleeps(1) { $0 == .seconds(3_700) }
            #expect(try await house.tell(Self.answer(question, "SQLite")))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().contains("c1 succeeded 1=SQLite;2=all"))
    }

    @Test func anInterruptClosesTheQuestion() async throws {
        let house = Self.house(Self.call)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            _ = try await house.userQuestion()
            await house.engine.interrupt("s")
        }
        #expect(
            EngineApprovalTests.decisions(try await house.briefs()) == [
                "intend c1 pure", "question c1 2", "question cancelled", "c1 interrupted interrupted",
                "finished t1 interrupted: Interrupted.",
            ])
    }

    @Test func secretsAreReplacedInQuestionsAndAnswers() async throws {
        let house = Self.house(Self.call, .text("done"), redaction: Redaction(secrets: ["Which database?", "hunter2-hunter2"]))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.userQuestion()
            #expect(question.items[0].question == "***")
            var answer = Self.answer(question, "hunter2-hunter2")
            answer.items[0].question = "***"
            #expect(try await house.tell(answer))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.briefs().contains("c1 succeeded 1=***;2=all"))
    }

    @Test(arguments: [
        (TurnOrigin.ApprovalRule.stop, false, false), (.refuse, false, false), (EngineApprovalTests.ask, false, true),
        (EngineApprovalTests.ask, true, false),
    ])
    func theToolIsOfferedOnlyWhereSomebodyCanBeAsked(rule: TurnOrigin.ApprovalRule, refuses: Bool, isOffered: Bool) async throws {
        let scopes = Watched<[ToolScope]>([])
        struct Source: ToolSource {
            let scopes: Watched<[ToolScope]>
            func tools(for scope: ToolScope) async -> [any Tool] {
                scopes.change { $0.append(scope) }
                return []
            }
        }
        let house = EngineHouse(ScriptedModel(.text("done"))) { $0.tools = Source(scopes: scopes) }
        try await house.running {
            _ = try await house.create(settings: SessionSettings(refusesApprovals: refuses))
            try await house.submit("go", as: "t1", approvals: rule)
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(scopes.value.map(\.canAskUser) == [isOffered])
    }

    @Test func aSessionThatRefusesApprovalsAsksNobodyAndGoesOn() async throws {
        let house = EngineApprovalTests.house(ScriptedModel(EngineApprovalTests.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create(settings: SessionSettings(refusesApprovals: true))
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(
            EngineApprovalTests.decisions(try await house.briefs()).first == "c1 refused Error: not permitted: a command. Needed: high")
        #expect(try await house.end(of: "t1")?.reason == .completed)
        #expect(house.model.requests[0].system.contains("is refused, and you go on"))
    }
}

extension EngineHouse {
    /// The newest question of AskUser, as it is asked.
    func userQuestion(in session: SessionID = "s") async throws -> UserQuestion {
        let events = try await recorder(session).read { if case .questionAsked = $0 { true } else { false } }
        return try #require(events.compactMap { if case .questionAsked(let question) = $0.kind { question } else { nil } }.last)
    }

    @discardableResult
    func tell(_ answer: UserAnswer, by voter: ApprovalVoter = EngineApprovalTests.voter()) async throws -> Bool {
        try await engine.answer(answer, in: "s", by: voter)
    }
}
