/// Why there is no worktree to run in. Each description is whole sentences with the way out.
package enum WorktreeError: Error, Hashable, Sendable, CustomStringConvertible {
    case notACheckout(String)
    case bareRepository(String)
    /// A `.git` file names a folder that does not know of it.
    case foreignGitFolder(checkout: String, folder: String)
    case noCommits(String)
    /// HEAD says something that is no branch and no commit.
    case unreadableHead(String)
    case unusableName(String)
    /// The branch is checked out, at this path.
    case branchInUse(branch: String, path: String)
    /// A worktree that git knows of and whose folder is gone.
    case folderGone(branch: String, path: String)
    /// Something else is where the worktree would be.
    case pathTaken(path: String, by: String)
    /// A run died while it made the worktree.
    case halfMade(path: String)
    case tooManyWorktrees(String)
    /// The repository needs something of git that is not supported here: a whole sentence.
    case unsupported(String)
    case notWritable(path: String, reason: String)
    /// Another run did not give the lock back in time.
    case lockHeld(path: String, seconds: Int)
    /// Git failed, or could not be run.
    case git(step: String, reason: String)
    /// A signal came while the worktree was made; what was made of it is gone.
    case interrupted
    case outOfTime

    package var description: String {
        switch self {
        case .notACheckout(let folder): "--worktree needs a git repository, and \(folder) is in none."
        case .bareRepository(let folder):
            "--worktree needs a checkout, and \(folder) is a bare repository. Run it in one of its worktrees."
        case .foreignGitFolder(let checkout, let folder):
            "The .git of \(checkout) names \(folder), which does not know of this checkout. No worktree was made."
        case .noCommits(let root): "--worktree needs a commit to begin with, and \(root) has none yet."
        case .unreadableHead(let root): "The HEAD of \(root) names no branch and no commit."
        case .unusableName(let name): "No worktree can be named after the branch \"\(name)\". Name one: --worktree=name."
        case .branchInUse(let branch, let path):
            "The branch \(branch) is checked out at \(path). Name another one, --worktree=name, or work there with --cwd."
        case .folderGone(let branch, let path):
            "Git knows a worktree of the branch \(branch) at \(path), and that folder is gone. If it is gone for good: git worktree prune."
        case .pathTaken(let path, let owner): "The worktree would be at \(path), and there is \(owner) already. Name another branch."
        case .halfMade(let path):
            "The worktree at \(path) was left half made by a run that was killed. Remove it: git worktree remove --force --force \(path)"
        case .tooManyWorktrees(let folder): "There are more than \(RegisteredWorktree.maximum) worktrees in \(folder)."
        case .unsupported(let sentence): sentence
        case .notWritable(let path, let reason): "No worktree can be made: \(path) cannot be written (\(reason))."
        case .lockHeld(let path, let seconds):
            "Other runs are making or removing worktrees of this repository: \(path) was not free within \(seconds) s."
        case .git(let step, let reason): "No worktree could be made: \(step) failed. \(reason)"
        case .interrupted: "Interrupted while the worktree was made; nothing of it is left."
        case .outOfTime: "The worktree was not made within the time limit; nothing of it is left."
        }
    }
}
