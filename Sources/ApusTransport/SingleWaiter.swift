import Synchronization

/// A value behind a lock, and one task that may wait until it is as it wants it.
///
/// Whoever changes the value wakes the task, which looks for itself: nobody has to know what it waits for. Sections are short and call nothing
/// that could come back here.
package final class SingleWaiter<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiting: CheckedContinuation<Void, Never>?
    }

    private let state: Mutex<State>

    package init(_ value: Value) { state = Mutex(State(value: value)) }

    /// Looks, or changes what nobody waits for.
    package func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        state.withLock { body(&$0.value) }
    }

    /// Changes the value and wakes whoever waits, outside of the lock.
    package func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        let (result, waiting) = state.withLock { state -> (Result, CheckedContinuation<Void, Never>?) in
            let result = body(&state.value)
            defer { state.waiting = nil }
            return (result, state.waiting)
        }
        waiting?.resume()
        return result
    }

    /// Returns when the value is as wanted, at once if it is, or when the task is cancelled. One task at a time.
    package func wait(until isReady: (Value) -> Bool) async {
        while !Task.isCancelled, !state.withLock({ isReady($0.value) }) { await waitForChange(unless: isReady) }
    }

    private func waitForChange(unless isReady: (Value) -> Bool) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state -> Bool in
                    if isReady(state.value) || Task.isCancelled { return true }
                    precondition(state.waiting == nil, "one task waits at a time")
                    state.waiting = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            change { _ in }
        }
    }
}
