import ApusFronts
import Synchronization

/// Messages of a front on their way to the socket. Bounded: whoever sends while too much waits, waits too.
final class FrameOutbox: Sendable {
    private struct State {
        var messages: [[UInt8]] = []
        var first = 0
        /// Of messages that wait or are being written.
        var bytes = 0
        var isOver = false
        /// The loop was told to look.
        var isTold = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let maximumBytes: Int
    private let look: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameter look: tells the event loop that there is something to ``take(atMost:)``.
    init(maximumBytes: Int, look: @escaping @Sendable () -> Void) {
        self.maximumBytes = maximumBytes
        self.look = look
    }

    func send(_ messages: [[UInt8]]) async throws(ConnectionOver) {
        let (isOver, tells) = state.withLock { state in
            if state.isOver { return (true, false) }
            state.messages += messages
            for message in messages { state.bytes += message.count }
            defer { state.isTold = true }
            return (false, !state.isTold)
        }
        if isOver { throw ConnectionOver() }
        if tells { look() }
        guard state.withLock({ $0.bytes > maximumBytes }) else { return }
        await room()
        if Task.isCancelled || state.withLock({ $0.isOver }) { throw ConnectionOver() }
    }

    /// The next messages: as many as have `bytes` together, but at least one.
    func take(atMost bytes: Int) -> [[UInt8]] {
        state.withLock { state in
            state.isTold = false
            var taken: [[UInt8]] = []
            var sum = 0
            while state.first < state.messages.count {
                let message = state.messages[state.first]
                if !taken.isEmpty, sum + message.count > bytes { break }
                sum += message.count
                taken.append(message)
                state.messages[state.first] = []
                state.first += 1
            }
            if state.first == state.messages.count { (state.messages, state.first) = ([], 0) }
            return taken
        }
    }

    /// The kernel has taken that much.
    func wrote(_ bytes: Int) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.bytes -= bytes
            guard state.bytes <= maximumBytes / 2 else { return [] }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Nobody may send any more; who waits is let go.
    func finish() { end { _ in } }

    /// The same, and of what waits nothing is sent but one last message.
    func cut(_ last: [UInt8]) { end { ($0.messages, $0.first) = ([last], 0) } }

    private func end(_ change: (inout State) -> Void) {
        let waiters = state.withLock { state in
            if !state.isOver { change(&state) }
            state.isOver = true
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    private func room() async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isNow = state.withLock { state in
                    if state.isOver || state.bytes <= maximumBytes || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if isNow { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
