import ApusBase
import ApusCore
import GRDB

/// Who owns which session: three columns and an epoch of the session's row. Runs inside the caller's write transaction, which
/// makes every claim a compare-and-set.
struct OwnerRows {
    let me: ProcessIdentity
    let journals: String

    struct Claim {
        var key: Int64
        var epoch: Int64
        var head: EventNumber
        var block: SequenceBlock
    }

    /// Dead for certain: the machine was started anew, or the process is gone and nobody holds the lock of one of its journals.
    /// The lock tells of processes in other containers, whose ids mean nothing here.
    func isDead(_ owner: ProcessIdentity) -> Bool {
        if owner == me { return false }
        if owner.boot != me.boot { return true }
        if owner.isInProcessTable { return false }
        return !journalPaths(of: owner).contains { TailJournal.isLocked($0) }
    }

    /// All journals of one process, which may have opened the home several times.
    func journalPaths(of owner: ProcessIdentity) -> [String] {
        Files.names(in: journals).filter { TailJournal.owner(ofFile: $0) == owner }.map { "\(journals)/\($0)" }
    }

    func create(_ session: SessionID, in db: GRDB.Database) throws -> Claim {
        if try Records.find(session, in: db) != nil { throw EventLogError.exists(session) }
        let block = SequenceBlock(behind: 0)
        try db.run(
            "INSERT INTO sessions (id, reserved, epoch, owner_process, owner_start, owner_boot) VALUES (?, ?, 1, ?, ?, ?)",
            [session.rawValue, block.last, me.process, me.startTime, me.boot])
        return Claim(key: db.lastInsertedRowID, epoch: 1, head: 0, block: block)
    }

    /// Whoever is the owner now loses the session: the caller has made sure that it is dead and has folded what it left.
    func claim(_ session: SessionID, in db: GRDB.Database) throws -> Claim {
        guard let row = try find(session, in: db) else { throw EventLogError.notFound(session) }
        let head: EventNumber = row["head"]
        let block = SequenceBlock(behind: max(row["reserved"], head))
        let claim = Claim(key: row["key"], epoch: row["epoch"] + 1, head: head, block: block)
        try db.run(
            "UPDATE sessions SET reserved = ?, epoch = ?, owner_process = ?, owner_start = ?, owner_boot = ? WHERE key = ?",
            [block.last, claim.epoch, me.process, me.startTime, me.boot, claim.key])
        return claim
    }

    func release(_ session: Int64, epoch: Int64, in db: GRDB.Database) throws {
        try db.run(
            """
            UPDATE sessions SET owner_process = NULL, owner_start = NULL, owner_boot = NULL
            WHERE key = ? AND epoch = ? AND owner_process = ?
            """, [session, epoch, me.process])
    }

    func owner(of session: SessionID, in db: GRDB.Database) throws -> ProcessIdentity? {
        guard let row = try find(session, in: db) else { throw EventLogError.notFound(session) }
        return OwnerRows.owner(in: row)
    }

    /// Sessions whose owner is dead, oldest first. One that died before its first event is removed: nobody ever saw it.
    func orphans(in db: GRDB.Database) throws -> [SessionID] {
        let rows = try Row.fetchAll(
            db,
            sql: "SELECT key, id, head, owner_process, owner_start, owner_boot FROM sessions WHERE owner_process IS NOT NULL ORDER BY key")
        var dead: [ProcessIdentity: Bool] = [:]
        var orphans: [SessionID] = []
        for row in rows {
            guard let owner = OwnerRows.owner(in: row) else { continue }
            let isDead = dead[owner] ?? isDead(owner)
            dead[owner] = isDead
            guard isDead else { continue }
            if row["head"] == 0 {
                try db.execute(sql: "DELETE FROM sessions WHERE key = ?", arguments: [row["key"] as Int64])
            } else {
                orphans.append(SessionID(row["id"]))
            }
        }
        return orphans
    }

    static func owner(in row: Row) -> ProcessIdentity? {
        guard let process: Int32 = row["owner_process"], let start: Int64 = row["owner_start"], let boot: String = row["owner_boot"] else {
            return nil
        }
        return ProcessIdentity(process: process, startTime: start, boot: boot)
    }

    private func find(_ session: SessionID, in db: GRDB.Database) throws -> Row? {
        try Row.fetchOne(
            db, sql: "SELECT key, head, reserved, epoch, owner_process, owner_start, owner_boot FROM sessions WHERE id = ?",
            arguments: [session.rawValue])
    }
}
