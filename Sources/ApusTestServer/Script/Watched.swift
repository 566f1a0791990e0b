import Synchronization

/// A value that tests may wait on: every change wakes the waits whose condition now holds.
final class Watched<Value: Sendable>: Sendable {
    private struct Watcher {
        let id: Int
        let holds: @Sendable (Value) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var value: Value
        var watchers: [Watcher] = []
        var nextWatcher = 0
    }

    private let state: Mutex<State>

    init(_ value: Value) { state = Mutex(State(value: value)) }

    var value: Value { state.withLock { $0.value } }

    @discardableResult
    func update<Result: Sendable>(_ change: (inout Value) -> Result) -> Result {
        let (result, woken) = state.withLock { state in
            let result = change(&state.value)
            let woken = state.watchers.filter { $0.holds(state.value) }
            if !woken.isEmpty { state.watchers.removeAll { watcher in woken.contains { $0.id == watcher.id } } }
            return (result, woken.map(\.continuation))
        }
        for continuation in woken { continuation.resume(returning: true) }
        return result
    }

    /// Throws ``ScriptTimeout`` when the condition does not hold within `limit`, and `CancellationError` when cancelled.
    func wait(within limit: Duration, _ complaint: String, until holds: @escaping @Sendable (Value) -> Bool) async throws {
        let came = await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.wait(until: holds) }
            group.addTask {
                // Cancelled means that the wait ended first.
                try? await Task.sleep(for: limit)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        try Task.checkCancellation()
        guard came else { throw ScriptTimeout(description: "\(complaint) within \(limit)") }
    }

    /// False when the task was cancelled before the condition held.
    private func wait(until holds: @escaping @Sendable (Value) -> Bool) async -> Bool {
        let id = state.withLock { state in
            state.nextWatcher += 1
            return state.nextWatcher
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if holds(state.value) { return true }
                    if Task.isCancelled { return false }
                    state.watchers.append(Watcher(id: id, holds: holds, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.watchers.firstIndex { $0.id == id }.map { state.watchers.remove(at: $0).continuation }
            }
            continuation?.resume(returning: false)
        }
    }
}

/// What a test waited for did not happen in time.
package struct ScriptTimeout: Error, Hashable, CustomStringConvertible {
    package var description: String
}
