import ApusCore
import Synchronization

/// What became of a start: given once, for the one who waits.
final class StartAnswer: Sendable {
    typealias Answer = Result<SessionProcess, ProcessDeskError>

    private struct State {
        var answer: Answer?
        var waiter: CheckedContinuation<Answer, Never>?
    }

    private let state = Mutex(State())

    /// Whether it was the first, which counts.
    @discardableResult
    func give(_ answer: Answer) -> Bool {
        let (isFirst, waiter) = state.withLock { state -> (Bool, CheckedContinuation<Answer, Never>?) in
            guard state.answer == nil else { return (false, nil) }
            state.answer = answer
            defer { state.waiter = nil }
            return (true, state.waiter)
        }
        waiter?.resume(returning: answer)
        return isFirst
    }

    /// Waits on through cancellation: an answer is certain to come.
    func wait() async -> Answer {
        await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Answer? in
                if state.answer == nil { state.waiter = continuation }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }
}
