import ApusTransport
import Testing

@Suite struct TransportClockTests {
    @Test func theSystemsClockGoesForward() async throws {
        let before = TransportClock.system.now()
        try await TransportClock.system.sleep(.milliseconds(1))
        #expect(TransportClock.system.now() >= before + .milliseconds(1))
    }

    @Test func aCancelledSleepEndsAtOnce() async {
        let task = Task { try await TransportClock.system.sleep(.seconds(3_600)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
