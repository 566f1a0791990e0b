import ApusCore
import Testing

@testable import ApusWorkspace

@Suite struct WorkspaceFilesTests {
    private let folder = TemporaryFolder()
    private let files = WorkspaceFiles()

    @Test func whatIsThereIsReadUpToTheLimit() async {
        folder.write("a", "hello")
        #expect(await files.content(of: folder("a"), limit: 5) == .bytes(Array("hello".utf8)))
        #expect(await files.content(of: folder("a"), limit: 4) == .obstacle("too large"))
        #expect(await files.content(of: folder("none"), limit: 4) == .missing)
        #expect(await files.content(of: folder("none/below"), limit: 4) == .missing)
        #expect(await files.content(of: folder.path, limit: 4) == .obstacle("not a file"))
    }

    @Test func aFileIsPutBackOverWhatIsThereAndWhereNothingIs() async {
        folder.write("a", "changed")
        #expect(await files.restore(Array("before".utf8), to: folder("a")))
        #expect(await files.restore(Array("new".utf8), to: folder("deep/er/b")))
        #expect(await files.content(of: folder("a"), limit: 100) == .bytes(Array("before".utf8)))
        #expect(await files.content(of: folder("deep/er/b"), limit: 100) == .bytes(Array("new".utf8)))
        #expect(await !files.restore([], to: folder("deep")))
    }

    @Test func removingIsDoneWhenNothingIsThere() async {
        folder.write("a", "x")
        folder.write("d/b", "x")
        #expect(await files.remove(folder("a")))
        #expect(await files.content(of: folder("a"), limit: 1) == .missing)
        #expect(await files.remove(folder("a")))
        #expect(await files.remove(folder("gone/a")))
        #expect(await !files.remove(folder("d")))
    }

    @Test func aPathThatLeadsElsewhereByNowIsLeftAlone() async {
        folder.write("real/a", "theirs")
        folder.link("door", to: "real")
        folder.link("alias", to: "real/a")
        for path in ["door/a", "alias"] {
            #expect(await files.content(of: folder(path), limit: 100) == .obstacle("the path leads elsewhere"))
            #expect(await !files.restore(Array("ours".utf8), to: folder(path)))
            #expect(await !files.remove(folder(path)))
        }
        #expect(await files.content(of: folder("real/a"), limit: 100) == .bytes(Array("theirs".utf8)))
    }
}
