import ApusBase
import ApusCore
import ApusStore
import ApusTesting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A process that writes to a log, for tests that kill it and for measuring.
///
///     log-writer-fixture write <home> <session> <seed>   appends until it is killed, printing what was shown
///     log-writer-fixture once <home> <session>           makes one session with five events and ends
///     log-writer-fixture hold <home> <session>           owns a session until its standard input ends
///     log-writer-fixture bench <home>                    prints rates
@main
struct LogWriter {
    static func main() async {
        let arguments = CommandLine.arguments
        do {
            switch arguments.dropFirst().first {
            case "write": try await write(arguments[2], SessionID(arguments[3]), seed: UInt64(arguments[4]) ?? 0)
            case "once": try await once(arguments[2], SessionID(arguments[3]))
            case "hold": try await hold(arguments[2], SessionID(arguments[3]))
            case "bench": try await Bench(home: arguments[2]).run()
            default: fail("Usage: write|once|hold|bench <home> …")
            }
        } catch {
            fail("\(error)")
        }
    }

    private static func write(_ home: String, _ session: SessionID, seed: UInt64) async throws {
        let log = try SQLiteEventLog.open(at: home, time: WallTime())
        let writer: any SessionWriter
        do {
            writer = try await log.open(session, show: printShown)
        } catch EventLogError.notFound {
            writer = try await log.create(session, show: printShown)
        }
        var history = RandomHistory(seed: seed, session: session)
        while true {
            switch history.next() {
            case .commit(let facts): _ = try await writer.commit(facts)
            case .show(let delta): await writer.show(delta)
            }
        }
    }

    private static func once(_ home: String, _ session: SessionID) async throws {
        let log = try SQLiteEventLog.open(at: home, time: WallTime())
        let writer = try await log.create(session) { _ in }
        _ = try await writer.commit([.sessionCreated(SessionHeader(id: session, createdAt: 1, workingDirectory: "/"), SessionSettings())])
        for word in ["one", "two", "three"] {
            await writer.show(Delta(item: "item", message: "message", channel: .text, text: word))
        }
        _ = try await writer.commit([.titleChanged(session.rawValue)])
        await writer.close()
        await log.close()
    }

    private static func hold(_ home: String, _ session: SessionID) async throws {
        let log = try SQLiteEventLog.open(at: home, time: WallTime())
        let writer = try await log.create(session) { _ in }
        _ = try await writer.commit([.sessionCreated(SessionHeader(id: session, createdAt: 1, workingDirectory: "/"), SessionSettings())])
        printLine("\(getpid())")
        var byte: UInt8 = 0
        while read(0, &byte, 1) > 0 {}
        await writer.close()
        await log.close()
    }

    /// One line an event, one `write` a call: what the reader got was shown for certain.
    private static func printShown(_ events: [Event]) {
        printLine(events.map { "\($0.number)\t\($0.time)\t\($0.kind.encoded().serialized())" }.joined(separator: "\n"))
    }

    static func printLine(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { systemWrite(1, $0.baseAddress?.advanced(by: written), bytes.count - written) }
            if count <= 0 { exit(0) }
            written += count
        }
    }

    private static func fail(_ message: String) -> Never {
        let bytes = Array((message + "\n").utf8)
        _ = bytes.withUnsafeBytes { systemWrite(2, $0.baseAddress, bytes.count) }
        exit(1)
    }
}

struct WallTime: TimeSource {
    var now: Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    func sleep(for duration: Duration) async throws(CancellationError) {
        do {
            try await ContinuousClock().sleep(for: duration)
        } catch {
            throw CancellationError()
        }
    }
}

/// Inside `LogWriter` the name `write` means its own function.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
