import ApusWorkspace
import Dispatch
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct SafePathWriteTests {
    let folder = TemporaryFolder()

    private func path(_ name: String) throws -> SafePath { try SafePath.resolve(name, against: folder.path) }

    private func seen(_ path: SafePath) throws -> WriteExpectation { .object(try path.openForReading().status) }

    @Test func aNewFileGetsItsFolders() throws {
        let report = try path("x/y/z.txt").write(Array("hi".utf8), expecting: .nothing)
        #expect(report.madeDirectories == 2)
        #expect(report.detachedNames == 0)
        #expect(folder.text("x/y/z.txt") == "hi")
        #expect(listing(folder("x/y")) == ["z.txt"])
    }

    @Test func replacingKeepsTheMode() throws {
        folder.write("run.sh", "old", mode: 0o751)
        let path = try path("run.sh")
        try path.write(Array("new".utf8), expecting: seen(path))
        #expect(folder.text("run.sh") == "new")
        #expect(folder.mode("run.sh") == 0o751)
        #expect(folder.names == ["run.sh"])
    }

    @Test func somebodyElsesFileIsNeverReplaced() throws {
        let path = try path("file")
        folder.write("file", "theirs")
        #expect(throws: PathFault.changed(folder("file"), reason: "something appeared there")) { try path.write([1], expecting: .nothing) }
        #expect(folder.text("file") == "theirs")
    }

    @Test func aFileThatWasWrittenMeanwhileIsLeftAlone() throws {
        folder.write("file", "one")
        let path = try path("file")
        let seen = try seen(path)
        folder.write("file", "three")
        #expect(throws: PathFault.changed(folder("file"), reason: "another program wrote it")) { try path.write([1], expecting: seen) }
        unlink(folder("file"))
        #expect(throws: PathFault.changed(folder("file"), reason: "it is gone")) { try path.write([1], expecting: seen) }
        folder.link("file", to: "other")
        #expect(throws: PathFault.changed(folder("file"), reason: "it is a link now")) { try path.write([1], expecting: seen) }
        #expect(folder.names == ["file"])
    }

    @Test func otherNamesOfAFileKeepTheirBytes() throws {
        folder.write("outside", "old")
        folder.folder("ws")
        #expect(link(folder("outside"), folder("ws/file")) == 0)
        let path = try path("ws/file")
        let report = try path.write(Array("new".utf8), expecting: seen(path))
        #expect(report.detachedNames == 1)
        #expect(folder.text("outside") == "old")
        #expect(folder.text("ws/file") == "new")
    }

    @Test(.disabled(if: geteuid() == 0, "root may write everything"))
    func aReadOnlyFileIsRefused() throws {
        folder.write("file", "old", mode: 0o444)
        let path = try path("file")
        #expect(throws: PathFault.denied(folder("file"))) { try path.write([1], expecting: seen(path)) }
    }

    /// S15: whatever a link is swapped to while files are written, nothing arrives outside.
    @Test func aLinkSwappedDuringWritesNeverLetsAByteOut() throws {
        folder.folder("ws/real")
        folder.folder("ws/spare")
        folder.folder("outside")
        folder.write("ws/real/file", "start")
        let swapping = Swapping()
        let (door, real, away) = (folder("ws/real"), folder("ws/hidden"), folder("outside"))
        let done = DispatchSemaphore(value: 0)
        Thread.start {
            while !swapping.isOver.load(ordering: .relaxed) {
                // A write may have made the folder anew in between: it is cleared away, so that swapping never stalls.
                while rename(door, real) != 0 { removeTree(real) }
                while symlink(away, door) != 0 { removeTree(door) }
                swapping.swaps.add(1, ordering: .relaxed)
                unlink(door)
                while rename(real, door) != 0 { removeTree(door) }
            }
            done.signal()
        }
        var written = 0
        var refused = 0
        let deadline = ContinuousClock.now + .seconds(10)
        while (written + refused < 1_500 || swapping.swaps.load(ordering: .relaxed) < 3_000), ContinuousClock.now < deadline {
            do {
                // The path that was allowed, as the gate saw it before the swaps began.
                let path = SafePath.checked(folder("ws/real/\(written % 7 == 0 ? "file" : "new-\(written)")"))
                let expectation = try path.currentStatus().map { WriteExpectation.object($0) } ?? .nothing
                try path.write(Array("payload".utf8), expecting: expectation)
                written += 1
            } catch {
                refused += 1
            }
        }
        swapping.isOver.store(true, ordering: .relaxed)
        done.wait()
        #expect(listing(folder("outside")).isEmpty)
        #expect(swapping.swaps.load(ordering: .relaxed) >= 1_000)
        #expect(written > 0)
        #expect(refused > 0)
    }
}

private final class Swapping: Sendable {
    let isOver = Atomic(false)
    let swaps = Atomic(0)
}

private enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) { DispatchQueue(label: "test").async(execute: body) }
}

extension SafePath {
    /// A path that is taken as resolved.
    fileprivate static func checked(_ path: String) -> SafePath {
        var place = SafePath.root
        for name in path.split(separator: "/") { place = place.child(String(name)) }
        return place
    }
}
