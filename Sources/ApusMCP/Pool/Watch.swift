import Synchronization

/// Tells any number of tasks that something has changed. A change while nobody waits is not lost: waiting is for a number beyond the
/// last one seen.
final class Watch: Sendable {
    private struct State {
        var revision = 0
        var last = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    var revision: Int { state.withLock { $0.revision } }

    func change() {
        let waiting = state.withLock { state in
            state.revision += 1
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns when there was a change after `seen`, or the task is cancelled; the revision now.
    func change(after seen: Int) async -> Int {
        let id = state.withLock { state in
            state.last += 1
            return state.last
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if state.revision > seen || Task.isCancelled { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
        return revision
    }
}
