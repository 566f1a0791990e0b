/// The only clock the engine has; tests hand it one they turn themselves.
package protocol TimeSource: Sendable {
    var now: Timestamp { get }
    /// Throws `CancellationError` as soon as the task is cancelled.
    func sleep(for duration: Duration) async throws(CancellationError)
}
