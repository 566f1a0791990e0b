package import ApusBase

/// The locks of worktrees and of their repositories, with the faults that runs are told.
package enum WorktreeLock {
    package static func take(_ path: String, _ mode: FileLock.Mode) throws(WorktreeError) -> FileLock? {
        do throws(FileLock.Fault) { return try FileLock.take(path, mode) } catch { throw WorktreeError(error) }
    }

    package static func wait(for path: String, _ mode: FileLock.Mode, atMost limit: Duration) async throws(WorktreeError) -> FileLock {
        do throws(FileLock.Fault) { return try await FileLock.wait(for: path, mode, atMost: limit) } catch { throw WorktreeError(error) }
    }

    package static func change(_ lock: FileLock, to mode: FileLock.Mode) throws(WorktreeError) -> Bool {
        do throws(FileLock.Fault) { return try lock.change(to: mode) } catch { throw WorktreeError(error) }
    }
}

extension WorktreeError {
    init(_ fault: FileLock.Fault) {
        switch fault {
        case .unopenable(let path, _), .unlockable(let path, _), .notAFile(let path): self = .notWritable(path: path, reason: fault.reason)
        case .held(let path, let limit): self = .lockHeld(path: path, seconds: Int(limit / .seconds(1)))
        case .cancelled: self = .interrupted
        }
    }
}
