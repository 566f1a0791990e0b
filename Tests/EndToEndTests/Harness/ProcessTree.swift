import Foundation

/// A tree of processes three deep that tries to get away: background children, a double fork, and a leader of a session of its own
/// with children. All of them are recognised by a number that nobody else has.
struct ProcessTree: Sendable {
    private let token = String(UInt32.random(in: 100_000_000...999_999_999))

    /// What each leaf runs; the first leaf is in the foreground.
    private var leaf: String { "sleep 1000.\(token)" }

    /// Six sleepers under `sh`.
    var command: String {
        "sh -c 'sh -c \"\(leaf) & \(leaf)\" & (setsid sh -c \"\(leaf) & \(leaf)\" &) ; (\(leaf) &) ; \(leaf)'"
    }

    static let leaves = 6

    /// Pids of every process, shells included, whose command line bears the number.
    var alive: [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { pid in
            // A process may end while it is looked at.
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
            return String(decoding: bytes, as: UTF8.self).contains("1000.\(token)")
        }
    }

    private var sleepers: Int {
        alive.count { pid in
            let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            return bytes.starts(with: Data("sleep\0".utf8))
        }
    }

    /// Returns when every leaf runs.
    func hasGrown(within limit: Duration = .seconds(60)) async throws {
        try await eventually("the tree has \(ProcessTree.leaves) leaves", within: limit) { sleepers == ProcessTree.leaves }
    }

    /// Returns when nothing of it is left.
    func isGone(within limit: Duration = .seconds(10)) async throws {
        try await eventually("the tree is gone", within: limit) { alive.isEmpty }
    }

    /// For the end of a test that failed.
    func fell() {
        for pid in alive { kill(pid, SIGKILL) }
    }
}

/// For states of the system that nobody announces: looks again and again until `holds`, and throws after `limit`.
func eventually(_ what: String, within limit: Duration, _ holds: () throws -> Bool) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try !holds() {
        guard clock.now < deadline else { throw ChildError(description: "not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(10))
    }
}
