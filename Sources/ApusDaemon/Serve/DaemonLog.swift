package import ApusBase
import DroidWire

/// `<home>/daemon/daemon.log`: a line for each thing worth knowing afterwards. Bounded, without secrets, and no text of anybody can
/// forge a line (threats S8, S19).
package final class DaemonLog: Sendable {
    package enum Level: String, Sendable {
        case info, warning, error
    }

    private let redaction: Redaction
    private let time = SystemTime()
    private let file: BoundedLogFile

    /// One text of a line, in Unicode scalars.
    private static let maximumLength = 2_000

    /// - Parameter redaction: of every secret that is known; texts that hold one are logged without it.
    package init(_ path: String, redaction: Redaction = .none, maximumBytes: Int = 8 << 20) throws(DaemonFileError) {
        self.redaction = redaction
        file = try BoundedLogFile(path, maximumBytes: maximumBytes)
    }

    /// - Parameters:
    ///   - message: the same words each time.
    ///   - facts: what differs, by name.
    package func write(_ level: Level, _ message: String, _ facts: KeyValuePairs<String, String> = [:]) {
        var line = "\(DroidTimestamp(millisecondsSince1970: time.now)) \(level.rawValue) \(shown(message))"
        for (name, value) in facts { line += " \(name)=\(quoted(shown(value)))" }
        file.append(line)
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
}
