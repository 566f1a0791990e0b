import ApusBase
import ApusWorkspace
import Testing

/// What runs are told when there is no lock; the lock itself is tested beside its type.
@Suite struct WorktreeLockTests {
    let folder = TemporaryFolder()

    @Test func whoWaitsTooLongIsToldForWhat() async throws {
        let path = folder("lock")
        let held = try #require(try WorktreeLock.take(path, .exclusive))
        #expect(try WorktreeLock.take(path, .shared) == nil)
        await #expect(throws: WorktreeError.lockHeld(path: path, seconds: 0)) {
            try await WorktreeLock.wait(for: path, .exclusive, atMost: .milliseconds(50))
        }
        #expect(try WorktreeLock.change(held, to: .shared))
        held.release()
    }

    @Test func aCancelledWaitIsAnInterruption() async throws {
        let path = folder("lock")
        let held = try #require(try WorktreeLock.take(path, .exclusive))
        let task = Task { try await WorktreeLock.wait(for: path, .exclusive, atMost: .seconds(3_600)) }
        task.cancel()
        await #expect(throws: WorktreeError.interrupted) { try await task.value }
        held.release()
    }

    @Test func whatCannotBeLockedCannotBeWritten() throws {
        folder.folder("folder")
        #expect(throws: WorktreeError.notWritable(path: folder("folder"), reason: "it is no regular file")) {
            try WorktreeLock.take(folder("folder"), .exclusive)
        }
        #expect(throws: WorktreeError.notWritable(path: folder("none/lock"), reason: "No such file or directory")) {
            try WorktreeLock.take(folder("none/lock"), .exclusive)
        }
    }
}
