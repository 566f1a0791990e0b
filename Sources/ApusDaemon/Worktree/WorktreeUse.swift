import ApusBase
import ApusWorkspace

/// The lock by which whoever works in a worktree that `apus exec -w` made keeps it from being removed.
///
/// The run that made it holds the lock, too; it removes the worktree only when it is alone.
enum WorktreeUse {
    /// How long it may be in the making, or about to be removed, before a turn begins in it all the same.
    static let patience = Duration.seconds(5)

    /// Returns what gives the lock up. In other directories, and where the lock cannot be had, there is nothing to give up; cancelling the task
    /// ends the wait.
    static func begin(in directory: String) async -> @Sendable () -> Void {
        guard let path = await BlockingWork.files.run({ _ in lockPath(for: directory) }) else { return {} }
        do throws(FileLock.Fault) {
            let lock = try await FileLock.wait(for: path, .shared, atMost: patience)
            return { lock.release() }
        } catch {
            // What becomes of the directory is then seen by the calls that work in it.
            return {}
        }
    }

    /// `nil` outside of worktrees of ours: the lock is made with them, and not here.
    private static func lockPath(for directory: String) -> String? {
        guard let real = try? SafePath.resolve(directory, against: "/"), let project = Project.containing(real.path),
            project.gitDirectory != project.commonDirectory, project.ownsGitFolders
        else { return nil }
        let place = try? SafePath.resolve(WorktreeMaker.useLockName, against: project.gitDirectory)
        return place?.kind == .file ? place?.path : nil
    }
}
