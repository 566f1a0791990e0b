import ApusBase
package import ApusCore
import Synchronization

/// The live end of one owned session: the folded state, the newest events, and the bell its readers sleep on.
/// Fed by the event log as events become showable; never waits.
package final class SessionLog: Sendable {
    fileprivate struct State {
        var folded: SessionState
        /// The newest events, contiguous with the end of the log.
        var recent: [Event] = []
        /// Everything after this number is in `recent`.
        var recentAfter: EventNumber
        /// Text of the deltas in `recent`.
        var recentBytes = 0
        var isClosed = false
        var nextWaiter = 0
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    package enum Answer: Sendable {
        case events([Event])
        /// The cursor is at the end.
        case nothingYet
        /// The cursor is behind what is kept here: ask the event log.
        case older
        case closed
    }

    /// Half of them is dropped when there are twice as many, or when their text is twice as long as it may be.
    fileprivate static let keptEvents = 4_096
    fileprivate static let keptBytes = ByteLimit.recentDeltaBytes

    private let state: Mutex<State>

    package init(resuming folded: SessionState) {
        state = Mutex(State(folded: folded, recentAfter: folded.lastEvent))
    }

    package var folded: SessionState { state.withLock { $0.folded } }
    package var lastEvent: EventNumber { state.withLock { $0.folded.lastEvent } }
    package var glance: SessionGlance { state.withLock { SessionGlance($0.folded) } }
    package var isClosed: Bool { state.withLock { $0.isClosed } }

    /// The lowest cursor that can be served from here.
    package var oldestCursor: EventNumber { state.withLock { $0.recentAfter } }

    package func absorb(_ events: [Event]) {
        guard let last = events.last else { return }
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.folded.reduce(events)
            state.keep(events, upTo: last.number)
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    package func close() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.isClosed = true
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
    }

    package func events(after cursor: EventNumber, limit: Int) -> Answer {
        state.withLock { state in
            if cursor < state.recentAfter { return .older }
            // Numbers have gaps, so the place is searched for, from the end because readers are mostly there.
            var start = state.recent.count
            while start > 0, state.recent[start - 1].number > cursor { start -= 1 }
            if start < state.recent.count { return .events(Array(state.recent[start...].prefix(limit))) }
            return state.isClosed ? .closed : .nothingYet
        }
    }

    /// Returns when something came after `cursor`, the session was closed, or the task was cancelled.
    package func waitForMore(after cursor: EventNumber) async {
        let id = state.withLock { state -> Int in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let mustWait = state.withLock { state -> Bool in
                    if state.isClosed || state.folded.lastEvent > cursor || Task.isCancelled { return false }
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

extension SessionLog.State {
    fileprivate mutating func keep(_ events: [Event], upTo last: EventNumber) {
        recent += events
        for event in events { recentBytes += Self.bytes(of: event) }
        guard recent.count > 2 * SessionLog.keptEvents || recentBytes > 2 * SessionLog.keptBytes else { return }
        var dropped = 0
        while recent.count - dropped > SessionLog.keptEvents || recentBytes > SessionLog.keptBytes, dropped < recent.count {
            recentBytes -= Self.bytes(of: recent[dropped])
            dropped += 1
        }
        recent.removeFirst(dropped)
        recentAfter = (recent.first?.number ?? last + 1) - 1
    }

    /// Facts share their text with the folded state.
    private static func bytes(of event: Event) -> Int {
        if case .delta(let delta) = event.kind { delta.text.utf8.count } else { 0 }
    }

    fileprivate mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
        defer { waiters = [:] }
        return Array(waiters.values)
    }
}
