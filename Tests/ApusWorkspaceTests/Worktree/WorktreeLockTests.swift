import ApusWorkspace
import Testing

@Suite struct WorktreeLockTests {
    let folder = TemporaryFolder()

    @Test func oneAtATimeOrManyThatShare() throws {
        let path = folder("lock")
        let first = try #require(try FileLock.take(path, .exclusive))
        #expect(try FileLock.take(path, .exclusive) == nil)
        #expect(try FileLock.take(path, .shared) == nil)
        #expect(try first.change(to: .shared))
        let second = try #require(try FileLock.take(path, .shared))
        #expect(try first.change(to: .exclusive) == false)
        second.release()
        first.release()
        let third = try #require(try FileLock.take(path, .exclusive))
        third.release()
        third.release()
        #expect(try FileLock.take(path, .exclusive) != nil)
    }

    @Test func whoWaitsTooLongIsToldForWhat() async throws {
        let path = folder("lock")
        let held = try #require(try FileLock.take(path, .exclusive))
        await #expect(throws: WorktreeError.lockHeld(path: path, seconds: 0)) {
            try await FileLock.wait(for: path, .exclusive, atMost: .milliseconds(50))
        }
        async let waiting = FileLock.wait(for: path, .exclusive, atMost: .seconds(120))
        held.release()
        try await waiting.release()
    }

    @Test func aCancelledWaitIsAnInterruption() async throws {
        let path = folder("lock")
        let held = try #require(try FileLock.take(path, .exclusive))
        let task = Task { try await FileLock.wait(for: path, .exclusive, atMost: .seconds(3_600)) }
        task.cancel()
        await #expect(throws: WorktreeError.interrupted) { try await task.value }
        held.release()
    }

    @Test func aLinkAPipeOrAFolderIsNoLock() throws {
        folder.write("target", "x")
        folder.link("link", to: folder("target"))
        folder.folder("folder")
        runProgram(["mkfifo", folder("pipe")], in: folder.path)
        for name in ["link", "folder", "pipe", "missing/lock"] {
            do throws(WorktreeError) {
                _ = try FileLock.take(folder(name), .exclusive)
                Issue.record("\(name) was locked")
            } catch {
                guard case .notWritable(folder(name), _) = error else {
                    Issue.record("\(name): \(error)")
                    continue
                }
            }
        }
    }
}
