import ApusBase
import ApusCore
import ApusEngine
import Testing

@Suite struct ContextBuilderTests {
    private func messages(_ transcript: [TranscriptEntry]) -> [ModelMessage] {
        var state = SessionState(id: "s")
        state.transcript = transcript
        return ContextBuilder.messages(from: state)
    }

    private func block(_ content: ItemContent, cut: Bool = false) -> Response.Block {
        .init(item: Item(id: "i", message: "m", content: content), isInterrupted: cut)
    }

    private func response(_ blocks: Response.Block..., outcomes: [ToolOutcome] = [], turn: TurnID = "t", ended: Bool = true)
        -> TranscriptEntry
    {
        .response(
            Response(
                message: "m", turn: turn, blocks: blocks, outcomes: outcomes,
                end: ended ? ResponseEnd(message: "m", stop: .endOfTurn, usage: .zero) : nil))
    }

    private let call = ToolCall(id: "c", name: "Read", input: [:])

    @Test func textsOfTheUserRoleAreOneMessage() {
        let note = ContextNote(source: "AGENTS.md", text: "be brief")
        #expect(
            messages([.context("n", note), .user("m", "t", "hi"), .user("m", "t", "there")])
                == [.user(["<system-reminder>\nbe brief\n</system-reminder>", "hi", "there"])])
    }

    @Test func callsAndResultsComeInTheModelsOrderAndErrorsAreMarked() {
        let second = ToolCall(id: "d", name: "Edit", input: ["a": 1])
        let entry = response(
            block(.text("x")), block(.toolCall(call)), block(.toolCall(second)),
            outcomes: [ToolOutcome(call: "d", status: .failed, text: "no"), ToolOutcome(call: "c", status: .succeeded, text: "yes")])
        #expect(
            messages([entry]) == [
                .assistant([.text("x"), .toolCall(call), .toolCall(second)]),
                .toolResults([
                    ModelToolResult(call: "c", tool: "Read", text: "yes", isError: false),
                    ModelToolResult(call: "d", tool: "Edit", text: "no", isError: true),
                ]),
            ])
    }

    @Test func aCallWithoutAResultGetsOne() {
        #expect(
            messages([response(block(.toolCall(call)))]) == [
                .assistant([.toolCall(call)]),
                .toolResults([ModelToolResult(call: "c", tool: "Read", text: "Error: no result was recorded for this call", isError: true)]
                ),
            ])
    }

    @Test func ofACutBlockOnlyTextIsKept() {
        let entry = response(
            block(.reasoning("hm", nil), cut: true), block(.text("half"), cut: true), block(.toolCall(call), cut: true), ended: false)
        #expect(messages([entry]) == [.assistant([.text("half")])])
    }

    @Test func aCutResponseThatWasAskedForAgainIsNotShown() {
        let cut = response(block(.text("half"), cut: true), ended: false)
        let whole = response(block(.text("whole")))
        #expect(messages([.user("m", "t", "hi"), cut, whole]) == [.user(["hi"]), .assistant([.text("whole")])])
        // The response of another turn is no second attempt.
        let later = response(block(.text("whole")), turn: "u")
        #expect(
            messages([cut, .user("m", "u", "hi"), later]) == [.assistant([.text("half")]), .user(["hi"]), .assistant([.text("whole")])])
    }

    @Test func aCutResponseOfTheRunningTurnIsAboutToBeAskedForAgain() {
        var state = SessionState(id: "s")
        state.transcript = [.user("m", "t", "hi"), response(block(.text("half"), cut: true), ended: false)]
        #expect(ContextBuilder.messages(from: state) == [.user(["hi"]), .assistant([.text("half")])])
        let input = TurnInput(turn: "t", prompt: "hi", origin: TurnOrigin(front: .exec, writer: "", approvals: .stop))
        state.running = .init(input: input, model: "m", startedAt: 0)
        #expect(ContextBuilder.messages(from: state) == [.user(["hi"])])
    }

    @Test func aResponseThatSaysNothingIsLeftOut() {
        let only = response(block(.reasoning("hm", OpaqueState(dialect: "anthropic", payload: nil))))
        #expect(
            messages([.user("m", "t", "hi"), only, response(), .context("n", ContextNote(source: "nudge", text: "go"))]) == [
                .user(["hi", ContextBuilder.reminder("go")])
            ])
    }
}
