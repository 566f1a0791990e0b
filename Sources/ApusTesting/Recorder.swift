package import ApusCore

/// Pulls the events of a session for a test and keeps them.
package final class Recorder: Sendable {
    private let follower: any EventFollower
    private let kept = Watched<[Event]>([])

    package init(_ follower: any EventFollower) { self.follower = follower }

    /// Everything that was read so far.
    package var events: [Event] { kept.value }
    package var kinds: [EventKind] { kept.value.map(\.kind) }

    /// Reads until an event fits, and returns what this call has read, that event included. One event at a time, so that nothing
    /// behind it is lost. Throws `DeadlineExceeded` when it does not come; returns less when the session is closed.
    @discardableResult
    package func read(until fits: @escaping @Sendable (EventKind) -> Bool, limit: Duration = .seconds(60)) async throws -> [Event] {
        try await within(limit) { [follower, kept] in
            var read: [Event] = []
            while let event = try await follower.next(limit: 1).first {
                kept.change { $0.append(event) }
                read.append(event)
                if fits(event.kind) { break }
            }
            return read
        }
    }

    /// Reads until `turn` has ended.
    @discardableResult
    package func read(untilEndOf turn: TurnID, limit: Duration = .seconds(60)) async throws -> [Event] {
        try await read(
            until: { kind in
                if case .turnFinished(let end) = kind { end.turn == turn } else { false }
            }, limit: limit)
    }

    /// Reads until the session is closed.
    @discardableResult
    package func readToClose() async throws -> [Event] { try await read { _ in false } }
}
