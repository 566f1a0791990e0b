import ApusCore
import GRDB

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is wrong with the store, as one sentence for a person: the file, what was seen, the way out.
extension EventLogError {
    /// A system call that failed just now; reads `errno`.
    static func system(_ action: String, _ path: String) -> EventLogError {
        .store("Could not \(action) \(path): \(String(cString: strerror(errno))). Check the directory, its permissions and free space.")
    }

    static func newer(_ path: String, version: Int, known: Int) -> EventLogError {
        .store(
            "The session store \(path) was written by a newer Apus (store version \(version), this one knows up to \(known)): update Apus, "
                + "or set APUS_HOME to another directory. The file was not changed.")
    }

    static func foreign(_ path: String, _ seen: String) -> EventLogError {
        .store(
            "\(path) is not a session store (\(seen)): move it away, or set APUS_HOME to another directory. The file was not changed.")
    }

    static func damaged(_ path: String, _ seen: String) -> EventLogError {
        .store(
            "The session store \(path) is damaged (\(seen)): put back a copy of it and of the -wal file beside it, try "
                + "`sqlite3 \"\(path)\" .recover`, or move both away to begin an empty one. Nothing more was written to it.")
    }

    static let closed = EventLogError.store(
        "The session store of this process was closed: nothing can be read or written through it any more.")

    /// Whatever a piece of work on the database threw.
    static func from(_ error: any Error, at path: String) -> EventLogError {
        if let error = error as? EventLogError { return error }
        guard let error = error as? DatabaseError else { return .store("The session store \(path) failed: \(error).") }
        let seen = error.message ?? "SQLite code \(error.resultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: return .damaged(path, seen)
        case .SQLITE_FULL:
            return .store("The session store \(path) cannot grow (\(seen)): free some space on its disk and try again.")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return .store(
                "The session store \(path) was locked for \(StoreLimit.busyNanoseconds / 1_000_000_000) s (\(seen)): another process holds "
                    + "it; look for one that hangs, and try again.")
        default:
            return .store("The session store \(path) failed (\(seen)): check its permissions and its disk.")
        }
    }
}
