#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What kind of thing has a name in a directory.
package enum FileKind: UInt8, Hashable, Sendable {
    case file, directory, link, fifo, socket, device, unknown

    /// With its article, for sentences.
    package var phrase: String {
        switch self {
        case .file: "a file"
        case .directory: "a directory"
        case .link: "a link"
        case .fifo: "a named pipe"
        case .socket: "a socket"
        case .device: "a device"
        case .unknown: "not a regular file"
        }
    }

    init(mode: UInt32) {
        switch mode & UInt32(S_IFMT) {
        case UInt32(S_IFREG): self = .file
        case UInt32(S_IFDIR): self = .directory
        case UInt32(S_IFLNK): self = .link
        case UInt32(S_IFIFO): self = .fifo
        case UInt32(S_IFSOCK): self = .socket
        case UInt32(S_IFCHR), UInt32(S_IFBLK): self = .device
        default: self = .unknown
        }
    }
}

/// The part of `stat` that this project looks at.
package struct FileStatus: Hashable, Sendable {
    package let kind: FileKind
    package let size: Int
    /// Permission bits.
    package let mode: UInt32
    package let device: UInt64
    package let inode: UInt64
    package let links: Int
    package let user: UInt32
    package let group: UInt32
    /// Nanoseconds since 1970.
    package let modified: Int64

    /// True for the same object, whatever became of its contents.
    package func isSameObject(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }

    init(of file: borrowing Descriptor) throws(SystemError) {
        var status = stat()
        if fstat(file.number, &status) != 0 { throw .last }
        self.init(status)
    }

    /// Of the thing itself, not of what it links to.
    init(of name: String, in folder: borrowing Descriptor) throws(SystemError) {
        var status = stat()
        if fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { throw .last }
        self.init(status)
    }

    init(of name: [CChar], in folder: borrowing Descriptor) throws(SystemError) {
        var status = stat()
        if fstatat(folder.number, name, &status, AT_SYMLINK_NOFOLLOW) != 0 { throw .last }
        self.init(status)
    }

    private init(_ status: stat) {
        kind = FileKind(mode: UInt32(status.st_mode))
        size = Int(status.st_size)
        mode = UInt32(status.st_mode) & 0o7777
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        links = Int(status.st_nlink)
        user = status.st_uid
        group = status.st_gid
        #if canImport(Darwin)
            let time = status.st_mtimespec
        #else
            let time = status.st_mtim
        #endif
        modified = Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
