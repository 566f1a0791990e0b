import GRDBSQLite

/// The session store's file as SQLite sees it, for tests that damage it: what was written last may still lie beside it.
enum StoreFile {
    /// Brings everything into the one file.
    static func settle(_ path: String) throws {
        try run("PRAGMA wal_checkpoint(TRUNCATE)", on: path)
    }

    /// What a later Apus would have left behind.
    static func makeNewer(_ path: String) throws {
        try run("PRAGMA user_version = 65536", on: path)
        try settle(path)
    }

    private static func run(_ statement: String, on path: String) throws {
        var connection: OpaquePointer?
        defer { sqlite3_close(connection) }
        let code = sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil)
        guard code == SQLITE_OK, sqlite3_exec(connection, statement, nil, nil, nil) == SQLITE_OK else {
            throw ChildError(description: "\(statement) on \(path): \(String(cString: sqlite3_errmsg(connection)))")
        }
    }
}
