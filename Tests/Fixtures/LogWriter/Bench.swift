import ApusBase
import ApusCore
import ApusStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Rates of the log on this machine. CPU is that of the whole process, both sides of every hand-over included.
struct Bench {
    let home: String

    func run() async throws {
        for width in [1, 32, 256] { try await facts(width: width, rounds: 60_000 / (width + 30)) }
        try await deltas(sessions: 1, count: 400_000)
        try await deltas(sessions: 50, count: 8_000)
        try await creations(2_000)
    }

    /// `width` sessions commit one fact each at the same time, so that a tick carries about so many.
    private func facts(width: Int, rounds: Int) async throws {
        let log = try SQLiteEventLog.open(at: home, time: WallTime())
        let writers = try await sessions(width, log, "facts-\(width)")
        let start = Moment()
        await withTaskGroup(of: Void.self) { group in
            for writer in writers {
                group.addTask {
                    for round in 0..<rounds { _ = try? await writer.commit([.titleChanged("A title of ordinary length, number \(round)")]) }
                }
            }
        }
        start.report("commit, \(width) at a time", count: width * rounds, unit: "fact")
        await log.close()
    }

    private func deltas(sessions count: Int, count each: Int) async throws {
        let log = try SQLiteEventLog.open(at: home, time: WallTime())
        let writers = try await sessions(count, log, "deltas-\(count)")
        let start = Moment()
        await withTaskGroup(of: Void.self) { group in
            for (index, writer) in writers.enumerated() {
                group.addTask {
                    let item = ItemID.unique()
                    let message = MessageID.unique()
                    for _ in 0..<each { await writer.show(Delta(item: item, message: message, channel: .text, text: "piece \(index) ")) }
                    _ = try? await writer.commit([])
                }
            }
        }
        start.report("show, \(count) session\(count == 1 ? "" : "s")", count: count * each, unit: "delta")
        await log.close()
    }

    private func creations(_ count: Int) async throws {
        let log = try SQLiteEventLog.open(at: home, time: WallTime())
        let start = Moment()
        _ = try await sessions(count, log, "new")
        start.report("create and first commit", count: count, unit: "session")
        await log.close()
    }

    private func sessions(_ count: Int, _ log: SQLiteEventLog, _ name: String) async throws -> [any SessionWriter] {
        var writers: [any SessionWriter] = []
        for index in 0..<count {
            let id = SessionID("\(name)-\(index)-\(randomToken(length: 6))")
            let writer = try await log.create(id) { _ in }
            _ = try await writer.commit([.sessionCreated(SessionHeader(id: id, createdAt: 1, workingDirectory: "/"), SessionSettings())])
            writers.append(writer)
        }
        return writers
    }
}

/// Wall and CPU time since it was made.
struct Moment {
    private let wall = ContinuousClock.now
    private let processor = Moment.processorMicroseconds()

    func report(_ name: String, count: Int, unit: String) {
        let elapsed = wall.duration(to: .now)
        let micros = Double(elapsed.components.seconds) * 1e6 + Double(elapsed.components.attoseconds) / 1e12
        let rate = Int(Double(count) / micros * 1e6)
        let spent = Double(Moment.processorMicroseconds() - processor) / Double(count)
        LogWriter.printLine("\(name): \(count) in \(Int(micros / 1000)) ms, \(rate)/s, \((spent * 100).rounded() / 100) µs CPU per \(unit)")
    }

    private static func processorMicroseconds() -> Int {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1000
    }
}
