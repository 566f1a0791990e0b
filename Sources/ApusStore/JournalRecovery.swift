import ApusBase
import ApusCore
import GRDB

/// Brings the deltas that a dead process left in its journals into rows.
///
/// Runs inside a write transaction, so two processes cannot do it at once, and takes only numbers above the head of their
/// session, so doing it twice changes nothing. A session's head never passes an unfolded delta of a living owner: the fold always
/// comes before the facts behind it.
struct JournalRecovery {
    let owners: OwnerRows
    let store: StoreIdentity

    /// Folds every journal of one dead process.
    /// - Returns: Files to remove after the commit.
    func fold(_ owner: ProcessIdentity, in db: GRDB.Database) throws -> [String] {
        try owners.journalPaths(of: owner).filter { try fold($0, db) }
    }

    /// Folds the journals of all dead processes.
    /// - Returns: Files to remove after the commit.
    func foldAll(in db: GRDB.Database) throws -> [String] {
        let writers = Set(Files.names(in: owners.journals).compactMap { TailJournal.owner(ofFile: $0) })
        return try writers.filter { owners.isDead($0) }.flatMap { try fold($0, in: db) }
    }

    /// Gives `false` for a file that belongs to another database, which is left where it is.
    private func fold(_ path: String, _ db: GRDB.Database) throws -> Bool {
        // Removed by another process since the directory was read.
        guard let size = Files.size(of: path) else { return false }
        guard let sessions = TailRecord.read(try Files.read(path, limit: size), of: store) else { return false }
        for (session, pieces) in sessions.sorted(by: { $0.key < $1.key }) {
            let head = try EventNumber.fetchOne(db, sql: "SELECT head FROM sessions WHERE key = ?", arguments: [session])
            let missing = head.map { head in pieces.filter { $0.number > head } } ?? []
            guard let last = missing.last else { continue }
            try Records.insertRuns(missing, of: session, in: db)
            try db.execute(
                sql: "UPDATE sessions SET head = ?1, reserved = max(reserved, ?1) WHERE key = ?2", arguments: [last.number, session])
        }
        return true
    }
}
