import ApusCore
import ApusEngine
import Synchronization

/// The memory log behind a hook that can hold or fail what is committed.
final class ScriptedLog: EventLog {
    typealias Hook = @Sendable ([EventKind]) async throws(EventLogError) -> Void

    private let memory: MemoryEventLog
    private let hook = Mutex<Hook>({ _ in })
    private let opened = Mutex<[SessionID]>([])
    private let dead = Mutex<[SessionID]>([])

    init(_ memory: MemoryEventLog) { self.memory = memory }

    func beforeEveryCommit(_ hook: @escaping Hook) { self.hook.withLock { $0 = hook } }
    /// Every session as often as it was opened.
    var opens: [SessionID] { opened.withLock { $0 } }
    func declareDead(_ sessions: [SessionID]) { dead.withLock { $0 = sessions } }

    func create(
        _ session: SessionID, show: @escaping @Sendable ([Event]) -> Void
    ) async throws(EventLogError) -> any SessionWriter {
        Writer(log: self, inner: try await memory.create(session, show: show))
    }

    func open(
        _ session: SessionID, show: @escaping @Sendable ([Event]) -> Void
    ) async throws(EventLogError) -> any SessionWriter {
        opened.withLock { $0.append(session) }
        return Writer(log: self, inner: try await memory.open(session, show: show))
    }

    func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(EventLogError) -> [Event] {
        try await memory.events(in: session, after: cursor, limit: limit)
    }

    func copy(_ source: SessionID, to target: SessionID, upTo end: EventNumber?) async throws(EventLogError) {
        try await memory.copy(source, to: target, upTo: end)
    }

    func orphans() async throws(EventLogError) -> [SessionID] { dead.withLock { $0 } + (try await memory.orphans()) }

    private struct Writer: SessionWriter {
        let log: ScriptedLog
        let inner: any SessionWriter

        func commit(_ facts: [EventKind]) async throws(EventLogError) -> EventNumber {
            let hook = log.hook.withLock { $0 }
            try await hook(facts)
            return try await inner.commit(facts)
        }

        func show(_ delta: Delta) async { await inner.show(delta) }
        func save(_ state: SessionState) async throws(EventLogError) { try await inner.save(state) }
        func close() async { await inner.close() }
        func leave() async { await inner.leave() }
    }
}
