import ApusCore

/// What the writing thread knows of one owned session. Never leaves that thread.
final class SessionProgress {
    enum Step {
        /// Deltas between facts: they go into rows together with the facts around them.
        case pieces([Event])
        case facts([(event: Event, payload: String)], InboxEntry.Reply<EventNumber>)
        case snapshot(EventNumber, String, InboxEntry.Reply<Void>)
    }

    let session: OwnedSession
    var block: SequenceBlock
    /// The last number given.
    var given: EventNumber
    /// Why deltas were dropped; the next commit says so and nothing is taken in between, so that no text has a hole.
    var loss: EventLogError?
    /// Bytes of the journal whose deltas are in no row yet.
    var unfoldedBytes = 0

    // Of the present tick, in this order:

    /// Deltas before the first fact: shown as soon as the journal has them.
    var early: [Event] = []
    /// From the first fact to the last.
    var steps: [Step] = []
    /// Deltas behind the last fact: they wait for its commit.
    var late: [Event] = []
    var isTouched = false

    init(session: OwnedSession, block: SequenceBlock) {
        self.session = session
        self.block = block
        given = block.next - 1
    }

    func add(_ piece: Event) {
        if steps.isEmpty { early.append(piece) } else { late.append(piece) }
    }

    func add(_ step: Step) {
        moveLateIntoSteps()
        steps.append(step)
    }

    /// Called when a fact follows, or when the journal could not take them.
    func moveLateIntoSteps() {
        guard !late.isEmpty else { return }
        steps.append(.pieces(late))
        late = []
    }

    /// What the steps show once they are committed, in order.
    var eventsOfSteps: [Event] {
        var events: [Event] = []
        for step in steps {
            switch step {
            case .pieces(let pieces): events.append(contentsOf: pieces)
            case .facts(let facts, _): events.append(contentsOf: facts.map(\.event))
            case .snapshot: break
            }
        }
        return events
    }

    /// Tells whoever waits for a step, and forgets the steps.
    func finishSteps(_ error: EventLogError?) {
        let finished = steps
        steps = []
        for step in finished {
            switch step {
            case .pieces: break
            case .facts(let facts, let reply): reply.resume(returning: result(facts.last?.event.number ?? given, error))
            case .snapshot(_, _, let reply): reply.resume(returning: result((), error))
            }
        }
    }

    private func result<Value>(_ value: Value, _ error: EventLogError?) -> Result<Value, EventLogError> {
        if let error { .failure(error) } else { .success(value) }
    }
}
