import ApusBase
import ApusCore
import ApusPolicy
import ApusSettings
import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks up the places that a session's confinement is made of. What it means is decided in `ApusPolicy`.
struct ConfinementSource: Sendable {
    private let home: String
    private let apusHome: String
    private let ownFolders: [String]
    private let temporaryDirectory: String
    private let environment: [String: String]
    private let setting: SandboxSetting

    init(_ configuration: DaemonConfiguration, _ setting: SandboxSetting) {
        home = Self.real(configuration.paths.userHome)
        apusHome = Self.real(configuration.paths.apusHome)
        ownFolders = configuration.ownFolders.map(Self.real)
        temporaryDirectory = Self.real(configuration.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp")
        environment = configuration.environment
        self.setting = setting
    }

    /// `nil` for the one level without a wall. Reads a few folders and takes well under a millisecond; nothing is made.
    func confinement(of session: SessionID, in workingDirectory: String, at level: AutonomyLevel) -> Confinement? {
        guard level != .unrestricted else { return nil }
        let directory = Self.real(workingDirectory)
        let root = Project.boundary(of: directory) ?? directory
        var gitFolders: [String] = []
        var otherWorktrees: [String] = []
        if let project = Project.containing(directory), project.root == root, project.ownsGitFolders {
            gitFolders = project.gitFolders
            otherWorktrees = project.otherWorktrees
        }
        // Whatever has become of it by now.
        if Self.isFolder(root + "/.git"), !gitFolders.contains(root + "/.git") { gitFolders.append(root + "/.git") }
        var places = ConfinementPlaces(
            workingDirectory: directory, projectRoot: root, gitFolders: gitFolders, home: home, apusHome: apusHome,
            temporary: SessionTemporaryFolder.path(for: session.rawValue, below: temporaryDirectory),
            visible: visible(directory, root, gitFolders),
            agentSocket: agentSocket, freeBytes: Self.freeBytes(at: directory))
        places.otherWorktrees = otherWorktrees
        guard var confinement = Confinement.of(level, in: places, narrowed: narrowing(in: directory)) else { return nil }
        confinement.hidden = Self.withTargets(confinement.hidden + ownFolders)
        confinement.protected = Self.withTargets(confinement.protected)
        let made = Set(ConfinementTier.of(level)?.madeHome.map { home + "/" + $0 } ?? [])
        confinement.writable.removeAll { !made.contains($0) && !Self.isThere($0) }
        return confinement
    }

    /// For git that Apus itself runs: as at the level that has no network, but only the named places can be changed. They must exist.
    func confinement(writing writable: [String], seeing shown: [String], temporary: String) -> Confinement {
        let places = ConfinementPlaces(
            workingDirectory: "/", projectRoot: "/", home: home, apusHome: apusHome, temporary: temporary,
            visible: visible("/", "/") + shown, freeBytes: Self.freeBytes(at: temporary))
        var confinement =
            Confinement.of(.low, in: places, narrowed: ConfinementNarrowing(isRequired: setting.isRequired))
            ?? Confinement(level: .low, maximumProcesses: Confinement.processBound, maximumWrittenBytes: Confinement.smallestWrittenBound)
        confinement.writable = writable.filter { place in
            !writable.contains { $0 != place && PathScope.isInside(place, $0) }
        }
        confinement.protected = []
        confinement.visible.removeAll { place in confinement.writable.contains { PathScope.isInside(place, $0) } }
        confinement.hidden = Self.withTargets(confinement.hidden + ownFolders)
        return confinement
    }

    /// The home, and programs that lie in a temporary directory; outputs that were too long for a result; a project in the usual folder for
    /// worktrees, which is among the settings of another product.
    private func visible(_ directory: String, _ root: String, _ gitFolders: [String] = []) -> [String] {
        // Of a worktree git's own folder is elsewhere: in the main checkout's.
        var places = [home, directory, temporaryDirectory + "/apus-\(geteuid())", root] + gitFolders.prefix(2)
        let programs = (environment["PATH"] ?? "").split(separator: ":").map { Self.real(String($0)) }
        places += programs.filter { $0.hasPrefix("/") }
        let replaced = ["/tmp", "/var/tmp", "/run", "/dev", home + "/.factory/worktrees"]
        return places.filter { place in replaced.contains { PathScope.isInside(place, $0) && place != $0 } }
    }

    /// A socket and nothing else: whatever the variable names.
    private var agentSocket: String? {
        guard let path = environment["SSH_AUTH_SOCK"], path.hasPrefix("/") else { return nil }
        let real = Self.real(path)
        var status = stat()
        guard lstat(real, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        return real
    }

    private func narrowing(in directory: String) -> ConfinementNarrowing {
        func absolute(_ path: String) -> String {
            if path == "~" { return home }
            if path.hasPrefix("~/") { return home + "/" + path.dropFirst(2) }
            return Self.real(path.hasPrefix("/") ? path : directory + "/" + path)
        }
        return ConfinementNarrowing(
            isRequired: setting.isRequired, denyRead: setting.denyRead.map(absolute), denyWrite: setting.denyWrite.map(absolute),
            allowWrite: setting.allowWrite.map { $0.map(absolute) }, hasNoNetwork: setting.hasNoNetwork)
    }

    /// Links resolved as far as the path exists.
    private static func real(_ path: String) -> String {
        // A path that cannot be resolved names nothing that could be reached by it.
        (try? SafePath.resolve(path, against: "/"))?.path ?? path
    }

    /// Each place, and where it leads when it is a link: both mean the same.
    private static func withTargets(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        return paths.flatMap { [$0, real($0)] }.filter { seen.insert($0).inserted }
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    private static func freeBytes(at path: String) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return .max }
        let (bytes, isTooMany) = Int(clamping: status.f_bavail).multipliedReportingOverflow(by: Int(clamping: status.f_frsize))
        return isTooMany ? .max : bytes
    }
}
