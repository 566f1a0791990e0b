import ApusBase
import ApusCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A fact with its stored form, made by the caller so that the writing thread need not.
struct EncodedFact: Sendable {
    let kind: EventKind
    let payload: String

    init(_ kind: EventKind) {
        precondition(kind.isFact, "Deltas are shown, not committed")
        self.kind = kind
        payload = kind.encoded().serialized()
    }
}

/// One thing for the writing thread to do.
enum InboxEntry: Sendable {
    typealias Reply<Value> = CheckedContinuation<Result<Value, EventLogError>, Never>

    case delta(OwnedSession, Delta)
    case facts(OwnedSession, [EncodedFact], Reply<EventNumber>)
    case snapshot(OwnedSession, EventNumber, String, Reply<Void>)
    /// Runs after everything before it was stored or refused. Must reply even when `writer` is `nil`: the log was closed.
    case job(@Sendable (_ writer: GroupCommit?) -> Void)

    var bytes: Int {
        switch self {
        case .delta(_, let delta): 64 + delta.text.utf8.count
        case .facts(_, let facts, _): facts.reduce(64) { $0 + 64 + $1.payload.utf8.count }
        case .snapshot(_, _, let payload, _): 64 + payload.utf8.count
        case .job: 64
        }
    }
}

/// What all sessions of this process hand to the writing thread, in order.
///
/// Bounded by ``StoreLimit/inboxBytes``: whoever is told `.full` waits in ``drained()`` before handing over more; what was handed
/// over counts until the thread has worked through it. The bound is soft by one entry for each session that writes.
// SAFETY: `state` is read and written only while `mutex` is held; the two pointers never change and are freed with the last
// reference. A condition variable is needed because the writing thread waits outside the cooperative pool, with a time limit.
final class Inbox: @unchecked Sendable {
    enum Admission { case accepted, full, closed }

    private struct State {
        var entries: [InboxEntry] = []
        var bytes = 0
        /// Taken by the thread and not yet worked through.
        var takenBytes = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
        var isThreadWaiting = false
        var isClosed = false
        var peakBytes = 0
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state = State()
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
        pthread_mutex_init(mutex, nil)
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// The most bytes that ever waited here.
    var peakBytes: Int { locked { $0.peakBytes } }

    /// What waits to be taken.
    var waitingEntries: Int { locked { $0.entries.count } }

    func put(_ entry: InboxEntry) -> Admission {
        let (admission, wakes) = locked { state -> (Admission, Bool) in
            if state.isClosed { return (.closed, false) }
            state.entries.append(entry)
            state.bytes += entry.bytes
            let waiting = state.bytes + state.takenBytes
            state.peakBytes = max(state.peakBytes, waiting)
            let wakes = state.isThreadWaiting
            state.isThreadWaiting = false
            return (waiting > limit ? .full : .accepted, wakes)
        }
        if wakes { pthread_cond_signal(condition) }
        return admission
    }

    /// Returns when the bytes that wait are within the bound again. The thread never waits longer than its own busy time-out.
    func drained() async {
        await withCheckedContinuation { continuation in
            let isBelow = locked { state in
                let isBelow = state.isClosed || state.bytes + state.takenBytes <= limit
                if !isBelow { state.waiters.append(continuation) }
                return isBelow
            }
            if isBelow { continuation.resume() }
        }
    }

    /// Called by the writing thread, which thereby says that it is done with what it took before. Waits until there is something or
    /// the clock reaches `deadline` (monotonic nanoseconds).
    /// - Parameter batch: Empty; gets what waits, in order.
    func take(into batch: inout [InboxEntry], before deadline: Int64?) {
        let waiters = locked { state in
            state.takenBytes = 0
            guard state.bytes <= limit else { return [CheckedContinuation<Void, Never>]() }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while state.entries.isEmpty, !state.isClosed {
            state.isThreadWaiting = true
            guard wait(before: deadline) else { break }
        }
        state.isThreadWaiting = false
        swap(&state.entries, &batch)
        state.takenBytes = state.bytes
        state.bytes = 0
    }

    /// Refuses everything from now on and lets all waiters go.
    func close() {
        let waiters = locked { state in
            state.isClosed = true
            defer { state.waiters = [] }
            return state.waiters
        }
        pthread_cond_signal(condition)
        for waiter in waiters { waiter.resume() }
    }

    /// Gives `false` when the time is over. The mutex is held before and after.
    private func wait(before deadline: Int64?) -> Bool {
        guard let deadline else { return pthread_cond_wait(condition, mutex) == 0 }
        #if canImport(Darwin)
            let rest = max(deadline - monotonicNanoseconds(), 0)
            var time = timespec(tv_sec: Int(rest / 1_000_000_000), tv_nsec: Int(rest % 1_000_000_000))
            return pthread_cond_timedwait_relative_np(condition, mutex, &time) == 0
        #else
            var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
            return pthread_cond_timedwait(condition, mutex, &time) == 0
        #endif
    }

    private func locked<Value>(_ body: (inout State) -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body(&state)
    }
}

/// A clock that never goes back, for deadlines only.
func monotonicNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}
