package import ApusCore

/// What became of a run's worktree (`droid-exec.md` §2.2, `worktree`).
package struct ExecWorktree: Hashable, Sendable {
    package var path: String
    package var branch: String
    package var isKept: Bool
    /// One sentence for stderr.
    package var remark: String?

    package init(path: String, branch: String, isKept: Bool, remark: String? = nil) {
        self.path = path
        self.branch = branch
        self.isKept = isKept
        self.remark = remark
    }
}

/// A place that was made for one run and is left at its end.
package protocol ExecWorkplace: Sendable {
    /// Called when the session is closed, before the result is written, on every way a run can end. What is asked a second time gets the
    /// first answer. Returns within seconds when a signal ended the run, and cancellation does not shorten it.
    ///
    /// - Parameters:
    ///   - processes: background processes that the session knows of; they may have ended.
    ///   - isHurried: a signal ended the run.
    func leave(_ processes: [BackgroundProcess], isHurried: Bool) async -> ExecWorktree
}
