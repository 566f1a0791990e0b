#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One daemon a home: a lock that the kernel gives up when its process ends, however it ends.
package struct InstanceLock: ~Copyable {
    private let descriptor: Int32

    /// `nil` when another process has it.
    package static func take(_ folder: DaemonFolder) throws(DaemonFileError) -> InstanceLock? {
        let descriptor = open(folder.lock, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("open", folder.lock) }
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            defer { close(descriptor) }
            guard errno == EWOULDBLOCK else { throw .system("lock", folder.lock) }
            return nil
        }
        return InstanceLock(descriptor: descriptor)
    }

    /// Whether a daemon lives, asked without making anything.
    package static func isHeld(_ folder: DaemonFolder) -> Bool {
        let descriptor = open(folder.lock, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }
    deinit { close(descriptor) }
}
