extension SafePath {
    /// Takes this name away from the regular file that was seen; the file's other names stay. Follows no link in any component.
    ///
    /// What is not the file that was seen any more, or was written since, is left alone: ``PathFault/changed(_:reason:)``. Between
    /// that look and the removal another program's write to the same name can be lost.
    package func remove(expecting seen: FileStatus) throws(PathFault) {
        guard let name = components.last else { throw .notAFile(path, .directory) }
        let folder = try openParent()
        let now: FileStatus
        do throws(SystemError) {
            now = try FileStatus(of: name, in: folder)
        } catch {
            if error == .notFound { throw .changed(path, reason: "it is gone") }
            throw PathFault(error, "look at", path)
        }
        if now.kind != .file { throw .changed(path, reason: "it is \(now.kind.phrase) now") }
        if !now.isSameObject(as: seen) || now.modified != seen.modified || now.size != seen.size {
            throw .changed(path, reason: "another program wrote it")
        }
        do { try SystemCall.remove(name, in: folder) } catch { throw PathFault(error, "remove", path) }
    }
}
