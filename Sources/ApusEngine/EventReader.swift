package import ApusCore
import Synchronization

/// A cursor on one session: first what the event log holds, then what comes, without a gap between.
package final class EventReader: EventFollower {
    private let session: SessionID
    private let store: any EventLog
    private let live: SessionLog
    private let cursor: Mutex<EventNumber>

    package init(session: SessionID, after cursor: EventNumber, store: any EventLog, live: SessionLog) {
        self.session = session
        self.store = store
        self.live = live
        self.cursor = Mutex(cursor)
    }

    package var head: EventNumber { live.lastEvent }

    package func next(limit: Int) async throws(EventLogError) -> [Event] {
        while !Task.isCancelled {
            let place = cursor.withLock { $0 }
            switch live.events(after: place, limit: limit) {
            case .events(let events): return advance(events)
            case .closed: return []
            case .nothingYet: await live.waitForMore(after: place)
            case .older:
                let events = try await store.events(in: session, after: place, limit: limit)
                if !events.isEmpty { return advance(events) }
                // Numbers between the stored end and the live ones were never used.
                cursor.withLock { $0 = max($0, live.oldestCursor) }
            }
        }
        return []
    }

    private func advance(_ events: [Event]) -> [Event] {
        cursor.withLock { $0 = events.last?.number ?? $0 }
        return events
    }
}
