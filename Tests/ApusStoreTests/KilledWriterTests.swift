import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusStore

@Suite struct KilledWriterTests {
    /// Four processes at a time on one home, each killed at a random moment and started again, fifty times.
    @Test(.timeLimit(.minutes(5))) func nothingShownIsLostAndNoNumberComesTwiceOverTwoHundredKills() async throws {
        let home = TemporaryHome()
        let lanes = try await withThrowingTaskGroup(of: (SessionID, [[String]]).self) { group in
            for lane in 0..<4 {
                group.addTask { (SessionID("lane-\(lane)"), try await KilledWriterTests.killFiftyTimes(lane, home.path)) }
            }
            var lanes: [(SessionID, [[String]])] = []
            for try await lane in group { lanes.append(lane) }
            return lanes
        }
        let log = try home.open()
        #expect(try await log.orphans().sorted() == lanes.map(\.0).sorted())
        #expect(home.journals.isEmpty)
        for (session, starts) in lanes {
            #expect(starts.count == 50)
            #expect(starts.allSatisfy { !$0.isEmpty })
            let shown = starts.flatMap { $0 }
            let stored = try await log.all(session)
            let lines = Set(stored.map { "\($0.number)\t\($0.time)\t\($0.kind.encoded().serialized())" })
            #expect(shown.filter { !lines.contains($0) } == [])
            let numbers = shown.compactMap { $0.split(separator: "\t").first.flatMap { EventNumber($0) } }
            #expect(numbers.count == shown.count)
            #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
            #expect(zip(stored, stored.dropFirst()).allSatisfy { $0.number < $1.number })
        }
        await log.close()
    }

    private static func killFiftyTimes(_ lane: Int, _ home: String) async throws -> [[String]] {
        var generator = SeededGenerator(seed: UInt64(lane))
        var starts: [[String]] = []
        for start in 0..<50 {
            let count = Int.random(in: 1...120, using: &generator)
            let lines = try await Fixture.blocking {
                let writer = try Fixture(["write", home, "lane-\(lane)", "\(lane * 1000 + start)"])
                var lines = writer.lines(count)
                writer.kill()
                lines += writer.lines()
                guard writer.wait() == 128 + SIGKILL else { throw FixtureError(text: "The writer ended by itself") }
                return lines
            }
            starts.append(lines)
        }
        return starts
    }

    @Test(.timeLimit(.minutes(5))) func twentyProcessesMakeOneHomeAtOnce() async throws {
        let home = TemporaryHome()
        let statuses = try await withThrowingTaskGroup(of: Int32.self) { group in
            for number in 0..<20 {
                group.addTask { try await Fixture.blocking { try Fixture(["once", home.path, "session-\(number)"]).wait() } }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 0, count: 20))
        let log = try home.open()
        #expect(try await log.sessions(withPrefix: "", limit: 100).count == 20)
        for number in 0..<20 { #expect(try await log.all(SessionID("session-\(number)")).count == 5) }
        #expect(try await log.orphans().isEmpty)
        await log.close()
    }

    @Test(.timeLimit(.minutes(5))) func aLiveNeighbourIsNeverRobbedAndADeadOneIs() async throws {
        let home = TemporaryHome()
        let log = try home.open()
        let neighbour = try Fixture(["hold", home.path, "s"])
        let line = try await Fixture.blocking { neighbour.lines(1) }
        #expect(line == ["\(neighbour.process)"])
        #expect(await failure { try await log.open("s") { _ in } } == .inUse("s", process: neighbour.process))
        #expect(try await log.orphans().isEmpty)
        #expect(try await log.sessions(withPrefix: "s", limit: 1).map(\.ownerProcess) == [neighbour.process])
        neighbour.kill()
        // Dead but not yet waited for: a zombie is in the process table and owns nothing.
        try await eventually { try await log.orphans() == ["s"] }
        let writer = try await log.open("s") { _ in }
        #expect(try await writer.commit([.titleChanged("taken")]) > StoreLimit.numberBlock)
        #expect(try await Fixture.blocking { neighbour.wait() } == 128 + SIGKILL)
        await log.close()
    }
}
