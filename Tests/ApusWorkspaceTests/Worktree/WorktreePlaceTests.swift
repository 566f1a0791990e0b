import Testing

@testable import ApusWorkspace

/// Where worktrees go, and which of them a repository knows: seen from real checkouts.
@Suite struct WorktreePlaceTests {
    let folder = TemporaryFolder()

    private func git(_ words: String..., in name: String) {
        let identity = ["-c", "user.name=T", "-c", "user.email=t@example.invalid", "-c", "protocol.file.allow=always"]
        runProgram(["git"] + identity + words, in: folder(name), environment: ["GIT_CONFIG_GLOBAL=/dev/null"])
    }

    private func makeRepository(_ name: String) {
        folder.write(name + "/a.txt", "a\n")
        git("init", "-q", "-b", "main", in: name)
        git("add", "-A", in: name)
        git("commit", "-qm", "first", in: name)
    }

    @Test func aRepositorysWorktreesAreBesideIt() throws {
        makeRepository("app")
        let place = WorktreePlace(of: try #require(Project.containing(folder("app"))))
        #expect(place == WorktreePlace(repository: "app", sibling: folder.path))
    }

    @Test func aLinkedWorktreeCountsAsItsMainCheckout() throws {
        makeRepository("app")
        git("worktree", "add", "-q", "../other", "-b", "x", in: "app")
        let project = try #require(Project.containing(folder("other")))
        #expect(WorktreePlace(of: project) == WorktreePlace(repository: "app", sibling: folder.path))
    }

    @Test func aSubmoduleIsBesideTheProjectAroundIt() throws {
        makeRepository("library")
        makeRepository("around")
        git("submodule", "add", "-q", folder("library"), "deep/part", in: "around")
        let project = try #require(Project.containing(folder("around/deep/part")))
        #expect(project.ownsGitFolders)
        #expect(WorktreePlace(of: project) == WorktreePlace(repository: "part", sibling: folder.path))
    }

    @Test func aRepositoryInsideAnotherIsBesideTheOuterOne() throws {
        makeRepository("outer")
        makeRepository("outer/inner")
        let project = try #require(Project.containing(folder("outer/inner")))
        #expect(WorktreePlace(of: project) == WorktreePlace(repository: "inner", sibling: folder.path))
    }

    @Test func aWorktreeOfABareRepositoryIsNamedAfterIt() throws {
        makeRepository("app")
        runProgram(["git", "clone", "-q", "--bare", "app", "store.git"], in: folder.path)
        git("worktree", "add", "-q", "../w", "main", in: "store.git")
        let project = try #require(Project.containing(folder("w")))
        #expect(WorktreePlace(of: project) == WorktreePlace(repository: "store", sibling: folder.path))
        let listed = try RegisteredWorktree.all(in: project.commonDirectory, main: nil)
        #expect(listed.map(\.path) == [folder("w")])
    }

    @Test func theListHasEveryCheckoutWithWhatItHolds() throws {
        makeRepository("app")
        git("worktree", "add", "-q", "../one", "-b", "feature/one", in: "app")
        git("worktree", "add", "-q", "--detach", "../two", in: "app")
        folder.write("app/.git/worktrees/two/rebase-merge/head-name", "refs/heads/held\n")
        let common = folder("app/.git")
        let listed = try RegisteredWorktree.all(in: common, main: folder("app")).sorted { $0.path < $1.path }
        #expect(
            listed == [
                RegisteredWorktree(administration: common, path: folder("app"), branches: ["main"], isMain: true),
                RegisteredWorktree(
                    administration: common + "/worktrees/one", path: folder("one"), branches: ["feature/one"], isMain: false),
                RegisteredWorktree(administration: common + "/worktrees/two", path: folder("two"), branches: ["held"], isMain: false),
            ])
        #expect(GitFiles(common + "/worktrees/two").operationUnderWay == "a rebase")
    }

    /// What HEAD named counts also when HEAD has moved on.
    @Test func theLogOfHeadTellsItsCommits() throws {
        makeRepository("app")
        git("checkout", "-q", "--detach", in: "app")
        git("commit", "-q", "--allow-empty", "-m", "second", in: "app")
        git("checkout", "-q", "main", in: "app")
        let commits = try #require(GitFiles(folder("app/.git")).commits(loggedFor: "HEAD", limit: 10))
        #expect(commits.count == 2)
        #expect(GitFiles(folder("app/.git")).commits(loggedFor: "HEAD", limit: 1) == nil)
        folder.write("app/.git/logs/HEAD", "what is this\n")
        #expect(GitFiles(folder("app/.git")).commits(loggedFor: "HEAD", limit: 10) == nil)
    }

    @Test func aLinkOutOfGitsFolderIsNotFollowed() {
        folder.write("secret", "ref: refs/heads/secret\n")
        folder.folder("admin")
        folder.link("admin/HEAD", to: folder("secret"))
        #expect(GitFiles(folder("admin")).line("HEAD") == nil)
        #expect(GitFiles(folder("admin")).heldBranches.isEmpty)
    }
}
