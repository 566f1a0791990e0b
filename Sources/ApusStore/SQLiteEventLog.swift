package import ApusBase
package import ApusCore
import Foundation
import GRDB

/// The durable log of all sessions of one home, in `<home>/apus.db`, shared by any number of processes.
///
/// Writing goes through one thread of this process (``GroupCommit``), reading through two more; no thread of the cooperative pool
/// ever waits for the disk. Facts survive a killed process once `commit` returned, deltas once they were shown. A failing disk, a
/// damaged file or a lock held for a minute is an ``EventLogError/store(_:)`` with a sentence for people, and what was stored
/// before stays.
///
/// A reader of a session that another live process owns sees that process's deltas with up to 50 ms delay, when they are folded.
/// Cancelling a task does not cut short a call: each ends by itself, at the latest after the busy time-out of a minute.
package final class SQLiteEventLog: EventLog, SessionIndex {
    let setting: StoreSetting
    let inbox: Inbox
    let readers: Readers

    /// Opens the store of a home, making what is missing. Blocks the calling thread for some milliseconds, and longer while other
    /// processes make the same home.
    ///
    /// - Parameters:
    ///   - home: Absolute path; made with mode 0700.
    ///   - time: Stamps events.
    ///   - owner: Who claims sessions. Only tests name another than this process.
    /// - Throws: `.store` for a file that is newer, damaged or not ours, which is then left as it was, and for a failing disk.
    package static func open(
        at home: String, time: any TimeSource, owner: ProcessIdentity = .current
    ) throws(EventLogError) -> SQLiteEventLog {
        try open(at: home, time: time, owner: owner, adjusting: { _ in })
    }

    static func open(
        at home: String, time: any TimeSource, owner: ProcessIdentity, inboxBytes: Int = StoreLimit.inboxBytes,
        adjusting: (inout StoreSetting) -> Void
    ) throws(EventLogError) -> SQLiteEventLog {
        let journals = home + "/journal"
        try Files.createDirectory(home)
        try Files.createDirectory(journals)
        let opened = try StoreDatabase.open(in: home)
        var setting = StoreSetting(path: StoreDatabase.path(in: home), journals: journals, time: time, owner: owner, store: opened.identity)
        adjusting(&setting)
        return SQLiteEventLog(opened, setting, home: home, inboxBytes: inboxBytes)
    }

    /// Blobs of the same home.
    package let blobs: Blobs

    private init(_ opened: StoreDatabase.Opened, _ setting: StoreSetting, home: String, inboxBytes: Int) {
        self.setting = setting
        let queue = opened.writing
        let inbox = Inbox(limit: inboxBytes)
        let readers = Readers(setting.path, first: opened.reading)
        self.inbox = inbox
        self.readers = readers
        blobs = Blobs(in: home + "/blobs", inbox: inbox, readers: readers)
        let thread = Thread {
            let checkpoints = Checkpoints(setting.path)
            let farewell = queue.writeWithoutTransaction { db in
                let writer = GroupCommit(db, setting: setting, inbox: inbox, checkpoints: checkpoints)
                writer.run()
                return writer.farewell
            }
            CloseOfDay(path: setting.path).close(queue, checkpoints, readers)
            farewell()
        }
        thread.name = "apus.store"
        thread.stackSize = 1 << 20
        thread.start()
    }

    deinit {
        _ = inbox.put(.job { $0?.end(then: {}) })
        inbox.close()
    }

    /// Stores what was handed over, gives up every session, and closes the files. Later calls throw.
    package func close() async {
        await withCheckedContinuation { continuation in
            let admission = inbox.put(
                .job { writer in
                    if let writer { writer.end(then: { continuation.resume() }) } else { continuation.resume() }
                })
            if admission == .closed { continuation.resume() }
        }
    }

    /// Leaves everything as a killed process would. For tests.
    func abandon() async {
        await withCheckedContinuation { continuation in
            _ = inbox.put(.job { $0?.abandon(then: { continuation.resume() }) })
        }
    }

    // MARK: EventLog

    package func create(
        _ session: SessionID, show: @escaping @Sendable ([Event]) -> Void
    ) async throws(EventLogError) -> any SessionWriter {
        let owned = try await inbox.perform { writer throws(EventLogError) in try writer.create(session, show) }
        return SQLiteSessionWriter(owned, inbox)
    }

    package func open(
        _ session: SessionID, show: @escaping @Sendable ([Event]) -> Void
    ) async throws(EventLogError) -> any SessionWriter {
        let owned = try await inbox.perform { writer throws(EventLogError) in try writer.open(session, show) }
        return SQLiteSessionWriter(owned, inbox)
    }

    package func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(EventLogError) -> [Event] {
        let owned = setting.owned.find(session)
        if let newest = owned?.pieces(after: cursor, limit: max(limit, 0)) { return newest }
        let pieces = owned?.pieces ?? []
        return try await readers.read { db in
            guard let (key, head) = try Records.find(session, in: db) else { throw EventLogError.notFound(session) }
            var events = try Records.events(of: key, after: cursor, limit: limit, in: db)
            let start = max(cursor, head)
            for piece in pieces where piece.number > start && events.count < limit { events.append(piece) }
            return events
        }
    }

    package func copy(_ source: SessionID, to target: SessionID, upTo end: EventNumber?) async throws(EventLogError) {
        try await inbox.perform { writer throws(EventLogError) in try writer.copy(source, to: target, upTo: end) }
    }

    package func orphans() async throws(EventLogError) -> [SessionID] {
        try await inbox.perform { writer throws(EventLogError) in try writer.orphans() }
    }

    // MARK: SessionIndex

    package func sessions(withPrefix prefix: String, limit: Int) async throws(EventLogError) -> [SessionSummary] {
        let owners = OwnerRows(me: setting.owner, journals: setting.journals)
        return try await readers.read { db in
            var living = LivingOwners(owners)
            return try Records.sessions(withPrefix: prefix, limit: limit, in: db).map { living.summary($0) }
        }
    }

    package func snapshot(of session: SessionID) async throws(EventLogError) -> SessionState? {
        try await readers.read { db in
            guard let (key, _) = try Records.find(session, in: db) else { throw EventLogError.notFound(session) }
            return try Records.snapshot(of: key, in: db)
        }
    }
}

extension Inbox {
    /// Runs `work` on the writing thread, behind everything handed over before.
    func perform<Value: Sendable>(
        _ work: @escaping @Sendable (GroupCommit) throws(EventLogError) -> Value
    ) async throws(EventLogError) -> Value {
        let result: Result<Value, EventLogError> = await withCheckedContinuation { continuation in
            let admission = put(
                .job { writer in
                    guard let writer else { return continuation.resume(returning: .failure(.closed)) }
                    do throws(EventLogError) {
                        continuation.resume(returning: .success(try work(writer)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                })
            if admission == .closed { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }
}
