package import ApusCore
import Synchronization

/// A clock that only a test turns. Sleepers wake in the order of their times, those of the same time in the order they came.
package final class ManualTime: TimeSource {
    private struct Sleeper {
        var id: Int
        var due: Timestamp
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var now: Timestamp
        var nextID = 0
        var sleepers: [Sleeper] = []
    }

    private let state: Mutex<State>
    /// How long each sleep was to be, in the order in which they began, the ended ones included.
    private let requests = Watched<[Duration]>([])

    package init(startingAt now: Timestamp = 1_700_000_000_000) {
        state = Mutex(State(now: now))
    }

    package var now: Timestamp { state.withLock { $0.now } }
    package var requestedSleeps: [Duration] { requests.value }
    package var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    package func sleep(for duration: Duration) async throws(CancellationError) {
        let id = state.withLock { state -> Int in
            state.nextID += 1
            return state.nextID
        }
        let slept = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if Task.isCancelled { return false }
                    if duration <= .zero { return true }
                    let due = state.now + Int64((duration / .milliseconds(1)).rounded(.up))
                    state.sleepers.append(Sleeper(id: id, due: due, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
                requests.change { $0.append(duration) }
            }
        } onCancel: {
            let sleeper = state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else { return nil }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(returning: false)
        }
        if !slept { throw CancellationError() }
    }

    package func advance(by duration: Duration) {
        let due = state.withLock { state -> [Sleeper] in
            state.now += Int64(duration / .milliseconds(1))
            let due = state.sleepers.filter { $0.due <= state.now }.sorted { ($0.due, $0.id) < ($1.due, $1.id) }
            state.sleepers.removeAll { $0.due <= state.now }
            return due
        }
        for sleeper in due { sleeper.continuation.resume(returning: true) }
    }

    /// Returns when `count` sleeps that fit have begun, ended ones included.
    package func sleeps(_ count: Int, where fits: @escaping @Sendable (Duration) -> Bool = { _ in true }) async throws {
        _ = try await within { [requests] in await requests.first { $0.count(where: fits) >= count } }
    }
}
