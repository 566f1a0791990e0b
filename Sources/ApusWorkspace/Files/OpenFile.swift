/// A regular file that is open for reading, reached without following links and without ever waiting for a pipe or a device.
package struct OpenFile: ~Copyable {
    package let path: String
    package let status: FileStatus
    private let descriptor: Descriptor

    init(path: String, descriptor: consuming Descriptor) throws(PathFault) {
        let found: FileStatus
        do { found = try FileStatus(of: descriptor) } catch { throw PathFault(error, "look at", path) }
        if found.kind != .file { throw .notAFile(path, found.kind) }
        status = found
        self.path = path
        self.descriptor = descriptor
    }

    /// Zero at the end of the file.
    package func read(into buffer: inout [UInt8]) throws(PathFault) -> Int {
        do {
            return try SystemCall.read(descriptor, into: &buffer)
        } catch {
            throw PathFault(error, "read", path)
        }
    }

    /// All bytes; fails when there are more than `limit`, however large the file said it was.
    package func readAll(limit: Int, isCancelled: () -> Bool = { false }) throws(PathFault) -> [UInt8] {
        if status.size > limit { throw .tooLarge(path, size: status.size, limit: limit) }
        var all: [UInt8] = []
        all.reserveCapacity(status.size)
        var buffer = [UInt8](repeating: 0, count: min(max(status.size + 1, 4096), 1 << 18))
        while true {
            if isCancelled() { throw .cancelled }
            let count = try read(into: &buffer)
            if count == 0 { return all }
            all.append(contentsOf: buffer[..<count])
            if all.count > limit { throw .tooLarge(path, size: all.count, limit: limit) }
        }
    }
}

extension SafePath {
    /// Throws ``PathFault/notAFile(_:_:)`` for anything that is not a regular file, without opening it.
    package func openForReading() throws(PathFault) -> OpenFile {
        guard let name = components.last else { throw .notAFile(path, .directory) }
        let folder = try openParent()
        let text = name.utf8CString.map { $0 }
        let status: FileStatus
        do { status = try FileStatus(of: text, in: folder) } catch { throw PathFault(error, "look at", path) }
        if status.kind == .link { throw .changed(path, reason: "it became a link") }
        if status.kind != .file { throw .notAFile(path, status.kind) }
        let descriptor: Descriptor
        do { descriptor = try SystemCall.fileForReading(text, in: folder) } catch { throw PathFault(error, "open", path) }
        return try OpenFile(path: path, descriptor: descriptor)
    }

    /// What is there now, the thing itself; `nil` when nothing is, or when its folder cannot be
    /// reached under this name any more.
    package func currentStatus() throws(PathFault) -> FileStatus? {
        do throws(SystemError) {
            guard let name = components.last else { return try FileStatus(of: try SystemCall.root()) }
            let folder: Descriptor
            do throws(PathFault) { folder = try openParent() } catch { return nil }
            return try FileStatus(of: name, in: folder)
        } catch {
            if error == .notFound { return nil }
            throw PathFault(error, "look at", path)
        }
    }
}
