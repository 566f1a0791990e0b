import ApusBase
import ApusCore
import ApusEngine
import Synchronization
import Testing

@Suite struct ResponseAssemblerTests {
    private func assembler() -> ResponseAssembler {
        let count = Counter()
        return ResponseAssembler(message: "m", makeItemID: { ItemID("i\(count.next())") })
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> Int {
            value.withLock { value in
                value += 1
                return value
            }
        }
    }

    @Test func interleavedItemsKeepTheirIds() {
        var assembler = assembler()
        let call = ToolCall(id: "c", name: "Read", input: ["a": 1])
        let outputs = [
            ModelEvent.itemStarted(index: 0, .reasoning), .itemStarted(index: 1, .toolCall("c", name: "Read")), .delta(index: 1, "{\"a\""),
            .delta(index: 0, "hm"), .delta(index: 1, ":1}"), .itemFinished(index: 1, .toolCall(call)),
            .itemFinished(index: 0, .reasoning("hm", nil)), .usage(Usage(inputTokens: 1)), .usage(Usage(inputTokens: 2)),
            .finished(.toolCalls),
        ].map { assembler.receive($0) }
        #expect(
            outputs == [
                .nothing, .nothing, .delta(Delta(item: "i2", message: "m", channel: .toolInput, text: "{\"a\"")),
                .delta(Delta(item: "i1", message: "m", channel: .reasoning, text: "hm")),
                .delta(Delta(item: "i2", message: "m", channel: .toolInput, text: ":1}")),
                .fact(.itemFinished(Item(id: "i2", message: "m", content: .toolCall(call)))),
                .fact(.itemFinished(Item(id: "i1", message: "m", content: .reasoning("hm", nil)))), .nothing, .nothing, .nothing,
            ])
        #expect(assembler.calls == [call])
        #expect(assembler.text == "")
        #expect(assembler.usage == Usage(inputTokens: 2))
        #expect(assembler.stop == .toolCalls)
        #expect(assembler.item(of: "c") == "i2")
        #expect(assembler.item(of: "d") == nil)
        #expect(assembler.cut() == [])
    }

    @Test func aCutClosesWhatWasShownInTheOrderItBegan() {
        var assembler = assembler()
        for event in [
            ModelEvent.itemStarted(index: 2, .toolCall("c", name: "Read")), .itemStarted(index: 0, .text),
            .itemStarted(index: 1, .reasoning),
            .itemStarted(index: 3, .text), .delta(index: 2, "{"), .delta(index: 1, "hm"), .delta(index: 0, "a"), .delta(index: 0, "b"),
        ] { _ = assembler.receive(event) }
        #expect(assembler.hasShownAnything)
        #expect(
            assembler.cut() == [
                .itemInterrupted(Item(id: "i2", message: "m", content: .text("ab"))),
                .itemInterrupted(Item(id: "i3", message: "m", content: .reasoning("hm", nil))),
                .itemInterrupted(Item(id: "i1", message: "m", content: .toolCall(ToolCall(id: "c", name: "Read", input: .string("{"))))),
            ])
        // Cut twice is cut once.
        #expect(assembler.cut() == [])
    }

    @Test func aNumberGivenTwiceClosesWhatWasShownUnderIt() {
        var assembler = assembler()
        _ = assembler.receive(.itemStarted(index: 0, .text))
        #expect(assembler.receive(.itemStarted(index: 0, .text)) == .nothing)
        _ = assembler.receive(.delta(index: 0, "a"))
        #expect(
            assembler.receive(.itemStarted(index: 0, .reasoning))
                == .fact(.itemInterrupted(Item(id: "i2", message: "m", content: .text("a")))))
        #expect(assembler.cut() == [])
    }

    @Test func nothingShownLeavesNothingBehind() {
        var assembler = assembler()
        _ = assembler.receive(.itemStarted(index: 0, .text))
        #expect(!assembler.hasShownAnything)
        #expect(assembler.cut() == [])
    }

    @Test func piecesOfUnknownItemsAndEmptyPiecesAreDropped() {
        var assembler = assembler()
        #expect(assembler.receive(.delta(index: 4, "x")) == .nothing)
        _ = assembler.receive(.itemStarted(index: 0, .text))
        #expect(assembler.receive(.delta(index: 0, "")) == .nothing)
        // An item that was never announced still counts when it comes whole.
        #expect(
            assembler.receive(.itemFinished(index: 7, .text("whole")))
                == .fact(.itemFinished(Item(id: "i2", message: "m", content: .text("whole")))))
        #expect(assembler.text == "whole")
    }
}
