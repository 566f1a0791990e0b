import ApusBase
import ApusCore
import ApusWorkspace
import Foundation
import Synchronization
import Testing

@testable import ApusDaemon

@Suite struct WorktreeMakerTests {
    @Test(arguments: [true, false])
    func itIsMadeUsedAndRemoved(hasWall: Bool) async throws {
        let house = try WorktreeHouse(hasWall: hasWall)
        let worktree = try await house.make("feature/x")
        #expect(worktree.path == house("app-wt-feature-x"))
        #expect(worktree.branch == "feature/x")
        #expect(!worktree.isReused)
        #expect(try house.read("app-wt-feature-x/a.txt") == "one\n")
        #expect(try house.git("status", "--porcelain", in: "app-wt-feature-x") == "")
        #expect(try house.git("branch", "--show-current", in: "app-wt-feature-x") == "feature/x")
        #expect(try house.registered == [worktree.path])
        #expect(try house.git("fsck", mayFail: true).isEmpty)
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending == WorktreeEnding(path: worktree.path, branch: "feature/x", isKept: false, remark: nil))
        try house.expectNothingLeft()
        #expect(try house.branches == ["feature/x", "main"])
    }

    @Test func withoutANameTheBranchIsNamedAfterTheCurrentOne() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make()
        #expect(worktree.branch == "main-wt")
        _ = await worktree.leave([], isHurried: false)
        try house.git("checkout", "-q", "--detach")
        let commit = try house.git("rev-parse", "HEAD")
        let detached = try await house.make()
        #expect(detached.branch == "detached-\(commit.prefix(7))-wt")
        _ = await detached.leave([], isHurried: false)
        try house.expectNothingLeft()
    }

    /// Each run that names none has a worktree to itself.
    @Test func runsWithoutANameBesideEachOtherGetNumbers() async throws {
        let house = try WorktreeHouse()
        let first = try await house.make()
        let second = try await house.make()
        let third = try await house.make()
        #expect([first, second, third].map(\.branch) == ["main-wt", "main-wt-2", "main-wt-3"])
        for worktree in [first, second, third] { #expect(await !worktree.leave([], isHurried: false).isKept) }
        try house.expectNothingLeft()
    }

    @Test func aBranchThatExistsIsCheckedOutWhereItIs() async throws {
        let house = try WorktreeHouse()
        try house.git("branch", "old")
        try house.write("two\n", to: "app/a.txt")
        try house.commit()
        let worktree = try await house.make("old")
        #expect(try house.read("app-wt-old/a.txt") == "one\n")
        _ = await worktree.leave([], isHurried: false)
        #expect(try house.branches == ["main", "old"])
    }

    @Test func aWorktreeThatIsThereIsUsedAgainAndStays() async throws {
        let house = try WorktreeHouse()
        try house.git("worktree", "add", "-q", "../app-wt-mine", "-b", "mine")
        let worktree = try await house.make("mine")
        #expect(worktree.isReused)
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.isKept)
        #expect(ending.remark?.contains("it was there before this run") == true)
        #expect(house.has("app-wt-mine/a.txt"))
    }

    @Test func twoRunsWithOneNameShareItAndTheFirstToLeaveKeepsIt() async throws {
        let house = try WorktreeHouse()
        let first = try await house.make("both")
        let second = try await house.make("both")
        #expect(second.path == first.path)
        #expect(house.announced.withLock { $0 } == ["Another run works in the worktree \(first.path), too."])
        let ending = await first.leave([], isHurried: false)
        #expect(ending.isKept)
        #expect(ending.remark?.contains("another run works in it") == true)
        #expect(await second.leave([], isHurried: false).isKept)
        #expect(house.has("app-wt-both/a.txt"))
    }

    private func fault(_ house: WorktreeHouse, _ branch: String?, in name: String = "app", parent: String? = nil) async throws
        -> WorktreeError?
    {
        do {
            _ = try await house.make(branch, in: name, parent: parent)
            return nil
        } catch let error as WorktreeError {
            return error
        }
    }

    @Test func aBranchThatIsCheckedOutElsewhereIsRefusedWithItsPlace() async throws {
        let house = try WorktreeHouse()
        #expect(try await fault(house, "main") == .branchInUse(branch: "main", path: house("app")))
        try house.git("worktree", "add", "-q", "../elsewhere", "-b", "other")
        #expect(try await fault(house, "other") == .branchInUse(branch: "other", path: house("elsewhere")))
        #expect(try house.names == ["elsewhere"])
    }

    @Test func whatIsInTheWayStays() async throws {
        let house = try WorktreeHouse()
        try house.write("mine\n", to: "app-wt-x/file")
        #expect(try await fault(house, "x") == .pathTaken(path: house("app-wt-x"), by: "something else"))
        #expect(try house.read("app-wt-x/file") == "mine\n")
        // Two names with one folder.
        let worktree = try await house.make("a/b")
        #expect(try await fault(house, "a-b") == .pathTaken(path: house("app-wt-a-b"), by: "a worktree of a/b"))
        _ = await worktree.leave([], isHurried: false)
        #expect(try house.branches == ["a/b", "main"])
    }

    @Test func aWorktreeWhoseFolderIsGoneIsNamed() async throws {
        let house = try WorktreeHouse()
        try house.git("worktree", "add", "-q", "../app-wt-x", "-b", "x")
        try FileManager.default.removeItem(atPath: house("app-wt-x"))
        #expect(try await fault(house, "x") == .folderGone(branch: "x", path: house("app-wt-x")))
    }

    @Test func placesWithoutACommitOrACheckoutAreRefused() async throws {
        let house = try WorktreeHouse()
        try FileManager.default.createDirectory(atPath: house("plain"), withIntermediateDirectories: true)
        #expect(try await fault(house, "x", in: "plain") == .notACheckout(house("plain")))
        try house.git("init", "-q", "-b", "main", "../empty")
        #expect(try await fault(house, "x", in: "empty") == .noCommits(house("empty")))
        try house.git("clone", "-q", "--bare", ".", "../store.git")
        #expect(try await fault(house, "x", in: "store.git") == .bareRepository(house("store.git")))
        #expect(try house.names == ["empty", "plain", "store.git"])
    }

    @Test func aBranchThatCannotBeMadeLeavesNothing() async throws {
        let house = try WorktreeHouse()
        // "main" is a file where "main/x" would need a folder.
        guard case .git(let step, _)? = try await fault(house, "main/x") else {
            Issue.record("it was made")
            return
        }
        #expect(step == "making the branch main/x")
        try house.expectNothingLeft()
        #expect(try house.branches == ["main"])
    }

    /// Only what was made is taken back, folders above it included.
    @Test func aCheckoutThatFailsLeavesNothing() async throws {
        let house = try WorktreeHouse()
        let blob = try house.git("rev-parse", "HEAD:a.txt")
        try FileManager.default.removeItem(atPath: house("app/.git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"))
        guard case .git(let step, _)? = try await fault(house, "x", parent: house("deep/er")) else {
            Issue.record("it was made")
            return
        }
        #expect(step == "writing the files")
        try house.expectNothingLeft()
        #expect(try house.branches == ["main"])
    }

    @Test func aBranchThatWasThereOutlivesAFailure() async throws {
        let house = try WorktreeHouse()
        try house.git("branch", "old")
        let blob = try house.git("rev-parse", "HEAD:a.txt")
        try FileManager.default.removeItem(atPath: house("app/.git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"))
        #expect(try await fault(house, "old") != nil)
        #expect(try house.branches == ["main", "old"])
        #expect(try house.names == [])
    }

    @Test func aRunThatIsOutOfTimeOrInterruptedLeavesNothing() async throws {
        let house = try WorktreeHouse()
        await #expect(throws: WorktreeError.outOfTime) { try await house.make("x", within: .zero) }
        let task = Task { try await house.make("x") }
        task.cancel()
        await #expect(throws: WorktreeError.interrupted) { try await task.value }
        try house.expectNothingLeft()
        #expect(try house.branches == ["main"])
    }

    /// Wherever the interruption falls, between two steps or in the middle of a checkout.
    @Test(arguments: [1, 5, 20, 60, 150, 300])
    func interruptedAtAnyMomentItLeavesAllOrNothing(milliseconds: Int) async throws {
        let house = try WorktreeHouse()
        for number in 0..<300 { try house.write("\(number)\n", to: "app/many/\(number).txt") }
        try house.commit()
        let task = Task { try await house.make("x") }
        try await Task.sleep(for: .milliseconds(milliseconds))
        task.cancel()
        do {
            let worktree = try await task.value
            #expect(await !worktree.leave([], isHurried: false).isKept)
            #expect(try house.branches == ["main", "x"])
        } catch {
            #expect(error as? WorktreeError == .interrupted)
            #expect(try house.branches == ["main"])
        }
        try house.expectNothingLeft()
    }

    @Test func aLockThatIsNotGivenBackIsNamed() async throws {
        let house = try WorktreeHouse()
        let path = house("app/.git/apus-worktrees.lock")
        let held = try #require(try FileLock.take(path, .exclusive))
        await #expect(throws: WorktreeError.outOfTime) { try await house.make("x", within: .milliseconds(1_500)) }
        held.release()
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
        guard case .notWritable(path, _)? = try await fault(house, "x") else {
            Issue.record("a link was taken for a lock")
            return
        }
    }

    @Test func aWorktreeThatWasLeftHalfMadeIsNamedAndStays() async throws {
        let house = try WorktreeHouse()
        try house.git("worktree", "add", "-q", "../app-wt-x", "-b", "x")
        try house.write(WorktreeMaker.makingMark + "\n", to: "app/.git/worktrees/app-wt-x/locked")
        #expect(try await fault(house, "x") == .halfMade(path: house("app-wt-x")))
        #expect(house.has("app-wt-x/a.txt"))
    }

    @Test func fromALinkedWorktreeAndASubmoduleItGoesToTheRightPlace() async throws {
        let house = try WorktreeHouse()
        try house.git("worktree", "add", "-q", "../linked", "-b", "topic")
        try house.write("topic\n", to: "linked/a.txt")
        try house.commit(in: "linked")
        let worktree = try await house.make(in: "linked")
        #expect(worktree.path == house("app-wt-topic-wt"))
        #expect(try house.read("app-wt-topic-wt/a.txt") == "topic\n")
        #expect(await !worktree.leave([], isHurried: false).isKept)
        #expect(try house.registered == [house("linked")])

        try house.git("init", "-q", "-b", "main", "../around")
        try house.git("submodule", "add", "-q", house("app"), "libs/part", in: "around")
        let inner = try await house.make("fix", in: "around/libs/part")
        #expect(inner.path == house("part-wt-fix"))
        #expect(try house.read("part-wt-fix/a.txt") == "one\n")
        #expect(try house.git("status", "--porcelain", in: "part-wt-fix") == "")
        #expect(await !inner.leave([], isHurried: false).isKept)
        #expect(try house.git("status", "--porcelain", in: "around/libs/part") == "")
    }

    @Test func fromAWorktreeOfABareRepository() async throws {
        let house = try WorktreeHouse()
        try house.git("clone", "-q", "--bare", ".", "../store.git")
        try house.git("worktree", "add", "-q", "../w", "-b", "topic", in: "store.git")
        let worktree = try await house.make("main", in: "w")
        #expect(worktree.path == house("store-wt-main"))
        #expect(await !worktree.leave([], isHurried: false).isKept)
    }
}
