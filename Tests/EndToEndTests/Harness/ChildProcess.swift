import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a child reads.
enum StandardInput: Sendable {
    /// `/dev/null`.
    case none
    case file(String)
    /// A pipe with this text and then its end.
    case pipe(String)
    /// A pipe that stays open and silent.
    case idlePipe
    /// The same as `pipe`, through a socket.
    case socket(String)
    /// No descriptor at all.
    case closed
}

/// What came of a child.
struct Outcome: Sendable {
    enum Status: Hashable, Sendable {
        case exited(Int32)
        case killed(Int32)
    }

    var status: Status
    var stdout: [UInt8]
    var stderr: [UInt8]

    var text: String { String(decoding: stdout, as: UTF8.self) }
    var diagnostics: String { String(decoding: stderr, as: UTF8.self) }
    /// For the comment of an expectation.
    var everything: String { "\(status)\n--- stdout\n\(text)\n--- stderr\n\(diagnostics)" }
}

struct ChildError: Error, CustomStringConvertible {
    var description: String
}

/// A program that runs. Its output goes to files, so that neither a full pipe nor a grandchild that keeps one open can hold a test.
final class ChildProcess: Sendable {
    let pid: pid_t
    private let stdoutPath: String
    private let stderrPath: String
    private let terminal: PseudoTerminal?
    private let state: Mutex<State>

    private struct State {
        var status: Outcome.Status?
        var waiters: [CheckedContinuation<Outcome.Status, Never>] = []
        /// The other end of an idle pipe.
        var openPipe: Int32?
    }

    /// - Parameters:
    ///   - environment: all of it; nothing is inherited.
    ///   - scratch: a folder for the output files, which must live as long as the child.
    ///   - hasReader: false gives a stdout whose other end is closed.
    ///   - terminal: the child's controlling terminal, its stdin and its stderr; what it writes there is the outcome's stderr.
    init(
        _ program: String, _ arguments: [String], environment: [String: String], directory: String, stdin: StandardInput = .none,
        scratch: String, hasReader: Bool = true, terminal: (PseudoTerminal, PseudoTerminal.Stdout)? = nil
    ) throws {
        let stem = "\(scratch)/child-\(UUID().uuidString)"
        stdoutPath = stem + ".out"
        stderrPath = stem + ".err"
        self.terminal = terminal?.0
        let (input, openPipe) = try terminal.map { (try $0.0.openChildEnd(), nil) } ?? ChildProcess.input(stdin, stem: stem)
        let output =
            terminal?.1 == .toTerminal
            ? try ChildProcess.duplicate(input)
            : hasReader ? try ChildProcess.open(stdoutPath, O_WRONLY | O_CREAT | O_TRUNC) : try ChildProcess.brokenPipe()
        let errors =
            terminal == nil ? try ChildProcess.open(stderrPath, O_WRONLY | O_CREAT | O_TRUNC) : try ChildProcess.duplicate(input)
        defer { for descriptor in [input, output, errors] { close(descriptor) } }
        // The shell and setsid replace themselves: the pid is the program's.
        var script = "cd \"$1\" && shift && exec \"$@\""
        if case .closed = stdin { script += " <&-" }
        let session = terminal == nil ? [] : ["setsid", "-c"]
        let words = ["/bin/sh", "-c", script, "sh", directory] + session + [program] + arguments
        pid = try ChildProcess.spawn(words, environment, input, output, errors, leadsGroup: terminal == nil)
        state = Mutex(State(openPipe: openPipe))
        self.terminal?.startReading()
        Thread.detachNewThread { [self] in reap() }
    }

    deinit {
        if let pipe = state.withLock({ $0.openPipe }) { close(pipe) }
    }

    var stdoutSoFar: String { String(decoding: ChildProcess.contents(stdoutPath), as: UTF8.self) }
    var stderrSoFar: String { String(decoding: ChildProcess.contents(stderrPath), as: UTF8.self) }
    var hasEnded: Bool { state.withLock { $0.status != nil } }

    /// Does nothing once the child has ended.
    func send(_ signal: Int32) {
        state.withLock { state in
            if state.status == nil { kill(pid, signal) }
        }
    }

    /// Waits for the end. After `limit` the child is killed and an error thrown that shows what it wrote.
    func finish(within limit: Duration = .seconds(60)) async throws -> Outcome {
        let isLate = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = await self.end()
                return false
            }
            group.addTask {
                // Cancelled means that the child ended in time.
                do { try await Task.sleep(for: limit) } catch { return false }
                self.send(SIGKILL)
                return true
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        let status = await end()
        if let terminal { try await eventually("the terminal is read to its end", within: .seconds(20)) { terminal.hasEnded } }
        let outcome = Outcome(
            status: status, stdout: ChildProcess.contents(stdoutPath), stderr: terminal?.bytes ?? ChildProcess.contents(stderrPath))
        if isLate { throw ChildError(description: "not finished within \(limit), so killed: \(outcome.everything)") }
        return outcome
    }

    private func end() async -> Outcome.Status {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Looks without taking the pid away, so that no signal can reach a stranger.
    private func reap() {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        let (status, waiters) = state.withLock { state in
            var raw: Int32 = 0
            while waitpid(pid, &raw, 0) < 0 && errno == EINTR {}
            let status: Outcome.Status = raw & 0x7f == 0 ? .exited((raw >> 8) & 0xff) : .killed(raw & 0x7f)
            state.status = status
            defer { state.waiters = [] }
            return (status, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }
}

extension ChildProcess {
    fileprivate static func input(_ stdin: StandardInput, stem: String) throws -> (descriptor: Int32, openPipe: Int32?) {
        switch stdin {
        case .none, .closed: return (try open("/dev/null", O_RDONLY), nil)
        case .file(let text):
            let path = stem + ".in"
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            return (try open(path, O_RDONLY), nil)
        case .pipe(let text):
            let (reader, writer) = try pipe()
            fill(writer, text)
            return (reader, nil)
        case .socket(let text):
            let (reader, writer) = try socketPair()
            fill(writer, text)
            return (reader, nil)
        case .idlePipe:
            let (reader, writer) = try pipe()
            return (reader, writer)
        }
    }

    private static func fill(_ writer: Int32, _ text: String) {
        // What fits a buffer needs no thread.
        precondition(text.utf8.count <= 60_000, "longer input goes by file")
        let bytes = Array(text.utf8)
        _ = write(writer, bytes, bytes.count)
        close(writer)
    }

    private static func socketPair() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw ChildError(description: "no socket: \(errno)") }
        return (ends[0], ends[1])
    }

    fileprivate static func brokenPipe() throws -> Int32 {
        let (reader, writer) = try pipe()
        close(reader)
        return writer
    }

    private static func pipe() throws -> (reader: Int32, writer: Int32) {
        var ends: [Int32] = [-1, -1]
        #if canImport(Darwin)
            let failure = Darwin.pipe(&ends)
        #elseif canImport(Musl)
            let failure = Musl.pipe(&ends)
        #else
            let failure = Glibc.pipe(&ends)
        #endif
        guard failure == 0 else { throw ChildError(description: "no pipe: \(errno)") }
        return (ends[0], ends[1])
    }

    fileprivate static func duplicate(_ descriptor: Int32) throws -> Int32 {
        let copy = dup(descriptor)
        guard copy >= 0 else { throw ChildError(description: "cannot duplicate a descriptor: \(errno)") }
        return copy
    }

    fileprivate static func open(_ path: String, _ flags: Int32) throws -> Int32 {
        #if canImport(Darwin)
            let descriptor = Darwin.open(path, flags, 0o600)
        #elseif canImport(Musl)
            let descriptor = Musl.open(path, flags, 0o600)
        #else
            let descriptor = Glibc.open(path, flags, 0o600)
        #endif
        guard descriptor >= 0 else { throw ChildError(description: "cannot open \(path): \(errno)") }
        return descriptor
    }

    fileprivate static func contents(_ path: String) -> [UInt8] {
        // Missing means that nothing was written.
        (try? Data(contentsOf: URL(fileURLWithPath: path))).map(Array.init) ?? []
    }

    /// A group of its own if `leadsGroup`, no signal ignored or blocked, and no descriptor of ours but the three.
    fileprivate static func spawn(
        _ words: [String], _ environment: [String: String], _ input: Int32, _ output: Int32, _ errors: Int32, leadsGroup: Bool
    ) throws -> pid_t {
        keepDescriptorsHere()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (source, target) in [(input, 0), (output, 1), (errors, 2)] as [(Int32, Int32)] {
            posix_spawn_file_actions_adddup2(&actions, source, target)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let group = leadsGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))

        let argv = words.map { strdup($0) } + [nil]
        let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let failure = posix_spawn(&pid, words[0], &actions, &attributes, argv, envp)
        guard failure == 0 else { throw ChildError(description: "cannot start \(words[0]): \(failure)") }
        return pid
    }

    private static func keepDescriptorsHere() {
        // Without /proc nothing is closed, which only leaves descriptors open in the child.
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? [] {
            guard let descriptor = Int32(name), descriptor > 2 else { continue }
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0, flags & FD_CLOEXEC == 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }
}
