import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusStore

@Suite struct SnapshotTests {
    private let home = TemporaryHome()

    @Test(arguments: UInt64(1)...3) func foldingAllIsFoldingSnapshotAndTailAtEveryCut(seed: UInt64) throws {
        let events = RandomHistory.events(seed: seed, steps: 160)
        let whole = fold(events, "random-session")
        var state = SessionState(id: "random-session")
        for (index, event) in events.enumerated() {
            state.reduce(event)
            let restored = try SessionState(decoding: JSONValue(parsing: state.encoded().serialized()))
            #expect(restored == state)
            #expect(fold(events[(index + 1)...], from: restored, "random-session") == whole)
        }
    }

    @Test func theStoredSnapshotAndTheStoredTailGiveTheState() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        var history = RandomHistory(seed: 5, session: "s")
        for step in 0..<600 {
            switch history.next() {
            case .commit(let facts): _ = try await writer.commit(facts)
            case .show(let delta): await writer.show(delta)
            }
            guard step % 13 == 0 else { continue }
            // Deltas that are in no row yet are part of the snapshot too.
            try await eventually { log.inbox.waitingEntries == 0 }
            try await writer.save(fold(shown.events, "s"))
            let snapshot = try #require(try await log.snapshot(of: "s"))
            let tail = try await log.events(in: "s", after: snapshot.lastEvent, limit: .max)
            #expect(fold(tail, from: snapshot, "s") == fold(try await log.all("s"), "s"))
        }
        await log.close()
        let again = try home.open()
        let snapshot = try #require(try await again.snapshot(of: "s"))
        let tail = try await again.events(in: "s", after: snapshot.lastEvent, limit: .max)
        #expect(fold(tail, from: snapshot, "s") == fold(shown.events, "s"))
        await again.close()
    }

    @Test func onlyTheNewestSnapshotIsKeptAndNoneIsAheadOfTheLog() async throws {
        let log = try home.open()
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        #expect(try await log.snapshot(of: "s") == nil)
        _ = try await writer.commit([header("s"), .titleChanged("one"), .titleChanged("two")])
        let newer = fold(shown.events, "s")
        try await writer.save(newer)
        try await writer.save(fold(shown.events.prefix(2), "s"))
        #expect(try await log.snapshot(of: "s") == newer)
        var ahead = newer
        ahead.lastEvent = 4
        #expect(sentence(await failure { try await writer.save(ahead) }).contains("ahead of its log"))
        #expect(try await log.snapshot(of: "s") == newer)
        await log.close()
    }

    @Test func aSnapshotNobodyCanReadIsAsGoodAsNone() async throws {
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        _ = try await writer.commit([header("s")])
        try await log.execute("INSERT INTO snapshots (session, number, payload) SELECT key, 1, '{}' FROM sessions")
        #expect(try await log.snapshot(of: "s") == nil)
        await log.close()
    }
}
