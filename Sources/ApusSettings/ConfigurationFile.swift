import ApusBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads a small configuration file whole, and replaces one in a single step.
package enum ConfigurationFile {
    package enum Fault: Error, Hashable {
        /// What the system said, such as `Permission denied`.
        case unreadable(String)
        case tooLarge(limit: Int)
        /// A link on the way leads out of the project.
        case elsewhere

        /// Without subject and full stop.
        package var reason: String {
            switch self {
            case .unreadable(let reason): reason
            case .tooLarge(let limit): "it is larger than \(limit) bytes"
            case .elsewhere: "a link leads out of the project"
            }
        }
    }

    /// `nil` when there is no such file. Anything but a regular file (a pipe would block) is unreadable.
    ///
    /// With `root`, absolute and without links, the file must really lie in there: one that a link puts elsewhere is not opened. Whoever
    /// swaps a link in between gets `.elsewhere` or the file that was looked at, never another.
    package static func read(
        _ path: String, beneath root: String? = nil, limit: Int = ByteLimit.configurationFileBytes
    ) throws(Fault) -> [UInt8]? {
        guard let root else { return try contents(of: path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, limit) }
        guard let pointer = realpath(path, nil) else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .unreadable(String(cString: strerror(errno)))
        }
        defer { free(pointer) }
        let real = String(cString: pointer)
        guard root == "/" || real.hasPrefix(root + "/") else { throw .elsewhere }
        return try contents(of: real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, limit, mustBe: real)
    }

    /// Replaces the file by what `body` makes of it, `nil` being none. Nobody else who changes it so does meanwhile; what they hold is waited for
    /// up to five seconds, on this thread. What would be too large to be read again is not written.
    package static func change(_ path: String, _ body: ([UInt8]?) throws(Fault) -> [UInt8]) throws(Fault) {
        try makeFolder(of: path)
        let lock: FileLock
        do throws(FileLock.Fault) {
            lock = try FileLock.waitOnThread(for: path + ".lock", atMost: .seconds(5))
        } catch {
            throw .unreadable("the lock beside it cannot be had: \(error.reason)")
        }
        defer { lock.releaseAndRemove() }
        let bytes = try body(try read(path))
        if bytes.count > ByteLimit.configurationFileBytes { throw .tooLarge(limit: ByteLimit.configurationFileBytes) }
        try replace(path, with: bytes)
    }

    private static func makeFolder(of path: String) throws(Fault) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        if mkdir(folder, 0o700) != 0 && errno != EEXIST { throw .unreadable(String(cString: strerror(errno))) }
    }

    /// Puts `bytes` in place of the file, which only its user may read. Whoever reads meanwhile gets the old ones or the new ones; of
    /// two that replace it at once the later one stays. Makes the folder when there is none.
    package static func replace(_ path: String, with bytes: [UInt8]) throws(Fault) {
        let draft = "\(path).\(getpid())"
        try makeFolder(of: path)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .unreadable(String(cString: strerror(errno))) }
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                pwrite(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written, off_t(written))
            }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            written += count
        }
        let isWhole = written == bytes.count && fsync(descriptor) == 0
        let fault = isWhole ? nil : Fault.unreadable(String(cString: strerror(errno)))
        close(descriptor)
        if fault == nil, rename(draft, path) == 0 { return }
        let reason = fault ?? .unreadable(String(cString: strerror(errno)))
        unlink(draft)
        throw reason
    }

    private static func contents(
        of path: String, _ flags: Int32, _ limit: Int, mustBe place: String? = nil
    ) throws(Fault) -> [UInt8]? {
        let descriptor = open(path, flags)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw .unreadable(String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        if let place, let found = self.place(of: descriptor), found != place { throw .elsewhere }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(String(cString: strerror(errno))) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unreadable("it is not a regular file") }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { unistdRead(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .unreadable(String(cString: strerror(errno)))
            }
            if count == 0 { return bytes }
            bytes.append(contentsOf: chunk[..<count])
            if bytes.count > limit { throw .tooLarge(limit: limit) }
        }
    }

    /// Where an open file lies, by the kernel's word; `nil` where it does not say.
    private static func place(of descriptor: Int32) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        #if canImport(Darwin)
            guard fcntl(descriptor, F_GETPATH, &buffer) == 0 else { return nil }
        #else
            guard readlink("/proc/self/fd/\(descriptor)", &buffer, buffer.count - 1) > 0 else { return nil }
        #endif
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Named apart from our own `read`.
    private static func unistdRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.read(descriptor, buffer, count)
        #elseif canImport(Musl)
            Musl.read(descriptor, buffer, count)
        #else
            Darwin.read(descriptor, buffer, count)
        #endif
    }
}
