import ApusPolicy

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Which folder it is, whatever it is called.
struct FolderIdentity: Hashable, Sendable {
    private let device: UInt64
    private let number: UInt64

    /// `nil` when there is no folder of that name; a link is none.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        number = UInt64(truncatingIfNeeded: status.st_ino)
    }
}

/// Processes that work in a folder, whoever started them.
enum FolderOccupants {
    /// The smallest number of a process, apart from this one, whose working directory is in the folder. Looks at `/proc`; where there is
    /// none, or a process may not be looked at, it finds nothing.
    static func first(in folder: String) -> Int32? {
        guard let listing = opendir("/proc") else { return nil }
        defer { closedir(listing) }
        var found: Int32?
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    String(cString: $0)
                }
            }
            guard let number = Int32(name), number != getpid(), number < found ?? .max else { continue }
            var buffer = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/\(number)/cwd", &buffer, buffer.count)
            guard count > 0 else { continue }
            let place = String(decoding: buffer[..<count].lazy.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if PathScope.isInside(place, folder) { found = number }
        }
        return found
    }
}
