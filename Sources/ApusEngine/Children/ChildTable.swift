import ApusBase
import ApusCore

/// The runs of subagents that this process looks after. Pure.
struct ChildTable {
    struct Live: Sendable {
        var run: ChildRun
        var parent: SessionID
        var parentActor: SessionActor
        var childActor: SessionActor
        /// Given when the end is stored, in both logs.
        let done = OneShot<ChildReport>()
    }

    private(set) var live: [SessionID: Live] = [:]
    /// By parent: those that run, and those that are being made.
    private var places: [SessionID: Int] = [:]

    /// Takes a place, which ``release(_:)`` gives back. False when all are taken.
    mutating func reserve(_ parent: SessionID, limit: Int) -> Bool {
        guard places[parent, default: 0] < limit else { return false }
        places[parent, default: 0] += 1
        return true
    }

    mutating func release(_ parent: SessionID) {
        guard let count = places[parent] else { return }
        places[parent] = count > 1 ? count - 1 : nil
    }

    mutating func began(_ child: Live) { live[child.run.session] = child }

    /// Of a run that goes on; not of a later one of the same subagent.
    func live(_ run: ChildRun) -> Live? { live[run.session].flatMap { $0.run.turn == run.turn ? $0 : nil } }

    func live(of parent: SessionID) -> [Live] { live.values.filter { $0.parent == parent } }

    /// The run could not begin; its place stays taken.
    mutating func withdraw(_ child: Live) { live[child.run.session] = nil }

    mutating func ended(_ child: Live) {
        live[child.run.session] = nil
        release(child.parent)
    }
}
