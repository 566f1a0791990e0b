import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// A daemon died while a turn waited for an answer: another one offers the question again.
@Suite(.timeLimit(.minutes(5))) struct EngineResumeTests {
    private static let call = ToolCall(id: "c1", name: "Execute", input: ["command": "make"])
    private static let request = AccessRequest(action: .command("make", declaredRisk: "low"), summary: "")

    private static func question(_ call: ToolCall = call, expiresAt: Timestamp? = nil) -> ApprovalRequest {
        ApprovalRequest(
            id: "perm_0123456789", turn: "t1", message: "m1", call: call.id, tool: call.name, input: call.input,
            actionHash: ActionHash.of(call, request, in: "/w", at: .high), question: "Execute?", risk: "high", required: .high,
            level: .high,
            reason: "a command", options: [.proceedOnce, .proceedAlways, .cancel], expiresAt: expiresAt)
    }

    /// What a process that died left behind.
    private static func leave(
        in house: EngineHouse, approvals: TurnOrigin.ApprovalRule = EngineApprovalTests.ask, calls: [ToolCall] = [call],
        _ facts: [EventKind]
    ) async throws {
        let writer = try await house.memory.create("s") { _ in }
        let origin = TurnOrigin(front: .droid, writer: "gone", approvals: approvals)
        let items = calls.enumerated().map {
            EventKind.itemFinished(Item(id: ItemID("i\($0.offset)"), message: "m1", content: .toolCall($0.element)))
        }
        _ = try await writer.commit(
            [
                .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings()),
                .turnQueued(TurnInput(turn: "t1", prompt: "p", origin: origin)),
                .turnQueued(TurnInput(turn: "t2", prompt: "q", origin: origin)),
                .turnStarted("t1", model: "scripted"), .userMessage("m0", "t1", "p"), .responseStarted("m1", "t1"),
            ] + items + [.responseFinished(ResponseEnd(message: "m1", stop: .toolCalls, usage: Usage(inputTokens: 7)))] + facts)
        await writer.close()
        house.store.declareDead(["s"])
    }

    private static func house(resumes: Bool = true, _ replies: ScriptedModel.Reply...) -> (EngineHouse, Watched<[ToolContext]>) {
        let seen = Watched<[ToolContext]>([])
        let house = EngineHouse(
            ScriptedModel { _, number in
                number < replies.count ? replies[number] : .fail(.invalidRequest)
            }, tools: [EngineApprovalTests.execute(seen)], policy: EngineApprovalTests.policy
        ) { $0.resumesTurns = resumes }
        return (house, seen)
    }

    @Test func anOpenQuestionIsOfferedAgainUnderItsIdAndTheTurnGoesOnWithTheAnswer() async throws {
        let (house, seen) = Self.house(.text("made"), .text("second"))
        try await Self.leave(in: house, [.approvalAsked(Self.question())])
        try await house.running {
            #expect(try await house.engine.recover() == [])
            #expect(await house.engine.openApprovals(in: "s") == [Self.question()])
            try await house.answer("perm_0123456789", .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(seen.value.map(\.autonomy) == [.high])
        #expect(
            EngineApprovalTests.decisions(try await house.briefs()).prefix(4) == [
                "ask c1 high", "answer c1 proceed_once by ann", "intend c1 opaque", "c1 succeeded ran make",
            ])
        #expect(try await house.briefs().filter { $0.hasPrefix("ask ") }.count == 1, "never asked twice")
        let end = try await house.end(of: "t1")
        #expect(end?.reason == .completed && end?.settledResponses == 2 && end?.usage.inputTokens == 7)
    }

    /// It was accepted: neither a killed process nor a shutdown takes that back.
    @Test func aPromptThatWaitedBehindATurnThatDiedRuns() async throws {
        let (house, _) = Self.house(.text("second"))
        try await Self.leave(in: house, [])
        try await house.running {
            try await house.recover(untilEndOf: "t2")
        }
        #expect(try await house.end(of: "t1")?.reason == .ownerDied)
        #expect(try await house.end(of: "t2")?.reason == .completed)
    }

    @Test func anAnswerThatWasStoredBeforeTheDeathCounts() async throws {
        let (house, seen) = Self.house(.text("made"), .text("second"))
        let decision = ApprovalDecision(
            of: Self.question(), .proceedOnce, by: .voter(identity: "ann", front: .droid), at: 5, level: .high)
        try await Self.leave(in: house, [.approvalAsked(Self.question()), .approvalAnswered(decision)])
        try await house.running {
            try await house.recover(untilEndOf: "t2")
        }
        #expect(seen.value.count == 1)
    }

    @Test func aQuestionThatIsNoneAnyMoreIsClosedAndTheCallRuns() async throws {
        let (house, seen) = Self.house(.text("made"), .text("second"))
        let raised = SessionSettings(autonomy: .high)
        try await Self.leave(in: house, [.approvalAsked(Self.question()), .settingsChanged(raised)])
        try await house.running {
            try await house.recover(untilEndOf: "t2")
        }
        #expect(seen.value.map(\.autonomy) == [.high])
        #expect(try await house.state().decisions.map(\.decider) == [.session])
    }

    @Test func aQuestionThatMayNeverRunByNowIsClosedAndTheModelIsTold() async throws {
        let (house, seen) = Self.house(.text("made"), .text("second"))
        let call = ToolCall(id: "c1", name: "Execute", input: ["command": "forbidden"])
        try await Self.leave(in: house, calls: [call], [.approvalAsked(Self.question())])
        try await house.running {
            try await house.recover(untilEndOf: "t2")
        }
        #expect(seen.value.count == 0)
        #expect(try await house.state().decisions.map(\.decider) == [.turnEnd])
        let all = try await house.briefs()
        #expect(all.contains("c1 refused Error: on the block list"))
    }

    @Test func aTurnThatWasBeingInterruptedDoesNotGoOn() async throws {
        let (house, seen) = Self.house(.text("never"))
        let closed = ApprovalDecision(of: Self.question(), .cancel, by: .turnEnd, at: 5)
        try await Self.leave(in: house, [.approvalAsked(Self.question()), .approvalAnswered(closed)])
        try await house.running {
            let obstacles = try await house.engine.recover()
            #expect(obstacles == [])
        }
        #expect(seen.value.count == 0)
        #expect(try await house.end(of: "t1")?.reason == .ownerDied)
    }

    /// Threat S13: the log of a session was changed between the question and the run.
    @Test(arguments: ["makf", "Make", "make ", "make\u{0}"]) func oneFlippedByteBetweenQuestionAndRunIsRefused(command: String) async throws
    {
        let (house, seen) = Self.house(.text("done"), .text("second"))
        let other = ToolCall(id: "c1", name: "Execute", input: ["command": .string(command)])
        try await Self.leave(in: house, calls: [other], [.approvalAsked(Self.question())])
        try await house.running {
            #expect(try await house.engine.recover() == [])
            try await house.answer("perm_0123456789", .init(.proceedOnce))
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(seen.value.count == 0)
        let all = try await house.briefs()
        #expect(all.contains { $0.hasPrefix("c1 refused Error: not run, because what this call would do has changed") })
    }

    @Test func aDeadlineThatPassedMeanwhileDecides() async throws {
        let (house, seen) = Self.house(.text("second"))
        try await Self.leave(in: house, [.approvalAsked(Self.question(expiresAt: 1_000))])
        try await house.running {
            try await house.recover(untilEndOf: "t2")
        }
        #expect(seen.value.count == 0)
        #expect(try await house.end(of: "t1")?.reason == .permissionRejected)
    }

    @Test func theSubmitterOfADeadDaemonIsGone() async throws {
        let (house, _) = Self.house(.text("second"))
        try await Self.leave(in: house, [.approvalAsked(Self.question())])
        try await house.running {
            #expect(try await house.engine.recover() == [])
            let bot = EngineApprovalTests.voter("bot", isAutomatic: true)
            let receipt = try await house.engine.answer("perm_0123456789", in: "s", with: .init(.cancel), by: bot)
            #expect(receipt != .abstained)
            try await house.recorder().read(untilEndOf: "t2")
        }
    }

    /// Not only a death: a daemon that is told to stop leaves the question to the next one.
    @Test func aShutdownLeavesTheQuestionOpenForTheNextDaemon() async throws {
        let (first, _) = Self.house(
            .init(.call("c1", "Execute", ["command": "make"])), .text("never asked"))
        let question = Watched<ApprovalRequest?>(nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await first.engine.run() }
            _ = try await first.create()
            let recorder = try await first.recorder()
            try await first.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            try await first.submit("then", as: "t2", approvals: EngineApprovalTests.ask)
            let asked = try await first.question()
            question.change { $0 = asked }
            try await within { await first.engine.shutdown() }
            try await recorder.readToClose()
            try await group.waitForAll()
        }
        let open = try #require(question.value)
        let left = try await first.state()
        #expect(left.openApprovals == [open] && left.running?.input.turn == "t1" && left.queue.map(\.turn) == ["t2"])

        let seen = Watched<[ToolContext]>([])
        let second = EngineHouse(
            ScriptedModel(.text("made"), .text("second")), tools: [EngineApprovalTests.execute(seen)], policy: EngineApprovalTests.policy,
            memory: first.memory
        ) { $0.resumesTurns = true }
        try await second.running {
            _ = try await second.engine.open("s")
            #expect(await second.engine.openApprovals(in: "s") == [open])
            try await second.answer(open.id, .init(.proceedOnce))
            try await second.recorder().read(untilEndOf: "t2")
        }
        #expect(seen.value.count == 1)
        #expect(try await second.end(of: "t1")?.reason == .completed)
        #expect(try await second.end(of: "t2")?.reason == .completed)
    }

    @Test func promptsThatWaitedAtAShutdownRunAtTheNextStart() async throws {
        let (first, _) = Self.house(.init(.stand(Gate())))
        // Not `running`: what it checks of every log does not hold while a turn waits for a daemon.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await first.engine.run() }
            _ = try await first.create()
            try await first.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            _ = try await first.engine.submit(
                TurnInput(
                    turn: "t2", prompt: "then", origin: TurnOrigin(front: .droid, writer: "gone", approvals: EngineApprovalTests.ask)),
                to: "s")
            try await first.model.asked(1)
            try await within { await first.engine.shutdown() }
            try await group.waitForAll()
        }
        #expect(try await first.end(of: "t1")?.reason == .interrupted)
        let left = try await first.state()
        #expect(left.running == nil && left.queue.map(\.turn) == ["t2"])

        let run = EngineHouse(ScriptedModel(), memory: first.memory)
        #expect(try await run.engine.recover() == [])
        await run.engine.shutdown()
        #expect(try await run.state() == left)

        let second = EngineHouse(ScriptedModel(.text("second")), memory: first.memory) { $0.resumesTurns = true }
        try await second.running {
            try await second.recover(untilEndOf: "t2")
        }
        #expect(try await second.end(of: "t2")?.reason == .completed)
    }

    @Test func closingASessionByItselfStillEndsItsTurn() async throws {
        let (house, _) = Self.house(.init(.call("c1", "Execute", ["command": "make"])))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            _ = try await house.question()
            await house.engine.close("s")
        }
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
    }

    @Test func aHeadlessRunLeavesTheQuestionToWhoCanAskIt() async throws {
        let (house, _) = Self.house(resumes: false)
        try await Self.leave(in: house, [.approvalAsked(Self.question())])
        let before = try await house.events()
        // Not `running`: what it checks of every log does not hold while a turn waits for a daemon.
        #expect(try await house.engine.recover() == [])
        await house.engine.shutdown()
        #expect(try await house.events() == before)
    }

    @Test func aHeadlessRunThatWantsTheSessionItselfEndsTheOldTurn() async throws {
        let (house, seen) = Self.house(resumes: false, .text("new"))
        try await Self.leave(in: house, [.approvalAsked(Self.question())])
        try await house.running {
            _ = try await house.engine.open("s")
            try await house.submit("go", as: "t3")
            try await house.recorder().read(untilEndOf: "t3")
        }
        #expect(seen.value.count == 0)
        #expect(
            EngineApprovalTests.decisions(try await house.briefs()).prefix(3) == [
                "ask c1 high", "answer c1 cancel by turn end",
                "c1 notRun Error: not run, because the process ended before this call began",
            ])
        #expect(try await house.end(of: "t1")?.reason == .ownerDied)
    }

    @Test func aTurnWhoseCallHadBegunDoesNotGoOnByItself() async throws {
        let (house, seen) = Self.house(.text("never"))
        let decision = ApprovalDecision(of: Self.question(), .proceedOnce, by: .deadline, at: 5, level: .high)
        let intent = ToolIntent(call: "c1", tool: "Execute", argumentsHash: "", effect: .opaque, key: "")
        try await Self.leave(in: house, [.approvalAsked(Self.question()), .approvalAnswered(decision), .toolIntended(intent)])
        try await house.running {
            let obstacles = try await house.engine.recover()
            #expect(obstacles == [])
        }
        #expect(seen.value.count == 0)
        #expect(try await house.end(of: "t1")?.reason == .ownerDied)
    }

    @Test func aForkDoesNotTakeTheQuestionsAlong() async throws {
        let (house, _) = Self.house(.text("second"))
        try await Self.leave(in: house, [.approvalAsked(Self.question())])
        try await house.running {
            #expect(try await house.engine.recover() == [])
            let copy = try await house.engine.fork("s")
            #expect(await house.engine.openApprovals(in: copy) == [])
            #expect(await house.engine.openApprovals(in: "s") == [Self.question()])
            try await house.answer("perm_0123456789", .init(.cancel))
            try await house.recorder().read(untilEndOf: "t2")
        }
    }
}
