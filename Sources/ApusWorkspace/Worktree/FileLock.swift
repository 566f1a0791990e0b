import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock on a file that the kernel gives up when its process ends, however it ends. The file stays.
///
/// It keeps runs of Apus apart from each other. It is no wall: whoever may write the file's folder can take the lock, or the file, away.
package final class FileLock: Sendable {
    package enum Mode: Hashable, Sendable {
        case shared, exclusive

        fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
    }

    private let descriptor: Int32
    private let isOpen = Mutex(true)

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { release() }

    /// Gives it up; further calls do nothing. A lock that is only held by a variable ends with that variable's last use: whoever wants it
    /// to last says here when it ends.
    package func release() {
        isOpen.withLock { isOpen in
            if isOpen { close(descriptor) }
            isOpen = false
        }
    }

    /// `nil` when somebody else has it. Makes the file when there is none; what is not a regular file, or a link, is refused.
    package static func take(_ path: String, _ mode: Mode) throws(WorktreeError) -> FileLock? {
        let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .notWritable(path: path, reason: String(cString: strerror(errno))) }
        let lock = FileLock(descriptor: descriptor)
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .notWritable(path: path, reason: "it is no regular file")
        }
        return try lock.change(to: mode, path) ? lock : nil
    }

    /// Takes it as soon as it is free. Looks every 20 ms; cancelling the task ends the wait.
    ///
    /// - Throws: ``WorktreeError/lockHeld(path:seconds:)`` when `limit` is over.
    package static func wait(for path: String, _ mode: Mode, atMost limit: Duration) async throws(WorktreeError) -> FileLock {
        let until = ContinuousClock.now + limit
        while true {
            if let lock = try take(path, mode) { return lock }
            if ContinuousClock.now >= until { throw .lockHeld(path: path, seconds: Int(limit / .seconds(1))) }
            do { try await Task.sleep(for: .milliseconds(20)) } catch { throw .interrupted }
        }
    }

    /// False when somebody else's lock is in the way; then this one may be gone as well.
    package func change(to mode: Mode, _ path: String = "") throws(WorktreeError) -> Bool {
        while flock(descriptor, mode.operation | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            guard errno == EWOULDBLOCK else { throw .notWritable(path: path, reason: String(cString: strerror(errno))) }
            return false
        }
        return true
    }
}
