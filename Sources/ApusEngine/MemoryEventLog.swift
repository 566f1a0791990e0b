import ApusBase
package import ApusCore
import Crypto
import Synchronization

/// The log without a disk: for tests and for sessions that shall leave nothing. Facts and deltas are shown at once, in order.
package final class MemoryEventLog: EventLog, SessionIndex, BlobStore {
    private struct Record {
        var events: [Event] = []
        var state: SessionState
        var snapshot: SessionState?
        var epoch = 0
        var isOwned = false
        var isLeft = false
        var show: @Sendable ([Event]) -> Void = { _ in }

        func show(ownedAt epoch: Int) -> (@Sendable ([Event]) -> Void)? { isOwned && epoch == self.epoch ? show : nil }
    }

    private struct Blob {
        var bytes: [UInt8]
        var uses = 0
    }

    private let records = Mutex<[SessionID: Record]>([:])
    private let blobs = Mutex<[String: Blob]>([:])
    private let time: any TimeSource

    package init(time: any TimeSource) {
        self.time = time
    }

    package func create(
        _ session: SessionID, show: @escaping @Sendable ([Event]) -> Void
    ) async throws(EventLogError) -> any SessionWriter {
        try records.withLock { records throws(EventLogError) in
            if records[session] != nil { throw .exists(session) }
            records[session] = Record(state: SessionState(id: session))
        }
        return try claim(session, show: show)
    }

    package func open(
        _ session: SessionID, show: @escaping @Sendable ([Event]) -> Void
    ) async throws(EventLogError) -> any SessionWriter {
        try claim(session, show: show)
    }

    package func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(EventLogError) -> [Event] {
        try records.withLock { records throws(EventLogError) in
            guard let record = records[session] else { throw .notFound(session) }
            // Numbers from 1 without a gap: the place is the number.
            return Array(record.events.dropFirst(Int(max(0, cursor))).prefix(limit))
        }
    }

    package func copy(_ source: SessionID, to target: SessionID, upTo end: EventNumber?) async throws(EventLogError) {
        let copied = try records.withLock { records throws(EventLogError) in
            guard let record = records[source] else { throw .notFound(source) }
            if records[target] != nil { throw .exists(target) }
            // Numbers from 1 without a gap: the place is the number.
            let events = Array(record.events.prefix(Int(end ?? .max)))
            var state = SessionState(id: target)
            state.reduce(events)
            records[target] = Record(events: events, state: state)
            return events
        }
        blobs.withLock { blobs in
            for event in copied { for hash in event.kind.keptBlobs { blobs[hash]?.uses += 1 } }
        }
    }

    /// A memory log dies with its owner; but another engine may come.
    package func orphans() async throws(EventLogError) -> [SessionID] {
        records.withLock { $0.filter { $0.value.isLeft }.keys.sorted() }
    }

    package func sessions(withPrefix prefix: String, limit: Int) async throws(EventLogError) -> [SessionSummary] {
        records.withLock { records in
            records.filter { $0.key.rawValue.hasPrefix(prefix) }
                .map { _, record in
                    SessionSummary(header: record.state.header, title: record.state.title, updatedAt: record.state.updatedAt)
                }
                .sorted { $0.updatedAt > $1.updatedAt }
                .prefix(limit).map { $0 }
        }
    }

    /// For looking through all of them.
    func states() -> [SessionState] { records.withLock { $0.values.map(\.state) } }

    package func snapshot(of session: SessionID) async throws(EventLogError) -> SessionState? {
        try records.withLock { records throws(EventLogError) in
            guard let record = records[session] else { throw .notFound(session) }
            return record.snapshot
        }
    }

    package func put(_ bytes: [UInt8]) async throws(EventLogError) -> String {
        let hash = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        blobs.withLock { $0[hash, default: Blob(bytes: bytes)].uses += 1 }
        return hash
    }

    package func get(_ hash: String) async throws(EventLogError) -> [UInt8]? { blobs.withLock { $0[hash]?.bytes } }

    package func release(_ hash: String) async throws(EventLogError) {
        blobs.withLock { blobs in
            blobs[hash]?.uses -= 1
            if let blob = blobs[hash], blob.uses <= 0 { blobs[hash] = nil }
        }
    }

    private func claim(_ session: SessionID, show: @escaping @Sendable ([Event]) -> Void) throws(EventLogError) -> any SessionWriter {
        let epoch = try records.withLock { records throws(EventLogError) -> Int in
            guard var record = records[session] else { throw .notFound(session) }
            if record.isOwned { throw .inUse(session, process: 0) }
            record.isOwned = true
            record.isLeft = false
            record.epoch += 1
            record.show = show
            records[session] = record
            return record.epoch
        }
        return Writer(log: self, session: session, epoch: epoch)
    }

    /// Shown inside the lock, so that two writers of one session cannot show out of order; `show` must not call back.
    fileprivate func append(_ kinds: [EventKind], to session: SessionID, epoch: Int) throws(EventLogError) -> EventNumber {
        let now = time.now
        return try records.withLock { records throws(EventLogError) in
            guard let show = records[session]?.show(ownedAt: epoch), let last = records[session]?.state.lastEvent else {
                throw .fenced(session)
            }
            let events = kinds.enumerated().map { Event(number: last + 1 + EventNumber($0.offset), time: now, kind: $0.element) }
            // In place: a copy of the record here would copy every event of the session.
            records[session]?.events += events
            records[session]?.state.reduce(events)
            show(events)
            return last + EventNumber(kinds.count)
        }
    }

    fileprivate func save(_ state: SessionState, of session: SessionID, epoch: Int) throws(EventLogError) {
        try records.withLock { records throws(EventLogError) in
            guard records[session]?.epoch == epoch else { throw .fenced(session) }
            records[session]?.snapshot = state
        }
    }

    fileprivate func release(_ session: SessionID, epoch: Int, leaving: Bool) {
        records.withLock { records in
            guard records[session]?.epoch == epoch else { return }
            records[session]?.isOwned = false
            records[session]?.isLeft = leaving
            records[session]?.show = { _ in }
        }
    }

    private struct Writer: SessionWriter {
        let log: MemoryEventLog
        let session: SessionID
        let epoch: Int

        func commit(_ facts: [EventKind]) async throws(EventLogError) -> EventNumber {
            try log.append(facts, to: session, epoch: epoch)
        }

        func show(_ delta: Delta) async {
            // A fenced writer hears of it at its next commit, as the port promises.
            _ = try? log.append([.delta(delta)], to: session, epoch: epoch)
        }

        func save(_ state: SessionState) async throws(EventLogError) { try log.save(state, of: session, epoch: epoch) }
        func close() async { log.release(session, epoch: epoch, leaving: false) }
        func leave() async { log.release(session, epoch: epoch, leaving: true) }
    }
}
