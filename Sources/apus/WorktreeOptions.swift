import ApusCore
import ApusDaemon
import ApusFronts
import ArgumentParser
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `--worktree` and what belongs to it (`droid-exec.md` §6.5).
struct WorktreeOptions: ParsableArguments {
    @Option(
        name: [.customShort("w"), .long],
        help: ArgumentHelp(
            """
            Work in a git worktree, on this branch or on one named after the current branch. The next word is the name if it could be one: \
            --worktree=name is clear.
            """, valueName: "name"))
    var worktree: String?

    @Option(
        help: ArgumentHelp("Make the worktree in this directory instead of beside the repository.", valueName: "path"),
        completion: .directory)
    var worktreeDir: String?

    /// Stands for no name: git's word for HEAD, which no branch can have.
    static let unnamed = "@"

    func validate() throws {
        if let worktree, worktree != Self.unnamed, !WorktreeWish.isBranch(worktree) {
            throw ValidationError("\"\(worktree)\" is not a name that a branch can have.")
        }
        if let worktreeDir, worktreeDir.isEmpty { throw ValidationError("--worktree-dir needs a path.") }
    }

    /// `nil` when none was asked for.
    ///
    /// - Parameter limit: how long the whole run may take.
    func wish(within limit: Duration?) -> WorktreeWish? {
        guard let worktree else { return nil }
        return WorktreeWish(
            branch: worktree == Self.unnamed ? nil : worktree, parent: worktreeDir.map { WorkingDirectory.absolute($0) }, limit: limit)
    }

    var warnings: [String] {
        worktree == nil && worktreeDir != nil ? ["--worktree-dir has no effect without --worktree."] : []
    }

    /// The words of a command line with the value of `-w` joined to it, which may be left out: the next word is the name only if it has no
    /// white space and could be a branch's.
    static func spelledOut(_ words: [String]) -> [String] {
        guard words.first == "exec" else { return words }
        var result: [String] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" { return result + [word] + rest }
            guard word == "-w" || word == "--worktree" else {
                // The parser would take the next word for the value that is missing here.
                result.append(word == "--worktree=" ? word + unnamed : word)
                continue
            }
            if let next = rest.first, WorktreeWish.isName(next) {
                result.append("--worktree=" + next)
                rest.removeFirst()
            } else {
                result.append("--worktree=" + unnamed)
            }
        }
        return result
    }
}

/// What signals do while a worktree is made or left: the first one cancels, and a second one waits until nothing half done is left.
final class WorktreeStops: Sendable {
    private struct State {
        var signal: Int32?
        var cancel: (@Sendable () -> Void)?
        var isBusy = false
    }

    /// How long a second signal is kept waiting. Hosts that signal twice kill after five seconds.
    private static let patience = Duration.milliseconds(4_500)

    private let state = Mutex(State())

    /// The first signal, once it has come.
    var signal: Int32? { state.withLock { $0.signal } }

    func first(_ number: Int32) {
        let cancel = state.withLock { state in
            state.signal = state.signal ?? number
            return state.cancel
        }
        cancel?()
    }

    /// Returns the exit code. Runs on the thread of the signals, which has nothing else to do.
    func second(_ number: Int32) -> Int32 {
        let until = ContinuousClock.now + Self.patience
        while state.withLock({ $0.isBusy }), ContinuousClock.now < until { usleep(10_000) }
        Terminal.clear()
        return 128 + number
    }

    /// Runs `body` in a task of its own, which is waited for and which the first signal cancels when it comes meanwhile, or came already and
    /// `heedsEarlier` says so.
    func guarding<Value: Sendable>(heedsEarlier: Bool, _ body: @escaping @Sendable () async -> Value) async -> Value {
        let task = Task { await body() }
        let isLate = state.withLock { state in
            state.isBusy = true
            state.cancel = { task.cancel() }
            return state.signal != nil
        }
        if isLate && heedsEarlier { task.cancel() }
        let value = await task.value
        state.withLock { state in
            state.isBusy = false
            state.cancel = nil
        }
        return value
    }
}

/// The worktree of one run.
struct WorktreeStay: ExecWorkplace {
    let worktree: RunWorktree
    let stops: WorktreeStops

    var path: String { worktree.path }

    func leave(_ processes: [BackgroundProcess], isHurried: Bool) async -> ExecWorktree {
        let ending = await stops.guarding(heedsEarlier: false) {
            await worktree.leave(processes, isHurried: isHurried || stops.signal != nil)
        }
        return ExecWorktree(path: ending.path, branch: ending.branch, isKept: ending.isKept, remark: ending.remark)
    }
}

extension ExecCommand {
    /// The worktree that was asked for, made or found; `nil` when none was.
    ///
    /// - Parameter fail: ends the run that cannot begin: a sentence, and the signal that came meanwhile.
    func enterWorktree(
        _ configuration: DaemonConfiguration, _ stops: WorktreeStops, fail: (String, Int32?) -> Never
    ) async -> WorktreeStay? {
        guard let wish = place.wish(within: timeout.map { .seconds($0) }) else { return nil }
        let made = await stops.guarding(heedsEarlier: true) { () async -> Result<RunWorktree, DaemonError> in
            do throws(DaemonError) { return .success(try await Daemon.worktree(wish, configuration)) } catch { return .failure(error) }
        }
        switch made {
        case .success(let worktree): return WorktreeStay(worktree: worktree, stops: stops)
        case .failure(let error): fail(error.description, stops.signal)
        }
    }
}
