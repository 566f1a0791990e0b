import ApusTesting
import ApusTransport
import Testing

@testable import DroidSDK

@Suite struct WebSocketTransportTests {
    private static let plans: [(WebSocketTransport.Patience, attempt: Int, pauses: [Int])] = [
        (.local, 10_000, [500, 1_000, 2_000, 4_000, 5_000]), (.standard, 5_000, [500, 1_000, 2_000, 4_000, 5_000]),
        (.computer, 45_000, [2_000, 4_000, 8_000] + Array(repeating: 10_000, count: 7)),
    ]

    /// The numbers of `droid.md` §2.3, asked of a clock on which every wait is over at once: each attempt runs out of time.
    @Test(arguments: plans.indices) func aConnectionIsTriedAsOftenAndAsLongAsTheProtocolSays(row: Int) async {
        let (patience, attempt, pauses) = Self.plans[row]
        let waits = Watched<[Duration]>([])
        let clock = TransportClock(
            now: TransportClock.system.now,
            sleep: { duration in waits.change { $0.append(duration) } })
        // Refused or out of time: both are failures of one attempt.
        let transport = WebSocketTransport(url: "ws://127.0.0.1:9", patience: patience, clock: clock)
        await #expect(throws: ConnectionError.self) { try await transport.connect() }
        let expected = pauses.flatMap { [attempt, $0] } + [attempt]
        #expect(waits.value == expected.map { .milliseconds($0) })
    }
}
