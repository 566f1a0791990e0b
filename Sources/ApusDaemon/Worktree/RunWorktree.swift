import ApusBase
package import ApusCore
import ApusPolicy
import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The worktree that a run works in, until it leaves.
///
/// Leaving removes it when this run made it and nothing in it would be lost. Everything that is found then was made by an agent: git sees none
/// of it but the files, the index and HEAD (``GitView``), and works behind a wall.
package actor RunWorktree {
    package nonisolated let path: String
    package nonisolated let branch: String
    /// It was there before the run; such a one is never removed.
    package nonisolated let isReused: Bool

    private let administration: String
    private let common: String
    /// Where the branch was when the run began.
    private let startingCommit: String
    /// `nil` for one that was there.
    private let identity: FolderIdentity?
    private let useLock: FileLock
    /// As it was before the run.
    private let configuration: RepositoryConfiguration
    private let runner: GitView.Runner
    private var leaving: Task<WorktreeEnding, Never>?

    /// How long looking and removing may take, and how long when a signal ended the run: hosts lose patience after five seconds.
    static let patience = Duration.seconds(300)
    static let hurriedPatience = Duration.milliseconds(2_500)
    /// Commits that HEAD has named which are looked at; with more the worktree is kept.
    static let maximumCommits = 2_000

    init(
        path: String, branch: String, administration: String, common: String, isReused: Bool, startingCommit: String,
        identity: FolderIdentity?, useLock: FileLock, configuration: RepositoryConfiguration, runner: GitView.Runner
    ) {
        self.path = path
        self.branch = branch
        self.administration = administration
        self.common = common
        self.isReused = isReused
        self.startingCommit = startingCommit
        self.identity = identity
        self.useLock = useLock
        self.configuration = configuration
        self.runner = runner
    }

    /// Removes it, or keeps it and says why. Happens once; later calls get the first answer. Cancelling the task ends the look at it, and keeps
    /// it; a removal that has begun is ended.
    ///
    /// - Parameters:
    ///   - processes: what the session started in the background that may run still.
    ///   - isHurried: a signal ended the run.
    package func leave(_ processes: [BackgroundProcess], isHurried: Bool) async -> WorktreeEnding {
        let task = leaving ?? Task { await self.leaveOnce(processes, isHurried) }
        leaving = task
        return await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
    }

    private func leaveOnce(_ processes: [BackgroundProcess], _ isHurried: Bool) async -> WorktreeEnding {
        defer { useLock.release() }
        var ending = WorktreeEnding(path: path, branch: branch, isKept: true, remark: nil)
        do throws(Keeping) {
            if let note = try await remove(processes, until: .now + (isHurried ? Self.hurriedPatience : Self.patience)) {
                ending.remark = note
            }
            ending.isKept = false
        } catch {
            ending.remark = "The worktree \(path) (branch \(branch)) is kept: \(error.reason)."
        }
        return ending
    }

    /// Why a worktree stays: half a sentence.
    struct Keeping: Error {
        var reason: String
    }

    /// Returns a remark about what could not be tidied up.
    private func remove(
        _ processes: [BackgroundProcess], until deadline: ContinuousClock.Instant
    ) async throws(Keeping) -> String? {
        if isReused { throw Keeping(reason: "it was there before this run") }
        for process in processes where PathScope.isInside(process.workingDirectory, path) {
            if await Daemon.backgroundProcesses.status(of: process) == .running {
                throw Keeping(reason: "the background process \(process.id) (pid \(process.pid)) runs in it")
            }
        }
        let view: GitView
        do throws(WorktreeError) { view = try await GitView.make(of: common, configuration, runner, until: deadline) } catch {
            throw WorktreeInspection.keeping(error)
        }
        defer { view.remove() }
        try checkPlace()
        let inspection = WorktreeInspection(
            view: view, administration: administration, branch: branch, startingCommit: startingCommit, deadline: deadline)
        try await inspection.checkCommits()
        try await inspection.checkFiles(at: path)
        return try await moveAway(inspection, view, deadline)
    }

    /// What can be told without git, and may change at any time.
    private func checkPlace() throws(Keeping) {
        guard let identity, FolderIdentity(path) == identity else { throw Keeping(reason: "something else is in its place") }
        guard let pointer = GitFiles(administration).line("gitdir"), pointer == path + "/.git" else {
            throw Keeping(reason: "git has it under another path")
        }
        if GitFiles(administration).has("locked") { throw Keeping(reason: "it is locked") }
        if let process = FolderOccupants.first(in: path) { throw Keeping(reason: "the process \(process) works in it") }
    }

    /// Of an absolute path; empty for one right below the root.
    private static func folder(above path: String) -> String {
        path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    }

    /// Takes the folder out of everybody's sight, looks again, and only then removes it.
    private func moveAway(
        _ inspection: WorktreeInspection, _ view: GitView, _ deadline: ContinuousClock.Instant
    ) async throws(Keeping) -> String? {
        let lock: FileLock
        let lockPath = common + "/" + WorktreeMaker.lockName
        do throws(WorktreeError) {
            lock = try await WorktreeLock.wait(for: lockPath, .exclusive, atMost: min(WorktreeMaker.patience, deadline - .now))
            guard try WorktreeLock.change(useLock, to: .exclusive) else {
                lock.release()
                throw WorktreeError.lockHeld(path: administration + "/" + WorktreeMaker.useLockName, seconds: 0)
            }
        } catch {
            if case .lockHeld(let held, _) = error, held != lockPath { throw Keeping(reason: "another run works in it") }
            throw WorktreeInspection.keeping(error)
        }
        defer { lock.release() }
        try checkPlace()
        let aside = Self.folder(above: path) + "/.apus-removed-" + randomToken(length: 12)
        guard rename(path, aside) == 0 else {
            throw Keeping(reason: "it could not be removed: \(String(cString: strerror(errno)))")
        }
        do throws(Keeping) {
            guard FolderIdentity(aside) == identity else { throw Keeping(reason: "something else is in its place") }
            // What came in since the first look.
            if let process = FolderOccupants.first(in: aside) { throw Keeping(reason: "the process \(process) works in it") }
            try await inspection.checkCommits()
            try await inspection.checkFiles(at: aside)
        } catch {
            guard rename(aside, path) == 0 else {
                throw Keeping(reason: "\(error.reason); it is at \(aside) now, because it could not be moved back")
            }
            throw error
        }
        let oldAdministration = common + "/apus-removed-" + randomToken(length: 12)
        guard rename(administration, oldAdministration) == 0 else {
            let reason = "git's own folder of it could not be removed: \(String(cString: strerror(errno)))"
            guard rename(aside, path) == 0 else { throw Keeping(reason: "\(reason); it is at \(aside) now") }
            throw Keeping(reason: reason)
        }
        // Git does the same with the last one; it fails as long as there are others.
        rmdir(common + "/worktrees")
        lock.release()
        var remains: [String] = []
        // A removal that has begun ends: the caller's deadline is for looking.
        let end = max(deadline, .now + .seconds(1))
        for place in [oldAdministration, aside] {
            // A task of its own, which is waited for, so that no cancellation leaves half of it.
            if await !Task(operation: { await view.removeTree(place, until: end) }).value { remains.append(place) }
        }
        return remains.isEmpty
            ? nil : "Of the removed worktree \(path) some files could not be removed: \(remains.joined(separator: ", "))."
    }
}

/// How a run left its worktree.
package struct WorktreeEnding: Hashable, Sendable {
    package var path: String
    package var branch: String
    package var isKept: Bool
    /// One sentence for stderr.
    package var remark: String?
}
