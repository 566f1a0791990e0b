import Synchronization

/// The first signal that asked for the end; it decides the exit code.
final class SignalBox: Sendable {
    private let first = Mutex<Int32?>(nil)

    var value: Int32? { first.withLock { $0 } }

    func note(_ number: Int32) {
        first.withLock { $0 = $0 ?? number }
    }
}
