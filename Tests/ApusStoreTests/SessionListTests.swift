import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusStore

@Suite struct SessionListTests {
    private let home = TemporaryHome()

    @Test func theListIsNewestFirstWithTitlesAndLiveOwners() async throws {
        let log = try home.open()
        let dead = try home.open(.gone())
        let first = try await log.create("aa") { _ in }
        _ = try await first.commit([header("aa"), .titleChanged("First")])
        let second = try await dead.create("ab") { _ in }
        _ = try await second.commit([header("ab")])
        let third = try await log.create("a_c") { _ in }
        _ = try await third.commit([header("a_c")])
        _ = try await log.create("unborn") { _ in }
        await third.close()
        try await home.kill(dead)
        _ = try await first.commit([.titleChanged("First again")])
        let list = try await log.sessions(withPrefix: "", limit: 10)
        #expect(list.map(\.header.id) == ["aa", "a_c", "ab"] || list.map(\.header.id) == ["aa", "ab", "a_c"])
        #expect(list[0].title == "First again")
        #expect(list[0].header == SessionHeader(id: "aa", createdAt: 5, workingDirectory: "/project"))
        #expect(list[0].ownerProcess == getpid())
        #expect(list.dropFirst().allSatisfy { $0.ownerProcess == nil && $0.title.isEmpty })
        #expect(try await log.sessions(withPrefix: "aa", limit: 10).map(\.header.id) == ["aa"])
        #expect(try await log.sessions(withPrefix: "a_", limit: 10).map(\.header.id) == ["a_c"])
        #expect(try await log.sessions(withPrefix: "%", limit: 10).isEmpty)
        #expect(try await log.sessions(withPrefix: "", limit: 1).map(\.header.id) == ["aa"])
        await log.close()
    }

    @Test func aCopyHasTheSameEventsAndLeavesTheSourceAsItWas() async throws {
        let log = try home.open { $0.foldNanoseconds = 60_000_000_000 }
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        var history = RandomHistory(seed: 11, session: "s")
        for _ in 0..<300 {
            switch history.next() {
            case .commit(let facts): _ = try await writer.commit(facts)
            case .show(let delta): await writer.show(delta)
            }
        }
        try await eventually { log.inbox.waitingEntries == 0 }
        await writer.show(delta("in the journal only"))
        try await log.copy("s", to: "t")
        let source = try await log.all("s")
        #expect(source == shown.events)
        #expect(try await log.all("t") == source)
        #expect(fold(try await log.all("s"), "s") == fold(shown.events, "s"))
        #expect(await failure { try await log.copy("s", to: "t") } == .exists("t"))

        let fork = try await log.open("t") { _ in }
        let number = try await fork.commit([
            .sessionForked(SessionHeader(id: "t", createdAt: 9, workingDirectory: "/else", parent: "s"))
        ])
        #expect(number > (source.last?.number ?? 0))
        #expect(try await log.all("s") == source)
        let listed = try await log.sessions(withPrefix: "t", limit: 1)
        #expect(listed.map(\.header) == [SessionHeader(id: "t", createdAt: 9, workingDirectory: "/else", parent: "s")])
        #expect(listed.map(\.title) == [fold(source, "s").title.replacing("\0", with: "")])
        await log.close()
    }

    @Test func aCopyOfADeadOwnersSessionHasItsLastDeltas() async throws {
        let dead = try home.open(.gone(1)) { $0.foldNanoseconds = 60_000_000_000 }
        let shown = Shown()
        let writer = try await dead.create("s", show: shown.show)
        _ = try await writer.commit([header("s")])
        await writer.show(delta("last words"))
        try await eventually { shown.events.count == 2 }
        try await home.kill(dead)
        let log = try home.open(.gone(2))
        try await log.copy("s", to: "t")
        #expect(try await log.all("t") == shown.events)
        #expect(try await log.orphans() == ["s"])
        await log.close()
    }
}
