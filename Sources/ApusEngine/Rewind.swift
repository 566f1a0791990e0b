import ApusCore

/// What going back to before a prompt means. Pure.
enum Rewind {
    /// Every file that was changed from that prompt on, as it was when the prompt came.
    static func plan(_ state: SessionState, before message: MessageID) throws(MaintenanceError) -> RewindPlan {
        let prompts = state.transcript.compactMap { entry -> MessageID? in
            if case .user(let message, _, _, _) = entry { message } else { nil }
        }
        guard let place = prompts.firstIndex(of: message) else { throw .unknownMessage(message) }
        let later = Set(prompts[place...])
        var seen: Set<String> = []
        var plan = RewindPlan(available: [], created: [], lost: [])
        // The first one of a path is the oldest.
        for snapshot in state.snapshots where later.contains(snapshot.message) && seen.insert(snapshot.path).inserted {
            if snapshot.content != nil {
                plan.available.append(snapshot)
            } else if snapshot.obstacle != nil {
                plan.lost.append(snapshot)
            } else {
                plan.created.append(snapshot.path)
                if snapshot.missingFolders > 0 { plan.missingFolders[snapshot.path] = snapshot.missingFolders }
            }
        }
        return plan
    }

    /// Finds the last event that a copy without a turn has, by looking at all events in order.
    struct Cut {
        let turn: TurnID
        private var running: TurnID?
        private var waiting: [TurnID] = []
        private(set) var end: EventNumber?

        init(without turn: TurnID) { self.turn = turn }

        /// Whether `end` is known for good.
        private(set) var isFound = false

        mutating func look(at event: Event) {
            switch event.kind {
            case .turnQueued(let input):
                // Behind another turn its acceptance stays in the copy, which ends it unstarted.
                if input.turn == turn, running == nil, waiting.isEmpty { found(event) }
                waiting.append(input.turn)
            case .turnStarted(let started, _):
                if started == turn { found(event) }
                waiting.removeAll { $0 == started }
                running = started
            case .turnFinished(let end):
                waiting.removeAll { $0 == end.turn }
                if running == end.turn { running = nil }
            case .sessionForked:
                running = nil
                waiting = []
            default: break
            }
        }

        private mutating func found(_ event: Event) {
            if isFound { return }
            isFound = true
            end = event.number - 1
        }
    }
}
