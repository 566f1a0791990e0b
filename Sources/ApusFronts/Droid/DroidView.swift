import ApusCore

/// A session as one connection sees it.
final class DroidView: Sendable {
    struct Progress: Sendable {
        /// Everything up to here is on its way to the client.
        var told: EventNumber
        /// While there are any, nothing is told: an answer comes first.
        var holds = 0
        var isOver = false
    }

    let session: SessionID
    let progress: Awaited<Progress>

    init(_ session: SessionID, after number: EventNumber) {
        self.session = session
        progress = Awaited(Progress(told: number))
    }

    func hold() { progress.change { $0.holds += 1 } }
    func release() { progress.change { $0.holds -= 1 } }
    func end() { progress.change { $0.isOver = true } }

    func ended() async { _ = await progress.next { $0.isOver ? true : nil } }

    /// False when there is nothing to be told any more.
    func mayTell() async -> Bool {
        await progress.next { $0.isOver ? false : $0.holds == 0 ? true : nil } ?? false
    }

    /// Returns when everything up to `number` is on its way, or never will be.
    func told(upTo number: EventNumber) async {
        _ = await progress.next { $0.isOver || $0.told >= number ? true : nil }
    }
}
