package import ApusCore

/// Decides which turn of a session runs. Pure: transitions return what is to be done.
///
/// idle → running → (interrupting →) idle, and closed from anywhere. One turn runs, the others wait first in, first out.
package struct SessionStateMachine: Sendable {
    package enum State: Hashable, Sendable {
        case idle
        case running(TurnID)
        /// An end was asked for; the turn has not ended yet.
        case interrupting(TurnID)
        case closed
    }

    package enum Admission: Hashable, Sendable {
        /// Store the turn, and start it.
        case start(TurnInput)
        /// Store the turn; it waits.
        case wait(TurnInput)
        /// The same prompt under the same key was accepted before.
        case repeated(TurnID)
        case refuse(SessionError)
    }

    package static let queueLimit = 100

    package private(set) var state: State = .idle
    package private(set) var queue: [TurnInput] = []
    private var receipts: [String: SessionState.Receipt] = [:]

    package init() {}

    /// Goes on from a stored state in which nothing runs.
    package init(resuming state: SessionState) {
        receipts = state.receipts
    }

    /// Goes on with a turn that runs, and with those that wait behind it.
    package init(resuming state: SessionState, running: TurnID, queue: [TurnInput]) {
        receipts = state.receipts
        self.state = .running(running)
        self.queue = queue
    }

    package mutating func submit(_ input: TurnInput) -> Admission {
        if state == .closed { return .refuse(.closing) }
        if let key = input.idempotencyKey, let receipt = receipts[key] {
            return receipt.isFor(input) ? .repeated(receipt.turn) : .refuse(.conflict(key: key))
        }
        if queue.count >= Self.queueLimit { return .refuse(.tooManyQueued(limit: Self.queueLimit)) }
        if let key = input.idempotencyKey { receipts[key] = SessionState.Receipt(of: input) }
        guard case .idle = state else {
            queue.append(input)
            return .wait(input)
        }
        state = .running(input.turn)
        return .start(input)
    }

    /// The acceptance could not be stored: as if it had never come. A turn that was to start still needs its `finished`.
    package mutating func withdraw(_ input: TurnInput) {
        queue.removeAll { $0.turn == input.turn }
        if let key = input.idempotencyKey { receipts[key] = nil }
    }

    /// Takes out those waiting turns that fit, which will never start.
    package mutating func removeWaiting(where fits: (TurnInput) -> Bool) -> [TurnInput] {
        let removed = queue.filter(fits)
        queue.removeAll(where: fits)
        return removed
    }

    /// The turn that runs and was not told to end.
    package var running: TurnID? { if case .running(let turn) = state { turn } else { nil } }

    /// The turn to end, if one runs that was not told already.
    package mutating func interrupt() -> TurnID? {
        guard case .running(let turn) = state else { return nil }
        state = .interrupting(turn)
        return turn
    }

    /// The end of `turn` is stored. Returns the turn to start next.
    package mutating func finished(_ turn: TurnID) -> TurnInput? {
        switch state {
        case .running(turn), .interrupting(turn):
            guard !queue.isEmpty else {
                state = .idle
                return nil
            }
            let next = queue.removeFirst()
            state = .running(next.turn)
            return next
        default: return nil
        }
    }

    /// No turn is admitted from now on. Returns the waiting turns, which will never start, and the running one.
    package mutating func close() -> (waiting: [TurnInput], running: TurnID?) {
        let running: TurnID? =
            switch state {
            case .running(let turn), .interrupting(let turn): turn
            case .idle, .closed: nil
            }
        let waiting = queue
        queue = []
        state = .closed
        return (waiting, running)
    }
}
