import ApusCore
import ApusWorkspace
import Foundation
import Testing

@testable import ApusDaemon

/// The git that Apus runs for worktrees, before and after a session, runs nothing that a repository or a session put in its way. Most are
/// tried without a wall, so that it is not the wall that holds.
@Suite struct HostileWorktreeTests {
    /// A program that leaves a mark, and does what a filter does.
    private static func arm(_ house: WorktreeHouse) throws -> String {
        try house.write("#!/bin/sh\necho \"$0 $*\" >> '\(house("RAN"))'\ncat\nexit 0\n", to: "user/trap", mode: 0o755)
        return house("user/trap")
    }

    /// What a repository's configuration can name; `TRAP` is the program, `ROOT` the folder around the repository.
    private static let configurations = [
        "[core]\n\thooksPath = ROOT/hooks", "[core]\n\tfsmonitor = TRAP",
        "[filter \"evil\"]\n\tclean = TRAP\n\tsmudge = TRAP\n\trequired = true", "[filter \"evil\"]\n\tprocess = TRAP\n\trequired = true",
        "[diff]\n\texternal = TRAP", "[diff \"evil\"]\n\ttextconv = TRAP\n\tcommand = TRAP", "[merge \"evil\"]\n\tdriver = TRAP",
        "[core]\n\tsshCommand = TRAP\n\taskPass = TRAP\n\teditor = TRAP\n\tpager = TRAP\n\tgitProxy = TRAP",
        "[credential]\n\thelper = TRAP", "[alias]\n\tstatus = !TRAP\n\tread-tree = !TRAP\n\tupdate-ref = !TRAP\n\tls-files = !TRAP",
        "[include]\n\tpath = ROOT/included", "[includeIf \"gitdir:/\"]\n\tpath = ROOT/included", "[core]\n\tworktree = ROOT/tmp",
        "[core]\n\talternateRefsCommand = TRAP", "[pager]\n\tstatus = TRAP", "[hook \"evil\"]\n\tcommand = TRAP\n\tevent = post-checkout",
        "[extensions]\n\tworktreeConfig = true\n[core]\n\trepositoryformatversion = 1",
        "[status]\n\tsubmoduleSummary = true\n[submodule]\n\trecurse = true", "[gc]\n\tauto = 1\n[maintenance]\n\tauto = true",
        "[core]\n\tbare = true", "[gpg]\n\tprogram = TRAP",
    ]

    private func arrange(_ configuration: String, in house: WorktreeHouse) throws {
        let trap = try Self.arm(house)
        let text = configuration.replacingOccurrences(of: "TRAP", with: trap).replacingOccurrences(of: "ROOT", with: house.root)
        for hook in ["post-checkout", "reference-transaction", "post-index-change", "post-rewrite"] {
            try house.write("#!/bin/sh\nexec '\(trap)'\n", to: "user/hooks/\(hook)", mode: 0o755)
            try house.write("#!/bin/sh\nexec '\(trap)'\n", to: "app/.git/hooks/\(hook)", mode: 0o755)
        }
        try house.write("[core]\n\tfsmonitor = \(trap)\n\thooksPath = \(house("user/hooks"))\n", to: "user/included")
        try house.write("[core]\n\tfsmonitor = \(trap)\n", to: "app/.git/config.worktree")
        try house.write("* filter=evil diff=evil merge=evil\n", to: "app/.git/info/attributes")
        let old = try house.read("app/.git/config")
        try house.write(
            old
                + text.replacingOccurrences(of: house.root + "/hooks", with: house("user/hooks"))
                .replacingOccurrences(of: house.root + "/included", with: house("user/included")) + "\n", to: "app/.git/config")
    }

    @Test(arguments: configurations)
    func nothingOfARepositoryRunsBeforeASession(configuration: String) async throws {
        let house = try WorktreeHouse(hasWall: false)
        try house.write("* filter=evil diff=evil\n", to: "app/.gitattributes")
        try house.commit()
        try arrange(configuration, in: house)
        let worktree = try await house.make("x")
        #expect(try house.read("app-wt-x/a.txt") == "one\n")
        #expect(await !worktree.leave([], isHurried: false).isKept)
        #expect(!house.has("RAN"), "\((try? house.read("RAN")) ?? "")")
    }

    @Test(arguments: configurations)
    func nothingOfASessionRunsAfterIt(configuration: String) async throws {
        let house = try WorktreeHouse(hasWall: false)
        let worktree = try await house.make("x")
        try arrange(configuration, in: house)
        let trap = house("user/trap")
        try house.write("[core]\n\tfsmonitor = \(trap)\n", to: "app/.git/worktrees/app-wt-x/config.worktree")
        try house.write("* filter=evil diff=evil\n", to: "app-wt-x/.gitattributes")
        try house.write("changed, and of another size\n", to: "app-wt-x/a.txt")
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.remark?.contains("changes") == true, "\(ending)")
        #expect(!house.has("RAN"), "\((try? house.read("RAN")) ?? "")")
    }

    /// The traps do go off for a git that knows no better: otherwise this suite would show nothing.
    @Test func theTrapsWork() throws {
        let house = try WorktreeHouse(hasWall: false)
        try arrange("[filter \"evil\"]\n\tclean = TRAP\n\tsmudge = TRAP\n[core]\n\tfsmonitor = TRAP", in: house)
        try house.git("worktree", "add", "-q", "../plain", "-b", "plain", mayFail: true)
        let ran = try house.read("RAN")
        #expect(ran.contains("trap"))
    }

    /// Objects that a partial clone lacks are not fetched.
    @Test func nothingIsFetched() async throws {
        let house = try WorktreeHouse(hasWall: false)
        let trap = try Self.arm(house)
        let blob = try house.git("rev-parse", "HEAD:a.txt")
        try FileManager.default.removeItem(atPath: house("app/.git/objects/\(blob.prefix(2))/\(blob.dropFirst(2))"))
        try house.write(
            try house.read("app/.git/config") + """
                [core]
                \trepositoryformatversion = 1
                \tsshCommand = \(trap)
                [extensions]
                \tpartialClone = origin
                [remote "origin"]
                \turl = ext::\(trap)
                \tuploadpack = \(trap)
                \tpromisor = true
                \tpartialclonefilter = blob:none
                [protocol]
                \tallow = always
                [protocol "ext"]
                \tallow = always

                """, to: "app/.git/config")
        await #expect(throws: WorktreeError.self) { try await house.make("x") }
        #expect(!house.has("RAN"))
        try house.expectNothingLeft()
    }

    /// Files of git's own that lead elsewhere.
    @Test func foldersThatAreNoneOfTheCheckoutsAreRefused() async throws {
        let house = try WorktreeHouse(hasWall: false)
        try house.git("clone", "-q", ".", "../evil")
        try house.write("../../evil/.git\n", to: "app/.git/commondir")
        await #expect(throws: WorktreeError.foreignGitFolder(checkout: house("app"), folder: house("evil/.git"))) {
            try await house.make("x")
        }
        try house.write("gitdir: \(house("evil/.git"))\n", to: "planted/.git")
        await #expect(throws: WorktreeError.foreignGitFolder(checkout: house("planted"), folder: house("evil/.git"))) {
            try await house.make("x", in: "planted")
        }
        #expect(try house.names == ["evil", "planted"])
    }

    @Test func pointersThatASessionBentAreNotFollowed() async throws {
        let house = try WorktreeHouse(hasWall: false)
        let worktree = try await house.make("x")
        try house.git("clone", "-q", ".", "../evil")
        let trap = try Self.arm(house)
        try house.git("config", "core.fsmonitor", trap, in: "evil")
        try house.write(house("evil/.git") + "\n", to: "app/.git/worktrees/app-wt-x/commondir")
        try house.write("gitdir: \(house("evil/.git"))\n", to: "app-wt-x/.git")
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.remark?.contains("its .git is not the one that was made for it") == true, "\(ending)")
        #expect(!house.has("RAN"))
        #expect(try house.read("evil/a.txt") == "one\n")
        #expect(try house.names == ["app-wt-x", "evil"])
    }

    /// `git status` enters submodules, with their configuration.
    @Test func nothingOfASubmoduleOrANestedRepositoryRuns() async throws {
        let house = try WorktreeHouse(hasWall: false)
        try house.git("init", "-q", "-b", "main", "../library")
        try house.write("x\n", to: "library/x")
        try house.commit(in: "library")
        try house.git("submodule", "add", "-q", house("library"), "part")
        try house.commit()
        let worktree = try await house.make("x")
        try house.git("submodule", "update", "-q", "--init", in: "app-wt-x")
        let trap = try Self.arm(house)
        let inner = try house.git("rev-parse", "--absolute-git-dir", in: "app-wt-x/part")
        let settings = "[core]\n\tfsmonitor = \(trap)\n[filter \"evil\"]\n\tclean = \(trap)\n\tsmudge = \(trap)\n"
        let path = String(inner.dropFirst(house.root.count + 1))
        try house.write(try house.read(path + "/config") + settings, to: path + "/config")
        try house.write("* filter=evil\n", to: "app-wt-x/part/.gitattributes")
        try house.git("init", "-q", "ignored", in: "app-wt-x")
        try house.write(settings, to: "app-wt-x/ignored/.git/config")
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.remark?.contains("it has repositories of submodules") == true, "\(ending)")
        #expect(!house.has("RAN"), "\((try? house.read("RAN")) ?? "")")
    }

    @Test func linksInAWorktreeAreNotFollowedWhenItIsRemoved() async throws {
        let house = try WorktreeHouse()
        try house.write("precious\n", to: "user/precious/file")
        let worktree = try await house.make("x")
        try FileManager.default.createDirectory(atPath: house("app-wt-x/ignored"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: house("app-wt-x/ignored/link"), withDestinationPath: house("user/precious"))
        try FileManager.default.createSymbolicLink(
            atPath: house("app/.git/worktrees/app-wt-x/link"), withDestinationPath: house("user/precious"))
        #expect(await !worktree.leave([], isHurried: false).isKept)
        #expect(try house.read("user/precious/file") == "precious\n")
        try house.expectNothingLeft()
    }

    /// Cache and monitor extensions of an index that hide a new file are not believed.
    @Test func cachesInAnIndexHideNothing() async throws {
        let house = try WorktreeHouse(hasWall: false)
        let worktree = try await house.make("x")
        try house.git("update-index", "--force-untracked-cache", in: "app-wt-x")
        try house.git("-c", "core.fsmonitor=/bin/true", "update-index", "--fsmonitor", in: "app-wt-x", mayFail: true)
        try house.git("-c", "core.fsmonitor=/bin/true", "status", in: "app-wt-x", mayFail: true)
        try house.write("two\n", to: "app-wt-x/a.txt")
        let ending = await worktree.leave([], isHurried: false)
        #expect(ending.isKept, "\(ending)")
    }

    /// The wall holds what the view would let through: here a `git` that is another program.
    @Test func aGitThatIsAnotherProgramReachesNothing() async throws {
        let house = try WorktreeHouse()
        try house.write("#!/bin/sh\necho x >> '\(house("RAN"))'\nexit 1\n", to: "user/bin/git", mode: 0o755)
        var runner = house.runner
        runner.environment["PATH"] = house("user/bin") + ":/usr/bin:/bin"
        let maker = WorktreeMaker(runner: runner) { _ in }
        await #expect(throws: WorktreeError.self) {
            try await maker.make(
                WorktreeRequest(directory: house("app"), branch: BranchName("x"), parent: nil, deadline: .now + .seconds(300)))
        }
        #expect(!house.has("RAN"))
        try house.expectNothingLeft()
    }

    @Test func programsInTheProjectAreNotFound() throws {
        let house = try WorktreeHouse()
        let environment = Daemon.gitEnvironment(
            ["PATH": "\(house("app/bin")):relative:/usr/bin", "GIT_DIR": "/evil", "GIT_EXEC_PATH": "/evil", "LD_PRELOAD": "/evil"],
            outside: house("app"))
        #expect(environment["PATH"] == "/usr/bin")
        #expect(environment["GIT_CONFIG_GLOBAL"] == "/dev/null")
        #expect(environment["GIT_NO_LAZY_FETCH"] == "1")
        for name in ["GIT_DIR", "GIT_EXEC_PATH", "LD_PRELOAD"] { #expect(environment[name] == nil) }
    }
}
