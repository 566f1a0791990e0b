import ApusCore
import ApusProcess

/// Tells from a failed command's own words that the wall refused it, by which layer, and which level would do.
///
/// The kernel leaves no note of what it refused, so this goes by the usual messages. A wrong guess costs a line; without it a model
/// tries the same again in other ways.
enum ContainmentHint {
    /// At most one line for each kind of refusal, `nil` when nothing looks like one.
    static func lines(for output: String, _ end: ProcessEnd, under confinement: Confinement) -> String? {
        if end == .exited(0) {
            // A pipeline hides the failure of its first command.
            return network(output, confinement)
        }
        let lines = [
            network(output, confinement), files(output, confinement), secrets(output, confinement), rights(output, confinement),
            processes(output, confinement), calls(end, confinement),
        ].compactMap { $0 }
        return lines.isEmpty ? nil : lines.joined(separator: "\n")
    }

    static func words(_ level: AutonomyLevel) -> String {
        level == .off ? "the default level" : "--auto \(level.rawValue)"
    }

    static func way(toRead path: String, under confinement: Confinement) -> String {
        confinement.level >= .high
            ? "Apus's own home and keys are at every level"
            : "secrets need --auto high, Apus's own home and keys stay hidden at every level"
    }

    static func way(toWrite path: String, under confinement: Confinement) -> String {
        confinement.level >= .high
            ? "the sandbox settings protect it" : "what decides about later runs, such as hooks and settings, needs --auto high"
    }

    private static func contained(_ confinement: Confinement, _ text: String) -> String {
        "[Contained at \(words(confinement.level)): \(text)]"
    }

    private static let networkSigns = [
        "Could not resolve host", "Temporary failure in name resolution", "Temporary failure resolving", "Name or service not known",
        "Network is unreachable", "getaddrinfo", "EAI_AGAIN", "socket: Operation not permitted", "socket: permission denied",
        "Failed to establish a new connection", "Couldn't connect to server", "unable to resolve host", "Could not connect to",
        "socket.py\", line", "cannot create socket", "network error", "failed to lookup address", "dial tcp", "dial udp",
    ]

    private static func network(_ output: String, _ confinement: Confinement) -> String? {
        guard confinement.network == .none, networkSigns.contains(where: output.contains) else { return nil }
        let layers = "no network and no sockets for commands (network namespace, system call filter)"
        return contained(
            confinement, layers + "; " + (confinement.level < .medium ? "needs network: --auto medium" : "the sandbox settings say so"))
    }

    private static func files(_ output: String, _ confinement: Confinement) -> String? {
        let isRefused = ["Read-only file system", "EROFS", "Device or resource busy", "read-only file system"].contains(
            where: output.contains)
        guard isRefused else { return nil }
        let lines = output.split(separator: "\n").filter {
            $0.contains("ead-only file system") || $0.contains("EROFS") || $0.contains("busy")
        }
        if confinement.level < .high, lines.contains(where: { $0.contains(".git/hooks") || $0.contains(".git/config") }) {
            return contained(confinement, "hooks and settings of git can only be read (mount namespace); needs --auto high")
        }
        let way =
            switch confinement.level {
            case .off: "nothing but temporary files can be changed (mount namespace, Landlock); the project needs --auto low"
            case .low:
                "only the project and temporary files can be changed (mount namespace, Landlock); "
                    + "package folders and caches of the home need --auto medium, the rest of the home --auto high"
            case .medium:
                "only the project, package folders and caches can be changed (mount namespace, Landlock); the home needs --auto high"
            case .high, .unrestricted:
                "only the project and the home can be changed (mount namespace, Landlock); only --skip-permissions-unsafe has no wall"
            }
        return contained(confinement, way)
    }

    private static func secrets(_ output: String, _ confinement: Confinement) -> String? {
        let lines = output.split(separator: "\n").filter {
            $0.contains("ermission denied") || $0.contains("EACCES") || $0.contains("No such file or directory")
        }
        guard !lines.isEmpty else { return nil }
        // As the command was given it: absolute, from the home on, or relative.
        let words = lines.flatMap { $0.split { " '\":`‘’“”".contains($0) } }.map { $0.split(separator: "/") }
        let place = confinement.hidden.first { place in
            guard let name = place.split(separator: "/").last else { return false }
            return words.contains { $0.contains(name) }
        }
        return place.map { contained(confinement, "\($0) is hidden (mount namespace); \(way(toRead: $0, under: confinement))") }
    }

    private static func rights(_ output: String, _ confinement: Confinement) -> String? {
        guard output.contains("sudo:") || output.contains("must be setuid root") || output.contains("su: ") || output.contains("doas:")
        else {
            return nil
        }
        return contained(
            confinement, "no program gains further rights (dropped privileges); only --skip-permissions-unsafe has no wall")
    }

    private static func processes(_ output: String, _ confinement: Confinement) -> String? {
        guard output.contains("kill:"), output.contains("No such process") || output.contains("Operation not permitted") else {
            return nil
        }
        return contained(
            confinement,
            "other processes cannot be reached (process namespace). A background process of this session ends with kill PID as the whole command"
        )
    }

    private static func calls(_ end: ProcessEnd, _ confinement: Confinement) -> String? {
        // SIGSYS and SIGXFSZ; a shell says so by 128 and more.
        switch end {
        case .signaled(31), .exited(159):
            contained(
                confinement, "a system call of another architecture (system call filter); only --skip-permissions-unsafe has no wall")
        case .signaled(25), .exited(153):
            contained(confinement, "a file grew beyond \(confinement.maximumWrittenBytes >> 20) MiB (limits)")
        default: nil
        }
    }
}
