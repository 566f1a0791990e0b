import ApusBase
import ApusCore
import Synchronization

extension HookRemarks {
    /// Tells of the hooks of one run: of its session while that is followed, of its subagents when they have ended, and of those that hear of
    /// the session's end.
    struct Teller: Sendable {
        let showsOutput: Bool
        /// What the log of a subagent holds behind a place, oldest first; empty at its end.
        let events: @Sendable (SessionID, EventNumber) async -> [Event]
        /// Shared by all that tell of one run.
        let places: Places
        let time: any TimeSource
        let line: @Sendable (String) -> Void

        /// How far the logs of subagents were read: one that is called again and again is not read from its beginning each time.
        final class Places: Sendable {
            private let places = Mutex<[SessionID: EventNumber]>([:])

            func place(in session: SessionID) -> EventNumber { places.withLock { $0[session] ?? 0 } }

            func read(to place: EventNumber, in session: SessionID) {
                places.withLock { places in
                    if places[session] == nil, places.count >= ChildRun.keptRuns { places = [:] }
                    places[session] = place
                }
            }
        }

        /// Of a log that was closed the rest is there at once; a follower that never learns of the end is given up.
        private static let patience = Duration.seconds(5)

        func tell(_ event: Event) async {
            guard case .noticed(let notice) = event.kind else { return }
            if case .hook(let fact) = notice { tell(fact) }
            if case .childChanged(let run) = notice, run.end != nil { await tell(childEnded: run) }
        }

        func tellRest(of follower: any EventFollower) async {
            await time.within(Self.patience) {
                // A log that cannot be read any more has nothing to tell.
                while let events = try? await follower.next(limit: 256), !events.isEmpty {
                    for event in events { await tell(event) }
                }
            }
        }

        private func tell(_ fact: HookFact) {
            for text in HookRemarks.lines(about: fact, showsOutput: showsOutput) { line(text) }
        }

        /// A subagent may have had turns before: only hooks of this one are news. Whoever reads the results does not wait long for them.
        private func tell(childEnded run: ChildRun) async {
            await time.within(Self.patience) {
                var isInTurn = false
                while !Task.isCancelled {
                    let events = await self.events(run.session, places.place(in: run.session))
                    if events.isEmpty { return }
                    for event in events {
                        places.read(to: event.number, in: run.session)
                        if case .turnStarted(run.turn, _) = event.kind { isInTurn = true }
                        if case .turnFinished(let end) = event.kind, end.turn == run.turn { return }
                        if isInTurn, case .noticed(.hook(let fact)) = event.kind { tell(fact) }
                    }
                }
            }
        }
    }
}
