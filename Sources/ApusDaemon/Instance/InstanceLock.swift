import ApusBase

/// One daemon a home: a lock that the kernel gives up when its process ends, however it ends.
package struct InstanceLock: ~Copyable {
    private let lock: FileLock

    /// How long those who only ask may be in the way.
    private static let patience = Duration.seconds(5)

    /// `nil` when another process has it.
    package static func take(_ folder: DaemonFolder) throws(DaemonFileError) -> InstanceLock? {
        do throws(FileLock.Fault) {
            let deadline = ContinuousClock.now + patience
            var attempt = 0
            while true {
                if let lock = try FileLock.take(folder.lock) { return InstanceLock(lock: lock) }
                // Whoever asks with `isHeld` shares it for a moment, and is no daemon.
                if FileLock.isHeld(folder.lock) || .now >= deadline { return nil }
                RetryPause.sleep(after: attempt)
                attempt += 1
            }
        } catch {
            throw DaemonFileError(error.description)
        }
    }

    /// Whether a daemon lives, asked without making anything.
    package static func isHeld(_ folder: DaemonFolder) -> Bool { FileLock.isHeld(folder.lock) }

    private init(lock: FileLock) { self.lock = lock }
    deinit { lock.release() }
}
