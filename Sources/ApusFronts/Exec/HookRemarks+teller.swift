import ApusBase
import ApusCore

extension HookRemarks {
    /// Tells of the hooks of one run: of its session while that is followed, of its subagents when they have ended, and of those that hear of
    /// the session's end.
    struct Teller: Sendable {
        let showsOutput: Bool
        /// Reads the logs of subagents.
        let maintenance: (any SessionMaintenance)?
        let time: any TimeSource
        let line: @Sendable (String) -> Void

        /// Of a log that was closed the rest is there at once; a follower that never learns of the end is given up.
        private static let patience = Duration.seconds(5)

        func tell(_ event: Event) async {
            guard case .noticed(let notice) = event.kind else { return }
            if case .hook(let fact) = notice { tell(fact) }
            if case .childChanged(let run) = notice, run.end != nil { await tell(childEnded: run) }
        }

        func tellRest(of follower: any EventFollower) async {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // A log that cannot be read any more has nothing to tell.
                    while let events = try? await follower.next(limit: 256), !events.isEmpty {
                        for event in events { await tell(event) }
                    }
                }
                group.addTask { try? await time.sleep(for: Self.patience) }
                await group.next()
                group.cancelAll()
            }
        }

        private func tell(_ fact: HookFact) {
            for text in HookRemarks.lines(about: fact, showsOutput: showsOutput) { line(text) }
        }

        /// A subagent may have had turns before: only hooks of this one are news.
        private func tell(childEnded run: ChildRun) async {
            guard let maintenance else { return }
            var place: EventNumber = 0
            var isInTurn = false
            while let events = try? await maintenance.events(in: run.session, after: place, limit: 256), let last = events.last {
                place = last.number
                for event in events {
                    if case .turnStarted(run.turn, _) = event.kind { isInTurn = true }
                    if case .turnFinished(let end) = event.kind, end.turn == run.turn { return }
                    if isInTurn, case .noticed(.hook(let fact)) = event.kind { tell(fact) }
                }
            }
        }
    }
}
