import ApusBase
import ApusCore
import ApusPolicy
import ApusProcess
import ApusSettings
import ApusWorkspace

/// What `--worktree` asked for.
package struct WorktreeWish: Hashable, Sendable {
    /// `nil` for a branch named after the current one.
    package var branch: String?
    /// `--worktree-dir`, absolute; `nil` for that of the settings, or the repository's neighbourhood.
    package var parent: String?
    /// How long making it may take.
    package var limit: Duration?

    package init(branch: String? = nil, parent: String? = nil, limit: Duration? = nil) {
        self.branch = branch
        self.parent = parent
        self.limit = limit
    }

    /// Whether git accepts it as the name of a branch.
    package static func isBranch(_ name: String) -> Bool { BranchName(name) != nil }
    /// Whether the next word of a command line is meant as a name.
    package static func isName(_ word: String) -> Bool { BranchName(word: word) != nil }
}

extension Daemon {
    /// How long making a worktree may take when nothing is said.
    static let worktreeLimit = Duration.seconds(600)

    /// Makes the worktree for a run in the configuration's working directory, or finds it. Cancelling the task takes back what was made.
    ///
    /// The caller leaves it (``RunWorktree/leave(_:isHurried:)``), whatever becomes of the run.
    package static func worktree(
        _ wish: WorktreeWish, _ configuration: DaemonConfiguration
    ) async throws(DaemonError) -> RunWorktree {
        guard let directory = configuration.workingDirectory else { throw .worktree(.notACheckout("this")) }
        let deadline = ContinuousClock.now + min(wish.limit ?? worktreeLimit, worktreeLimit)
        var quiet = configuration
        // Whoever opens the house for the run announces it.
        quiet.announce = { _ in }
        let settings: Settings
        do throws(SettingsFault) { settings = try ProjectSettings(quiet).read().settings } catch { throw .settings(error) }
        let parent = wish.parent ?? settings.worktreeDirectory.map { expanded($0.value, configuration, directory) }
        let request = WorktreeRequest(
            directory: directory, branch: wish.branch.flatMap { BranchName($0) }, parent: parent.map(resolved), deadline: deadline)
        if let name = wish.branch, request.branch == nil { throw .worktree(.unusableName(name)) }
        let maker = WorktreeMaker(
            runner: gitRunner(configuration, settings.sandbox, in: directory), announce: configuration.announce)
        do throws(WorktreeError) { return try await maker.make(request) } catch { throw .worktree(error) }
    }

    static func gitRunner(
        _ configuration: DaemonConfiguration, _ setting: SandboxSetting, in directory: String
    ) -> GitView.Runner {
        let confinements = ConfinementSource(configuration, setting)
        let temporary = configuration.environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
        return GitView.Runner(
            processes: ProcessTable(keeper: configuration.keeper),
            environment: gitEnvironment(configuration.environment, outside: Project.boundary(of: directory) ?? directory),
            confinement: { confinements.confinement(writing: $0, seeing: $1, temporary: $2) },
            temporaryDirectory: resolved(temporary))
    }

    /// Nothing that leads git to a program or a file of somebody's choice; programs in the project are not found.
    static func gitEnvironment(_ environment: [String: String], outside project: String) -> [String: String] {
        let path = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
            .filter { $0.hasPrefix("/") && !PathScope.isInside(resolved($0), project) }
        var result = [
            "PATH": path.isEmpty ? "/usr/local/bin:/usr/bin:/bin" : path.joined(separator: ":"), "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_ATTR_NOSYSTEM": "1",
            "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ALLOW_PROTOCOL": "none", "GIT_PROTOCOL_FROM_USER": "0", "GIT_EDITOR": "false", "GIT_SSH_COMMAND": "false",
            "GIT_ASKPASS": "false", "GIT_PAGER": "cat",
            // The log of a new branch names somebody, and the user's own configuration is not asked.
            "GIT_AUTHOR_NAME": "apus", "GIT_AUTHOR_EMAIL": "apus@localhost", "GIT_COMMITTER_NAME": "apus",
            "GIT_COMMITTER_EMAIL": "apus@localhost",
        ]
        for name in ["HOME", "XDG_CONFIG_HOME", "TZ"] {
            if let value = environment[name], value.hasPrefix("/") || name == "TZ" { result[name] = value }
        }
        return result
    }

    private static func expanded(_ path: String, _ configuration: DaemonConfiguration, _ directory: String) -> String {
        if path == "~" { return configuration.paths.userHome }
        if path.hasPrefix("~/") { return configuration.paths.userHome + path.dropFirst() }
        return path.hasPrefix("/") ? path : directory + "/" + path
    }

    /// Links resolved as far as the path exists.
    private static func resolved(_ path: String) -> String { (try? SafePath.resolve(path, against: "/"))?.path ?? path }
}
