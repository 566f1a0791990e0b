import ApusWorkspace
import Testing

@Suite struct WorktreeNameTests {
    @Test(arguments: ["fix", "feature/x", "Änderung", "ветка/два", "a.b", "v1.0-wt", "a@b", "x{y}", "fix!"])
    func whatGitTakesIsABranch(name: String) throws {
        let branch = try #require(BranchName(name))
        #expect(branch.reference == "refs/heads/" + name)
        #expect(!branch.folderName.contains("/"))
    }

    @Test(arguments: [
        "", "-x", "--auto", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a.", "a/", "/a", "a//b", ".a", "a/.b", "a.lock",
        "a.lock/b", "a@{1}", "@", "HEAD", "a\u{7F}", "a\nb", "a\tb", String(repeating: "x", count: 300),
    ])
    func whatGitRefusesIsNone(name: String) {
        #expect(BranchName(name) == nil)
    }

    /// Git itself is asked about both lists.
    @Test func gitSaysTheSame() {
        let folder = TemporaryFolder()
        let words = ["fix", "a/b", "Änderung", "-x", "a..b", "a.lock", "HEAD", "a@{1}", "a~1", ".a", "a.", "x{y}"]
        for word in words {
            let said = runProgram(["git", "check-ref-format", "--branch", word], in: folder.path)
            #expect((said == word + "\n") == (BranchName(word) != nil), "\(word): \(said)")
        }
    }

    @Test func aPromptIsNoName() {
        #expect(BranchName(word: "fix the tests") == nil)
        #expect(BranchName(word: "fix\u{A0}it") == nil)
        #expect(BranchName(word: "Explain.") == nil)
        #expect(BranchName(word: "fix") != nil)
    }

    @Test func withoutANameItIsMadeOfTheCurrentBranch() {
        #expect(BranchName.standard(for: .branch("main"))?.text == "main-wt")
        #expect(BranchName.standard(for: .detached("0123456789abcdef0123456789abcdef01234567"))?.text == "detached-0123456-wt")
        #expect(BranchName("main-wt")?.numbered(2)?.text == "main-wt-2")
    }

    @Test func slashesBecomeDashesInFolders() throws {
        let place = WorktreePlace(repository: "app", sibling: "/code")
        let branch = try #require(BranchName("feature/x/y"))
        #expect(place.path(of: branch, below: nil) == "/code/app-wt-feature-x-y")
        #expect(place.path(of: branch, below: "/elsewhere") == "/elsewhere/app-wt-feature-x-y")
        let long = try #require(BranchName(String(repeating: "x", count: 190) + "/" + String(repeating: "y", count: 190)))
        #expect(place.path(of: long, below: nil) == nil)
    }
}
