import GRDB
import Synchronization

/// Moves the write-ahead log into the database file now and then, beside the writing thread: the move waits for the disk, and
/// no delta should.
final class Checkpoints: Sendable {
    private struct State {
        var bytes = 0
        var isRunning = false
        var isClosed = false
        var queue: DatabaseQueue?
    }

    private let path: String
    private let limit: Int
    private let state = Mutex(State())

    init(_ path: String, limit: Int = StoreLimit.checkpointBytes) {
        self.path = path
        self.limit = limit
    }

    /// The writing thread committed about that much.
    func committed(bytes: Int) {
        let isDue = state.withLock { state in
            state.bytes += bytes
            guard state.bytes >= limit, !state.isRunning, !state.isClosed else { return false }
            state.bytes = 0
            state.isRunning = true
            return true
        }
        if isDue { start() }
    }

    /// Waits for one that runs.
    func close() {
        let queue = state.withLock { state in
            state.isClosed = true
            defer { state.queue = nil }
            return state.queue
        }
        // Nothing is lost when it fails: the log is kept.
        try? queue?.close()
    }

    private func start() {
        let queue = state.withLock { state -> DatabaseQueue? in
            // Without a connection the log grows until the next try.
            if state.queue == nil { state.queue = try? StoreDatabase.checkpointing(path) }
            return state.queue
        }
        guard let queue else { return state.withLock { $0.isRunning = false } }
        queue.asyncWriteWithoutTransaction { [self] db in
            // A passive checkpoint does what it can without making anybody wait; what is left is done the next time.
            _ = try? Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(PASSIVE)")
            state.withLock { $0.isRunning = false }
        }
    }
}

/// Closes the connections of one process in an order that costs no more than it must.
///
/// The last writing connection to close moves the whole write-ahead log into the file and waits for the disk twice, which is most
/// of the time of a short run. While the log is short a reading connection therefore closes last, which moves nothing; the next
/// who opens reads the log as it is.
struct CloseOfDay {
    let path: String

    func close(_ writing: DatabaseQueue, _ checkpoints: Checkpoints, _ readers: Readers) {
        let size = Files.size(of: path + "-wal") ?? 0
        checkpoints.close()
        if size >= StoreLimit.checkpointBytes { readers.close() }
        // Everything is committed: whatever fails here leaves the log to the next who opens.
        if size >= StoreLimit.writeAheadLogCloseBytes {
            _ = try? writing.writeWithoutTransaction { try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(PASSIVE)") }
        }
        try? writing.close()
        readers.close()
        LivingDatabases.ended(path)
    }
}
