/// How long is waited before a lost connection is opened again (`opta-v3.md` §5 row 19): min(1000·2ⁿ, 10000) ms, and up to 20 % more, so that
/// the clients of a daemon do not come back all at once.
struct ReconnectSchedule: Sendable {
    /// From 0 to below 1.
    var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }

    /// - Parameter failure: Counted from 0.
    func pause(_ failure: Int) -> Duration {
        let milliseconds = failure >= 4 ? 10_000 : min(1_000 << max(failure, 0), 10_000)
        return .milliseconds(Int64((Double(milliseconds) * (1 + 0.2 * min(max(jitter(), 0), 1))).rounded()))
    }

    /// A connection that stood for that long was a success, whatever came.
    static let stands = Duration.seconds(10)
    /// Between two looks at the log while there is no socket to be had.
    static let poll = Duration.seconds(1)
    /// After so many looks a socket is tried again.
    static let pollsPerTry = 10
    /// After so long without a frame the daemon is asked for a sign of life …
    static let silence = Duration.seconds(20)
    /// … and after so long without one the connection is given up. Upstream sends no pings of its own, and answers them (§3.7).
    static let answer = Duration.seconds(5)
}
