import ApusBase
import ApusCore
import ApusEngine
import Testing

@Suite struct RecoveryTests {
    private let origin = TurnOrigin(front: .exec, writer: "", approvals: .stop)

    private func running() -> SessionState {
        var state = SessionState(id: "s")
        state.running = .init(input: TurnInput(turn: "t", prompt: "p", origin: origin), model: "m", startedAt: 100)
        state.updatedAt = 350
        return state
    }

    private func calls(_ ids: CallID...) -> TranscriptEntry {
        .response(
            Response(
                message: "m", turn: "t",
                blocks: ids.map {
                    .init(
                        item: Item(id: "i", message: "m", content: .toolCall(ToolCall(id: $0, name: "Read", input: [:]))),
                        isInterrupted: false)
                }))
    }

    @Test func aStateInOrderNeedsNothing() {
        var state = SessionState(id: "s")
        state.transcript = [.user("m", "t", "hi"), calls()]
        #expect(Recovery.mend(state, at: 0) == [])
    }

    /// When it ended nobody knows: not before the last that was heard.
    @Test func aProcessThatWentWithItsDaemonHasAnEnd() {
        func process(_ id: String, at time: Timestamp) -> SessionProcess {
            SessionProcess(id: id, session: "s", pid: 7, command: "serve", workingDirectory: "/w", startedAt: time)
        }
        func started(_ process: SessionProcess) -> EventKind { .noticed(.processChanged(ProcessChange(process, .started))) }
        var ended = process("b", at: 20)
        (ended.state, ended.endedAt, ended.exitCode) = (.completed, 30, 0)
        let kinds: [EventKind] = [
            started(process("a", at: 10)), started(process("b", at: 20)), started(process("c", at: 99)),
            .noticed(.processChanged(ProcessChange(ended, .completed, previous: .running))),
        ]
        var state = SessionState(id: "s")
        for (index, kind) in kinds.enumerated() { state.reduce(Event(number: EventNumber(index + 1), time: 50, kind: kind)) }
        var first = process("a", at: 10)
        (first.state, first.endedAt) = (.killed, 50)
        var second = process("c", at: 99)
        (second.state, second.endedAt) = (.killed, 99)
        let repairs = Recovery.lostProcesses(in: state)
        #expect(
            repairs == [first, second].map { .noticed(.processChanged(ProcessChange($0, .killed, previous: .running))) })
        state.reduce(repairs.map { Event(number: 9, time: 60, kind: $0) })
        #expect(Recovery.lostProcesses(in: state) == [])
    }

    @Test func everyOpenItemIsClosedWithWhatWasShown() {
        var state = SessionState(id: "s")
        state.openItems = [
            .init(id: "1", message: "m", channel: .text, text: "a"), .init(id: "2", message: "m", channel: .reasoning, text: "b"),
            .init(id: "3", message: "m", channel: .toolInput, text: "{"),
        ]
        #expect(
            Recovery.mend(state, at: 0) == [
                .itemInterrupted(Item(id: "1", message: "m", content: .text("a"))),
                .itemInterrupted(Item(id: "2", message: "m", content: .reasoning("b", nil))),
                .itemInterrupted(Item(id: "3", message: "m", content: .toolCall(ToolCall(id: "3", name: "", input: .string("{"))))),
            ])
    }

    @Test(arguments: [
        (Effect.pure, "Error: the process ended while this call ran; it only read, so it can simply be made again"),
        (.idempotent, "Error: the process ended while this call ran; it may or may not have been done: read the file before going on"),
        (.verifiable, "Error: the process ended while this call ran; it may or may not have been done: read the file before going on"),
        (.opaque, "Error: the process ended while this call ran; its outcome is unknown: look before running it again"),
    ])
    func aCallThatWasWrittenAheadIsInterruptedInTheWordsOfItsEffect(effect: Effect, sentence: String) {
        var state = running()
        state.transcript = [calls("a", "b")]
        state.openIntents = [ToolIntent(call: "a", tool: "Read", argumentsHash: "", effect: effect, key: "")]
        #expect(
            Recovery.mend(state, at: 400) == [
                .toolFinished(ToolOutcome(call: "a", status: .interrupted, text: sentence)),
                .toolFinished(
                    ToolOutcome(call: "b", status: .notRun, text: "Error: not run, because the process ended before this call began")),
                .turnFinished(
                    TurnEnd(
                        turn: "t", reason: .ownerDied, detail: "The process that ran this turn ended before the turn did.",
                        durationMilliseconds: 250)),
            ])
    }

    @Test func waitingTurnsEndToo() {
        var state = running()
        state.queue = [TurnInput(turn: "u", prompt: "q", origin: origin)]
        let ends = Recovery.mend(state, at: 0).compactMap { kind -> TurnID? in
            if case .turnFinished(let end) = kind { end.turn } else { nil }
        }
        #expect(ends == ["t", "u"])
    }

    /// Those that waited run here, but for the one that somebody stopped before it had begun.
    @Test func aTurnThatWasStoppedBeforeItBeganDoesNotRunLater() {
        var state = running()
        state.running = nil
        state.queue = ["u", "v"].map { TurnInput(turn: $0, prompt: "q", origin: origin) }
        state.stoppedEarly = "u"
        let stopped = EventKind.turnFinished(TurnEnd(turn: "u", reason: .interrupted, detail: "Interrupted."))
        #expect(Recovery.mend(state, at: 0, keepsQueue: true) == [stopped])
        #expect(Recovery.mend(state, at: 0).first == stopped && Recovery.mend(state, at: 0).count == 2)
    }

    @Test func mendingAMendedStateDoesNothing() {
        var state = running()
        state.transcript = [calls("a")]
        state.openItems = [.init(id: "1", message: "m", channel: .text, text: "a")]
        state.queue = [TurnInput(turn: "u", prompt: "q", origin: origin)]
        for (offset, kind) in Recovery.mend(state, at: 0).enumerated() {
            state.reduce(Event(number: EventNumber(offset + 1), time: 1, kind: kind))
        }
        #expect(Recovery.mend(state, at: 0) == [])
    }
}
