import ApusBase
import ApusCore
import Foundation
import GRDB
import Synchronization
import Testing

@testable import ApusStore

/// A new directory under the temporary one, removed with the value that holds it.
final class TemporaryHome: Sendable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("apus-store-\(randomToken(length: 12))").path
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var database: String { path + "/apus.db" }
    var journals: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path + "/journal")) ?? []).sorted() }

    /// Ends a log as a killed process would.
    ///
    /// The lock of its journal may outlive it for a moment: a child that another test starts just now has a copy of every descriptor
    /// until it runs its program.
    func kill(_ log: SQLiteEventLog) async throws {
        await log.abandon()
        let owners = OwnerRows(me: .current, journals: log.setting.journals)
        try await eventually { owners.isDead(log.setting.owner) }
    }

    func open(_ owner: ProcessIdentity = .current, adjusting: (inout StoreSetting) -> Void = { _ in }) throws -> SQLiteEventLog {
        try SQLiteEventLog.open(at: path, time: TestTime(), owner: owner, adjusting: adjusting)
    }
}

/// Rises by one with every look.
final class TestTime: TimeSource {
    private let ticks = Atomic<Int64>(1_000)
    var now: Timestamp { ticks.wrappingAdd(1, ordering: .relaxed).newValue }
    func sleep(for duration: Duration) async throws(CancellationError) { preconditionFailure("The store never sleeps") }
}

/// Keeps what was shown.
final class Shown: Sendable {
    private let state = Mutex<[Event]>([])
    var events: [Event] { state.withLock { $0 } }
    var newest: EventNumber { state.withLock { $0.last?.number ?? 0 } }
    var show: @Sendable ([Event]) -> Void {
        { events in self.state.withLock { $0.append(contentsOf: events) } }
    }
}

extension ProcessIdentity {
    /// A process of this boot that does not exist: as good as dead, unless somebody holds the lock of its journal.
    static func gone(_ number: Int32 = 1) -> ProcessIdentity {
        ProcessIdentity(process: 1_000_000_000 + number, startTime: 7, boot: ProcessIdentity.current.boot)
    }
}

func header(_ session: SessionID) -> EventKind {
    .sessionCreated(SessionHeader(id: session, createdAt: 5, workingDirectory: "/project"), SessionSettings())
}

func delta(_ text: String, item: ItemID = "item") -> Delta { Delta(item: item, message: "message", channel: .text, text: text) }

extension EventLog {
    func all(_ session: SessionID, page: Int = 1_000_000) async throws -> [Event] {
        var events: [Event] = []
        while true {
            let more = try await self.events(in: session, after: events.last?.number ?? 0, limit: page)
            if more.isEmpty { return events }
            events += more
        }
    }
}

extension SQLiteEventLog {
    /// Runs SQL on the writing thread: how tests make the database fail, and mend it.
    func execute(_ sql: String) async throws {
        try await inbox.perform { writer throws(EventLogError) in try writer.transaction { try $0.execute(sql: sql) } }
    }
}

func fold(_ events: some Sequence<Event>, from state: SessionState? = nil, _ session: SessionID) -> SessionState {
    var state = state ?? SessionState(id: session)
    state.reduce(events)
    return state
}

/// The thrown error, which must be one.
func failure<Value>(_ body: () async throws -> Value) async -> EventLogError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? EventLogError
    }
}

func sentence(_ error: EventLogError?) -> String {
    if case .store(let sentence) = error { sentence } else { "" }
}

/// Holds the writing thread of a log, so that a test decides what one tick finds.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let isHeld = Atomic<Bool>(false)

    static func hold(_ log: SQLiteEventLog) async throws -> Gate {
        let gate = Gate()
        _ = log.inbox.put(
            .job { _ in
                gate.isHeld.store(true, ordering: .releasing)
                gate.semaphore.wait()
            })
        try await eventually { gate.isHeld.load(ordering: .acquiring) }
        return gate
    }

    func open() { semaphore.signal() }
}

struct NeverHappened: Error {}

/// Looks again and again, for a minute at most.
func eventually(_ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened() }
        await Task.yield()
    }
}

final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.wrappingAdd(1, ordering: .relaxed) }
}
