import ApusBase
import ApusCore
import ApusStore
import Foundation

/// The log's side of the hot path. `append` and `commit` have a writer thread of their own, which batches what is ready, so their
/// counts move by some per cent from run to run and have no threshold.
extension Benchmark {
    static let reduce = Benchmark(name: "reduce", summary: "one text delta folded into a session's state") { count in
        var state = SessionState(id: "bench")
        for index in 0..<count {
            // An item of 200 deltas, as a long answer has.
            let delta = Delta(item: ItemID("item-\(index / 200)"), message: "message", channel: .text, text: " jumps over")
            state.reduce(Event(number: EventNumber(index + 1), time: 0, kind: .delta(delta)))
            if index % 200 == 199 {
                let item = Item(id: ItemID("item-\(index / 200)"), message: "message", content: .text("done"))
                state.reduce(Event(number: EventNumber(index + 1), time: 0, kind: .itemFinished(item)))
            }
        }
        return Int(state.lastEvent)
    }

    static let append = Benchmark(name: "append", summary: "one text delta through journal and fold to the database, shown") { count in
        await withLog { writer in
            for index in 0..<count {
                await writer.show(Delta(item: "item", message: "message", channel: .text, text: " jumps over \(index)"))
            }
            return Int(try await writer.commit([.titleChanged("end")]))
        }
    }

    static let commit = Benchmark(name: "commit", summary: "one fact committed and awaited by itself") { count in
        await withLog { writer in
            var last = 0
            for index in 0..<count { last = Int(try await writer.commit([.titleChanged("title \(index)")])) }
            return last
        }
    }

    private struct FixedTime: TimeSource {
        var now: Timestamp { 1_763_724_000_000 }
        func sleep(for duration: Duration) async throws(CancellationError) {}
    }

    private static func withLog(_ body: (any SessionWriter) async throws -> Int) async -> Int {
        let home = FileManager.default.temporaryDirectory.appendingPathComponent("apus-bench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: home) }
        do {
            let log = try SQLiteEventLog.open(at: home.path, time: FixedTime())
            let writer = try await log.create("bench") { _ in }
            _ = try await writer.commit([
                .sessionCreated(SessionHeader(id: "bench", createdAt: 0, workingDirectory: "/"), SessionSettings())
            ])
            let result = try await body(writer)
            await writer.close()
            await log.close()
            return result
        } catch {
            fatalError("\(error)")
        }
    }
}
