import ApusTesting
import Testing

@testable import ApusTransport

@Suite struct SingleWaiterTests {
    @Test func whatIsReadyIsNotWaitedFor() async {
        let number = SingleWaiter(1)
        await number.wait { $0 == 1 }
        #expect(number.withLock { $0 } == 1)
    }

    @Test func aChangeThatIsNotTheOneIsWaitedThrough() async throws {
        let number = SingleWaiter(0)
        let waiting = Task {
            await number.wait { $0 >= 100 }
            return number.withLock { $0 }
        }
        for _ in 0..<100 {
            number.change { $0 += 1 }
            await Task.yield()
        }
        #expect(try await within { await waiting.value } == 100)
    }

    @Test func cancellingEndsAWaitAndTheNextOneWorks() async throws {
        let number = SingleWaiter(0)
        let waiting = Task { await number.wait { $0 == 1 } }
        waiting.cancel()
        try await within { await waiting.value }
        let next = Task { await number.wait { $0 == 1 } }
        #expect(
            number.change {
                $0 = 1; return "done"
            } == "done")
        try await within { await next.value }
    }

    /// Nobody is left waiting, whichever of change, wait and cancel is first.
    @Test func wakingAndCancellingAtTheSameTimeLosesNothing() async throws {
        for round in 0..<500 {
            let number = SingleWaiter(0)
            let waiting = Task { await number.wait { $0 == 1 } }
            if round % 2 == 0 { await Task.yield() }
            let ending = Task { if round % 3 == 0 { waiting.cancel() } else { number.change { $0 = 1 } } }
            try await within { await waiting.value }
            await ending.value
        }
    }
}
