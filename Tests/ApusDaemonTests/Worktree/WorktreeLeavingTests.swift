import ApusCore
import ApusWorkspace
import Foundation
import Testing

@testable import ApusDaemon

/// What a run leaves behind: nothing that is saved elsewhere, and everything that is not.
@Suite struct WorktreeLeavingTests {
    /// Leaves a worktree after something was done in it, and expects it to be there still, whole.
    private func keeps(
        _ reason: String, sourceLocation: SourceLocation = #_sourceLocation,
        _ work: (WorktreeHouse, String) throws -> Void
    ) async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try work(house, "app-wt-x")
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.isKept, sourceLocation: sourceLocation)
        #expect(ending.remark?.contains(reason) == true, "\(ending.remark ?? "nothing")", sourceLocation: sourceLocation)
        #expect(ending.remark?.contains(worktree.path) == true, sourceLocation: sourceLocation)
        #expect(house.has("app-wt-x/.gitignore"), sourceLocation: sourceLocation)
        #expect(try house.registered == [worktree.path], sourceLocation: sourceLocation)
        #expect(try house.names == ["app-wt-x"], sourceLocation: sourceLocation)
    }

    @Test func changesKeepIt() async throws {
        try await keeps("changes") { house, name in try house.write("two\n", to: name + "/a.txt") }
        try await keeps("changes") { house, name in try house.write("new\n", to: name + "/new.txt") }
        try await keeps("changes") { house, name in try house.git("rm", "-q", "--cached", "a.txt", in: name) }
        try await keeps("changes") { house, name in try FileManager.default.removeItem(atPath: house(name + "/a.txt")) }
        // A repository of its own, which nothing else knows.
        try await keeps("changes") { house, name in
            try house.write("x\n", to: name + "/own/file")
            try house.git("init", "-q", in: name + "/own")
        }
    }

    @Test func committedWorkAndIgnoredFilesDoNotKeepIt() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try house.write("two\n", to: "app-wt-x/a.txt")
        try house.commit(in: "app-wt-x")
        try house.git("commit", "-q", "--amend", "-m", "better words", in: "app-wt-x")
        try house.write("x\n", to: "app-wt-x/ignored/cache/deep/file")
        try house.write("x\n", to: "app-wt-x/build.log")
        // As caches of packages are.
        try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: house("app-wt-x/ignored/cache/deep"))
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending == WorktreeEnding(path: worktree.path, branch: "x", isKept: false, remark: nil))
        try house.expectNothingLeft()
        #expect(try house.git("show", "x:a.txt") == "two")
    }

    @Test func commitsThatNoBranchHasKeepIt() async throws {
        try await keeps("is on no branch") { house, name in
            try house.git("checkout", "-q", "--detach", in: name)
            try house.write("two\n", to: name + "/a.txt")
            try house.commit(in: name)
        }
        // Gone on to a branch, and the commit is known to the log of HEAD only.
        try await keeps("is on no branch") { house, name in
            try house.git("checkout", "-q", "--detach", in: name)
            try house.write("two\n", to: name + "/a.txt")
            try house.commit(in: name)
            try house.git("checkout", "-q", "x", in: name)
        }
        try await keeps("has no commits") { house, name in
            try house.git("checkout", "-q", "--orphan", "fresh", in: name)
        }
    }

    @Test func aDetachedHeadWhoseCommitIsOnABranchGoes() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try house.write("two\n", to: "app-wt-x/a.txt")
        try house.commit(in: "app-wt-x")
        try house.git("checkout", "-q", "--detach", "main", in: "app-wt-x")
        #expect(await !worktree.leave([], isHurried: false).isKept)
        try house.expectNothingLeft()
    }

    @Test func anotherBranchThatWasMadeThereStaysABranch() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try house.git("checkout", "-q", "-b", "other", in: "app-wt-x")
        try house.write("two\n", to: "app-wt-x/a.txt")
        try house.commit(in: "app-wt-x")
        #expect(await !worktree.leave([], isHurried: false).isKept)
        #expect(try house.branches == ["main", "other", "x"])
    }

    @Test func whatIsUnderWayKeepsIt() async throws {
        try await keeps("a merge is under way") { house, name in
            let head = try house.git("rev-parse", "HEAD")
            try house.write(head + "\n", to: "app/.git/worktrees/\(name)/MERGE_HEAD")
        }
        try await keeps("references of its own") { house, name in
            try house.git("update-ref", "refs/worktree/mine", "HEAD", in: name)
        }
        try await keeps("it is locked") { house, name in try house.git("worktree", "lock", "../" + name) }
    }

    @Test(arguments: ["--assume-unchanged", "--skip-worktree"])
    func changesThatFlagsHideKeepIt(flag: String) async throws {
        try await keeps("flags in its index") { house, name in
            try house.git("update-index", flag, "a.txt", in: name)
            try house.write("two\n", to: name + "/a.txt")
        }
    }

    @Test func aSubmoduleWithFilesKeepsIt() async throws {
        let house = try WorktreeHouse()
        try house.git("init", "-q", "-b", "main", "../library")
        try house.write("x\n", to: "library/x")
        try house.commit(in: "library")
        try house.git("submodule", "add", "-q", house("library"), "part")
        try house.commit()
        let empty = try await house.make("empty")
        #expect(await !empty.leave([], isHurried: false).isKept)
        let used = try await house.make("used")
        try house.git("submodule", "update", "-q", "--init", in: "app-wt-used")
        let ending = await used.leave([], isHurried: false)
        #expect(ending.remark?.contains("it has repositories of submodules") == true, "\(ending)")
        // Also when nothing in the files shows it any more.
        let left = try await house.make("left")
        try house.git("submodule", "update", "-q", "--init", in: "app-wt-left")
        try house.write("y\n", to: "app-wt-left/part/x")
        try house.commit(in: "app-wt-left/part")
        try house.git("submodule", "deinit", "-q", "-f", "part", in: "app-wt-left")
        #expect(await left.leave([], isHurried: false).isKept)
    }

    @Test func aRepositoryAmongIgnoredFilesKeepsIt() async throws {
        try await keeps("a repository or worktree in it, at ignored/deep/own") { house, name in
            try house.write("x\n", to: name + "/ignored/deep/own/x")
            try house.git("init", "-q", "-b", "main", in: name + "/ignored/deep/own")
            try house.commit(in: name + "/ignored/deep/own")
        }
    }

    @Test func aWorktreeAmongIgnoredFilesKeepsIt() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try house.git("worktree", "add", "-q", "-b", "inner", "ignored/y", in: "app-wt-x")
        try house.write("uncommitted\n", to: "app-wt-x/ignored/y/a.txt")
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.remark?.contains("a repository or worktree in it, at ignored/y") == true, "\(ending)")
        #expect(try house.read("app-wt-x/ignored/y/a.txt") == "uncommitted\n")
    }

    @Test func aRepositoryInThePlaceOfThePointerKeepsIt() async throws {
        try await keeps("its .git is not the one that was made for it") { house, name in
            try FileManager.default.removeItem(atPath: house(name + "/.git"))
            try house.git("init", "-q", "-b", "own", in: name)
            try house.commit(in: name)
        }
    }

    @Test func aProcessThatWorksInItKeepsIt() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try FileManager.default.createDirectory(atPath: house("app-wt-x/ignored"), withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sleep", "1000"]
        process.currentDirectoryURL = URL(fileURLWithPath: house("app-wt-x/ignored"))
        try process.run()
        defer {
            // It may have inherited that the gentle signal is ignored.
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        #expect(FolderOccupants.first(in: house("app-wt-x")) == process.processIdentifier)
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.remark?.contains("the process \(process.processIdentifier) works in it") == true, "\(ending)")
        #expect(house.has("app-wt-x/a.txt"))
    }

    @Test func somethingElseInItsPlaceStays() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try FileManager.default.moveItem(atPath: house("app-wt-x"), toPath: house("moved"))
        try house.write("precious\n", to: "app-wt-x/file")
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.remark?.contains("something else is in its place") == true)
        #expect(try house.names == ["app-wt-x", "moved"])
        #expect(try house.read("app-wt-x/file") == "precious\n")
    }

    @Test func aWorktreeThatGitMovedStays() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        try house.git("worktree", "move", "../app-wt-x", "../elsewhere")
        #expect(await worktree.leave([], isHurried: false).isKept)
        #expect(try house.read("elsewhere/a.txt") == "one\n")
    }

    @Test func leavingTwiceGivesTheFirstAnswerAndACancelledOneKeepsOrRemovesAll() async throws {
        let house = try WorktreeHouse()
        let worktree = try await house.make("x")
        let task = Task { await worktree.leave([], isHurried: true) }
        task.cancel()
        let ending = await task.value
        #expect(await worktree.leave([], isHurried: false) == ending)
        #expect(house.has("app-wt-x/a.txt") == ending.isKept)
        #expect(try house.names == (ending.isKept ? ["app-wt-x"] : []))
    }

    /// Twenty at once, in one repository.
    @Test func manyAtOnceMeetNoConflict() async throws {
        let house = try WorktreeHouse()
        let endings = try await withThrowingTaskGroup(of: WorktreeEnding.self) { group in
            for number in 1...20 {
                group.addTask {
                    let worktree = try await house.make("branch/\(number)")
                    if number.isMultiple(of: 5) { try house.write("new\n", to: "app-wt-branch-\(number)/new.txt") }
                    return await worktree.leave([], isHurried: false)
                }
            }
            var endings: [WorktreeEnding] = []
            for try await ending in group { endings.append(ending) }
            return endings
        }
        #expect(endings.filter(\.isKept).map(\.branch).sorted() == ["branch/10", "branch/15", "branch/20", "branch/5"])
        #expect(try house.branches.count == 21)
        #expect(try house.registered.count == 4)
        #expect(try house.names.count == 4)
    }
}
