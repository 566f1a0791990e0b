import ApusBase
import GRDB

/// The shape of the database, numbered by `PRAGMA user_version`. A step is never changed once released; a change is a new step.
enum Migrations {
    /// "APUS": tells our file from other SQLite files.
    static let applicationID: Int32 = 0x4150_5553
    static var newest: Int { steps.count }

    private static let steps: [String] = [
        """
        CREATE TABLE store (identity TEXT NOT NULL) STRICT;

        -- `key` names a session in rows and journals and is never given again. `head` is the last number in a row, `reserved` the
        -- last that may ever have been given. An owner is all three columns or none; `epoch` rises with every claim.
        CREATE TABLE sessions (
            key INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            head INTEGER NOT NULL DEFAULT 0,
            reserved INTEGER NOT NULL DEFAULT 0,
            epoch INTEGER NOT NULL DEFAULT 0,
            owner_process INTEGER,
            owner_start INTEGER,
            owner_boot TEXT,
            created_at INTEGER NOT NULL DEFAULT 0,
            updated_at INTEGER NOT NULL DEFAULT 0,
            working_directory TEXT,
            parent TEXT,
            title TEXT NOT NULL DEFAULT ''
        ) STRICT;
        CREATE INDEX sessions_with_owner ON sessions (owner_process) WHERE owner_process IS NOT NULL;

        -- A fact has one number and a TEXT payload (its stored form), a text run many and a BLOB; `number` is the last of the row,
        -- so that the rows behind a cursor are those with a greater one.
        CREATE TABLE events (
            session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            time INTEGER NOT NULL,
            payload ANY NOT NULL,
            PRIMARY KEY (session, number)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE snapshots (
            session INTEGER PRIMARY KEY REFERENCES sessions (key) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            payload TEXT NOT NULL
        ) STRICT;

        CREATE TABLE blobs (
            hash TEXT PRIMARY KEY,
            size INTEGER NOT NULL,
            uses INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """,
        """
        -- What a list of sessions shows and chooses by. `labels` is a JSON list in its stored form.
        ALTER TABLE sessions ADD COLUMN archived_at INTEGER;
        ALTER TABLE sessions ADD COLUMN message_count INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sessions ADD COLUMN labels TEXT;

        UPDATE sessions SET message_count = (
            SELECT count(*) FROM events WHERE session = sessions.key AND typeof(payload) = 'text'
            AND (payload LIKE '{"kind":"userMessage"%' OR payload LIKE '{"kind":"responseStarted"%'));
        UPDATE sessions SET labels = (
            SELECT json_extract(payload, '$.settings.labels') FROM events WHERE session = sessions.key AND typeof(payload) = 'text'
            AND (payload LIKE '{"kind":"sessionCreated"%' OR payload LIKE '{"kind":"settingsChanged"%') AND json_valid(payload)
            ORDER BY number DESC LIMIT 1);
        """,
        """
        -- What was said and done, for the search: filled when somebody searches. `indexed` is the number up to which the events of a session are
        -- in it; `name` is a message or a call.
        ALTER TABLE sessions ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0;
        CREATE TABLE documents (
            id INTEGER PRIMARY KEY,
            session INTEGER NOT NULL REFERENCES sessions (key) ON DELETE CASCADE,
            name TEXT NOT NULL,
            kind TEXT NOT NULL,
            role TEXT NOT NULL,
            tool TEXT
        ) STRICT;
        CREATE INDEX documents_by_name ON documents (session, name);
        CREATE VIRTUAL TABLE search USING fts5 (body, tokenize = 'unicode61 remove_diacritics 2');
        CREATE TRIGGER document_removed AFTER DELETE ON documents BEGIN DELETE FROM search WHERE rowid = old.id; END;
        """,
        """
        -- Of a subagent's session: whose call it works for, a JSON object in its stored form.
        ALTER TABLE sessions ADD COLUMN caller TEXT;
        -- Lists and the search look at the rows they show, however many sessions there are. The rowid, `key`, is the last column of each.
        CREATE INDEX listed_by_time ON sessions (updated_at)
            WHERE working_directory IS NOT NULL AND archived_at IS NULL AND caller IS NULL;
        CREATE INDEX listed_by_directory ON sessions (working_directory, updated_at) WHERE archived_at IS NULL AND caller IS NULL;
        CREATE INDEX archived_by_time ON sessions (updated_at)
            WHERE working_directory IS NOT NULL AND archived_at IS NOT NULL AND caller IS NULL;
        CREATE INDEX archived_by_directory ON sessions (working_directory, updated_at) WHERE archived_at IS NOT NULL AND caller IS NULL;
        CREATE INDEX called_by_time ON sessions (updated_at) WHERE caller IS NOT NULL;
        CREATE INDEX unsearched_by_time ON sessions (updated_at) WHERE indexed < head;
        """,
    ]

    /// Brings the database to the newest shape in one transaction. The caller holds the lock of the home.
    static func run(_ db: GRDB.Database) throws {
        let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version < newest else { return }
        try db.inTransaction(.immediate) {
            for step in steps[version...] { try db.execute(sql: step) }
            if version == 0 {
                let identity = randomUUIDText().filter { $0 != "-" }
                try db.execute(sql: "INSERT INTO store (identity) VALUES (?)", arguments: [identity])
            }
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try db.execute(sql: "PRAGMA user_version = \(newest)")
            return .commit
        }
    }
}
