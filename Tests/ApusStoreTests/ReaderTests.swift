import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusStore

@Suite struct ReaderTests {
    private let home = TemporaryHome()

    /// One read of a follower: where it stood, how many it asked for, what was shown when it asked, and what it got.
    private struct Look: Sendable {
        var cursor: EventNumber
        var limit: Int
        var shownBefore: EventNumber
        var got: [Event]
    }

    /// A follower that loses its connection at random, together with the last of what it had, and goes on from its cursor.
    private static func follow(
        _ log: SQLiteEventLog, _ shown: Shown, seed: UInt64, times: Int, ringing bell: AsyncStream<Void>.Continuation
    ) async throws -> [Look] {
        var generator = SeededGenerator(seed: seed)
        var held: [EventNumber] = []
        var looks: [Look] = []
        for _ in 0..<times {
            if Int.random(in: 0..<3, using: &generator) == 0 {
                held.removeLast(min(held.count, Int.random(in: 0...60, using: &generator)))
            }
            let limit = Int.random(in: 1...64, using: &generator)
            let cursor = held.last ?? 0
            let before = shown.newest
            let got = try await log.events(in: "s", after: cursor, limit: limit)
            bell.yield()
            // At the tip a look is answered from memory at once, and the writer shall have its turn.
            if got.count < limit { await Task.yield() }
            held += got.map(\.number)
            looks.append(Look(cursor: cursor, limit: limit, shownBefore: before, got: got))
        }
        return looks
    }

    @Test(.timeLimit(.minutes(10))) func aReaderThatDisconnectsTenThousandTimesSeesExactlyThePiecesInOrder() async throws {
        let log = try home.open { $0.foldNanoseconds = 300_000 }
        let neighbour = try home.open(.gone())
        let shown = Shown()
        let writer = try await log.create("s", show: shown.show)
        // The writer takes two steps for each look, so that followers are mostly where deltas move from the journal into rows.
        let (looks, bell) = AsyncStream.makeStream(of: Void.self)
        let writing = Task {
            var history = RandomHistory(seed: 42, session: "s")
            for await _ in looks {
                for _ in 0..<2 {
                    switch history.next() {
                    case .commit(let facts): _ = try await writer.commit(facts)
                    case .show(let delta): await writer.show(delta)
                    }
                }
            }
        }
        for _ in 0..<100 { bell.yield() }
        try await eventually { shown.newest > 100 }
        let own = try await withThrowingTaskGroup(of: [Look].self) { group in
            for seed in 1...4 {
                group.addTask { try await ReaderTests.follow(log, shown, seed: UInt64(seed), times: 2_500, ringing: bell) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let foreign = try await ReaderTests.follow(neighbour, shown, seed: 9, times: 500, ringing: bell)
        bell.finish()
        try await writing.value
        _ = try await writer.commit([])

        let all = shown.events
        let places = Dictionary(uniqueKeysWithValues: all.enumerated().map { ($1.number, $0) })
        #expect(own.count == 10_000)
        #expect(own.contains { $0.got.isEmpty } && own.contains { $0.got.count == $0.limit })
        var wrong = 0
        for (look, isOwn) in own.map({ ($0, true) }) + foreign.map({ ($0, false) }) {
            let start = (places[look.cursor] ?? -1) + 1
            let isExact = look.got.elementsEqual(all[start...].prefix(look.got.count))
            // Whatever had been shown before it asked, a reader of the same process gets.
            let isWhole = look.got.count == look.limit || (look.got.last?.number ?? look.cursor) >= look.shownBefore
            if !isExact || isOwn && !isWhole { wrong += 1 }
        }
        #expect(wrong == 0)
        #expect(try await log.all("s", page: 7) == all)
        await log.close()
        #expect(try await neighbour.all("s") == all)
        await neighbour.close()
    }
}
