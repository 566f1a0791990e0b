import ApusBase
import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a run asked for.
struct WorktreeRequest: Sendable {
    /// Absolute, links resolved.
    var directory: String
    /// `nil` for a name made of that of the current branch.
    var branch: BranchName?
    /// Where worktrees are made, absolute; `nil` for beside the main checkout.
    var parent: String?
    var deadline: ContinuousClock.Instant
}

/// Makes the worktree of a run, or finds the one that is there (`droid-exec.md` §6.5).
///
/// The files by which git knows a worktree are written here; git itself, through a ``GitView``, makes the branch and writes the files.
/// Everything that other runs could see half done happens under one lock of the repository. What fails, or is cancelled, takes back what it
/// made, and only that.
struct WorktreeMaker: Sendable {
    static let lockName = "apus-worktrees.lock"
    /// In a worktree's own folder of git: shared by the runs that work in it, exclusive while it is made or removed.
    static let useLockName = "apus-exec.lock"
    static let makingMark = "apus exec is making this worktree"
    /// How long other runs may hold the lock of the repository.
    static let patience = Duration.seconds(120)
    /// Names tried for a run that gave none, while other runs work in the worktrees of the earlier ones.
    static let maximumNumber = 999

    let runner: GitView.Runner
    let announce: @Sendable (String) -> Void

    func make(_ request: WorktreeRequest) async throws(WorktreeError) -> RunWorktree {
        let project = try Self.project(around: request.directory)
        let view = try await GitView.make(of: project.commonDirectory, nil, runner, until: request.deadline)
        defer { view.remove() }
        guard let head = project.head else { throw .unreadableHead(project.root) }
        let commit: String?
        switch head {
        case .branch(let name):
            commit = try await BranchName(name).asyncMap { name throws(WorktreeError) in
                try await view.commit(name.reference, until: request.deadline)
            }
        case .detached(let name): commit = try await view.commit(name, until: request.deadline)
        }
        guard let commit else { throw .noCommits(project.root) }
        guard let branch = request.branch ?? BranchName.standard(for: head) else { throw .unusableName("\(head)") }
        let site = Site(project: project, view: view, place: WorktreePlace(of: project), request: request, commit: commit)
        let end = ContinuousClock.now + site.patience
        while true {
            let lock: FileLock
            do throws(WorktreeError) {
                lock = try await WorktreeLock.wait(
                    for: project.commonDirectory + "/" + Self.lockName, .exclusive, atMost: end - ContinuousClock.now)
            } catch {
                if case .lockHeld = error, ContinuousClock.now >= request.deadline { throw .outOfTime }
                throw error
            }
            defer { lock.release() }
            switch try findPlace(for: branch, at: site) {
            case .reuse(let worktree): return worktree
            case .make(let branch, let path): return try await make(branch, at: path, site, lock)
            case .busy(let path):
                lock.release()
                if ContinuousClock.now >= end { throw .lockHeld(path: path, seconds: Int(Self.patience / .seconds(1))) }
                do { try await Task.sleep(for: .milliseconds(50)) } catch { throw .interrupted }
            }
        }
    }

    private static func project(around directory: String) throws(WorktreeError) -> Project {
        guard let project = Project.containing(directory) else {
            let names = GitFiles(directory)
            let isBare = names.has("HEAD") && names.has("objects") && names.has("refs")
            throw isBare ? .bareRepository(directory) : .notACheckout(directory)
        }
        guard project.ownsGitFolders else { throw .foreignGitFolder(checkout: project.root, folder: project.commonDirectory) }
        return project
    }

    /// Everything that is known before a place is chosen.
    private struct Site {
        var project: Project
        var view: GitView
        var place: WorktreePlace
        var request: WorktreeRequest
        /// Where a new branch begins.
        var commit: String

        var common: String { project.commonDirectory }
        var patience: Duration { min(WorktreeMaker.patience, request.deadline - ContinuousClock.now) }

        /// The main checkout's folder.
        var main: String? {
            if project.gitDirectory == common { return project.root }
            if view.configuration.isBare { return nil }
            return common.hasSuffix("/.git") ? String(common.dropLast(5)) : common
        }
    }

    private enum Choice {
        case reuse(RunWorktree)
        case make(BranchName, path: String)
        /// Another run is making or removing it.
        case busy(path: String)
    }

    private func findPlace(for first: BranchName, at site: Site) throws(WorktreeError) -> Choice {
        let registered = try RegisteredWorktree.all(in: site.common, main: site.main)
        for number in 1...Self.maximumNumber {
            guard let branch = number == 1 ? first : first.numbered(number),
                let path = site.place.path(of: branch, below: site.request.parent), !path.contains("\n")
            else { throw .unusableName(first.text) }
            guard let found = registered.first(where: { $0.branches.contains(branch.text) }) else {
                if let other = registered.first(where: { $0.path == path }) {
                    throw .pathTaken(path: path, by: "a worktree of \(other.branches.sorted().first ?? "a detached HEAD")")
                }
                var status = stat()
                if lstat(path, &status) == 0 { throw .pathTaken(path: path, by: "something else") }
                return .make(branch, path: path)
            }
            guard !found.isMain, found.path == path else { throw .branchInUse(branch: branch.text, path: found.path) }
            switch try reuse(found, branch, site) {
            case .reuse(let worktree): return .reuse(worktree)
            // Who named none gets one alone.
            case .busy(let path): if site.request.branch != nil { return .busy(path: path) }
            case .make: continue
            }
        }
        throw .unusableName(first.text)
    }

    /// `.make` says that another run works there, and this one may as well have another name.
    private func reuse(_ found: RegisteredWorktree, _ branch: BranchName, _ site: Site) throws(WorktreeError) -> Choice {
        var status = stat()
        guard lstat(found.path, &status) == 0 else { throw .folderGone(branch: branch.text, path: found.path) }
        guard let project = Project.containing(found.path), project.root == found.path,
            project.gitDirectory == found.administration, project.commonDirectory == site.common, project.ownsGitFolders
        else { throw .pathTaken(path: found.path, by: "a folder that git no longer takes for the worktree of \(branch)") }
        let lockPath = found.administration + "/" + Self.useLockName
        let alone = try WorktreeLock.take(lockPath, .exclusive)
        let isHalfMade = GitFiles(found.administration).line("locked") == Self.makingMark
        if let alone, isHalfMade {
            alone.release()
            throw .halfMade(path: found.path)
        }
        if alone == nil, site.request.branch == nil { return .make(branch, path: found.path) }
        alone?.release()
        // Under the lock of the repository nobody comes in between.
        guard !isHalfMade, let lock = try WorktreeLock.take(lockPath, .shared) else { return .busy(path: lockPath) }
        if alone == nil { announce("Another run works in the worktree \(found.path), too.") }
        return .reuse(
            RunWorktree(
                path: found.path, branch: branch.text, administration: found.administration, common: site.common, isReused: true,
                startingCommit: site.commit, identity: nil, useLock: lock, configuration: site.view.configuration, runner: runner))
    }

    // MARK: Making

    /// What was made so far.
    private struct Made {
        var folders: [String] = []
        var path: String?
        var administration: String?
        var branch: BranchName?
    }

    private func make(
        _ branch: BranchName, at path: String, _ site: Site, _ lock: FileLock
    ) async throws(WorktreeError) -> RunWorktree {
        var made = Made()
        do throws(WorktreeError) {
            return try await make(branch, at: path, site, lock, &made)
        } catch {
            let (made, limit) = (made, error == .interrupted ? Duration.seconds(4) : .seconds(30))
            // A task of its own, which is waited for: the cancellation that may have brought us here does not reach it.
            await Task { await undo(made, site, atMost: limit) }.value
            throw error
        }
    }

    private func make(
        _ branch: BranchName, at path: String, _ site: Site, _ lock: FileLock, _ made: inout Made
    ) async throws(WorktreeError) -> RunWorktree {
        let deadline = site.request.deadline
        let existing = try await site.view.commit(branch.reference, until: deadline)
        let commit = existing ?? site.commit
        try makeFolders(around: path, &made)
        guard mkdir(path, 0o777) == 0 else { throw .notWritable(path: path, reason: String(cString: strerror(errno))) }
        made.path = path
        guard let identity = FolderIdentity(path) else { throw .notWritable(path: path, reason: "it is gone again") }
        let administration = try register(path, branch, site, &made)
        guard let useLock = try WorktreeLock.take(administration + "/" + Self.useLockName, .exclusive) else {
            throw .lockHeld(path: administration + "/" + Self.useLockName, seconds: 0)
        }
        if existing == nil {
            // Before: who is interrupted meanwhile cannot know whether it is there.
            made.branch = branch
            if let complaint = try await makeBranch(branch, at: commit, site) {
                made.branch = nil
                throw .git(step: "making the branch \(branch)", reason: complaint)
            }
        }
        // Git and other runs know of it now, and of its lock; writing the files may take its time.
        lock.release()
        let answer = try await site.view.git(
            ["read-tree", "--reset", "-u", commit], "writing the files", in: path,
            checkout: (path, administration + "/index"), writable: [site.common, path], until: deadline)
        guard answer.code == 0 else { throw .git(step: "writing the files", reason: answer.errors) }
        if Task.isCancelled { throw .interrupted }
        unlink(administration + "/locked")
        guard try WorktreeLock.change(useLock, to: .shared) else {
            throw .lockHeld(path: administration + "/" + Self.useLockName, seconds: 0)
        }
        return RunWorktree(
            path: path, branch: branch.text, administration: administration, common: site.common, isReused: false,
            startingCommit: commit, identity: identity, useLock: useLock, configuration: site.view.configuration, runner: runner)
    }

    /// Git's complaint when there is a branch in the way; `nil` when it was made.
    private func makeBranch(_ branch: BranchName, at commit: String, _ site: Site) async throws(WorktreeError) -> String? {
        let nothing = String(repeating: "0", count: commit.utf8.count)
        let answer = try await site.view.git(
            ["update-ref", "-m", "branch: Created by apus exec", branch.reference, commit, nothing], "making the branch \(branch)",
            in: site.view.folder, writable: [site.common], until: site.request.deadline)
        return answer.code == 0 ? nil : answer.errors
    }

    /// The folders above the worktree.
    private func makeFolders(around path: String, _ made: inout Made) throws(WorktreeError) {
        var missing: [String] = []
        var folder = path.split(separator: "/").dropLast().map(String.init)
        var status = stat()
        while !folder.isEmpty, stat("/" + folder.joined(separator: "/"), &status) != 0 {
            missing.append("/" + folder.joined(separator: "/"))
            folder.removeLast()
        }
        for place in missing.reversed() {
            if mkdir(place, 0o777) == 0 {
                made.folders.append(place)
            } else if errno != EEXIST {
                throw .notWritable(path: place, reason: String(cString: strerror(errno)))
            }
        }
    }

    /// The files by which git and the folder know each other (gitrepository-layout). Returns the worktree's own folder of git.
    private func register(_ path: String, _ branch: BranchName, _ site: Site, _ made: inout Made) throws(WorktreeError) -> String {
        let worktrees = site.common + "/worktrees"
        if mkdir(worktrees, 0o777) == 0 {
            made.folders.append(worktrees)
        } else if errno != EEXIST {
            throw .notWritable(path: worktrees, reason: String(cString: strerror(errno)))
        }
        guard let real = try? SafePath.resolve(worktrees, against: "/"), real.path == worktrees, real.kind == .directory else {
            throw .notWritable(path: worktrees, reason: "it is no folder of the repository's own")
        }
        let name = path.split(separator: "/").last.map(String.init) ?? "worktree"
        var administration = worktrees + "/" + name
        var number = 0
        while mkdir(administration, 0o777) != 0 {
            guard errno == EEXIST, number < Self.maximumNumber else {
                throw .notWritable(path: administration, reason: String(cString: strerror(errno)))
            }
            number += 1
            administration = "\(worktrees)/\(name)\(number)"
        }
        made.administration = administration
        // The mark first: with it `git worktree prune` of somebody else leaves the rest alone.
        try GitView.write(Self.makingMark + "\n", to: administration + "/locked")
        try GitView.write("../..\n", to: administration + "/commondir")
        try GitView.write("ref: \(branch.reference)\n", to: administration + "/HEAD")
        try GitView.write("gitdir: \(administration)\n", to: path + "/.git")
        try GitView.write(path + "/.git\n", to: administration + "/gitdir")
        return administration
    }

    private func undo(_ made: Made, _ site: Site, atMost limit: Duration) async {
        let deadline = ContinuousClock.now + limit
        var remains: [String] = []
        if let path = made.path, await !site.view.removeTree(path, until: deadline) { remains.append(path) }
        if let path = made.administration, await !site.view.removeTree(path, until: deadline) { remains.append(path) }
        // Only those that are empty, as they were.
        for folder in made.folders.reversed() { rmdir(folder) }
        // One that cannot be asked for may be there.
        if let branch = made.branch, (try? await site.view.commit(branch.reference, until: deadline)) != .some(nil) {
            let answer = try? await site.view.git(
                ["update-ref", "--no-deref", "-d", branch.reference, site.commit], "removing the branch \(branch)", in: site.view.folder,
                writable: [site.common], until: deadline)
            if answer?.code != 0 { remains.append("the branch \(branch)") }
        }
        if !remains.isEmpty { announce("Of a worktree that could not be made these are left: \(remains.joined(separator: ", ")).") }
    }
}

extension Optional {
    fileprivate func asyncMap<Value, Failure: Error>(
        _ body: (Wrapped) async throws(Failure) -> Value?
    ) async throws(Failure) -> Value? {
        guard let self else { return nil }
        return try await body(self)
    }
}
