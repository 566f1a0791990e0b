import ApusBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Small files that only their owner may read, always whole.
enum OwnerFile {
    /// The folder and the ones above it, 0700. One that is there stays as it is.
    static func makeFolder(_ path: String) throws(DaemonFileError) {
        if mkdir(path, 0o700) == 0 { return }
        if errno == ENOENT, let slash = path.dropLast().lastIndex(of: "/"), slash != path.startIndex {
            try makeFolder(String(path[..<slash]))
            if mkdir(path, 0o700) == 0 { return }
        }
        var status = stat()
        guard errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw .system("make", path) }
    }

    /// `nil` when there is none.
    static func read(_ path: String) throws(DaemonFileError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw .system("read", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16 << 10)
        while bytes.count <= ByteLimit.configurationFileBytes {
            let count = systemRead(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system("read", path) }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
        throw DaemonFileError("\(path) is longer than \(ByteLimit.configurationFileBytes) bytes.")
    }

    /// Replaces the file by one with mode 0600: a reader sees the old bytes or the new ones, also after a crash.
    static func write(_ bytes: [UInt8], to path: String) throws(DaemonFileError) {
        let draft = "\(path).\(getpid()).\(randomToken(length: 8))"
        let descriptor = open(draft, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("write", path) }
        let isWhole = put(bytes, into: descriptor)
        close(descriptor)
        guard isWhole, systemRename(draft, path) == 0 else {
            defer { unlink(draft) }
            throw .system("write", path)
        }
    }

    /// Adds to the file, which is made with mode 0600 when there is none, and returns when the bytes are on the disk.
    static func append(_ bytes: [UInt8], to path: String) throws(DaemonFileError) {
        let descriptor = open(path, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("write", path) }
        defer { close(descriptor) }
        guard put(bytes, into: descriptor) else { throw .system("write", path) }
    }

    /// False, with `errno` set, when not all of it is on the disk.
    private static func put(_ bytes: [UInt8], into descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return fsync(descriptor) == 0
    }

    /// Runs `body` while no other process does so with the same lock; waits up to five seconds for one that does.
    static func locked<Result>(_ path: String, _ body: () throws(DaemonFileError) -> Result) throws(DaemonFileError) -> Result {
        let lock: FileLock
        do throws(FileLock.Fault) {
            lock = try FileLock.waitOnThread(for: path, atMost: .seconds(5))
        } catch {
            throw DaemonFileError(error.description)
        }
        defer { lock.release() }
        return try body()
    }
}

// Inside `OwnerFile` the names of these calls mean its own functions.
private func systemRead(_ descriptor: Int32, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> Int { read(descriptor, bytes, count) }
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
private func systemRename(_ path: String, _ target: String) -> Int32 { rename(path, target) }
