import Dispatch
import Synchronization

/// Tells a piece of blocking work that nobody waits for it any more.
package final class CancelFlag: Sendable {
    private let flag = Atomic(false)

    package init() {}

    package var isCancelled: Bool { flag.load(ordering: .relaxed) }

    package func cancel() { flag.store(true, ordering: .relaxed) }
}

/// Runs work that may block (file systems, long searches) on a few threads of its own, so that the tasks of everybody else keep
/// their threads. First in, first out; no thread is kept while there is nothing to do.
///
/// Every waiting piece belongs to a suspended task, so the queue is bounded by what the callers run at the same time. Cancelling
/// the task sets the flag that the work is handed: work looks at it every few milliseconds and returns early. Work is always
/// run, also when it was cancelled while it waited: only the work knows what to return then.
package final class BlockingWork: Sendable {
    private struct State {
        var running = 0
        var waiting: [@Sendable () -> Void] = []
        /// Waiting pieces before this one were taken already.
        var first = 0
    }

    package static let files = BlockingWork(width: 4, label: "apus.files")

    private let width: Int
    private let queue: DispatchQueue
    private let state = Mutex(State())

    package init(width: Int, label: String) {
        self.width = width
        queue = DispatchQueue(label: label, attributes: .concurrent)
    }

    package func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable (CancelFlag) throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let flag = CancelFlag()
        let result: Result<Value, Failure> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                submit {
                    do throws(Failure) {
                        continuation.resume(returning: .success(try body(flag)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            }
        } onCancel: {
            flag.cancel()
        }
        return try result.get()
    }

    private func submit(_ piece: @escaping @Sendable () -> Void) {
        let startsThread = state.withLock { state in
            state.waiting.append(piece)
            guard state.running < width else { return false }
            state.running += 1
            return true
        }
        if startsThread { queue.async { self.drain() } }
    }

    private func drain() {
        while let piece = take() { piece() }
    }

    private func take() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard state.first < state.waiting.count else {
                state.waiting.removeAll()
                state.first = 0
                state.running -= 1
                return nil
            }
            let piece = state.waiting[state.first]
            state.waiting[state.first] = {}
            state.first += 1
            return piece
        }
    }
}
