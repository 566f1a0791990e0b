import ApusProcess
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Every suite that runs real processes, one test after the other: they measure time, and some of them take all of the machine.
@Suite(.serialized) enum RealProcesses {}

/// The build folder's executables: the test runner lies beside `apus-keeper`.
enum Built {
    static let keeper = path(of: "apus-keeper")
    static let owner = path(of: "process-owner")
    static let storm = path(of: "process-storm")
    static let probe = path(of: "escape-probe")
    static let escape = path(of: "escape-run")

    private static func path(of name: String) -> String {
        var room = [CChar](repeating: 0, count: 4096)
        let count = max(readlink("/proc/self/exe", &room, room.count), 0)
        var folder = String(decoding: room[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        while let slash = folder.lastIndex(of: "/") {
            folder = String(folder[..<slash])
            if access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        }
        return "/not-built/\(name)"
    }
}

/// A name in the environment of every process of one test's tree; what carries it and lives is a leftover.
struct Mark {
    let value = "mark-\(getpid())-\(UInt64.random(in: .min ... .max))"

    /// Living processes, zombies not counted: their environment is gone.
    var processes: [Int32] {
        numbers(in: "/proc").filter { pid in
            let entries = read("/proc/\(pid)/environ").split(separator: 0)
            return entries.contains { Array($0) == Array("MARK=\(value)".utf8) }
        }
    }
}

/// Collects output from the table's thread.
final class Collector: Sendable {
    private let state = Mutex<[[UInt8]]>([])

    var pieces: [[UInt8]] { state.withLock { $0 } }
    var bytes: [UInt8] { pieces.reduce(into: []) { $0.append(contentsOf: $1) } }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func add(_ piece: [UInt8]) { state.withLock { $0.append(piece) } }
}

/// Looks until the condition holds or the time is over; the last look decides.
func eventually(within limit: Duration = .seconds(10), _ condition: () async -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if await condition() { return true }
        // Cancellation only makes the next look come sooner.
        try? await Task.sleep(for: .milliseconds(5))
    }
    return await condition()
}

func read(_ path: String) -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var bytes: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 65536)
    while case let count = Glibc.read(file, &room, room.count), count > 0 { bytes += room[..<count] }
    return bytes
}

func numbers(in folder: String) -> [Int32] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [Int32] = []
    while let entry = readdir(stream) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        if let number = Int32(name) { found.append(number) }
    }
    return found
}

/// The parent of a process, from the line of its status that names it.
func parent(of pid: Int32) -> Int32? {
    let status = String(decoding: read("/proc/\(pid)/status"), as: UTF8.self)
    let line = status.split(separator: "\n").first { $0.hasPrefix("PPid:") }
    return line?.split(whereSeparator: { $0 == "\t" || $0 == " " }).last.flatMap { Int32($0) }
}

extension ProcessRequest {
    /// A bash script with the mark in its environment.
    static func bash(_ script: String, mark: Mark = Mark(), grace: Duration = .seconds(5), in folder: String = "/") -> ProcessRequest {
        ProcessRequest(
            executable: "bash",
            arguments: ["-c", script],
            environment: ["PATH": "/usr/bin:/bin", "MARK": mark.value],
            workingDirectory: folder,
            terminationGrace: grace
        )
    }
}

/// A tree three deep that tries to get away: double forks, sessions of their own, SIGTERM and SIGHUP ignored.
let fugitives = """
    trap '' TERM HUP INT
    ( ( setsid sleep 1000 & ) & )
    ( setsid bash -c "trap '' TERM HUP; ( sleep 1000 & ); setsid bash -c 'sleep 1000 & wait' & wait" & )
    bash -c "bash -c 'sleep 1000 & wait' & wait" &

    """
let fugitiveSleepers = 4

/// A `process-owner` that no keeper of ours watches: what becomes of its command is its own keeper's doing.
struct Owner {
    let pid: Int32

    /// Runs the command through the owner's table, with the mark in its environment.
    init(running command: [String], mark: Mark) throws {
        let arguments = [Built.owner, Built.keeper, "run"] + command
        // The owner hands its own mark on, and so carries it; it is told from its command by its pid.
        let environment = ["PATH=/usr/bin:/bin", "MARK=\(mark.value)"]
        var made: pid_t = -1
        let code = withCStrings(arguments) { arguments in
            withCStrings(environment) { posix_spawn(&made, Built.owner, nil, nil, arguments, $0) }
        }
        pid = made
        try #require(code == 0)
    }

    /// Ends the owner and reaps it.
    func end(by signal: Int32) {
        kill(pid, signal)
        waitpid(pid, nil, 0)
    }
}

private func withCStrings<Result>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result) -> Result {
    let copies = strings.map { strdup($0) }
    defer { copies.forEach { free($0) } }
    return body(copies + [nil])
}
