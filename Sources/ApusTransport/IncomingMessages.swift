import Synchronization

/// What arrived and was not read yet. Holds no more than about ``limit`` bytes: whoever fills it is told to pause and to go on.
///
/// A lock around a queue: filled from an event loop, read by one task.
package final class IncomingMessages: Sendable {
    private struct State {
        var messages: [[UInt8]] = []
        var head = 0
        var bytes = 0
        var isPaused = false
        var end: End?
        var waiting: CheckedContinuation<Void, Never>?

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
    private let state = Mutex(State())

    package init(limit: Int = 64 << 20) {
        self.limit = limit
    }

    /// - Returns: Whether to pause until ``next(resume:)`` says otherwise. What comes nevertheless is kept.
    package func push(_ message: [UInt8]) -> Bool {
        let (waiting, pause) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
            guard state.end == nil else { return (nil, false) }
            state.messages.append(message)
            state.bytes += message.count
            if state.bytes >= limit { state.isPaused = true }
            defer { state.waiting = nil }
            return (state.waiting, state.isPaused)
        }
        waiting?.resume()
        return pause
    }

    /// The first end counts.
    package func finish(_ error: TransportError? = nil) {
        let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if state.end == nil { state.end = error.map(End.failed) ?? .closed }
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume()
    }

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
            await wait()
        }
    }

    private func wait() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state -> Bool in
                    if !state.isEmpty || state.end != nil || Task.isCancelled { return true }
                    precondition(state.waiting == nil, "messages have one reader")
                    state.waiting = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Void, Never>? in
                defer { state.waiting = nil }
                return state.waiting
            }
            waiting?.resume()
        }
    }
}
