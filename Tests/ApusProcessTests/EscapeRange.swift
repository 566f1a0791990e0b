import ApusProcess
import Foundation

/// A world of its own for `escape-run`, with copies of the executables that any user may run.
struct EscapeRange {
    let root: String
    private let user: UInt32

    static let levels = ["off", "low", "medium", "high"]
    /// Root and somebody ordinary; without root only who we are.
    static let users: [UInt32] = getuid() == 0 ? [0, 65_534] : [getuid()]

    static let spaces: WallLayers = [.user, .mounts, .processes, .proc, .network, .ipc]
    /// What to leave out so that one layer stands alone.
    static let alone: [(String, WallLayers)] = [
        (rights, spaces.union([.landlock, .seccomp])), ("namespaces", [.landlock, .seccomp]), ("Landlock", spaces.union(.seccomp)),
        ("system call filter", spaces.union(.landlock)),
    ]
    private static let rights = "dropped rights"

    /// Dropped rights come with every layer: where they are enough, the others say nothing.
    static func words(_ layers: [String]) -> String {
        layers.isEmpty ? "none alone" : layers.contains(rights) ? rights : layers.joined(separator: ", ")
    }

    /// As root where we are, in a world that is used once.
    static func runOnce(_ level: String, leavingOut leftOut: WallLayers = []) throws -> Run {
        let range = try EscapeRange(user: 0)
        defer { range.remove() }
        return try range.run(level, leavingOut: leftOut)
    }

    static let documentation = FileManager.default.currentDirectoryPath + "/docs/sandbox-escapes.md"
    static let introduction = """
        # Attempts to get out of the wall

        Made by `escape-probe` with plain system calls, nothing judged, at every level, as root and as an ordinary user (`EscapeTests`); this table is
        root's at `--auto low` on Linux 6.18. What works is what the level promises. The last column was found by leaving out all layers but one, and
        tells which are enough: an attempt with several of them is held even where a kernel lacks one.


        """

    init(user: UInt32) throws {
        self.user = getuid() == 0 ? user : getuid()
        root = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path + "/apus-escape-\(UUID().uuidString.lowercased())"
        try FileManager.default.createDirectory(atPath: root + "/bin", withIntermediateDirectories: true)
        // By another process: what we held open for writing, children that other tests start in that moment would hold open as well, and
        // what somebody holds open for writing cannot be run.
        let copy = try Process.run(
            URL(fileURLWithPath: "/bin/cp"), arguments: [Built.keeper, Built.probe, Built.escape, root + "/bin"], terminationHandler: nil)
        copy.waitUntilExit()
        for name in ["apus-keeper", "escape-probe", "escape-run"] { chmod("\(root)/bin/\(name)", 0o755) }
        for folder in [root, root + "/bin"] {
            chmod(folder, 0o755)
            chown(folder, self.user, self.user)
        }
    }

    func remove() {
        // A folder left behind in the temporary directory fails no test.
        try? FileManager.default.removeItem(atPath: root)
    }

    func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted()
    }

    struct Run {
        let output: String
        var outcomes: [(attempt: String, outcome: String)] = []
        var layers: WallLayers = []
        var end = ""

        var worked: Set<String> { Set(outcomes.filter { $0.outcome == "worked" }.map(\.attempt)) }

        func hasEveryLayer(of level: String) -> Bool {
            let always: WallLayers = [.user, .mounts, .processes, .proc, .ipc, .landlock, .scope, .seccomp, .rights]
            return layers.isSuperset(of: ["off", "low"].contains(level) ? always.union([.network, .tcp]) : always)
        }
    }

    func run(
        _ level: String, leavingOut leftOut: WallLayers = [], processes: Int = 0, bytes: Int = 0, command: String? = nil
    ) throws -> Run {
        let child = Process()
        child.executableURL = URL(fileURLWithPath: "\(root)/bin/escape-run")
        child.arguments = [root, "\(user)", level, "\(leftOut.rawValue)", "\(processes)", "\(bytes)"] + (command.map { [$0] } ?? [])
        child.environment = ["PATH": "/usr/bin:/bin"]
        child.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        child.standardOutput = pipe
        try child.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        child.waitUntilExit()
        var run = Run(output: output)
        for line in output.split(separator: "\n") {
            let parts = line.split(separator: "\t").map(String.init)
            switch parts.first {
            case "layers": run.layers = WallLayers(rawValue: UInt32(parts[1]) ?? 0)
            case "end": run.end = parts[1]
            case let attempt? where parts.count == 2: run.outcomes.append((attempt, parts[1]))
            default: break
            }
        }
        return run
    }

    /// What works, and is meant to.
    static func promised(at level: String, _ user: UInt32) -> Set<String> {
        var promised: Set<String> = [
            "write-temporary", "write-shared-memory", "write-null", "read-outside", "read-public-key", "read-home", "stream-pair",
        ]
        if level == "off" { return promised }
        promised.formUnion(["write-project", "rename-in-project"])
        if level == "low" { return promised }
        promised.formUnion(["write-cache", "tcp-connect", "tcp-listen", "udp-send", "name-lookup", "tcp-six", "netlink-route"])
        promised.formUnion(["ssh-agent", "own-unix", "write-objects"])
        if level == "medium" { return promised }
        promised.formUnion([
            "write-home", "read-key", "read-netrc", "key-by-root", "key-by-link", "list-keys", "watch-keys", "open-up-cover",
        ])
        promised.formUnion(["write-hook", "write-git-settings", "replace-git-settings", "write-agent-settings"])
        promised.formUnion(["move-secrets", "move-hooks", "move-git"])
        if user == 0 { promised.insert("read-shadow") }
        return promised
    }
}
