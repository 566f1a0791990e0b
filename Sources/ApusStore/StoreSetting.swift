import ApusBase
import ApusCore
import Synchronization

/// What the parts of one opened store share.
struct StoreSetting: Sendable {
    var path: String
    var journals: String
    var time: any TimeSource
    var owner: ProcessIdentity
    var store: StoreIdentity
    var foldNanoseconds = StoreLimit.foldNanoseconds
    var journalFileBytes = StoreLimit.journalFileBytes
    let owned = OwnedSessions()
}

/// The sessions this process owns, for readers: their newest deltas may be in no row yet.
final class OwnedSessions: Sendable {
    private let sessions = Mutex<[SessionID: OwnedSession]>([:])

    func find(_ id: SessionID) -> OwnedSession? { sessions.withLock { $0[id] } }
    func add(_ session: OwnedSession) { sessions.withLock { $0[session.id] = session } }

    func remove(_ session: OwnedSession) {
        sessions.withLock { sessions in
            if sessions[session.id] === session { sessions[session.id] = nil }
        }
    }
}
