/// Attempts to open a connection: how many follow the first, how long is waited before each, how long one may take.
package struct ConnectSchedule: Sendable {
    package let retries: Int
    package let attemptTimeout: Duration
    /// Before the retry of that number, counted from 0.
    package let pause: @Sendable (Int) -> Duration

    package init(retries: Int, attemptTimeout: Duration, pause: @escaping @Sendable (Int) -> Duration) {
        self.retries = retries
        self.attemptTimeout = attemptTimeout
        self.pause = pause
    }
}
