package import ApusBase
import DroidWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `<home>/daemon/daemon.log`: a line for each thing worth knowing afterwards. Bounded, without secrets, and no text of anybody can
/// forge a line (threats S8, S19).
package final class DaemonLog: Sendable {
    package enum Level: String, Sendable {
        case info, warning, error
    }

    private struct State {
        var descriptor: Int32 = -1
        var size = 0
    }

    private let path: String
    private let redaction: Redaction
    private let maximumBytes: Int
    private let time = SystemTime()
    private let state: Mutex<State>

    /// Older files beside the current one: `daemon.log.1` is the newest of them.
    package static let olderFiles = 2
    /// One text of a line, in Unicode scalars.
    private static let maximumLength = 2_000

    /// - Parameter redaction: of every secret that is known; texts that hold one are logged without it.
    package init(_ path: String, redaction: Redaction = .none, maximumBytes: Int = 8 << 20) throws(DaemonFileError) {
        self.path = path
        self.redaction = redaction
        self.maximumBytes = maximumBytes
        guard let opened = Self.open(path) else { throw .system("open", path) }
        state = Mutex(opened)
    }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    /// - Parameters:
    ///   - message: the same words each time.
    ///   - facts: what differs, by name.
    package func write(_ level: Level, _ message: String, _ facts: KeyValuePairs<String, String> = [:]) {
        var line = "\(DroidTimestamp(millisecondsSince1970: time.now)) \(level.rawValue) \(shown(message))"
        for (name, value) in facts { line += " \(name)=\(quoted(shown(value)))" }
        let bytes = Array((line + "\n").utf8)
        state.withLock { state in
            if state.size + bytes.count > maximumBytes, state.size > 0 { rotate(&state) }
            guard state.descriptor >= 0 else { return }
            // A full disk must not end the daemon; what cannot be written is lost.
            let count = bytes.withUnsafeBytes { systemWrite(state.descriptor, $0.baseAddress, $0.count) }
            state.size += max(count, 0)
        }
    }

    private func shown(_ text: String) -> String {
        // Before it is cut: half of a secret is no longer recognised.
        let redacted = redaction.apply(to: text)
        let scalars = redacted.unicodeScalars
        let cut = scalars.count > Self.maximumLength ? String(String.UnicodeScalarView(scalars.prefix(Self.maximumLength))) + "…" : redacted
        return escapedForDisplay(cut, keepingNewlines: false)
    }

    private func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && !text.unicodeScalars.contains { $0 == " " || $0 == "\"" || $0 == "=" }
        return isPlain ? text : "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
    }

    private func rotate(_ state: inout State) {
        close(state.descriptor)
        for number in stride(from: Self.olderFiles, through: 1, by: -1) {
            rename(number == 1 ? path : "\(path).\(number - 1)", "\(path).\(number)")
        }
        state = Self.open(path) ?? State()
    }

    private static func open(_ path: String) -> State? {
        let descriptor = systemOpen(path)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        return State(descriptor: descriptor, size: fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0)
    }
}

// Inside `DaemonLog` the names of these calls mean its own functions.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
private func systemOpen(_ path: String) -> Int32 { open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600) }
