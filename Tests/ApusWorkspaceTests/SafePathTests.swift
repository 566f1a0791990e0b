import ApusWorkspace
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct SafePathTests {
    let folder = TemporaryFolder()

    @Test(arguments: [
        ("a/b.txt", "a/b.txt", FileKind.file), ("./a/./b.txt", "a/b.txt", .file), ("a/../a//b.txt", "a/b.txt", .file),
        ("a/", "a", .directory),
        ("new/deep/x", "new/deep/x", nil), ("new/../other", "other", nil), ("tolink/b.txt", "a/b.txt", .file), ("up", "", .directory),
        ("filelink", "a/b.txt", .file), ("dangling", "nowhere/x", nil), ("absolute/b.txt", "a/b.txt", .file), ("~/x", "~/x", nil),
        ("tolink/../a", "a", .directory), ("pipe", "pipe", .fifo),
    ])
    func resolvesEveryNameToTheRealOne(input: String, real: String, kind: FileKind?) throws {
        folder.write("a/b.txt", "x")
        folder.link("tolink", to: "a")
        folder.link("up", to: "a/..")
        folder.link("filelink", to: "tolink/b.txt")
        folder.link("dangling", to: "nowhere/x")
        folder.link("absolute", to: folder("a"))
        mkfifo(folder("pipe"), 0o600)
        let path = try SafePath.resolve(input, against: folder.path)
        #expect(path.path == (real.isEmpty ? folder.path : folder(real)))
        #expect(path.kind == kind)
    }

    @Test func absoluteInputIgnoresTheWorkingDirectory() throws {
        #expect(try SafePath.resolve("/etc/../etc/hostname", against: folder.path).path == "/etc/hostname")
        #expect(try SafePath.resolve("/..", against: folder.path).path == "/")
    }

    @Test func processRootIsReadAsAPlainLink() throws {
        #expect(try SafePath.resolve("/proc/self/root/etc/hostname", against: "/").path == "/etc/hostname")
    }

    @Test func linksInACircleAreTold() {
        folder.link("one", to: "two")
        folder.link("two", to: "one")
        #expect(throws: PathFault.tooManyLinks(folder("one/x"))) { try SafePath.resolve("one/x", against: folder.path) }
    }

    @Test(arguments: ["", "a\0b", String(repeating: "x/", count: 3_000)])
    func malformedInputIsRefused(input: String) {
        #expect(throws: PathFault.self) { try SafePath.resolve(input, against: folder.path) }
    }

    @Test func aFileIsNoFolder() {
        folder.write("file", "x")
        #expect(throws: PathFault.notADirectory(folder("file"))) { try SafePath.resolve("file/x", against: folder.path) }
        #expect(throws: PathFault.notADirectory(folder("file"))) { try SafePath.resolve("file/../x", against: folder.path) }
    }

    @Test func pipesDevicesAndFoldersAreNotOpened() throws {
        mkfifo(folder("pipe"), 0o600)
        #expect(throws: PathFault.notAFile(folder("pipe"), .fifo)) { try open("pipe") }
        #expect(throws: PathFault.notAFile("/dev/zero", .device)) { try open("/dev/zero") }
        #expect(throws: PathFault.notAFile(folder.path, .directory)) { try open(".") }
        #expect(throws: PathFault.notFound(folder("none"))) { try open("none") }
    }

    @Test func aLinkPutInPlaceAfterTheCheckIsNotFollowed() throws {
        folder.write("a/file", "inside")
        folder.write("secret/file", "outside")
        let path = try SafePath.resolve("a/file", against: folder.path)
        removeTree(folder("a"))
        folder.link("a", to: "secret")
        #expect(throws: PathFault.changed(folder("a"), reason: "it is no longer a folder, or became a link")) {
            _ = try path.openForReading()
        }
        #expect(throws: PathFault.self) { try path.write([1], expecting: .nothing) }
        #expect(folder.text("secret/file") == "outside")
    }

    @Test func readAllStopsAtItsLimit() throws {
        folder.write("file", [UInt8](repeating: 7, count: 100))
        let path = try SafePath.resolve("file", against: folder.path)
        #expect(throws: PathFault.tooLarge(folder("file"), size: 100, limit: 99)) { try path.openForReading().readAll(limit: 99) }
        #expect(try path.openForReading().readAll(limit: 100).count == 100)
    }

    private func open(_ name: String) throws { _ = try SafePath.resolve(name, against: folder.path).openForReading() }
}
