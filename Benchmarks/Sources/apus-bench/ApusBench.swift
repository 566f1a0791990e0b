import Dispatch
import Synchronization

/// `apus-bench NAME ITERATIONS` repeats one benchmark and prints the time of each operation; `apus-bench` alone lists the names.
@main
struct ApusBench {
    static func main() {
        let arguments = CommandLine.arguments.dropFirst()
        guard let name = arguments.first else {
            for benchmark in Benchmark.all { print("\(benchmark.name)\t\(benchmark.summary)") }
            return
        }
        guard let benchmark = Benchmark.all.first(where: { $0.name == name }), let count = arguments.dropFirst().first.flatMap({ Int($0) }),
            count > 0
        else {
            fatalError("usage: apus-bench [\(Benchmark.all.map(\.name).joined(separator: "|"))] ITERATIONS")
        }
        let result = Mutex((sum: 0, time: Duration.zero))
        let done = DispatchSemaphore(value: 0)
        // SAFETY: main waits for the task. It is not asynchronous itself, because its thread would then end before the process does,
        // which valgrind does not survive.
        Task.detached {
            var sum = 0
            let time = await ContinuousClock().measure { sum = await benchmark.run(count) }
            result.withLock { $0 = (sum, time) }
            done.signal()
        }
        done.wait()
        let (sum, time) = result.withLock { $0 }
        let nanoseconds = Double(time.components.attoseconds) / 1e9 + Double(time.components.seconds) * 1e9
        print("\(name) \(count) operations, \(Int(nanoseconds / Double(count))) ns each (\(sum))")
    }
}
