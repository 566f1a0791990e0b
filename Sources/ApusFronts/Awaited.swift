import Synchronization

/// A value that tasks wait on until it has the form they need: room in a queue, a gate that is open, a place that was reached.
final class Awaited<Value: Sendable>: Sendable {
    private struct State {
        var value: Value
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0

        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            defer { waiters = [:] }
            return Array(waiters.values)
        }
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    var value: Value { state.withLock { $0.value } }

    @discardableResult
    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        let (result, waiters) = state.withLock { state in
            let result = body(&state.value)
            return (result, state.takeWaiters())
        }
        for waiter in waiters { waiter.resume() }
        return result
    }

    /// Waits until `body` gives something, and returns that; `body` may take it out of the value. `nil` when the task is cancelled and there
    /// is nothing to be had at once.
    func next<Result: Sendable>(_ body: (inout Value) -> Result?) async -> Result? {
        while true {
            let (result, waiters, seen) = state.withLock { state -> (Result?, [CheckedContinuation<Void, Never>], Int) in
                guard let result = body(&state.value) else {
                    state.nextWaiter += 1
                    return (nil, [], state.nextWaiter)
                }
                return (result, state.takeWaiters(), 0)
            }
            for waiter in waiters { waiter.resume() }
            if let result { return result }
            if Task.isCancelled { return nil }
            await wait(as: seen, unless: body)
        }
    }

    /// Looks again while it holds the lock: what changed in between is not missed.
    private func wait<Result>(as id: Int, unless body: (inout Value) -> Result?) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state -> Bool in
                    var copy = state.value
                    if Task.isCancelled || body(&copy) != nil { return false }
                    state.waiters[id] = continuation
                    return true
                }
                if !mustWait { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }
}
