import ApusBase
import ApusCore
import Foundation
import Testing

@testable import ApusStore

@Suite struct OwnershipTests {
    private let home = TemporaryHome()

    @Test func aSessionThatThisProcessOwnsIsInUse() async throws {
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        #expect(await failure { try await log.open("s") { _ in } } == .inUse("s", process: getpid()))
        let second = try home.open()
        #expect(await failure { try await second.open("s") { _ in } } == .inUse("s", process: getpid()))
        await writer.close()
        await writer.close()
        let taken = try await second.open("s") { _ in }
        #expect(await failure { try await writer.commit([header("s")]) } == .fenced("s"))
        #expect(try await taken.commit([header("s")]) > StoreLimit.numberBlock)
        await log.close()
        await second.close()
    }

    @Test func aSessionThatWasLeftIsAnOrphanOnceItsProcessIsGone() async throws {
        let first = try home.open(.gone(1))
        for session in ["left", "closed"] as [SessionID] {
            let writer = try await first.create(session) { _ in }
            _ = try await writer.commit([header(session)])
            await writer.show(delta("last words"))
            if session == "left" { await writer.leave() } else { await writer.close() }
        }
        #expect(try await first.orphans() == [])
        await first.close()
        let next = try home.open(.gone(2))
        #expect(try await next.orphans() == ["left"])
        let writer = try await next.open("left") { _ in }
        #expect(try await next.orphans() == [])
        #expect(try await next.all("left").count == 2)
        await writer.close()
        await next.close()
    }

    @Test func whatADeadOwnerShowedIsThereForTheNext() async throws {
        let dead = try home.open(.gone(1))
        let shown = Shown()
        let writer = try await dead.create("s", show: shown.show)
        let other = try await dead.create("t", show: shown.show)
        _ = try await writer.commit([header("s")])
        for text in ["a", "b", "c"] { await writer.show(delta(text)) }
        await other.show(delta("x"))
        try await eventually { shown.events.count == 5 }
        try await home.kill(dead)
        #expect(home.journals.count == 1)

        let log = try home.open(.gone(2))
        let next = try await log.open("s", show: shown.show)
        #expect(try await next.commit([.titleChanged("next")]) == StoreLimit.numberBlock + 1)
        let expected: [EventKind] = [
            header("s"), .delta(delta("a")), .delta(delta("b")), .delta(delta("c")), .titleChanged("next"),
        ]
        #expect(try await log.all("s").map(\.kind) == expected)
        // The dead owner's other session is whole too, though only the first was claimed.
        #expect(try await log.all("t").map(\.kind) == [.delta(delta("x"))])
        #expect(home.journals.count == 1)
        #expect(try await log.orphans() == ["t"])
        await log.close()
        #expect(home.journals.isEmpty)
    }

    @Test func aTornTailLosesOnlyTheTornRecord() async throws {
        let dead = try home.open(.gone(1)) { $0.foldNanoseconds = 60_000_000_000 }
        let shown = Shown()
        let writer = try await dead.create("s", show: shown.show)
        for text in ["a", "b", "c"] { await writer.show(delta(text)) }
        try await eventually { shown.events.count == 3 }
        try await home.kill(dead)
        let journal = home.path + "/journal/" + (try #require(home.journals.first))
        let bytes = try Files.read(journal, limit: 1 << 20)
        try Files.write(bytes.dropLast(2), to: journal)
        let log = try home.open(.gone(2))
        #expect(try await log.orphans() == ["s"])
        #expect(try await log.all("s").map(\.kind) == [.delta(delta("a")), .delta(delta("b"))])
        // The number of the torn one was shown once and is not given again.
        let next = try await log.open("s") { _ in }
        #expect(try await next.commit([header("s")]) == StoreLimit.numberBlock + 1)
        await log.close()
    }

    @Test func foldingAJournalTwiceChangesNothing() async throws {
        let dead = try home.open(.gone(1)) { $0.foldNanoseconds = 60_000_000_000 }
        let shown = Shown()
        let writer = try await dead.create("s", show: shown.show)
        for text in ["a", "b"] { await writer.show(delta(text)) }
        try await eventually { shown.events.count == 2 }
        try await home.kill(dead)
        let journal = home.path + "/journal/" + (try #require(home.journals.first))
        let bytes = try Files.read(journal, limit: 1 << 20)
        let log = try home.open(.gone(2))
        #expect(try await log.orphans() == ["s"])
        // As if the process that folded it had died before it could remove the file.
        try Files.write(bytes, to: journal)
        #expect(try await log.orphans() == ["s"])
        #expect(try await log.all("s") == shown.events)
        await log.close()
    }

    @Test func aFencedWriterWritesNothingAndShowsNothingMore() async throws {
        let slow = try home.open(.gone(1))
        let shown = Shown()
        let writer = try await slow.create("s", show: shown.show)
        _ = try await writer.commit([header("s")])
        // Without the lock of its journal the process, which is in no process table, counts as dead.
        try await slow.inbox.perform { writer throws(EventLogError) in writer.journal = nil }
        try await eventually { !TailJournal.isLocked("\(home.path)/journal/\(home.journals[0])") }
        let log = try home.open(.gone(2))
        let thief = try await log.open("s") { _ in }
        #expect(await failure { try await writer.commit([.titleChanged("late")]) } == .fenced("s"))
        #expect(await failure { try await writer.commit([.titleChanged("later")]) } == .fenced("s"))
        await writer.show(delta("unseen"))
        #expect(await failure { try await writer.save(SessionState(id: "s")) } == .fenced("s"))
        await writer.close()
        #expect(shown.events.map(\.kind) == [header("s")])
        _ = try await thief.commit([.titleChanged("mine")])
        #expect(try await log.all("s").map(\.kind) == [header("s"), .titleChanged("mine")])
        await slow.close()
        #expect(await failure { try await slow.events(in: "s", after: 0, limit: 1) } == .closed)
        #expect(await failure { try await log.open("s") { _ in } } == .inUse("s", process: ProcessIdentity.gone(2).process))
        await log.close()
    }

    @Test func anOwnerOfAnEarlierBootIsDeadWhateverItsNumber() async throws {
        let log = try home.open()
        let old = ProcessIdentity(process: getpid(), startTime: ProcessIdentity.current.startTime, boot: "earlier")
        let writer = try await (try home.open(old)).create("s") { _ in }
        _ = writer
        _ = try await log.open("s") { _ in }
        await log.close()
    }

    @Test func aReusedProcessNumberIsAnotherProcess() {
        var other = ProcessIdentity.current
        #expect(other.isInProcessTable)
        other.startTime += 1
        #expect(!other.isInProcessTable)
    }

    @Test func aSessionThatDiedBeforeItsFirstEventIsRemoved() async throws {
        let dead = try home.open(.gone(1))
        _ = try await dead.create("s") { _ in }
        try await home.kill(dead)
        let log = try home.open(.gone(2))
        #expect(try await log.orphans().isEmpty)
        #expect(await failure { try await log.open("s") { _ in } } == .notFound("s"))
        await log.close()
    }
}
