import ApusBase
import ApusCore
import Foundation
import GRDB
import Synchronization

/// Databases that this process has connections to.
///
/// The kernel gives up all of a process's locks on a file when any descriptor of that file is closed, SQLite's too. Whoever closes last would
/// then not see us, and take away the write-ahead log that we write to. So nobody opens such a file but SQLite.
enum LivingDatabases {
    private static let counts = Mutex<[String: Int]>([:])

    static func contains(_ path: String) -> Bool { counts.withLock { $0[path, default: 0] > 0 } }
    static func began(_ path: String) { counts.withLock { $0[path, default: 0] += 1 } }
    static func ended(_ path: String) { counts.withLock { $0[path, default: 0] -= 1 } }
}

/// Opens the database file of a home: makes it, checks it, brings it up to date. Refuses what is not ours before anything is
/// written, so that a foreign, newer or damaged file stays as it was, byte for byte.
enum StoreDatabase {
    static func path(in home: String) -> String { home + "/apus.db" }

    struct Opened {
        var writing: DatabaseQueue
        /// Has read already, and so keeps whoever closes before it from being the last to close (``CloseOfDay``).
        var reading: DatabaseQueue
        var identity: StoreIdentity
    }

    static func open(in home: String) throws(EventLogError) -> Opened {
        let path = path(in: home)
        // Creation, first change to write-ahead logging and migration are not safe side by side.
        let lock: FileLock
        do throws(FileLock.Fault) {
            lock = try FileLock.waitOnThread(for: path + ".lock", atMost: .nanoseconds(StoreLimit.busyNanoseconds))
        } catch {
            throw .store(error.description)
        }
        defer { lock.release() }
        do {
            // Before the first connection, which a close would rob of its locks.
            if Files.size(of: path) == nil { try Files.createEmpty(path) }
            let checked = try check(path)
            let queue = try DatabaseQueue(path: path, configuration: writing())
            try queue.writeWithoutTransaction { try prepare($0) }
            let reader = try checked ?? reading(path)
            guard let identity = try reader.read({ try String.fetchOne($0, sql: "SELECT identity FROM store") }) else {
                throw EventLogError.damaged(path, "its identity is missing")
            }
            LivingDatabases.began(path)
            return Opened(writing: queue, reading: reader, identity: StoreIdentity(text: identity))
        } catch {
            throw .from(error, at: path)
        }
    }

    /// A connection that cannot write. Made as needed: a reader keeps its own cache.
    static func reading(_ path: String) throws -> DatabaseQueue {
        var configuration = base()
        configuration.readonly = true
        configuration.label = "apus.store.read"
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    /// The connection that moves the write-ahead log into the file, so that the writing thread never waits for the disk.
    static func checkpointing(_ path: String) throws -> DatabaseQueue {
        var configuration = base()
        configuration.label = "apus.store.checkpoint"
        configuration.qos = .utility
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func writing() -> Configuration {
        var configuration = base()
        configuration.label = "apus.store.write"
        return configuration
    }

    private static func base() -> Configuration {
        var configuration = Configuration()
        // SQLite's own handler sleeps up to 100 ms at a time, which with fifty waiters adds up.
        configuration.busyMode = .callback { attempts in
            guard attempts < BusyWait.maximumAttempts else { return false }
            RetryPause.sleep(after: attempts)
            return true
        }
        return configuration
    }

    private static func prepare(_ db: GRDB.Database) throws {
        try db.execute(
            sql: """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = NORMAL;
                PRAGMA wal_autocheckpoint = 0;
                PRAGMA journal_size_limit = \(StoreLimit.writeAheadLogBytes);
                """)
        try Migrations.run(db)
    }

    /// - Returns: The connection that looked, if there was something to look at.
    static func check(_ path: String) throws -> DatabaseQueue? {
        guard let size = Files.size(of: path), size > 0 else { return nil }
        // What this process works with has been looked at.
        if !LivingDatabases.contains(path) {
            let head = try Files.read(path, limit: 100)
            try StoreFileHead(head, fileSize: size, logSize: Files.size(of: path + "-wal") ?? 0).check(path)
        }
        // What counts may still be in the write-ahead log. A connection that cannot write leaves both files alone, also when it is
        // the last to close.
        let queue = try reading(path)
        try queue.unsafeRead { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
            if application != Migrations.applicationID, application != 0 || version != 0 || !tables.isEmpty {
                throw EventLogError.foreign(path, "a SQLite database of another program")
            }
            if version > Migrations.newest { throw EventLogError.newer(path, version: version, known: Migrations.newest) }
            for table in tables where version > 0 {
                _ = try Row.fetchOne(db, sql: "SELECT * FROM \(table) LIMIT 1")
            }
        }
        return queue
    }
}

/// The first hundred bytes of a SQLite file, which say enough to refuse most wrong files without opening them.
struct StoreFileHead {
    private let bytes: [UInt8]
    private let fileSize: Int
    private let logSize: Int

    init(_ bytes: [UInt8], fileSize: Int, logSize: Int) {
        self.bytes = bytes
        self.fileSize = fileSize
        self.logSize = logSize
    }

    func check(_ path: String) throws(EventLogError) {
        guard bytes.count == 100, bytes.starts(with: Array("SQLite format 3\0".utf8)) else {
            throw .foreign(path, "it does not begin as a SQLite database does")
        }
        let pageSize = number(16, 2) == 1 ? 65536 : number(16, 2)
        guard pageSize >= 512, pageSize.nonzeroBitCount == 1 else { throw .damaged(path, "its head names pages of \(pageSize) bytes") }
        let version = number(60, 4)
        if number(68, 4) == Int(Migrations.applicationID), version > Migrations.newest {
            throw .newer(path, version: version, known: Migrations.newest)
        }
        // The count of pages holds when both change counters agree; with a log beside it the file may lawfully be shorter.
        if logSize == 0, number(24, 4) == number(92, 4), number(28, 4) * pageSize > fileSize {
            throw .damaged(path, "\(fileSize) bytes long, its head tells of \(number(28, 4) * pageSize)")
        }
    }

    /// Big-endian.
    private func number(_ offset: Int, _ count: Int) -> Int {
        bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// How often SQLite asks whether to try again.
enum BusyWait {
    /// With ``RetryPause``, about ``StoreLimit/busyNanoseconds`` in all.
    static let maximumAttempts = Int(StoreLimit.busyNanoseconds / 5_000_000)
}
