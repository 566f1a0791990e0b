import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusStore

@Suite struct SQLiteEventLogTests {
    private let home = TemporaryHome()

    @Test func whatWasCommittedAndShownIsReadBackAsItWas() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        #expect(try await writer.commit([header("s"), .titleChanged("Title")]) == 2)
        for text in ["a", "b", "c"] { await writer.show(delta(text)) }
        let last = try await writer.commit([.itemFinished(Item(id: "item", message: "message", content: .text("abc")))])
        #expect(last == 6)
        let kinds: [EventKind] = [
            header("s"), .titleChanged("Title"), .delta(delta("a")), .delta(delta("b")), .delta(delta("c")),
            .itemFinished(Item(id: "item", message: "message", content: .text("abc"))),
        ]
        #expect(shown.events.map(\.kind) == kinds)
        #expect(shown.events.map(\.number) == [1, 2, 3, 4, 5, 6])
        #expect(try await log.all("s") == shown.events)
        #expect(try await log.all("s", page: 1) == shown.events)
        await log.close()
        #expect(try await home.open().all("s") == shown.events)
    }

    @Test func aClosedLogLeavesNoJournalAndRefusesEverything() async throws {
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        await writer.show(delta("text"))
        await log.close()
        await log.close()
        #expect(home.journals.isEmpty)
        #expect(await failure { try await writer.commit([header("s")]) } == .closed)
        #expect(await failure { try await log.events(in: "s", after: 0, limit: 1) } == .closed)
        #expect(await failure { try await log.orphans() } == .closed)
        await writer.show(delta("lost"))
        await writer.close()
        #expect(try await home.open().all("s").map(\.kind) == [.delta(delta("text"))])
    }

    @Test func aNameIsTakenOnceAndAnUnknownOneIsNotFound() async throws {
        let log = try home.open()
        _ = try await log.create("s") { _ in }
        #expect(await failure { try await log.create("s") { _ in } } == .exists("s"))
        #expect(await failure { try await log.open("t") { _ in } } == .notFound("t"))
        #expect(await failure { try await log.events(in: "t", after: 0, limit: 1) } == .notFound("t"))
        #expect(await failure { try await log.snapshot(of: "t") } == .notFound("t"))
        #expect(await failure { try await log.copy("t", to: "u") } == .notFound("t"))
        await log.close()
    }

    @Test func numbersGoOnBehindTheReservedBlockAfterAReopening() async throws {
        let log = try home.open()
        let first = try await log.create("s") { _ in }
        #expect(try await first.commit([header("s")]) == 1)
        await first.close()
        let second = try await log.open("s") { _ in }
        #expect(try await second.commit([.titleChanged("two")]) == StoreLimit.numberBlock + 1)
        for _ in 0..<3000 { await second.show(delta("x")) }
        #expect(try await second.commit([.titleChanged("three")]) == StoreLimit.numberBlock + 3002)
        #expect(try await log.all("s").count == 3003)
        await log.close()
    }

    @Test func aCommitWithoutFactsWaitsForWhatWasHandedOver() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        #expect(try await writer.commit([]) == 0)
        await writer.show(delta("a"))
        #expect(try await writer.commit([]) == 1)
        #expect(shown.events.map(\.number) == [1])
        await log.close()
    }

    @Test func everythingIsShownStrictlyInOrderWhoeverHandsItOver() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<4 {
                group.addTask {
                    for round in 0..<300 {
                        await writer.show(delta("\(task).\(round) "))
                        if round % 7 == task { _ = try? await writer.commit([.titleChanged("\(task).\(round)")]) }
                    }
                }
            }
        }
        _ = try await writer.commit([])
        #expect(zip(shown.events, shown.events.dropFirst()).allSatisfy { $0.number < $1.number })
        #expect(try await log.all("s") == shown.events)
        #expect(shown.events.filter { !$0.kind.isFact }.count == 1200)
        await log.close()
    }

    @Test func aFailedCommitStoresAndShowsNothingAndTheNextGoesOn() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        _ = try await writer.commit([header("s")])
        await writer.show(delta("kept"))
        _ = try await writer.commit([])
        try await log.execute("CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'no room'); END")
        let error = await failure { try await writer.commit([.titleChanged("lost")]) }
        #expect(sentence(error).contains(home.database) && sentence(error).contains("no room"))
        #expect(shown.events.map(\.kind) == [header("s"), .delta(delta("kept"))])
        #expect(try await log.all("s") == shown.events)
        try await log.execute("DROP TRIGGER no")
        _ = try await writer.commit([.titleChanged("stored")])
        #expect(shown.events.map(\.kind) == [header("s"), .delta(delta("kept")), .titleChanged("stored")])
        #expect(try await log.all("s") == shown.events)
        await log.close()
    }

    @Test func aDeltaBehindAFailedFactIsReportedByTheNextCommit() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        try await log.execute("CREATE TRIGGER no BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'no room'); END")
        // Both wait in the inbox before the thread goes on, so that one tick has them.
        let gate = try await Gate.hold(log)
        let commit = Task { try await writer.commit([header("s")]) }
        try await eventually { log.inbox.waitingEntries == 1 }
        await writer.show(delta("lost"))
        gate.open()
        #expect(await failure { try await commit.value } != nil)
        try await log.execute("DROP TRIGGER no")
        await writer.show(delta("lost too: no text may have a hole"))
        #expect(sentence(await failure { try await writer.commit([.titleChanged("not stored")]) }).contains("no room"))
        _ = try await writer.commit([.titleChanged("stored")])
        #expect(shown.events.map(\.kind) == [.titleChanged("stored")])
        await log.close()
    }

    @Test func rowsStandInForAJournalThatCannotBeWritten() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        _ = try await writer.commit([header("s")])
        try await log.inbox.perform { writer throws(EventLogError) in
            let full = Foundation.open("/dev/full", O_WRONLY)
            dup2(full, writer.journal?.descriptor ?? -1)
            close(full)
        }
        for text in ["a", "b"] { await writer.show(delta(text)) }
        _ = try await writer.commit([])
        #expect(shown.events.map(\.kind) == [header("s"), .delta(delta("a")), .delta(delta("b"))])
        #expect(try await log.all("s") == shown.events)
        await log.close()
    }

    @Test func theInboxIsBoundedAndShowWaits() async throws {
        let log = try SQLiteEventLog.open(
            at: home.path, time: TestTime(), owner: .current, inboxBytes: 10_000, adjusting: { _ in })
        let writer = try await log.create("s") { _ in }
        let gate = try await Gate.hold(log)
        let handed = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for _ in 0..<100 {
                    await writer.show(delta(String(repeating: "x", count: 1000)))
                    handed.add()
                }
            }
            try await eventually { log.inbox.waitingEntries == 10 }
            for _ in 0..<1000 { await Task.yield() }
            #expect(handed.value < 11)
            gate.open()
            try await group.waitForAll()
        }
        _ = try await writer.commit([])
        #expect(log.inbox.peakBytes <= 10_000 + 1064 + 128)
        #expect(try await log.all("s").count == 100)
        await log.close()
    }

    @Test func theJournalIsCutWhenItIsLongAndFolded() async throws {
        let log = try home.open { $0.journalFileBytes = 5_000 }
        let writer = try await log.create("s") { _ in }
        for round in 0..<50 {
            for _ in 0..<5 { await writer.show(delta(String(repeating: "y", count: 300))) }
            _ = try await writer.commit([.titleChanged("\(round)")])
        }
        let size = try await log.inbox.perform { writer throws(EventLogError) in writer.journal?.size ?? -1 }
        #expect(size <= 5_000 + 5 * 400)
        #expect(try await log.all("s").count == 300)
        await log.close()
    }

    @Test func aDeeplyNestedInputIsReadBack() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        let text = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        let call = ToolCall(id: "call", name: "Tool", input: try JSONValue(parsing: text))
        _ = try await writer.commit([
            header("s"), .responseStarted("message", "turn"), .itemFinished(Item(id: "item", message: "message", content: .toolCall(call))),
        ])
        #expect(try await log.all("s") == shown.events)
        try await writer.save(fold(shown.events, "s"))
        #expect(try await log.snapshot(of: "s") == fold(shown.events, "s"))
        await log.close()
    }

    @Test func withoutAFactDeltasAreInRowsSoon() async throws {
        let log = try home.open { $0.foldNanoseconds = 1_000_000 }
        let writer = try await log.create("s") { _ in }
        await writer.show(delta("a"))
        let other = try home.open(.gone())
        try await eventually { try await other.all("s").count == 1 }
        #expect(try await other.all("s").map(\.kind) == [.delta(delta("a"))])
        await log.close()
        await other.close()
    }
}
