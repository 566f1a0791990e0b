import ApusTransport
import Synchronization

/// The answer to one request, for whoever waits for it. The first outcome counts.
final class Reply<Value: Sendable>: Sendable {
    private struct State {
        var outcome: Result<Value, any Error>?
        var waiting: CheckedContinuation<Value, any Error>?
    }

    private let state = Mutex(State())

    func resolve(_ outcome: Result<Value, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            if state.outcome != nil { return nil }
            state.outcome = outcome
            defer { state.waiting = nil }
            return state.waiting
        }
        waiting?.resume(with: outcome)
    }

    /// - Throws: What the request failed with, ``TimeoutError``, or `CancellationError` when the task is cancelled.
    func value(within limit: Duration, of method: String, _ clock: TransportClock) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await self.wait() }
            group.addTask {
                try await clock.sleep(limit)
                throw TimeoutError(method: method, timeout: limit)
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }

    private func wait() async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiting in
                let outcome = state.withLock { state -> Result<Value, any Error>? in
                    if state.outcome == nil { state.waiting = waiting }
                    return state.outcome
                }
                if let outcome { waiting.resume(with: outcome) }
            }
        } onCancel: {
            resolve(.failure(CancellationError()))
        }
    }
}
