import ApusWorkspace
import Testing

@Suite struct ProjectTests {
    let folder = TemporaryFolder()

    @Test func theNearestCheckoutIsFoundWithItsBranch() {
        folder.write(".git/HEAD", "ref: refs/heads/feature/x\n")
        folder.folder("a/b")
        let project = Project.containing(folder("a/b"))
        #expect(project?.root == folder.path)
        #expect(project?.head == .branch("feature/x"))
        #expect(project?.commonDirectory == folder(".git"))
    }

    @Test func aWorktreePointsToItsOwnHeadAndTheCommonDirectory() {
        folder.write("main/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("main/.git/worktrees/w/HEAD", "0123456789abcdef0123456789abcdef01234567\n")
        folder.write("main/.git/worktrees/w/commondir", "../..\n")
        folder.write("w/.git", "gitdir: \(folder("main/.git/worktrees/w"))\n")
        let project = Project.containing(folder("w"))
        #expect(project?.head == .detached("0123456789abcdef0123456789abcdef01234567"))
        #expect(project?.commonDirectory == folder("main/.git"))
    }

    @Test func aBrokenPointerIsNoCheckout() {
        folder.write("w/.git", "gitdir: /nowhere/at/all\n")
        #expect(Project.containing(folder("w")) == nil)
    }

    @Test(arguments: [
        ("[core]\n\tbare = false\n[remote \"origin\"]\n\turl = x\n", false), ("[filter \"x\"]\n\tclean = ./evil\n", true),
        ("[diff]\n\texternal = ./evil\n", true), ("[core]\n\tfsMonitor = ./evil\n", true), ("[include]\n\tpath = other\n", true),
        ("[diff \"x\"]\n\ttextconv = ./evil\n", true), ("[core]\n\tpager = ./evil\n", true),
    ])
    func aConfigurationThatStartsProgramsIsSeen(config: String, runsPrograms: Bool) {
        folder.write(".git/HEAD", "ref: refs/heads/main\n")
        folder.write(".git/config", config)
        #expect(Project.containing(folder.path)?.runsPrograms == runsPrograms)
    }

    /// A `.git` file may lead anywhere, and a HEAD may be a link: neither shows what is in somebody's file.
    @Test(arguments: ["-----BEGIN OPENSSH PRIVATE KEY-----", "password", "0123456789abcdef0123456789abcdef0123456g", ""])
    func aHeadThatIsNoneIsNotShown(text: String) throws {
        let folder = TemporaryFolder()
        folder.write("elsewhere/HEAD", text + "\n")
        folder.write("ws/.git", "gitdir: \(folder("elsewhere"))\n")
        #expect(try #require(Project.containing(folder("ws"))).head == nil)

        folder.write("linked/.git/config", "")
        folder.link("linked/.git/HEAD", to: folder("elsewhere/HEAD"))
        #expect(try #require(Project.containing(folder("linked"))).head == nil)
    }
}
