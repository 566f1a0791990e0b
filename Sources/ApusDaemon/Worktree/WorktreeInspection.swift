import ApusWorkspace
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks whether anything would be lost with a worktree.
///
/// What git calls clean may go (`git status --porcelain --untracked-files=normal`), ignored files included. Beyond that a worktree stays
/// for what that status does not show: commits that no branch has, operations that are under way, changes that flags of the index hide, and
/// submodules with files.
struct WorktreeInspection: Sendable {
    let view: GitView
    /// The worktree's own folder of git.
    let administration: String
    let branch: String
    let startingCommit: String
    let deadline: ContinuousClock.Instant

    /// Nothing that only this worktree's HEAD leads to.
    func checkCommits() async throws(RunWorktree.Keeping) {
        let files = GitFiles(administration)
        if let operation = files.operationUnderWay { throw RunWorktree.Keeping(reason: "\(operation) is under way in it") }
        guard let head = files.head else { throw RunWorktree.Keeping(reason: "its HEAD cannot be read") }
        guard var commits = files.commits(loggedFor: "HEAD", limit: RunWorktree.maximumCommits) else {
            throw RunWorktree.Keeping(reason: "the log of its HEAD is too long or cannot be read")
        }
        var branches = [branch]
        switch head {
        case .branch(let name):
            guard let current = BranchName(name) else { throw RunWorktree.Keeping(reason: "its HEAD cannot be read") }
            guard try await commit(current.reference) != nil else {
                throw RunWorktree.Keeping(reason: "its branch \(name) has no commits")
            }
            branches.append(name)
        case .commit(let name): commits.append(name)
        }
        // References of this worktree alone go with it.
        if Self.hasEntries(administration + "/modules") { throw RunWorktree.Keeping(reason: "it has repositories of submodules") }
        if Self.hasEntries(administration + "/refs") { throw RunWorktree.Keeping(reason: "it has references of its own") }
        commits.removeAll { $0 == startingCommit }
        guard !commits.isEmpty else { return }
        var known = ["--glob=refs/*"]
        for name in Set(branches) {
            // A commit that was amended is in the branch's own log, which stays.
            known += GitFiles(view.common).commits(loggedFor: "refs/heads/" + name, limit: RunWorktree.maximumCommits) ?? []
        }
        let answer = try await ask(
            ["rev-list", "--ignore-missing", "--max-count=1"] + commits + ["--not"] + known, "looking for commits without a branch")
        if answer.code != 0 { throw RunWorktree.Keeping(reason: "it could not be looked at. \(answer.errors)") }
        if !answer.line.isEmpty {
            throw RunWorktree.Keeping(reason: "the commit \(answer.line.prefix(12)) was made in it and is on no branch")
        }
    }

    /// No change in the files, which are at `place` now.
    func checkFiles(at place: String) async throws(RunWorktree.Keeping) {
        guard GitFiles(place).line(".git") == "gitdir: " + administration else {
            throw RunWorktree.Keeping(reason: "its .git is not the one that was made for it")
        }
        guard let head = GitFiles(administration).head else { throw RunWorktree.Keeping(reason: "its HEAD cannot be read") }
        do throws(WorktreeError) {
            switch head {
            case .branch(let name): try view.setHead("ref: refs/heads/" + name)
            case .commit(let name): try view.setHead(name)
            }
        } catch {
            throw Self.keeping(error)
        }
        let scan = IndexScan()
        let index = administration + "/index"
        let listing = try await ask(["ls-files", "-z", "-s", "-v"], "reading the index", at: place, index) { scan.take($0) }
        if listing.code != 0 { throw RunWorktree.Keeping(reason: "its index cannot be read. \(listing.errors)") }
        switch scan.finding {
        case .hidden: throw RunWorktree.Keeping(reason: "flags in its index hide changes")
        case .tooMany: throw RunWorktree.Keeping(reason: "it has too many submodules to look at")
        case .gitlinks(let paths):
            for path in paths where Self.hasEntries(place + "/" + path) {
                throw RunWorktree.Keeping(reason: "the submodule \(path) has files in it")
            }
        }
        let status = try await ask(
            ["status", "--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules=all", "--no-renames"], "reading the status",
            at: place,
            index)
        if status.code != 0 { throw RunWorktree.Keeping(reason: "it could not be looked at. \(status.errors)") }
        if !status.output.isEmpty { throw RunWorktree.Keeping(reason: "it has changes that are not committed") }
        switch await BlockingWork.files.run({ _ in NestedRepository.search(below: place) }) {
        case .none: break
        case .found(let path): throw RunWorktree.Keeping(reason: "there is a repository or worktree in it, at \(path)")
        case .unknown: throw RunWorktree.Keeping(reason: "it has too many files to look for repositories among them")
        }
    }

    private func commit(_ reference: String) async throws(RunWorktree.Keeping) -> String? {
        do throws(WorktreeError) { return try await view.commit(reference, until: deadline) } catch { throw Self.keeping(error) }
    }

    private func ask(
        _ arguments: [String], _ step: String, at place: String? = nil, _ index: String = "",
        reader: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws(RunWorktree.Keeping) -> GitView.Answer {
        do throws(WorktreeError) {
            return try await view.git(
                arguments, step, in: place ?? view.folder, checkout: place.map { ($0, index) }, until: deadline, reader: reader)
        } catch {
            throw Self.keeping(error)
        }
    }

    static func keeping(_ error: WorktreeError) -> RunWorktree.Keeping {
        switch error {
        case .outOfTime: RunWorktree.Keeping(reason: "there was no time to look whether it has changes")
        case .interrupted: RunWorktree.Keeping(reason: "the look at it was interrupted")
        case .git(let step, let reason): RunWorktree.Keeping(reason: "\(step) failed. \(reason)")
        default: RunWorktree.Keeping(reason: "it could not be looked at. \(error.description)")
        }
    }

    /// Whether a folder has anything in it, below folders too; what cannot be listed counts as something.
    private static func hasEntries(_ path: String, depth: Int = 0) -> Bool {
        var status = stat()
        guard lstat(path, &status) == 0 else { return false }
        guard status.st_mode & S_IFMT == S_IFDIR else { return true }
        guard depth < 8, let listing = opendir(path) else { return true }
        defer { closedir(listing) }
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != "..", hasEntries(path + "/" + name, depth: depth + 1) { return true }
        }
        return false
    }
}

/// Reads `git ls-files -z -s -v` as it comes: flags that keep git from comparing a file, and submodules.
final class IndexScan: Sendable {
    enum Finding: Hashable {
        /// Files that git was told not to look at.
        case hidden
        case tooMany
        /// Paths of submodules.
        case gitlinks([String])
    }

    static let maximumGitlinks = 1_000
    /// Of one entry: a path as long as systems take, and what stands in front of it.
    static let maximumEntryBytes = 8_192

    private struct State {
        var entry: [UInt8] = []
        var isHidden = false
        var isTooMuch = false
        var paths: [String] = []
    }

    private let state = Mutex(State())

    func take(_ bytes: [UInt8]) {
        state.withLock { state in
            for byte in bytes {
                if byte != 0 {
                    if state.entry.count < Self.maximumEntryBytes { state.entry.append(byte) } else { state.isTooMuch = true }
                    continue
                }
                Self.judge(state.entry, &state)
                state.entry.removeAll(keepingCapacity: true)
            }
        }
    }

    private static func judge(_ entry: [UInt8], _ state: inout State) {
        // "H 100644 <object> 0\t<path>": H is a file that git compares, M one in conflict, which the status shows.
        guard let tag = entry.first, entry.count > 9 else { return state.isTooMuch = true }
        if tag != UInt8(ascii: "H"), tag != UInt8(ascii: "M") { state.isHidden = true }
        guard entry[2..<8].elementsEqual("160000".utf8), let tab = entry.firstIndex(of: 0x09) else { return }
        guard state.paths.count < maximumGitlinks, let path = String(validating: entry[(tab + 1)...], as: UTF8.self) else {
            return state.isTooMuch = true
        }
        state.paths.append(path)
    }

    var finding: Finding {
        state.withLock { state in
            if state.isHidden { return .hidden }
            return state.isTooMuch || !state.entry.isEmpty ? .tooMany : .gitlinks(state.paths)
        }
    }
}
