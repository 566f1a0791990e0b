import ApusBase
import ApusCore
import Testing

@Suite struct SessionStateReduceTests {
    private func fold(_ kinds: EventKind...) -> SessionState { EventSamples.fold(kinds) }

    private func text(_ text: String, _ id: ItemID, _ message: MessageID = "m1") -> Item {
        Item(id: id, message: message, content: .text(text))
    }

    private func call(_ id: CallID, _ item: ItemID, _ message: MessageID = "m1") -> Item {
        Item(id: item, message: message, content: .toolCall(ToolCall(id: id, name: "Read", input: [:])))
    }

    // MARK: The session itself

    @Test func aForkHasNoneOfItsSourcesProcesses() {
        let state = EventSamples.fold([.processStarted(EventSamples.process)])
        #expect(state.processes == [EventSamples.process])
        #expect(EventSamples.fold([.processStarted(EventSamples.process), .sessionForked(EventSamples.header)]).processes == [])
    }

    @Test func creationSetsHeaderAndSettings() {
        var expected = SessionState(id: "s1")
        expected.header = EventSamples.header
        expected.settings = EventSamples.settings
        expected.lastEvent = 1
        expected.updatedAt = 1_000
        #expect(fold(.sessionCreated(EventSamples.header, EventSamples.settings)) == expected)
    }

    @Test func settingsAndTitleAndTodosAreReplaced() {
        let state = fold(
            .settingsChanged(EventSamples.settings), .settingsChanged(SessionSettings(autonomy: .low)), .titleChanged("a"),
            .titleChanged("b"),
            .todosChanged([Todo(text: "x", status: .pending)]), .todosChanged([Todo(text: "y", status: .completed)]))
        #expect(state.settings == SessionSettings(autonomy: .low))
        #expect(state.title == "b")
        #expect(state.todos == [Todo(text: "y", status: .completed)])
    }

    @Test func aDeltaMovesThePlaceButNotTheTimeOfTheLastFact() {
        let state = fold(.titleChanged("a"), .delta(Delta(item: "i", message: "m", channel: .text, text: "x")))
        #expect(state.lastEvent == 2)
        #expect(state.updatedAt == 1_000)
    }

    @Test func aForkTakesTheNewHeaderAndLeavesQueueReceiptsAndUsageBehind() {
        let before: [EventKind] = [
            .sessionCreated(SessionHeader(id: "old", createdAt: 1, workingDirectory: "/w"), EventSamples.settings),
            .turnQueued(EventSamples.fullInput), .turnStarted("t1", model: "m"), .userMessage("m0", "t1", "hello"),
            .turnFinished(TurnEnd(turn: "t1", reason: .completed, usage: EventSamples.usage)), .titleChanged("kept"),
        ]
        let original = EventSamples.fold(before)
        var expected = original
        expected.header = EventSamples.header
        expected.usage = .zero
        expected.receipts = [:]
        expected.lastEvent = 7
        expected.updatedAt = 1_006
        #expect(EventSamples.fold(before + [.sessionForked(EventSamples.header)]) == expected)
        #expect(original.usage == EventSamples.usage)
    }

    // MARK: Turns

    @Test func turnsWaitInOrderAndRunOneByOne() {
        let first = EventSamples.fullInput
        let second = EventSamples.bareInput
        #expect(fold(.turnQueued(first), .turnQueued(second)).queue == [first, second])
        let running = fold(.turnQueued(first), .turnQueued(second), .turnStarted("t1", model: "big"))
        #expect(running.queue == [second])
        #expect(running.running == SessionState.RunningTurn(input: first, model: "big", startedAt: 1_002))
        let ended = fold(.turnQueued(first), .turnQueued(second), .turnStarted("t1", model: "big"), .turnFinished(EventSamples.end))
        #expect(ended.running == nil)
        #expect(ended.queue == [second])
        #expect(ended.lastTurn == EventSamples.end)
        #expect(ended.usage == EventSamples.usage)
    }

    @Test func aKeyLeavesAReceiptThatOutlivesItsTurn() {
        let state = fold(.turnQueued(EventSamples.fullInput), .turnStarted("t1", model: "m"), .turnFinished(EventSamples.end))
        #expect(state.receipts == ["k1": SessionState.Receipt(turn: "t1", prompt: EventSamples.awkward, media: EventSamples.media)])
        #expect(fold(.turnQueued(EventSamples.bareInput)).receipts.isEmpty)
    }

    @Test func aWaitingTurnCanEndWithoutEverStarting() {
        let state = fold(.turnQueued(EventSamples.fullInput), .turnFinished(TurnEnd(turn: "t1", reason: .interrupted)))
        #expect(state.queue.isEmpty)
        #expect(state.running == nil)
        #expect(state.lastTurn?.reason == .interrupted)
    }

    @Test func usageAddsUpOverTurns() {
        let end = TurnEnd(turn: "t", reason: .completed, usage: Usage(inputTokens: 1, outputTokens: 2))
        let more = TurnEnd(turn: "u", reason: .completed, usage: Usage(inputTokens: 10, reasoningTokens: 3))
        #expect(fold(.turnFinished(end), .turnFinished(more)).usage == Usage(inputTokens: 11, outputTokens: 2, reasoningTokens: 3))
    }

    // MARK: Responses

    @Test func deltasGrowAnItemUntilItIsFinished() {
        let growing = fold(
            .responseStarted("m1", "t1"), .delta(Delta(item: "i1", message: "m1", channel: .text, text: "a")),
            .delta(Delta(item: "i2", message: "m1", channel: .toolInput, text: "{")),
            .delta(Delta(item: "i1", message: "m1", channel: .text, text: "b")))
        #expect(
            growing.openItems == [
                .init(id: "i1", message: "m1", channel: .text, text: "ab"), .init(id: "i2", message: "m1", channel: .toolInput, text: "{"),
            ])
        let finished = fold(
            .responseStarted("m1", "t1"), .delta(Delta(item: "i1", message: "m1", channel: .text, text: "a")),
            .itemFinished(text("a", "i1")))
        #expect(finished.openItems.isEmpty)
        #expect(
            finished.transcript == [
                .response(Response(message: "m1", turn: "t1", blocks: [.init(item: text("a", "i1"), isInterrupted: false)]))
            ])
    }

    @Test func toolOutputGrowsNoItem() {
        #expect(fold(.delta(Delta(item: "i1", message: "m1", channel: .toolOutput, text: "a"))).openItems.isEmpty)
    }

    @Test func anInterruptedItemStaysInTheTranscriptAndItsCallIsNoCall() {
        let state = fold(
            .responseStarted("m1", "t1"), .itemInterrupted(text("half", "i1")), .itemInterrupted(call("c1", "i2")),
            .itemFinished(call("c2", "i3")))
        let response = state.lastResponse
        #expect(response?.blocks.map(\.isInterrupted) == [true, true, false])
        #expect(response?.calls.map(\.id) == ["c2"])
        #expect(response?.text == "half")
        #expect(response?.end == nil)
    }

    @Test func anEndClosesItsOwnResponse() {
        let end = ResponseEnd(message: "m1", stop: .endOfTurn, usage: EventSamples.usage)
        let state = fold(.responseStarted("m1", "t1"), .responseStarted("m2", "t1"), .responseFinished(end))
        #expect(
            state.transcript == [.response(Response(message: "m1", turn: "t1", end: end)), .response(Response(message: "m2", turn: "t1"))])
    }

    @Test func contextAndPromptsKeepTheirPlaces() {
        let note = ContextNote(source: "AGENTS.md", text: "be brief")
        let state = fold(.contextAdded("m0", note), .userMessage("m1", "t1", "hello"))
        #expect(state.transcript == [.context("m0", note), .user("m1", "t1", "hello")])
        #expect(state.lastResponse == nil)
    }

    // MARK: Deaths

    @Test func takeOversAreCountedForTheTurnThatRuns() {
        let begin: [EventKind] = [.turnQueued(EventSamples.fullInput), .turnStarted("t1", model: "m")]
        let once: [EventKind] = [.noticed(.turnTakenOver("t1")), .noticed(.turnTakenOver("another"))]
        #expect(EventSamples.fold(begin).running?.takeOvers == 0)
        #expect(EventSamples.fold(begin + once).running?.takeOvers == 1)
        #expect(EventSamples.fold(once).running == nil)
    }

    @Test func aTurnThatIsCancelledIsSoUntilItsEnd() {
        func cancelled(_ turn: TurnID) -> EventKind {
            .noticed(.turnsCancelled(TurnCancellation(queued: [], active: turn), turn: turn, writer: nil))
        }
        let begin: [EventKind] = [.turnQueued(EventSamples.fullInput), .turnStarted("t1", model: "m")]
        #expect(EventSamples.fold(begin + [cancelled("t0")]).running?.isCancelled == false)
        #expect(EventSamples.fold(begin + [cancelled("t1")]).running?.isCancelled == true)
    }

    @Test func aTurnThatIsCancelledBeforeItBeginsIsSoToo() {
        let cancelled = EventKind.noticed(.turnsCancelled(TurnCancellation(queued: [], active: "t1"), turn: nil, writer: nil))
        let waiting: [EventKind] = [.turnQueued(EventSamples.fullInput), cancelled]
        #expect(EventSamples.fold([cancelled, .turnQueued(EventSamples.fullInput)]).stoppedEarly == nil)
        #expect(EventSamples.fold(waiting).stoppedEarly == "t1")
        let begun = EventSamples.fold(waiting + [.turnStarted("t1", model: "m")])
        #expect(begun.running?.isCancelled == true && begun.stoppedEarly == nil)
        let end = EventKind.turnFinished(TurnEnd(turn: "t1", reason: .interrupted, detail: ""))
        #expect(EventSamples.fold(waiting + [end]).stoppedEarly == nil)
    }

    // MARK: Tools

    /// Before calls hooks may be heard again after a death; what they said then stands alone, also when that is nothing.
    @Test func theLastJudgementOfHooksAboutACallStands() {
        func heard(_ call: CallID, _ decision: HookAnswer.Decision?, _ event: HookEvent = .preToolUse) -> EventKind {
            let judgement = decision.map { HookJudgement(call: call, decision: $0) }
            return .noticed(.hook(.ended(HookEnd(id: "h", event: event, call: call, results: [], prevented: false, judgement: judgement))))
        }
        let first: [EventKind] = [heard("c1", .allow), heard("c2", .ask)]
        #expect(EventSamples.fold(first).hookJudgements == [.init(call: "c1", decision: .allow), .init(call: "c2", decision: .ask)])
        #expect(
            EventSamples.fold(first + [heard("c1", .deny)]).hookJudgements == [
                .init(call: "c2", decision: .ask), .init(call: "c1", decision: .deny),
            ])
        #expect(EventSamples.fold(first + [heard("c1", nil)]).hookJudgements == [.init(call: "c2", decision: .ask)])
        #expect(EventSamples.fold(first + [heard("c1", nil, .postToolUse)]).hookJudgements.count == 2)
    }

    @Test func anIntentIsOpenUntilItsOutcome() {
        let intent = ToolIntent(call: "c1", tool: "Read", argumentsHash: "h", effect: .pure, key: "k")
        let start: [EventKind] = [.responseStarted("m1", "t1"), .itemFinished(call("c1", "i1")), .toolIntended(intent)]
        #expect(EventSamples.fold(start).openIntents == [intent])
        let outcome = ToolOutcome(call: "c1", status: .succeeded, text: "fine")
        let state = EventSamples.fold(start + [.toolFinished(outcome)])
        #expect(state.openIntents.isEmpty)
        #expect(state.lastResponse?.outcome(of: "c1") == outcome)
    }

    @Test func anOutcomeGoesToTheNewestResponseThatMadeTheCall() {
        let outcome = ToolOutcome(call: "c1", status: .succeeded, text: "fine")
        let state = fold(
            .responseStarted("m1", "t1"), .itemFinished(call("c1", "i1", "m1")), .responseStarted("m2", "t1"),
            .itemFinished(call("c1", "i2", "m2")), .responseStarted("m3", "t1"), .toolFinished(outcome))
        let outcomes = state.transcript.map { entry -> Int in
            if case .response(let response) = entry { response.outcomes.count } else { 0 }
        }
        #expect(outcomes == [0, 1, 0])
    }

    @Test func fileMarksAreReplacedAndRemoved() {
        let seen = ToolOutcome(
            call: "c", status: .succeeded, text: "", files: [FileMark(path: "/a", hash: "1"), FileMark(path: "/b", hash: "2")])
        let later = ToolOutcome(
            call: "c", status: .succeeded, text: "", files: [FileMark(path: "/a", hash: "3"), FileMark(path: "/b", hash: "")])
        #expect(fold(.toolFinished(seen)).files.keys.sorted() == ["/a", "/b"])
        #expect(fold(.toolFinished(seen), .toolFinished(later)).files == ["/a": FileMark(path: "/a", hash: "3")])
    }

    // MARK: Misfits

    /// An event that fits nothing moves the place and the time, and nothing else.
    @Test(arguments: [
        EventKind.turnStarted("nobody", model: "m"), .itemFinished(Item(id: "i", message: "nowhere", content: .text("x"))),
        .itemInterrupted(Item(id: "i", message: "nowhere", content: .text("x"))),
        .responseFinished(ResponseEnd(message: "nowhere", stop: .other, usage: .zero)),
        .toolFinished(ToolOutcome(call: "nobody", status: .succeeded, text: "x")),
        .retrying(RetryNote(turn: "t", attempt: 1, reason: .server, detail: "", delayMilliseconds: 0)),
    ])
    func aMisfitChangesNothingButThePlace(kind: EventKind) {
        let before: [EventKind] = [
            .turnQueued(EventSamples.fullInput), .userMessage("m", "t1", "x"), .responseStarted("m1", "t1"),
            .itemFinished(call("c1", "i1")),
        ]
        var expected = EventSamples.fold(before)
        expected.lastEvent = 5
        expected.updatedAt = 1_004
        #expect(EventSamples.fold(before + [kind]) == expected)
    }

    @Test func anEndOfAnotherTurnLeavesTheRunningOne() {
        let state = fold(
            .turnQueued(EventSamples.fullInput), .turnStarted("t1", model: "m"), .turnFinished(TurnEnd(turn: "t9", reason: .completed)))
        #expect(state.running?.input.turn == "t1")
    }

    @Test func everyKindCanComeFirst() {
        for kind in EventSamples.kinds { #expect(EventSamples.fold([kind]).lastEvent == 1) }
    }
}
