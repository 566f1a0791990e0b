import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusStore

/// Copies that end before their source does.
@Suite struct PartialCopyTests {
    private let home = TemporaryHome()

    /// At every number: within text runs, at their ends, between facts.
    @Test func aCopyHasExactlyTheEventsUpToItsEnd() async throws {
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        var history = RandomHistory(seed: 23, session: "s")
        for _ in 0..<120 {
            switch history.next() {
            case .commit(let facts): _ = try await writer.commit(facts)
            case .show(let delta): await writer.show(delta)
            }
        }
        let last = try await writer.commit([.titleChanged("the end")])
        let source = try await log.all("s")
        try await writer.save(fold(source, "s"))
        for end in stride(from: EventNumber(0), through: last + 2, by: 7) {
            let copy = SessionID("copy-\(end)")
            try await log.copy("s", to: copy, upTo: end)
            let expected = source.filter { $0.number <= end }
            #expect(try await log.all(copy) == expected)
            let state = fold(expected, copy)
            let listed = try await log.sessions(withPrefix: copy.rawValue, limit: 2).filter { $0.header.id == copy }
            // A session without a birth is on no list.
            if !expected.isEmpty, !listed.isEmpty {
                #expect(listed.map(\.title) == [state.title.replacing("\0", with: "")])
            }
            #expect(try await log.snapshot(of: copy) == (end >= last ? fold(source, "s") : nil))
            let fork = try await log.open(copy) { _ in }
            #expect(try await fork.commit([.titleChanged("on")]) > (expected.last?.number ?? 0))
            await fork.close()
        }
        #expect(try await log.all("s") == source)
        await log.close()
    }

    @Test func aCopyCountsTheFilesItKeeps() async throws {
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        let first = try await log.blobs.put(Array("first".utf8))
        let second = try await log.blobs.put(Array("second".utf8))
        func saved(_ hash: String) -> EventKind { .filesSaved([FileSnapshot(message: "m", path: "/a", content: hash, size: 5)]) }
        let end = try await writer.commit([header("s"), saved(first)])
        _ = try await writer.commit([saved(second)])
        try await log.copy("s", to: "t", upTo: end)
        for hash in [first, second] { try await log.blobs.release(hash) }
        #expect(try await log.blobs.get(first) == Array("first".utf8))
        #expect(try await log.blobs.get(second) == nil)
        await log.close()
    }
}
