import ApusCore
import Synchronization

/// A session that this process owns: what writers, readers and the writing thread share about it.
final class OwnedSession: Sendable {
    let id: SessionID
    /// The key of the session's row.
    let key: Int64
    /// Rises with every claim; rows are written only while the database holds the same.
    let epoch: Int64
    let show: @Sendable ([Event]) -> Void
    private let tail: Mutex<Tail>

    private struct Tail {
        /// Everything up to this number is in the database.
        var storedHead: EventNumber
        /// Shown and not in the database: all that has been shown behind `storedHead`.
        var pieces: [Event] = []
    }

    init(id: SessionID, key: Int64, epoch: Int64, storedHead: EventNumber, show: @escaping @Sendable ([Event]) -> Void) {
        self.id = id
        self.key = key
        self.epoch = epoch
        self.show = show
        tail = Mutex(Tail(storedHead: storedHead))
    }

    /// Pieces in the journal that are in no row yet. Readers take them *before* they read rows: a fold in between then gives a
    /// piece twice, which its number tells, and never loses one.
    var pieces: [Event] { tail.withLock { $0.pieces } }

    /// The answer for a reader that is not behind the database; `nil` sends it there.
    func pieces(after cursor: EventNumber, limit: Int) -> [Event]? {
        tail.withLock { tail in
            guard cursor >= tail.storedHead else { return nil }
            let start = tail.pieces.firstIndex { $0.number > cursor } ?? tail.pieces.endIndex
            return Array(tail.pieces[start...].prefix(limit))
        }
    }

    /// Only the writing thread, before it shows them.
    func addPieces(_ pieces: [Event]) {
        tail.withLock { $0.pieces.append(contentsOf: pieces) }
    }

    /// Only the writing thread, after the commit of everything up to `head`.
    func stored(upTo head: EventNumber) {
        tail.withLock { tail in
            tail.storedHead = max(tail.storedHead, head)
            tail.pieces.removeAll { $0.number <= head }
        }
    }
}
