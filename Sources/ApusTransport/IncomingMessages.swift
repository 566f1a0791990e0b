/// What arrived and was not read yet. Holds no more than about ``limit`` bytes: whoever fills it is told to pause and to go on.
///
/// A lock around a queue: filled from an event loop, read by one task.
package final class IncomingMessages: Sendable {
    private struct State: Sendable {
        var messages: [[UInt8]] = []
        var head = 0
        var bytes = 0
        var frames = 0
        var isPaused = false
        var end: End?

        var isEmpty: Bool { head == messages.count }

        mutating func pop() -> [UInt8] {
            let message = messages[head]
            messages[head] = []
            head += 1
            bytes -= message.count
            if head == messages.count || head > 1_024 {
                messages.removeFirst(head)
                head = 0
            }
            return message
        }
    }

    private enum End {
        case closed
        case failed(TransportError)
    }

    package let limit: Int
    private let state = SingleWaiter(State())

    package init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    /// - Returns: Whether to pause until ``next(resume:)`` says otherwise. What comes nevertheless is kept.
    package func push(_ message: [UInt8]) -> Bool {
        state.change { state in
            guard state.end == nil else { return false }
            state.messages.append(message)
            state.bytes += message.count
            if state.bytes >= limit { state.isPaused = true }
            return state.isPaused
        }
    }

    /// The first end counts.
    package func finish(_ error: TransportError? = nil) {
        state.change { if $0.end == nil { $0.end = error.map(End.failed) ?? .closed } }
    }

    /// Counts a frame that arrived, whatever it was.
    func hear() { state.withLock { $0.frames += 1 } }
    /// How many did.
    var framesHeard: Int { state.withLock { $0.frames } }

    package var isFinished: Bool { state.withLock { $0.end != nil } }

    /// - Parameter resume: Called when there is room again after a pause.
    package func next(resume: () -> Void = {}) async throws(TransportError) -> [UInt8]? {
        while true {
            let (message, end, goOn) = state.withLock { state -> ([UInt8]?, End?, Bool) in
                if !state.isEmpty {
                    let message = state.pop()
                    let goOn = state.isPaused && state.bytes < limit / 2
                    if goOn { state.isPaused = false }
                    return (message, nil, goOn)
                }
                return (nil, state.end, false)
            }
            if goOn { resume() }
            if let message { return message }
            switch end {
            case .closed: return nil
            case .failed(let error): throw error
            case nil: break
            }
            if Task.isCancelled { return nil }
            await state.wait { !$0.isEmpty || $0.end != nil }
        }
    }
}
