import ApusBase
import ApusCore
import Foundation
import GRDB

extension Records {
    /// Rows, numbers, list entry and snapshot of `source` under a new id, owned by nobody; with `end`, as they were at that number. The
    /// source must exist.
    static func copy(_ source: SessionID, to target: SessionID, upTo end: EventNumber?, in db: GRDB.Database) throws {
        guard let (sourceKey, head) = try find(source, in: db) else { throw EventLogError.notFound(source) }
        try db.execute(
            sql: """
                INSERT INTO sessions
                    (id, head, reserved, created_at, updated_at, working_directory, parent, title, archived_at, message_count, labels)
                SELECT ?, head, reserved, created_at, updated_at, working_directory, parent, title, archived_at, message_count, labels
                FROM sessions WHERE id = ?
                """, arguments: [target.rawValue, source.rawValue])
        let key = db.lastInsertedRowID
        let end = min(end ?? head, head)
        try db.execute(
            sql: """
                INSERT INTO events (session, number, time, payload)
                SELECT ?, number, time, payload FROM events WHERE session = ? AND number <= ? ORDER BY number
                """, arguments: [key, sourceKey, end])
        try db.execute(
            sql:
                "INSERT INTO snapshots (session, number, payload) SELECT ?, number, payload FROM snapshots WHERE session = ? AND number <= ?",
            arguments: [key, sourceKey, end])
        if end < head {
            try copyRunAcross(end, from: sourceKey, to: key, in: db)
            try describeAnew(key, in: db)
        }
        for (hash, uses) in try blobUses(in: key, db) {
            try db.run("UPDATE blobs SET uses = uses + ? WHERE hash = ?", [uses, hash])
        }
    }

    /// A text run that begins before the end of the copy and ends behind it.
    private static func copyRunAcross(_ end: EventNumber, from source: Int64, to target: Int64, in db: GRDB.Database) throws {
        let last = try EventNumber.fetchOne(db, sql: "SELECT max(number) FROM events WHERE session = ?", arguments: [target]) ?? 0
        let sql = "SELECT number, time, payload FROM events WHERE session = ? AND number > ? ORDER BY number LIMIT 1"
        guard let row = try Row.fetchOne(db, sql: sql, arguments: [source, end]) else { return }
        var pieces: [Event] = []
        try append(row, after: last, limit: .max, to: &pieces)
        try insertRuns(pieces.filter { $0.number <= end }, of: target, in: db)
    }

    /// What a list shows of a session whose end was cut off.
    private static func describeAnew(_ session: Int64, in db: GRDB.Database) throws {
        try db.execute(
            sql: """
                UPDATE sessions SET title = '', archived_at = NULL, labels = NULL,
                    head = (SELECT ifnull(max(number), 0) FROM events WHERE session = ?1),
                    updated_at = (SELECT ifnull(max(time), 0) FROM events WHERE session = ?1 AND typeof(payload) = 'text'),
                    message_count = (
                        SELECT count(*) FROM events WHERE session = ?1 AND typeof(payload) = 'text'
                        AND (payload LIKE '{"kind":"userMessage"%' OR payload LIKE '{"kind":"responseStarted"%'))
                WHERE key = ?1
                """, arguments: [session])
        let kinds = ["sessionCreated", "sessionForked", "titleChanged", "settingsChanged", "sessionArchived"]
        let sql =
            "SELECT number, payload FROM events WHERE session = ? AND typeof(payload) = 'text' AND ("
            + kinds.map { "payload LIKE '{\"kind\":\"\($0)\"%'" }.joined(separator: " OR ") + ") ORDER BY number"
        for row in try Row.fetchAll(db, sql: sql, arguments: [session]) { try describe(session, by: fact(row[1], row[0]), in: db) }
    }

    /// How often the facts of a session use each blob.
    static func blobUses(in session: Int64, _ db: GRDB.Database) throws -> [String: Int] {
        // Few facts use any; the others need not be parsed. A text with these words in it is only parsed for nothing.
        let sql = """
            SELECT number, payload FROM events WHERE session = ? AND typeof(payload) = 'text'
            AND (instr(payload, '"media":[') > 0 OR payload LIKE '{"kind":"filesSaved"%')
            """
        var uses: [String: Int] = [:]
        let rows = try Row.fetchCursor(db, sql: sql, arguments: [session])
        while let row = try rows.next() {
            for hash in try fact(row[1], row[0]).keptBlobs { uses[hash, default: 0] += 1 }
        }
        return uses
    }
}
