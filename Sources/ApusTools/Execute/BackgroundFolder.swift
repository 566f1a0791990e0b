import ApusBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of one background process, `<home>/processes/<id>/`, with its log, the log before that, and how it ended.
enum BackgroundFolder {
    /// Folders of processes that ended longer ago than this are removed when a new one is made.
    static let maximumAge = 14 * 24 * 3_600

    static let log = "output.log"
    private static let end = "end"
    private static let files = [log, "output.1.log", end, "end.new"]

    struct Fault: Error, Hashable, CustomStringConvertible {
        var description: String
    }

    /// Makes the folder, for the owner only. Refuses a `parent` that is a link, somebody else's, or open to others.
    static func make(_ id: String, in parent: String) throws(Fault) -> String {
        if mkdir(parent, 0o700) != 0, errno != EEXIST { throw fault("make", parent) }
        let descriptor = open(parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw fault("open", parent) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw fault("look at", parent) }
        guard status.st_uid == geteuid(), status.st_mode & 0o077 == 0 else {
            throw Fault(description: "\(parent) belongs to somebody else or is open to others; it must be yours alone (chmod 700).")
        }
        removeOld(in: descriptor)
        guard mkdirat(descriptor, id, 0o700) == 0 else { throw fault("make", "\(parent)/\(id)") }
        return "\(parent)/\(id)"
    }

    /// Takes away a folder whose command never ran.
    static func remove(_ folder: String) {
        for file in files { unlink("\(folder)/\(file)") }
        rmdir(folder)
    }

    /// How the process with this log ended, in words; `nil` when its keeper left no word.
    static func ending(ofLog path: String) -> String? {
        guard path.hasSuffix("/" + log) else { return nil }
        let file = open(path.dropLast(log.count) + end, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
            count = max(read(file, buffer.baseAddress, buffer.count), 0)
        }
        return words(String(decoding: bytes, as: UTF8.self))
    }

    static func words(_ text: String) -> String? {
        let parts = text.split { $0 == " " || $0 == "\n" }
        guard parts.count >= 2, let number = Int32(parts[1]) else { return nil }
        let asked = parts.count > 2 ? ", asked to end" : ""
        switch parts[0] {
        case "code": return "code \(number)\(asked)"
        case "signal": return "signal \(number)\(asked)"
        default: return nil
        }
    }

    /// A courtesy: what cannot be removed stays. A folder in use is locked by its keeper.
    private static func removeOld(in parent: Int32) {
        // A descriptor of its own: listing moves its place.
        let listed = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard listed >= 0 else { return }
        guard let stream = fdopendir(listed) else {
            close(listed)
            return
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name.hasPrefix("bg_") { removeIfOld(name, in: parent) }
        }
    }

    private static func removeIfOld(_ name: String, in parent: Int32) {
        let folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard folder >= 0 else { return }
        defer { close(folder) }
        var status = stat()
        guard fstat(folder, &status) == 0, status.st_uid == geteuid(), time(nil) - seconds(status) > maximumAge else { return }
        guard FileLock.lock(folder, .exclusive) else { return }
        for file in files { unlinkat(folder, file, 0) }
        unlinkat(parent, name, AT_REMOVEDIR)
    }

    private static func seconds(_ status: stat) -> Int {
        #if canImport(Darwin)
            status.st_mtimespec.tv_sec
        #else
            status.st_mtim.tv_sec
        #endif
    }

    private static func fault(_ operation: String, _ path: String) -> Fault {
        Fault(description: "Cannot \(operation) \(path): \(String(cString: strerror(errno))).")
    }
}
