import ApusWorkspace
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct FileTreeTests {
    let folder = TemporaryFolder()

    private func walk(_ tree: FileTree) -> [String] {
        var paths: [String] = []
        while let entry = tree.next() { paths.append(entry.text) }
        return paths
    }

    private var root: SafePath { get throws { try SafePath.resolve(".", against: folder.path) } }

    @Test func orderIsThatOfTheBytesAndLinksAreNotFollowed() throws {
        for name in ["b/2", "b/10", "a", "B", "c/d/e/f"] { folder.write(name, "") }
        folder.write(".git/config", "")
        folder.link("loop", to: ".")
        let tree = try FileTree(root: root)
        #expect(walk(tree) == ["B", "a", "b", "b/10", "b/2", "c", "c/d", "c/d/e", "c/d/e/f", "loop"])
        #expect(tree.unreadable == 0)
    }

    @Test func filesOfEveryDepthCanBeOpenedWhileWalking() throws {
        for name in ["a/x", "a/b/y", "a/z", "w"] { folder.write(name, name) }
        let tree = try FileTree(root: root)
        var texts: [String: String] = [:]
        while let entry = tree.next() {
            guard entry.kind == .file else { continue }
            guard let file = tree.open(entry) else { continue }
            texts[entry.text] = String(decoding: try file.readAll(limit: 100), as: UTF8.self)
        }
        #expect(texts == ["a/x": "a/x", "a/b/y": "a/b/y", "a/z": "a/z", "w": "w"])
    }

    @Test func aCancelledWalkEnds() throws {
        for number in 0..<50 { folder.write("f\(number)", "") }
        let flag = CancelFlag()
        let tree = try FileTree(root: root, flag: flag)
        _ = tree.next()
        flag.cancel()
        #expect(tree.next() == nil)
    }

    @Test(.disabled(if: geteuid() == 0, "root may read everything"))
    func unreadableFoldersAreCounted() throws {
        folder.write("a/x", "")
        folder.write("locked/y", "")
        chmod(folder("locked"), 0)
        let tree = try FileTree(root: root)
        #expect(walk(tree) == ["a", "a/x", "locked"])
        #expect(tree.unreadable == 1)
        #expect(tree.firstUnreadable == folder("locked"))
    }

    @Test func foldersDeeperThanTheLimitAreCountedAndNotACrash() throws {
        let depth = FileTree.maximumDepth + 20
        // Longer than any path may be: made from inside.
        var place = open(folder.path, O_RDONLY)
        for _ in 0..<depth {
            mkdirat(place, "d", 0o700)
            let next = openat(place, "d", O_RDONLY)
            close(place)
            place = next
        }
        close(place)
        let tree = try FileTree(root: root)
        #expect(walk(tree).count == FileTree.maximumDepth)
        #expect(tree.unreadable == 1)
        runProgram(["rm", "-rf", "d"], in: folder.path)
    }
}
