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

    /// Takes so many of the innermost folders of this path away, from the inside, up to the first that has something in it or is none any
    /// more. Follows no link.
    package func removeEmptyFolders(_ count: Int) {
        var folders = components.dropLast()
        for _ in 0..<max(count, 0) {
            guard let name = folders.popLast() else { return }
            do throws(PathFault) {
                let parent = try SafePath.openDirectory(folders)
                do { try SystemCall.removeDirectory(name, in: parent) } catch { return }
            } catch {
                return
            }
        }
    }

    /// How many of the innermost folders of this path there are not.
    package var missingFolders: Int {
        var folders = components.dropLast()
        var missing = 0
        while !folders.isEmpty {
            do throws(PathFault) {
                _ = try SafePath.openDirectory(folders)
                return missing
            } catch {
                folders.removeLast()
                missing += 1
            }
        }
        return missing
    }
}
