import ApusBase
import ApusWorkspace
import Foundation
import Synchronization
import Testing

@testable import ApusDaemon

/// Turns of other runs and sessions in a worktree of `apus exec -w`.
@Suite struct WorktreeUseTests {
    @Test func aTurnInAWorktreeKeepsItUntilItHasEnded() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try FileManager.default.createDirectory(atPath: house("app-wt-x/ignored/deep"), withIntermediateDirectories: true)
        let vacate = await WorktreeUse.begin(in: house("app-wt-x/ignored/deep"))
        let kept = await worktree.leave([], isHurried: false)
        #expect(kept.isKept && kept.remark?.contains("another run works in it") == true, "\(kept)")
        #expect(house.has("app-wt-x/a.txt"))
        vacate()
        // The run has left it for good; the next one finds it alone.
        let next = try await house.make("x")
        #expect(next.isReused && house.announced.withLock { $0 } == [])
        _ = await next.leave([], isHurried: false)
    }

    @Test func whenItHasEndedTheWorktreeGoes() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        let vacate = await WorktreeUse.begin(in: worktree.path)
        vacate()
        vacate()
        #expect(await !worktree.leave([], isHurried: false).isKept)
        try house.expectNothingLeft()
    }

    @Test func whoComesLaterIsToldOfTheTurn() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try house.write("two\n", to: "app-wt-x/a.txt")
        #expect(await worktree.leave([], isHurried: false).isKept)
        let vacate = await WorktreeUse.begin(in: worktree.path)
        let other = try await house.make("x")
        #expect(house.announced.withLock { $0 } == ["Another run works in the worktree \(worktree.path), too."])
        vacate()
        _ = await other.leave([], isHurried: false)
    }

    /// Nothing is written where no run of ours has made a worktree.
    @Test func otherDirectoriesAreLeftAlone() async throws {
        let house = try WorktreeHouse()
        try house.git("worktree", "add", "-q", "-b", "own", "../own")
        for name in ["app", "own", "user", "missing"] { await WorktreeUse.begin(in: house(name))() }
        #expect(!house.has("app/.git/worktrees/own/" + WorktreeMaker.useLockName))
        #expect(!house.has("app/.git/" + WorktreeMaker.useLockName))
    }

    /// While somebody makes or removes it a turn waits, and not for ever.
    @Test func aWaitForItCanBeEnded() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try house.write("two\n", to: "app-wt-x/a.txt")
        #expect(await worktree.leave([], isHurried: false).isKept)
        let path = house("app/.git/worktrees/app-wt-x/" + WorktreeMaker.useLockName)
        let alone = try #require(try FileLock.take(path, .exclusive))
        let task = Task { await WorktreeUse.begin(in: worktree.path) }
        task.cancel()
        await task.value()
        #expect(try alone.change(to: .exclusive), "nobody has taken it")
        alone.release()
    }
}
