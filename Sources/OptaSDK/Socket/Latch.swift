import ApusTransport

/// A word that is said once and waited for by one task; what was said before the wait counts.
final class Latch<Value: Sendable>: Sendable {
    private let state = SingleWaiter<Value?>(nil)

    /// The first one counts until it is taken.
    func say(_ value: Value) {
        state.change { if $0 == nil { $0 = value } }
    }

    /// What was said, if something was.
    func take() -> Value? {
        state.withLock { value in
            defer { value = nil }
            return value
        }
    }

    /// Returns when something was said, without taking it, or when the task is cancelled.
    func wait() async { await state.wait { $0 != nil } }
}
