import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A lock on a file that the kernel gives up when its process ends, however it ends (`flock`). The file stays when the lock goes, unless
/// ``releaseAndRemove()`` takes it along.
///
/// It keeps processes of Apus apart from each other, and tasks of one process as well. It is no wall: whoever may write the file's folder
/// can take the lock, or the file, away.
package final class FileLock: Sendable {
    package enum Mode: Hashable, Sendable {
        case shared, exclusive

        fileprivate var operation: Int32 { self == .shared ? LOCK_SH : LOCK_EX }
    }

    /// Why there is no lock. Each description is a whole sentence.
    package enum Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// What the system said to it.
        case unopenable(path: String, code: Int32)
        /// What the system said to it; somebody else's lock is no fault of the system.
        case unlockable(path: String, code: Int32)
        /// A folder, a pipe: anything but a file.
        case notAFile(path: String)
        /// Somebody else had it all the time.
        case held(path: String, limit: Duration)
        /// The task was cancelled while it waited.
        case cancelled(path: String)

        /// Without subject and full stop.
        package var reason: String {
            switch self {
            case .unopenable(_, let code), .unlockable(_, let code): String(cString: strerror(code))
            case .notAFile: "it is no regular file"
            case .held(_, let limit): "another process held it for \(limit)"
            case .cancelled: "the wait for it was cancelled"
            }
        }

        package var description: String {
            switch self {
            case .unopenable(let path, _): "The lock \(path) cannot be opened: \(reason)."
            case .unlockable(let path, _): "The file \(path) cannot be locked: \(reason)."
            case .notAFile(let path): "The lock \(path) cannot be used: \(reason)."
            case .held(let path, let limit):
                "The lock \(path) is held by another process, for more than \(limit): look for an apus that hangs, and try again."
            case .cancelled(let path): "The wait for the lock \(path) was cancelled."
            }
        }
    }

    package let path: String
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    private init(_ path: String, _ descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { release() }

    // MARK: Taking it

    /// `nil` when somebody else has it. Makes the file, for its owner only, when there is none, and nothing above it; a link is refused.
    package static func take(_ path: String, _ mode: Mode = .exclusive) throws(Fault) -> FileLock? {
        // Whoever held it may have taken the file along: then what was locked is no file any more, and the next one counts.
        for _ in 0..<maximumReplacements {
            let descriptor = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                let code = errno
                throw code == EISDIR ? .notAFile(path: path) : .unopenable(path: path, code: code)
            }
            let lock = FileLock(path, descriptor)
            var status = stat()
            guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
            guard try lock.change(to: mode) else { return nil }
            if lock.isInPlace { return lock }
        }
        return nil
    }

    /// Takes it as soon as it is free. Waiters have no order.
    ///
    /// - Throws: ``Fault/held(path:limit:)`` when `limit` is over, ``Fault/cancelled(path:)`` when the task was cancelled and it is not free.
    package static func wait(for path: String, _ mode: Mode = .exclusive, atMost limit: Duration) async throws(Fault) -> FileLock {
        let deadline = ContinuousClock.now + limit
        var attempt = 0
        while true {
            if let lock = try take(path, mode) { return lock }
            if .now >= deadline { throw .held(path: path, limit: limit) }
            do { try await Task.sleep(for: RetryPause.after(attempt)) } catch { throw .cancelled(path: path) }
            attempt += 1
        }
    }

    /// As ``wait(for:_:atMost:)``, holding the thread: for moments only, and for who has no task.
    package static func waitOnThread(for path: String, _ mode: Mode = .exclusive, atMost limit: Duration) throws(Fault) -> FileLock {
        let deadline = ContinuousClock.now + limit
        var attempt = 0
        while true {
            if let lock = try take(path, mode) { return lock }
            if .now >= deadline { throw .held(path: path, limit: limit) }
            RetryPause.sleep(after: attempt)
            attempt += 1
        }
    }

    /// Whether somebody has it for themselves, asked without making anything: what cannot be opened is not held. Asking shares the lock for a
    /// moment, in which nobody can have it alone.
    package static func isHeld(_ path: String) -> Bool {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return attempt(descriptor, .shared) == EWOULDBLOCK
    }

    /// Locks what its owner has open for other things as well, a folder say; closing the descriptor lets go of it. False when somebody else's
    /// lock is in the way, and when the system refuses.
    package static func lock(_ descriptor: Int32, _ mode: Mode) -> Bool { attempt(descriptor, mode) == 0 }

    // MARK: Having it

    /// False when somebody else's lock is in the way; then this one may be gone as well. Must not be called after it was released.
    package func change(to mode: Mode) throws(Fault) -> Bool {
        let code = Self.attempt(descriptor, mode)
        if code == EWOULDBLOCK { return false }
        guard code == 0 else { throw .unlockable(path: path, code: code) }
        return true
    }

    /// Gives it up; further calls do nothing. A lock that is only held by a variable ends with that variable's last use: whoever wants it
    /// to last says here when it ends.
    package func release() { release(before: {}) }

    /// Gives it up, and removes its file if nobody else has the lock. Who waits for it meanwhile finds that the file is gone, and takes the
    /// lock of a new one: no two ever have it.
    package func releaseAndRemove() {
        release { if Self.attempt(descriptor, .exclusive) == 0, isInPlace { unlink(path) } }
    }

    private func release(before: () -> Void) {
        isOpen.withLock { isOpen in
            guard isOpen else { return }
            isOpen = false
            before()
            // A child between its fork and its exec has the descriptor too, for a moment: closing alone would not let go.
            _ = flock(descriptor, LOCK_UN)
            close(descriptor)
        }
    }

    /// Whether the path still names the file that is locked.
    private var isInPlace: Bool {
        var (mine, named) = (stat(), stat())
        return fstat(descriptor, &mine) == 0 && lstat(path, &named) == 0 && mine.st_ino == named.st_ino && mine.st_dev == named.st_dev
    }

    /// How often in a row the file may vanish before its lock counts as held.
    private static let maximumReplacements = 100

    /// 0, or what the system said.
    private static func attempt(_ descriptor: Int32, _ mode: Mode) -> Int32 {
        while flock(descriptor, mode.operation | LOCK_NB) != 0 {
            if errno != EINTR { return errno }
        }
        return 0
    }
}

/// How long to leave in peace what others hold, between two tries: 0.4 ms, doubling to 10 ms, and shuffled, so that those who wait do not
/// march in step.
package enum RetryPause {
    package static func nanoseconds(after attempt: Int) -> Int64 {
        let ceiling: Int64 = attempt < 5 ? 400_000 << Int64(attempt) : 10_000_000
        return Int64.random(in: ceiling / 4...ceiling)
    }

    package static func after(_ attempt: Int) -> Duration { .nanoseconds(nanoseconds(after: attempt)) }

    /// Holds the thread.
    package static func sleep(after attempt: Int) {
        var (time, rest) = (timespec(tv_sec: 0, tv_nsec: Int(nanoseconds(after: attempt))), timespec())
        while nanosleep(&time, &rest) != 0, errno == EINTR { time = rest }
    }
}
