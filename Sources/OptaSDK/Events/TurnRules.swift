/// When turns of one session are over (`opta-v3.md` §4.4), told by the events alone, in their order.
///
/// `turn.done` and `turn.error` end the turn they name. `session.cancelled` ends the turn it names or, when it names only a writer, that writer's
/// turns as far as events showed them. A daemon follows up on a cancel with the turn's `turn.error`: that is not a second end.
struct TurnRules: Sendable {
    /// Turns that wait or run, with their writers.
    private(set) var open: [String: String] = [:]
    /// The turn that runs.
    private(set) var running: String?
    private var ended: Set<String> = []
    private var endedInOrder: [String] = []

    /// How many ended turns are remembered; what follows a stop event follows soon.
    private static let memory = 1_024
    /// How many that never end are; a daemon that died says nothing of them.
    private static let openLimit = 10_000

    /// The event with the turns that it ends; `nil` when it belongs to a turn that is over.
    mutating func admit(_ event: DaemonEvent) -> DaemonEvent? {
        if let turn = event.turnID, event.event != .sessionCancelled, ended.contains(turn) { return nil }
        return marked(event)
    }

    /// The event with the turns that it ends.
    mutating func marked(_ event: DaemonEvent) -> DaemonEvent {
        var event = event
        switch event.event {
        case .turnQueued: note(event)
        case .turnStart:
            note(event)
            running = event.turnID
        case .turnDone, .turnError:
            if let turn = event.turnID { event.endedTurnIDs = [turn] }
        case .sessionCancelled:
            if let turn = event.turnID {
                if !ended.contains(turn) { event.endedTurnIDs = [turn] }
            } else if let writer = event.payload["writerId"]?.stringValue {
                event.endedTurnIDs = open.filter { $0.value == writer }.map(\.key).sorted()
            }
        default: break
        }
        for turn in event.endedTurnIDs { end(turn) }
        return event
    }

    private mutating func note(_ event: DaemonEvent) {
        guard let turn = event.turnID, !ended.contains(turn) else { return }
        if open.count >= Self.openLimit { open.removeAll() }
        open[turn] = event.payload["writerId"]?.stringValue ?? ""
    }

    private mutating func end(_ turn: String) {
        open[turn] = nil
        if running == turn { running = nil }
        guard ended.insert(turn).inserted else { return }
        endedInOrder.append(turn)
        if endedInOrder.count > Self.memory * 2 {
            for old in endedInOrder.prefix(Self.memory) { ended.remove(old) }
            endedInOrder.removeFirst(Self.memory)
        }
    }
}
