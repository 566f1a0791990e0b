#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// An `errno` that a system call left.
struct SystemError: Error, Hashable, Sendable {
    let code: Int32

    static let notFound = SystemError(code: ENOENT)
    static let exists = SystemError(code: EEXIST)
    static let isLink = SystemError(code: ELOOP)
    static let notADirectory = SystemError(code: ENOTDIR)
    static let denied = SystemError(code: EACCES)
    static let notPermitted = SystemError(code: EPERM)
    static let readOnlyFileSystem = SystemError(code: EROFS)
    static let nameTooLong = SystemError(code: ENAMETOOLONG)
    static let busy = SystemError(code: EBUSY)
    static let unsupported = SystemError(code: EOPNOTSUPP)
    static let tooManyLinks = SystemError(code: EMLINK)

    static var last: SystemError { SystemError(code: errno) }

    var text: String { String(cString: strerror(code)) }
}

/// The system calls this module makes, in one place so that nothing else has to know which C library is below. Calls that a
/// signal may interrupt are repeated.
enum SystemCall {
    /// Opens a directory for looking things up in it, which needs search permission only where the system can do that.
    #if os(Linux)
        private static let searchOnly: Int32 = 0o10000000
    #else
        private static let searchOnly = O_RDONLY
    #endif

    static func root() throws(SystemError) -> Descriptor {
        try owned { open("/", searchOnly | O_DIRECTORY | O_CLOEXEC) }
    }

    /// Another descriptor of the same folder.
    static func duplicate(_ folder: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let number = folder.number
        return try owned { fcntl(number, F_DUPFD_CLOEXEC, 0) }
    }

    /// Fails with `.isLink` or `.notADirectory` when `name` is a link; never follows one.
    static func directory(_ name: String, in folder: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let number = folder.number
        return try owned { openat(number, name, searchOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
    }

    static func directory(_ name: [CChar], in folder: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let number = folder.number
        return try owned { openat(number, name, searchOnly | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) }
    }

    /// The same directory, open for listing.
    static func listable(_ folder: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let number = folder.number
        return try owned { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    }

    /// Never waits for the other end of a FIFO or for a device, and never follows a link.
    static func fileForReading(_ name: [CChar], in folder: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let number = folder.number
        return try owned { openat(number, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
    }

    static func fileForWriting(_ name: String, in folder: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let number = folder.number
        return try owned { openat(number, name, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
    }

    static func newFile(_ name: String, mode: UInt32, in folder: borrowing Descriptor) throws(SystemError) -> Descriptor {
        let number = folder.number
        return try owned { openat(number, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(mode)) }
    }

    static func makeDirectory(_ name: String, in folder: borrowing Descriptor) throws(SystemError) {
        try check(mkdirat(folder.number, name, 0o777))
    }

    static func rename(_ old: String, to new: String, in folder: borrowing Descriptor) throws(SystemError) {
        try check(renameat(folder.number, old, folder.number, new))
    }

    static func link(_ old: String, to new: String, in folder: borrowing Descriptor) throws(SystemError) {
        try check(linkat(folder.number, old, folder.number, new, 0))
    }

    static func remove(_ name: String, in folder: borrowing Descriptor) throws(SystemError) {
        try check(unlinkat(folder.number, name, 0))
    }

    /// An empty one.
    static func removeDirectory(_ name: String, in folder: borrowing Descriptor) throws(SystemError) {
        try check(unlinkat(folder.number, name, AT_REMOVEDIR))
    }

    static func isWritable(_ name: String, in folder: borrowing Descriptor) -> Bool {
        faccessat(folder.number, name, W_OK, 0) == 0
    }

    static func setMode(_ mode: UInt32, of file: borrowing Descriptor) throws(SystemError) {
        try check(fchmod(file.number, mode_t(mode)))
    }

    static func setOwner(_ user: UInt32, group: UInt32, of file: borrowing Descriptor) throws(SystemError) {
        try check(fchown(file.number, user, group))
    }

    static func truncate(_ file: borrowing Descriptor, to size: Int) throws(SystemError) {
        try check(ftruncate(file.number, off_t(size)))
    }

    static func synchronize(_ file: borrowing Descriptor) throws(SystemError) {
        try check(fsync(file.number))
    }

    static func read(_ file: borrowing Descriptor, into buffer: inout [UInt8]) throws(SystemError) -> Int {
        let number = file.number
        let size = buffer.count
        return try repeating {
            #if canImport(Glibc)
                Glibc.read(number, &buffer, size)
            #elseif canImport(Musl)
                Musl.read(number, &buffer, size)
            #else
                Darwin.read(number, &buffer, size)
            #endif
        }
    }

    /// Returns how many of the bytes from `start` on were taken, at most a mebibyte.
    static func write(_ file: borrowing Descriptor, _ bytes: [UInt8], from start: Int) throws(SystemError) -> Int {
        let number = file.number
        return try repeating {
            bytes[start...].prefix(1 << 20).withUnsafeBytes { piece in
                #if canImport(Glibc)
                    Glibc.write(number, piece.baseAddress, piece.count)
                #elseif canImport(Musl)
                    Musl.write(number, piece.baseAddress, piece.count)
                #else
                    Darwin.write(number, piece.baseAddress, piece.count)
                #endif
            }
        }
    }

    /// Where a link points, or `nil` when its text is not UTF-8.
    static func linkTarget(_ name: String, in folder: borrowing Descriptor) throws(SystemError) -> String? {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlinkat(folder.number, name, &buffer, buffer.count)
        if count < 0 { throw .last }
        return String(validating: buffer[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The user that owns new files.
    static var user: UInt32 { geteuid() }

    private static func owned(_ call: () -> Int32) throws(SystemError) -> Descriptor {
        Descriptor(owning: Int32(try repeating { Int(call()) }))
    }

    private static func check(_ result: Int32) throws(SystemError) {
        if result != 0 { throw .last }
    }

    private static func repeating(_ call: () -> Int) throws(SystemError) -> Int {
        while true {
            let result = call()
            if result >= 0 { return result }
            if errno != EINTR { throw .last }
        }
    }
}
