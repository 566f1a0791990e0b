import ApusBase
import Foundation
import Synchronization
import Testing

@Suite struct FileLockTests {
    private let folder = Folder()

    @Test func oneAtATimeOrManyThatShare() throws {
        let path = folder("lock")
        let first = try #require(try FileLock.take(path))
        #expect(try FileLock.take(path) == nil)
        #expect(try FileLock.take(path, .shared) == nil)
        #expect(FileLock.isHeld(path))
        #expect(try first.change(to: .shared))
        #expect(!FileLock.isHeld(path))
        let second = try #require(try FileLock.take(path, .shared))
        #expect(try first.change(to: .exclusive) == false)
        second.release()
        first.release()
        let third = try #require(try FileLock.take(path))
        third.release()
        third.release()
        let fourth = try #require(try FileLock.take(path))
        fourth.release()
        #expect(FileManager.default.fileExists(atPath: path))
    }

    @Test func whatIsNotThereIsNotHeldAndNotMade() {
        #expect(!FileLock.isHeld(folder("lock")))
        #expect(!FileManager.default.fileExists(atPath: folder("lock")))
    }

    @Test func onlyItsOwnerMayReadTheFile() throws {
        let lock = try #require(try FileLock.take(folder("lock")))
        let mode = try FileManager.default.attributesOfItem(atPath: lock.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        lock.release()
    }

    @Test func whoWaitsTooLongIsToldForWhat() async throws {
        let path = folder("lock")
        let held = try #require(try FileLock.take(path))
        let fault = FileLock.Fault.held(path: path, limit: .milliseconds(50))
        await #expect(throws: fault) { try await FileLock.wait(for: path, atMost: .milliseconds(50)) }
        #expect(throws: fault) { try FileLock.waitOnThread(for: path, atMost: .milliseconds(50)) }
        #expect(fault.description.contains("The lock \(path) is held by another process, for more than 0.05 seconds"))
        async let waiting = FileLock.wait(for: path, atMost: .seconds(120))
        held.release()
        try await waiting.release()
        try FileLock.waitOnThread(for: path, atMost: .zero).release()
    }

    @Test func cancellingEndsAWait() async throws {
        let path = folder("lock")
        let held = try #require(try FileLock.take(path))
        let task = Task { try await FileLock.wait(for: path, atMost: .seconds(3_600)) }
        task.cancel()
        await #expect(throws: FileLock.Fault.cancelled(path: path)) { try await task.value }
        held.release()
    }

    @Test func whatTheSystemRefusesIsSaid() throws {
        let files = FileManager.default
        #expect(files.createFile(atPath: folder("target"), contents: nil))
        try files.createSymbolicLink(atPath: folder("link"), withDestinationPath: folder("target"))
        try files.createDirectory(atPath: folder("folder"), withIntermediateDirectories: false)
        #expect(mkfifo(folder("pipe"), 0o600) == 0)
        let faults: [(String, FileLock.Fault, String)] = [
            ("link", .unopenable(path: folder("link"), code: ELOOP), "The lock \(folder("link")) cannot be opened: "),
            ("folder", .notAFile(path: folder("folder")), "it is no regular file."),
            ("pipe", .notAFile(path: folder("pipe")), "it is no regular file."),
            ("none/lock", .unopenable(path: folder("none/lock"), code: ENOENT), "cannot be opened: No such file or directory."),
        ]
        for (name, fault, words) in faults {
            #expect(throws: fault) { try FileLock.take(folder(name)) }
            #expect(throws: fault) { try FileLock.waitOnThread(for: folder(name), atMost: .seconds(3_600)) }
            #expect(fault.description.contains(words))
        }
    }

    @Test func aFolderThatIsOpenIsLockedWithItsDescriptor() {
        let (one, other) = (open(folder.path, O_RDONLY), open(folder.path, O_RDONLY))
        #expect(FileLock.lock(one, .shared) && FileLock.lock(other, .shared))
        #expect(!FileLock.lock(one, .exclusive))
        close(other)
        #expect(FileLock.lock(one, .exclusive))
        close(one)
        #expect(!FileLock.lock(-1, .shared))
    }

    // MARK: Removing the file

    @Test func aFileThatSomebodyTookAwayIsNotTheLock() throws {
        let path = folder("lock")
        let first = try #require(try FileLock.take(path))
        unlink(path)
        let second = try #require(try FileLock.take(path))
        // Not its file any more.
        first.releaseAndRemove()
        #expect(FileLock.isHeld(path))
        second.releaseAndRemove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aLockThatOthersShareKeepsItsFile() throws {
        let path = folder("lock")
        let first = try #require(try FileLock.take(path, .shared))
        let second = try #require(try FileLock.take(path, .shared))
        first.releaseAndRemove()
        #expect(FileManager.default.fileExists(atPath: path))
        second.releaseAndRemove()
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    /// Whoever waited on a file that its holder removed must not have it beside the one who made it anew.
    @Test func noTwoEverHaveOneThatIsRemovedAllTheTime() async throws {
        let path = folder("lock")
        let inside = Counter()
        let rounds = try await withThrowingTaskGroup(of: Int.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in 0..<60 {
                        let lock = try await FileLock.wait(for: path, atMost: .seconds(120))
                        #expect(inside.add(1) == 1)
                        await Task.yield()
                        inside.add(-1)
                        if (round + worker) % 3 == 0 { lock.release() } else { lock.releaseAndRemove() }
                    }
                    return 60
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(rounds == 480)
    }
}

/// A folder that is gone with the test.
private final class Folder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.path + "/apus-lock-" + randomToken(length: 12)
        mkdir(path, 0o700)
    }

    /// A place in it.
    func callAsFunction(_ name: String) -> String { path + "/" + name }

    // What is left over is the system's to remove.
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    @discardableResult
    func add(_ number: Int) -> Int {
        count.withLock { count in
            count += number
            return count
        }
    }
}
