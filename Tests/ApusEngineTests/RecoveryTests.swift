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
