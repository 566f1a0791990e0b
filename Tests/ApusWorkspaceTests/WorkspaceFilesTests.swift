import ApusCore
import Testing

@testable import ApusWorkspace

@Suite struct WorkspaceFilesTests {
    private let folder = TemporaryFolder()
    private let files = WorkspaceFiles()

    @Test func whatIsThereIsReadUpToTheLimit() async {
        folder.write("a", "hello")
        #expect(await files.content(of: folder("a"), limit: 5) == .bytes(Array("hello".utf8), mode: 0o644))
        #expect(await files.content(of: folder("a"), limit: 4) == .obstacle("too large"))
        #expect(await files.content(of: folder("none"), limit: 4) == .missing(folders: 0))
        #expect(await files.content(of: folder("none/below"), limit: 4) == .missing(folders: 1))
        #expect(await files.content(of: folder("none/of/these"), limit: 4) == .missing(folders: 2))
        #expect(await files.content(of: folder.path, limit: 4) == .obstacle("not a file"))
    }

    @Test func aFileIsPutBackOverWhatIsThereAndWhereNothingIs() async {
        folder.write("a", "changed")
        #expect(await files.restore(Array("before".utf8), mode: nil, to: folder("a")))
        #expect(await files.restore(Array("new".utf8), mode: 0o750, to: folder("deep/er/b")))
        #expect(await files.content(of: folder("a"), limit: 100) == .bytes(Array("before".utf8), mode: 0o644))
        #expect(await files.content(of: folder("deep/er/b"), limit: 100) == .bytes(Array("new".utf8), mode: 0o750))
        #expect(await !files.restore([], mode: nil, to: folder("deep")))
    }

    @Test func removingIsDoneWhenNothingIsThere() async {
        folder.write("a", "x")
        folder.write("d/b", "x")
        #expect(await files.remove(folder("a"), folders: 0))
        #expect(await files.content(of: folder("a"), limit: 1) == .missing(folders: 0))
        #expect(await files.remove(folder("a"), folders: 0))
        #expect(await files.remove(folder("gone/a"), folders: 0))
        #expect(await !files.remove(folder("d"), folders: 0))
    }

    @Test func foldersThatWereMadeForAFileGoWithTheLastOfThem() async {
        folder.write("kept/made/deep/a", "x")
        folder.write("kept/made/b", "x")
        #expect(await files.remove(folder("kept/made/deep/a"), folders: 1))
        #expect(folder.mode("kept/made") != 0 && folder.mode("kept/made/deep") == 0)
        #expect(await files.remove(folder("kept/made/b"), folders: 2))
        #expect(folder.mode("kept") == 0, "empty ones go, as far up as it was said")
        folder.write("other/a", "x")
        folder.write("other/b", "x")
        #expect(await files.remove(folder("other/a"), folders: 1))
        #expect(folder.text("other/b") == "x")
    }

    @Test func permissionsComeBackAlsoWhereTheFileIsAnother() async {
        folder.write("run", "changed", mode: 0o644)
        #expect(await files.restore(Array("old".utf8), mode: 0o755, to: folder("run")))
        #expect(folder.text("run") == "old" && folder.mode("run") == 0o755)
        #expect(await files.restore(Array("secret".utf8), mode: 0o400, to: folder("gone/run")))
        #expect(folder.mode("gone/run") == 0o400)
    }

    @Test func aPathThatLeadsElsewhereByNowIsLeftAlone() async {
        folder.write("real/a", "theirs")
        folder.link("door", to: "real")
        folder.link("alias", to: "real/a")
        for path in ["door/a", "alias"] {
            #expect(await files.content(of: folder(path), limit: 100) == .obstacle("the path leads elsewhere"))
            #expect(await !files.restore(Array("ours".utf8), mode: nil, to: folder(path)))
            #expect(await !files.remove(folder(path), folders: 0))
        }
        #expect(await files.content(of: folder("real/a"), limit: 100) == .bytes(Array("theirs".utf8), mode: 0o644))
    }
}
