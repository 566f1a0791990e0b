import Testing

@testable import OptaSDK

/// What is kept of a turn's text.
struct TurnTextKeeperTests {
    private func event(_ frame: Frame) throws -> DaemonEvent {
        guard case .event(let event) = DaemonFrame(Array(frame.text.utf8), sessionID: "s") else { throw DaemonAnswerError("no event") }
        return event
    }

    private func view(_ frames: [Frame]) throws -> SessionView {
        var view = SessionView(cursor: 0)
        for frame in frames { _ = view.admit(try event(frame)) }
        return view
    }

    @Test func gapsOutsideOfTurnsLeaveNothing() throws {
        let output = try event(Frame(1, "background.output", ["processId": "p", "seq": 1, "stream": "stdout", "text": "x"]))
        var keeper = TurnTextKeeper()
        for seq in 1...100_000 { keeper.note(output, before: -Int64(seq)) }
        #expect(keeper.segments.count <= 1)
        let over = try view([.start(4), .token(8, "a"), .done(12), Frame(16, "x"), Frame(20, "x")])
        #expect(over.text.segments.isEmpty)
    }

    @Test(arguments: [
        ([Frame.start(1), .token(2, "a"), .token(3, "b")], ["ab"], false),
        ([.start(1), .token(2, "a"), .token(5, "b")], ["a", "b"], true),
        ([.start(1), .token(2, "a"), Frame(4, "x"), Frame(6, "x"), .token(9, "b")], ["a", "b"], true),
    ]) func piecesBetweenGapsAreOne(frames: [Frame], segments: [String], hasGap: Bool) throws {
        let text = try view(frames).text
        #expect(text.segments == segments)
        #expect(text.hasGap == hasGap)
        #expect(!text.countsInSteps)
    }

    /// What came is the beginning only if nothing was missing before it.
    @Test(arguments: [(2, "lo"), (3, nil)] as [(Int, String?)]) func theBeginningIsKnown(first: Int, missing: String?) throws {
        let history = TurnHistory(
            messages: [DaemonMessage(role: "user", text: "q"), DaemonMessage(role: "assistant", text: "Hello")], ends: [9])
        let text = try view([.start(1), .token(first, "Hel"), Frame(8, "x")]).text
        let found = try #require(text.reconciled(with: history, end: 9))
        #expect(found.text == "Hello")
        #expect(found.missing == missing)
        #expect(!text.isWhole(with: history, end: 9))
    }

    @Test func aGapFromTheQueueToTheStartOfATurnIsHowItIsCounted() throws {
        let queued = Frame(4, "turn.queued", ["turnId": "T", "writerId": "w"])
        #expect(try view([queued, .start(8)]).text.countsInSteps)
        #expect(try !view([queued, .start(5)]).text.countsInSteps)
        #expect(try !view([queued, .start(8, turn: "U")]).text.countsInSteps)
        #expect(try !view([queued, Frame(5, "x"), .start(8)]).text.countsInSteps)
    }
}
