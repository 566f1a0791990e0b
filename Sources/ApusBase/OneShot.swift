import Synchronization

/// A value that is given once and may be awaited by any number of tasks; the first value stays.
package final class OneShot<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Value?, Never>] = [:]
        var patient: [CheckedContinuation<Value, Never>] = []
    }

    private let state = Mutex(State())

    package init() {}

    package var value: Value? { state.withLock { $0.value } }

    /// - Returns: Whether it was the first, which stays.
    @discardableResult
    package func give(_ value: Value) -> Bool {
        let before = state.withLock { state -> State? in
            guard state.value == nil else { return nil }
            defer { state = State(value: value) }
            return state
        }
        guard let before else { return false }
        for waiter in before.waiters.values { waiter.resume(returning: value) }
        for waiter in before.patient { waiter.resume(returning: value) }
        return true
    }

    /// Waits on through cancellation: for values that are certain to come and that the caller may not leave without.
    package func given() async -> Value {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state -> Value? in
                if state.value == nil { state.patient.append(continuation) }
                return state.value
            }
            if let now { continuation.resume(returning: now) }
        }
    }

    /// `nil` when the waiting task was cancelled first.
    package func wait() async -> Value? {
        let id = state.withLock { state -> Int in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = state.withLock { state -> Value?? in
                    if let value = state.value { return .some(value) }
                    if Task.isCancelled { return .some(nil) }
                    state.waiters[id] = continuation
                    return nil
                }
                if let now { continuation.resume(returning: now) }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(returning: nil)
        }
    }
}
