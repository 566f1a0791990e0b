import ApusCore
import Synchronization

/// Where a session's events go: its log has to be folded before it can take them, and claiming comes first.
final class EarlyEvents: Sendable {
    private struct State {
        var waiting: [Event] = []
        var log: SessionLog?
    }

    private let state = Mutex(State())

    func take(_ events: [Event]) {
        let log = state.withLock { state -> SessionLog? in
            if state.log == nil { state.waiting += events }
            return state.log
        }
        log?.absorb(events)
    }

    /// Before anything was written through the new claim, so nothing can overtake.
    func hand(to log: SessionLog) {
        let waiting = state.withLock { state -> [Event] in
            state.log = log
            defer { state.waiting = [] }
            return state.waiting
        }
        log.absorb(waiting)
    }
}
