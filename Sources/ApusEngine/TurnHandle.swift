import ApusBase
import ApusCore

/// The strings by which the rest of the engine holds a turn that runs.
package struct TurnHandle: Sendable {
    /// Why the turn shall end before its own end.
    let stop = OneShot<TurnEndReason>()
    /// Given before `stop` when a turn that waits for answers shall be left as it is, for another process to go on with.
    let suspension = OneShot<Bool>()
    /// Given when the acceptance is stored, or with `false` when it could not be: the turn then never begins.
    let accepted = OneShot<Bool>()
    let seal = TurnSeal()
    /// Given when the terminal fact is stored.
    let ended = OneShot<Bool>()

    /// `isAccepted` when the acceptance was stored before.
    package init(isAccepted: Bool = false) {
        if isAccepted { accepted.give(true) }
    }
}
