package import ApusBase
import Synchronization

/// Who decides how a turn ends: itself, or a client that cancels it. The first does, so that nobody is told of a turn as cancelled that has
/// come to its own end, and the notice of a cancel is stored before that end.
package final class TurnSeal: Sendable {
    private enum State {
        case open
        /// Given when the notice is stored, or could not be.
        case cancelled(OneShot<Bool>)
        case sealed
    }

    private let state = Mutex(State.open)

    package init() {}

    /// For who cancels: what to give when everybody can be told; `nil` when the turn is about to end anyway.
    package func cancel() -> OneShot<Bool>? {
        state.withLock { state in
            switch state {
            case .open:
                let told = OneShot<Bool>()
                state = .cancelled(told)
                return told
            case .cancelled, .sealed: return nil
            }
        }
    }

    /// For the turn, before its end is stored: true when that is a cancelled one's. Waits until who cancelled it has told so.
    package func close() async -> Bool {
        let told = state.withLock { state -> OneShot<Bool>? in
            switch state {
            case .open:
                state = .sealed
                return nil
            case .cancelled(let told): return told
            case .sealed: return nil
            }
        }
        guard let told else { return false }
        _ = await told.given()
        return true
    }
}
