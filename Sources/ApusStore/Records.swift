import ApusBase
import ApusCore
import Foundation
import GRDB

/// Rows as the store writes and reads them. Every function runs inside the caller's transaction.
enum Records {
    /// Our own bytes: what was accepted from outside, at the depth allowed there, lies some levels deeper in here.
    private static let limits = JSONLimits(maximumDepth: JSONLimits.deepestAllowed, maximumBytes: .max)

    // MARK: Writing

    /// Stores pieces as text runs. Numbers must be above the session's head.
    static func insertRuns(_ pieces: [Event], of session: Int64, in db: GRDB.Database) throws {
        for slice in TextRun.slices(of: pieces) {
            guard let last = slice.last else { continue }
            try insert(session, last.number, last.time, Data(TextRun.encode(slice)).databaseValue, db)
        }
    }

    static func insertFact(_ payload: String, number: EventNumber, time: Timestamp, of session: Int64, in db: GRDB.Database) throws {
        try insert(session, number, time, payload.databaseValue, db)
    }

    private static func insert(
        _ session: Int64, _ number: EventNumber, _ time: Timestamp, _ payload: DatabaseValue, _ db: GRDB.Database
    ) throws {
        try db.run("INSERT INTO events (session, number, time, payload) VALUES (?, ?, ?, ?)", [session, number, time, payload])
    }

    /// Moves the head of an owned session. Gives `false`, and changes nothing, when the session is not owned under `epoch`.
    static func advance(
        _ session: Int64, epoch: Int64, head: EventNumber, reserved: EventNumber, updatedAt: Timestamp?, in db: GRDB.Database
    ) throws -> Bool {
        try db.run(
            """
            UPDATE sessions SET head = max(head, ?), reserved = max(reserved, ?), updated_at = ifnull(?, updated_at)
            WHERE key = ? AND epoch = ? AND owner_process IS NOT NULL
            """, [head, reserved, updatedAt, session, epoch])
        return db.changesCount == 1
    }

    /// Keeps what a list of sessions shows.
    static func describe(_ session: Int64, by fact: EventKind, in db: GRDB.Database) throws {
        switch fact {
        case .sessionCreated(let header, let settings):
            try describe(session, by: header, in: db)
            try describe(session, by: settings.labels, in: db)
        case .sessionForked(let header):
            try describe(session, by: header, in: db)
            try db.run("UPDATE sessions SET archived_at = NULL WHERE key = ?", [session])
        case .titleChanged(let title):
            // A column's text ends at NUL.
            let shown = String(String.UnicodeScalarView(title.unicodeScalars.filter { $0 != "\0" }))
            try db.run("UPDATE sessions SET title = ? WHERE key = ?", [shown, session])
        case .settingsChanged(let settings): try describe(session, by: settings.labels, in: db)
        case .sessionArchived(let time): try db.run("UPDATE sessions SET archived_at = ? WHERE key = ?", [time, session])
        case .userMessage, .responseStarted:
            try db.run("UPDATE sessions SET message_count = message_count + 1 WHERE key = ?", [session])
        case .turnQueued, .turnStarted, .contextAdded, .delta, .itemFinished, .itemInterrupted, .responseFinished, .retrying,
            .toolIntended, .toolFinished, .approvalAsked, .approvalAnswered, .accessGranted, .questionAsked, .questionAnswered,
            .filesSaved, .contextCompacted, .todosChanged, .processStarted, .turnFinished, .noticed:
            break
        }
    }

    private static func describe(_ session: Int64, by header: SessionHeader, in db: GRDB.Database) throws {
        try db.run(
            "UPDATE sessions SET created_at = ?, working_directory = ?, parent = ?, caller = ? WHERE key = ?",
            [
                header.createdAt, header.workingDirectory, header.parent?.rawValue, header.caller?.encoded().serialized(), session,
            ])
    }

    private static func describe(_ session: Int64, by labels: [SessionLabel], in db: GRDB.Database) throws {
        let list = labels.isEmpty ? nil : JSONValue.array(labels.map { $0.encoded() }).serialized()
        try db.run("UPDATE sessions SET labels = ? WHERE key = ?", [list, session])
    }

    /// Keeps the newest snapshot only.
    static func saveSnapshot(_ payload: String, number: EventNumber, of session: Int64, in db: GRDB.Database) throws {
        try db.execute(
            sql: """
                INSERT INTO snapshots (session, number, payload) VALUES (?1, ?2, ?3)
                ON CONFLICT (session) DO UPDATE SET number = ?2, payload = ?3 WHERE number <= ?2
                """, arguments: [session, number, payload])
    }

    // MARK: Reading

    /// The key and the head of a session.
    static func find(_ session: SessionID, in db: GRDB.Database) throws -> (key: Int64, head: EventNumber)? {
        let statement = try db.cachedStatement(sql: "SELECT key, head FROM sessions WHERE id = ?")
        guard let row = try Row.fetchOne(statement, arguments: [session.rawValue]) else { return nil }
        return (row[0], row[1])
    }

    static func events(of session: Int64, after cursor: EventNumber, limit: Int, in db: GRDB.Database) throws -> [Event] {
        var events: [Event] = []
        let statement = try db.cachedStatement(
            sql: "SELECT number, time, payload FROM events WHERE session = ? AND number > ? ORDER BY number LIMIT ?")
        let rows = try Row.fetchCursor(statement, arguments: [session, cursor, limit])
        while events.count < limit, let row = try rows.next() {
            try append(row, after: cursor, limit: limit, to: &events)
        }
        return events
    }

    static func append(_ row: Row, after cursor: EventNumber, limit: Int, to events: inout [Event]) throws {
        let number: EventNumber = row[0]
        switch (row[2] as DatabaseValue).storage {
        case .blob(let run):
            let isRun = run.withUnsafeBytes { TextRun.decode($0, after: cursor, limit: limit, into: &events) }
            guard isRun else { throw EventLogError.store("Event \(number) in the session store is not a text run: the store is damaged.") }
        case .string(let payload):
            events.append(Event(number: number, time: row[1], kind: try fact(payload, number)))
        case .null, .int64, .double:
            throw EventLogError.store("Event \(number) in the session store has no payload: the store is damaged.")
        }
    }

    static func fact(_ payload: String, _ number: EventNumber) throws -> EventKind {
        do {
            return try EventKind(decoding: JSONValue(parsing: payload, limits: Records.limits))
        } catch {
            throw EventLogError.store(
                "Event \(number) in the session store cannot be read (\(error)): update Apus if it is newer than this one.")
        }
    }

    static func snapshot(of session: Int64, in db: GRDB.Database) throws -> SessionState? {
        let payload = try String.fetchOne(db, sql: "SELECT payload FROM snapshots WHERE session = ?", arguments: [session])
        // A snapshot only saves time. One that this version cannot read is as good as none: the log has everything.
        return payload.flatMap { try? SessionState(decoding: JSONValue(parsing: $0, limits: Records.limits)) }
    }

    struct ListedSession: Sendable {
        var summary: SessionSummary
        var owner: ProcessIdentity?
    }

    /// What ``listed(_:)`` reads.
    static let listColumns = "id, created_at, updated_at, working_directory, parent, caller, title, owner_process, owner_start, owner_boot"

    static let withPrefix = """
        SELECT \(listColumns) FROM sessions
        WHERE working_directory IS NOT NULL AND id >= ?1 AND id < ?2 ORDER BY updated_at DESC, key DESC LIMIT ?3
        """

    /// By an index on the id; without a prefix by those of a list.
    static func sessions(withPrefix prefix: String, limit: Int, in db: GRDB.Database) throws -> [ListedSession] {
        if prefix.isEmpty {
            let all = SessionListing(includesChildren: true).rows(.newest, limit: limit)
            return try Row.fetchAll(db, sql: all.sql, arguments: all.arguments).map(listed)
        }
        // Behind every letter that an id may have.
        return try Row.fetchAll(db, sql: withPrefix, arguments: [prefix, prefix + "{", limit]).map(listed)
    }

    static func listed(_ row: Row) -> ListedSession {
        let header = SessionHeader(
            id: SessionID(row["id"]), createdAt: row["created_at"], workingDirectory: row["working_directory"],
            parent: (row["parent"] as String?).map { SessionID($0) }, caller: caller(row["caller"]))
        return ListedSession(
            summary: SessionSummary(header: header, title: row["title"], updatedAt: row["updated_at"]), owner: OwnerRows.owner(in: row))
    }

    private static func caller(_ text: String?) -> SessionCaller? {
        // Only what a list shows, like the labels.
        guard let text, let value = try? JSONValue(parsing: text, limits: Records.limits) else { return nil }
        return try? SessionCaller(decoding: value)
    }

    static func labels(_ list: String?) -> [SessionLabel] {
        // Only what a list shows: the log has them whole.
        guard let list, let labels = try? JSONValue(parsing: list, limits: Records.limits).arrayValue else { return [] }
        return labels.compactMap { try? SessionLabel(decoding: $0) }
    }
}

extension GRDB.Database {
    /// Runs a statement that is compiled once a connection.
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws {
        try cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
