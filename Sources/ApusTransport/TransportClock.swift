/// The time that transports and clients go by, so that a test turns it by hand.
package struct TransportClock: Sendable {
    /// Since some fixed moment; never goes back.
    package let now: @Sendable () -> Duration
    /// Returns after that time, or throws `CancellationError` at once when its task is cancelled.
    package let sleep: @Sendable (Duration) async throws -> Void

    package init(now: @escaping @Sendable () -> Duration, sleep: @escaping @Sendable (Duration) async throws -> Void) {
        self.now = now
        self.sleep = sleep
    }

    package static let system: TransportClock = {
        let clock = ContinuousClock()
        let start = clock.now
        return TransportClock(now: { start.duration(to: clock.now) }, sleep: { try await clock.sleep(for: $0) })
    }()
}
