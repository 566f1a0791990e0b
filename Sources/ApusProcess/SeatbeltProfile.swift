import ApusCore

/// The wall on macOS: what a confinement says, as a profile for `sandbox-exec`. Made and compared in tests on every system; never yet
/// tried on a Mac.
///
/// The last rule that matches counts, so places come shorter ones first. What Linux does by namespaces has no twin here: other processes
/// can be seen, temporary directories are those of the machine, and processes and bytes are not bounded.
enum SeatbeltProfile {
    static func text(for confinement: Confinement) -> String {
        var lines = [
            "(version 1)", "(allow default)", "(deny file-write*)", "(deny signal (target others))", "(deny process-info* (target others))",
            "(deny mach-priv* system-privilege job-creation nvram*)", "(deny file-write-setugid)",
            #"(allow file-write* (regex #"^/dev/(null|zero|tty|ptmx|dtracehelper|fd/|ttys[0-9]+)"))"#,
        ]
        let temporary = [confinement.temporary].compactMap { $0 }
        let places =
            (confinement.writable + temporary).map { (path: $0, rule: "(allow file-write*", rank: 0) }
            + confinement.protected.map { (path: $0, rule: "(deny file-write*", rank: 1) }
            + confinement.hidden.map { (path: $0, rule: "(deny file-read* file-write*", rank: 2) }
            + confinement.visible.map { (path: $0, rule: "(allow file-read*", rank: 0) }
        let inOrder = places.sorted { ($0.path.utf8.count, $0.rank, $0.path) < ($1.path.utf8.count, $1.rank, $1.path) }
        lines += inOrder.map { "\($0.rule) (subpath \(quoted($0.path))))" }
        switch confinement.network {
        case .none: lines.append("(deny network*)")
        case .open:
            lines.append("(deny network* (local unix-socket) (remote unix-socket))")
            lines += confinement.sockets.map { "(allow network* (remote unix-socket (path-literal \(quoted($0)))))" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A string of the profile's language: quotes and backslashes escaped, and nothing else, which it takes as it is.
    private static func quoted(_ path: String) -> String {
        "\"" + path.flatMap { $0 == "\"" || $0 == "\\" ? ["\\", $0] : [$0] } + "\""
    }
}

#if os(macOS)
    extension ProcessRequest {
        /// The same command under its profile.
        var underSeatbelt: ProcessRequest {
            guard let confinement else { return self }
            var request = self
            request.executable = "/usr/bin/sandbox-exec"
            request.arguments = ["-p", SeatbeltProfile.text(for: confinement), executable] + arguments
            return request
        }
    }
#endif
