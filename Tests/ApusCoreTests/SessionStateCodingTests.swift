import ApusBase
import ApusCore
import ApusTesting
import Testing

@Suite struct SessionStateCodingTests {
    @Test func anEmptyStateComesBackAsItWas() throws {
        let state = SessionState(id: "s")
        #expect(try SessionState(decoding: state.encoded()) == state)
    }

    @Test func aStateWithEverythingInItComesBackAsItWas() throws {
        var state = EventSamples.fold(EventSamples.kinds)
        state.running = SessionState.RunningTurn(input: EventSamples.fullInput, model: "m", startedAt: 5, takeOvers: 2, isCancelled: true)
        state.queue = [EventSamples.bareInput, EventSamples.fullInput]
        state.stoppedEarly = "t1"
        state.receipts = [
            "a": SessionState.Receipt(turn: "t", prompt: EventSamples.awkward, media: EventSamples.media),
            "b": SessionState.Receipt(turn: "u", prompt: ""),
        ]
        state.files = ["/a": FileMark(path: "/a", hash: "1"), "/b": FileMark(path: "/b", hash: "2")]
        state.openIntents = [ToolIntent(call: "c", tool: "t", argumentsHash: "h", effect: .opaque, key: "k")]
        state.openItems = Delta.Channel.allCases.map { .init(id: "i", message: "m", channel: $0, text: EventSamples.awkward) }
        state.lastTurn = EventSamples.end
        state.openApprovals = [EventSamples.question, EventSamples.bareQuestion]
        state.decisions = EventSamples.decisions
        state.grants = EventSamples.grants
        #expect(try SessionState(decoding: state.encoded()) == state)
        #expect(try SessionState(decoding: JSONValue(parsing: state.encoded().serializedBytes())) == state)
    }

    @Test func theStoredFormDoesNotDependOnTheOrderOfDictionaries() {
        var first = SessionState(id: "s")
        var second = SessionState(id: "s")
        let names = (0..<50).map { "/file\($0)" }
        for name in names {
            first.files[name] = FileMark(path: name, hash: "h")
            first.receipts[name] = SessionState.Receipt(turn: "t", prompt: "p")
        }
        for name in names.reversed() {
            second.files[name] = FileMark(path: name, hash: "h")
            second.receipts[name] = SessionState.Receipt(turn: "t", prompt: "p")
        }
        #expect(first.encoded().serialized() == second.encoded().serialized())
    }

    /// The law of the log: a snapshot is only a shortcut.
    @Test(arguments: 0..<6 as Range<UInt64>)
    func foldOfAllIsFoldOfSnapshotAndTailAtEveryCut(seed: UInt64) throws {
        let events = RandomHistory.events(seed: seed, steps: 140)
        var prefix = SessionState(id: "random-session")
        var whole = prefix
        whole.reduce(events)
        for cut in 0...events.count {
            var resumed = try SessionState(decoding: JSONValue(parsing: prefix.encoded().serializedBytes()))
            #expect(resumed == prefix)
            // Folding the whole tail at every place is quadratic; the next event shows a difference where it arises.
            if cut % 16 == 0 {
                resumed.reduce(events[cut...])
                #expect(resumed == whole)
            }
            if cut < events.count { prefix.reduce(events[cut]) }
        }
        #expect(prefix == whole)
    }

    @Test func randomHistoriesHoldEveryKind() {
        var seen: Set<Int> = []
        for seed in 0..<12 as Range<UInt64> {
            seen.formUnion(RandomHistory.events(seed: seed, steps: 250).map { EventSamples.number(of: $0.kind) })
        }
        #expect(seen == Set(0..<EventSamples.kindCount))
    }
}
