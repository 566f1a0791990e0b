import Foundation
import Synchronization

/// The executable that writes to a log in a process of its own, started without a shell and always waited for.
final class Fixture: Sendable {
    let process: pid_t
    private let input: Int32
    private let output: Int32

    private static let starting = Mutex<Void>(())

    /// Beside the test executable.
    private static let path: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = count > 0 ? String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : CommandLine.arguments[0]
        return URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("log-writer-fixture").path
    }()

    init(_ arguments: [String]) throws {
        // A pipe end that another child inherits would never end.
        (process, input, output) = try Fixture.starting.withLock { _ in
            var toChild: [Int32] = [0, 0]
            var fromChild: [Int32] = [0, 0]
            guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw FixtureError(text: "pipe: \(errno)") }
            for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
            posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
            let texts = ([Fixture.path] + arguments).map { strdup($0) }
            defer { for text in texts { free(text) } }
            var child: pid_t = 0
            let code = posix_spawn(&child, Fixture.path, &actions, nil, texts + [nil], environ)
            close(toChild[0])
            close(fromChild[1])
            guard code == 0 else { throw FixtureError(text: "\(Fixture.path): error \(code)") }
            return (child, toChild[1], fromChild[0])
        }
    }

    /// Reads whole lines until there are `count` or the output ends. Blocks.
    func lines(_ count: Int = .max) -> [String] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        var newlines = 0
        while newlines < count {
            let got = read(output, &buffer, buffer.count)
            if got <= 0 { break }
            newlines += buffer[..<got].count { $0 == 0x0A }
            bytes += buffer[..<got]
        }
        // What stands behind the last newline was torn by the kill.
        let whole = bytes.lastIndex(of: 0x0A).map { bytes[...$0] } ?? []
        return whole.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Ends the input, waits, and gives the exit status; 128 + n for signal n. Blocks.
    func wait() -> Int32 {
        close(input)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        close(output)
        return status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    }

    func kill() { _ = Foundation.kill(process, SIGKILL) }

    /// Runs blocking work on a thread that may block.
    static func blocking<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try work() }) }.start()
        }
    }
}

struct FixtureError: Error {
    var text: String
}
