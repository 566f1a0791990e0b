import Synchronization

/// A value that tests can wait on until it has the form they expect.
package final class Watched<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var list = WaitList()
    }

    private let state: Mutex<State>

    package init(_ value: Value) { state = Mutex(State(value: value)) }

    package var value: Value { state.withLock { $0.value } }

    package func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        let (result, waiters) = state.withLock { state in (body(&state.value), state.list.takeAll()) }
        for waiter in waiters { waiter.resume() }
        return result
    }

    /// Returns the first value that fits, or the present one when the task is cancelled. Has no deadline of its own: see `within`.
    package func first(where fits: @Sendable (Value) -> Bool) async -> Value {
        while !Task.isCancelled {
            let value = value
            if fits(value) { return value }
            await wait(unless: fits)
        }
        return value
    }

    private func wait(unless fits: @Sendable (Value) -> Bool) async {
        let id = state.withLock { $0.list.makeID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state -> Bool in
                    if Task.isCancelled || fits(state.value) { return false }
                    state.list.add(continuation, id)
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.list.remove(id) }?.resume()
        }
    }
}
