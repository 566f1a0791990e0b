import ApusWorkspace
import Synchronization
import Testing

private final class Load: Sendable {
    private let counts = Mutex((running: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func enter() {
        counts.withLock { counts in
            counts.running += 1
            counts.most = max(counts.most, counts.running)
        }
    }

    func leave() { counts.withLock { $0.running -= 1 } }
}

@Suite struct BlockingWorkTests {
    @Test func neverMoreThanItsWidthAtOnceAndAllAreRun() async {
        let work = BlockingWork(width: 3, label: "test")
        let load = Load()
        let sum = await withTaskGroup(of: Int.self) { group in
            for number in 1...200 {
                group.addTask {
                    await work.run { _ in
                        load.enter()
                        defer { load.leave() }
                        return number
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(sum == 20_100)
        #expect(load.most <= 3)
    }

    @Test func cancellingTheTaskRaisesTheFlag() async {
        let work = BlockingWork(width: 1, label: "test")
        let task = Task {
            await work.run { flag in
                while !flag.isCancelled {}
                return "ended"
            }
        }
        task.cancel()
        #expect(await task.value == "ended")
    }

    @Test func whatIsThrownArrives() async {
        let work = BlockingWork(width: 1, label: "test")
        await #expect(throws: PathFault.cancelled) { try await work.run { _ throws(PathFault) -> Int in throw .cancelled } }
    }
}
