import ApusBase
package import ApusCore
import GRDB

/// The store of a home, looked at without making a file or changing what one says. SQLite touches its shared index (`-shm`), as every
/// reader does.
package struct StoreInspection: Hashable, Sendable {
    /// How much of the file was read.
    package enum Depth: Hashable, Sendable {
        /// Every page, by SQLite's own quick check.
        case whole
        /// Its tables only: the file is larger than a quick look allows.
        case tables
        /// Its head only: without the files that SQLite keeps beside it, opening would make them.
        case head
    }

    package var bytes: Int
    package var depth: Depth
    package var sessions: Int
    /// Sessions of processes that live.
    package var running: Int
    /// Sessions of processes that died; the next start ends their turns.
    package var stale: Int

    /// About two seconds of reading on a slow disk.
    private static let quickBytes = 256 << 20

    /// - Parameter home: absolute.
    /// - Returns: `nil` when there is no store yet.
    /// - Throws: what opening it for a run would throw, and `.store` when the check finds damage.
    package static func of(home: String) throws(EventLogError) -> StoreInspection? {
        let path = StoreDatabase.path(in: home)
        guard let size = Files.size(of: path), size > 0 else { return nil }
        let log = Files.size(of: path + "-wal")
        var inspection = StoreInspection(bytes: size + (log ?? 0), depth: .head, sessions: 0, running: 0, stale: 0)
        do {
            if log == nil || Files.size(of: path + "-shm") == nil {
                try StoreFileHead(try Files.read(path, limit: 100), fileSize: size, logSize: log ?? 0).check(path)
                return inspection
            }
            guard let queue = try StoreDatabase.check(path) else { return nil }
            let owners = OwnerRows(me: .current, journals: home + "/journal")
            inspection.depth = inspection.bytes > quickBytes ? .tables : .whole
            try queue.unsafeRead { db in
                if inspection.depth == .whole, let complaint = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), complaint != "ok" {
                    throw EventLogError.damaged(path, complaint)
                }
                guard try db.tableExists("sessions") else { return }
                inspection.sessions = try Int.fetchOne(db, sql: "SELECT count(*) FROM sessions") ?? 0
                let rows = try Row.fetchAll(
                    db, sql: "SELECT owner_process, owner_start, owner_boot FROM sessions WHERE owner_process IS NOT NULL")
                inspection.stale = rows.count { OwnerRows.owner(in: $0).map(owners.isDead) ?? false }
                inspection.running = rows.count - inspection.stale
            }
        } catch {
            throw .from(error, at: path)
        }
        return inspection
    }
}
