import ApusBase
import ApusCore
import DroidWire

/// Whether a client is told where each notification of a session stands, and from where on it is told again what it missed.
struct DroidCounting: Sendable {
    /// What a client had when its connection was lost.
    private struct Past {
        var cursor: DroidCursor
        /// What was open in the session when it came back.
        var open: Set<String>
        /// Up to here that is known.
        var known: EventNumber
    }

    var isOn: Bool
    private var past: Past?

    static let none = DroidCounting(isOn: false)
    static let on = DroidCounting(isOn: true)

    static func again(after cursor: DroidCursor, in session: SessionState) -> DroidCounting {
        let open = session.openApprovals.map(\.id.rawValue) + session.openQuestions.map(\.id.rawValue)
        return DroidCounting(isOn: true, past: Past(cursor: cursor, open: Set(open), known: session.lastEvent))
    }

    private init(isOn: Bool, past: Past? = nil) {
        self.isOn = isOn
        self.past = past
    }

    /// Whether the client has this notification.
    func wasTold(_ place: DroidCursor) -> Bool {
        guard let told = past?.cursor, let last = told.notification, let number = place.notification else { return false }
        return place.event == told.event && number <= last
    }

    /// Whether a question of back then was answered meanwhile, so that nobody is asked any more.
    func isSettled(_ id: String, askedAt number: EventNumber) -> Bool {
        guard let past, number <= past.known else { return false }
        return !past.open.contains(id)
    }
}
