#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads the daemon's log from its end, and on while it grows and is replaced.
package struct LogTail {
    private let path: String
    private let missing: String
    private var offset = 0
    private var file: UInt64 = 0

    /// What one look reads at most; the log itself may have eight times that.
    private static let maximumBytes = 1 << 20

    package init(_ folder: DaemonFolder) {
        path = folder.log
        missing = "There is no log at \(folder.log): no daemon has run with this home."
    }

    /// The last lines, each with its end. Throws when there is no log.
    package mutating func last(_ count: Int) throws(DaemonFileError) -> String {
        guard let status = Self.status(path) else { throw DaemonFileError(missing) }
        file = status.number
        offset = max(status.size - Self.maximumBytes, 0)
        let isCut = offset > 0
        var lines = try read().split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        if isCut, !lines.isEmpty { lines.removeFirst() }
        return lines.suffix(count).map { $0 + "\n" }.joined()
    }

    /// What has come since; empty when nothing has.
    package mutating func added() throws(DaemonFileError) -> String {
        guard let status = Self.status(path) else { return "" }
        // A new file after a rotation.
        if status.number != file || status.size < offset { (file, offset) = (status.number, 0) }
        return status.size > offset ? try read() : ""
    }

    private mutating func read() throws(DaemonFileError) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("read", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.maximumBytes)
        let count = pread(descriptor, &bytes, bytes.count, off_t(offset))
        guard count >= 0 else { throw .system("read", path) }
        offset += count
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    private static func status(_ path: String) -> (number: UInt64, size: Int)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return (UInt64(truncatingIfNeeded: status.st_ino), Int(status.st_size))
    }
}
