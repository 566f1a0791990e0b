import ApusBase

/// What has to be at a path for a write to go ahead.
package enum WriteExpectation: Hashable, Sendable {
    /// Nothing; somebody else's file is never replaced.
    case nothing
    /// The object that was read; its mode and owner go over to the new bytes.
    case object(FileStatus)
}

/// What a write did.
package struct WriteReport: Hashable, Sendable {
    /// Other names of the old file, which keep the old bytes.
    package var detachedNames: Int
    package var madeDirectories: Int
}

extension SafePath {
    /// Puts `bytes` at this path: into a new file in the same folder, which then takes the name in one step, so that a reader sees
    /// the old bytes or the new and a death in between leaves the old. Missing folders are made.
    ///
    /// - A file with several names (hard links) is *not* written through: this name gets a file of its own and the others keep
    ///   their bytes, since another name may lie anywhere.
    /// - Mode is kept; owner and group where the process may set them. Extended attributes are not.
    /// - Where the folder may not be written but the file may, or the name is a mount point, bytes are written in place, if it has
    ///   one name only.
    /// - A file without write permission is refused although the folder would allow replacing it.
    /// - Never follows a link in any component: what changed since the check ends in ``PathFault/changed(_:reason:)``.
    ///
    /// Between the last look and the rename, another program's change to the same file can be lost, as with every editor.
    ///
    /// A new file takes mode and owner of `model`, when there is one.
    @discardableResult
    package func write(_ bytes: [UInt8], expecting expectation: WriteExpectation, like model: FileStatus? = nil) throws(PathFault)
        -> WriteReport
    {
        guard let name = components.last else { throw .notAFile(path, .directory) }
        var made = 0
        let folder: Descriptor
        switch expectation {
        case .nothing: folder = try makeParent(counting: &made)
        case .object: folder = try openParent()
        }
        let job = FileWrite(path: path, name: name, bytes: bytes, model: model)
        let detached = try job.run(in: folder, expecting: expectation)
        return WriteReport(detachedNames: detached, madeDirectories: made)
    }

    /// Gives the regular file at this path these permissions, unless it has them. Follows no link.
    package func setMode(_ mode: UInt32) throws(PathFault) {
        guard let name = components.last else { throw .notAFile(path, .directory) }
        let folder = try openParent()
        do throws(SystemError) {
            if try FileStatus(of: name, in: folder).mode == mode { return }
            try SystemCall.setMode(mode, of: try SystemCall.fileForWriting(name, in: folder))
        } catch {
            throw PathFault(error, "set the permissions of", path)
        }
    }

    private func makeParent(counting made: inout Int) throws(PathFault) -> Descriptor {
        var folder = try SafePath.openDirectory([])
        var place = ""
        for name in components.dropLast() {
            place += "/" + name
            do throws(SystemError) {
                folder = try SafePath.enterOrMake(name, in: folder, counting: &made)
            } catch {
                throw SafePath.fault(error, entering: place)
            }
        }
        return folder
    }

    private static func enterOrMake(_ name: String, in folder: borrowing Descriptor, counting made: inout Int) throws(SystemError)
        -> Descriptor
    {
        do throws(SystemError) {
            return try SystemCall.directory(name, in: folder)
        } catch {
            if error != .notFound { throw error }
        }
        do throws(SystemError) {
            try SystemCall.makeDirectory(name, in: folder)
            made += 1
        } catch {
            // Somebody may have made it at the same moment; what it is shows below.
            if error != .exists { throw error }
        }
        return try SystemCall.directory(name, in: folder)
    }
}

private struct FileWrite {
    let path: String
    let name: String
    let bytes: [UInt8]
    /// Whose mode and owner a new file gets.
    let model: FileStatus?

    /// Returns how many other names the replaced file had.
    func run(in folder: borrowing Descriptor, expecting expectation: WriteExpectation) throws(PathFault) -> Int {
        let old = try check(in: folder, expectation)
        let temporary = ".apus-\(randomToken(length: 12)).tmp"
        do {
            try fill(temporary, like: old ?? model, in: folder)
        } catch {
            discard(temporary, in: folder)
            guard let old, old.links == 1, case .denied = error else { throw error }
            try overwrite(old, in: folder)
            return 0
        }
        do {
            _ = try check(in: folder, expectation)
            try place(temporary, replacing: old != nil, in: folder)
        } catch {
            discard(temporary, in: folder)
            guard let old, old.links == 1, case .system(_, "replace", _) = error else { throw error }
            try overwrite(old, in: folder)
            return 0
        }
        return (old?.links ?? 1) - 1
    }

    private func check(in folder: borrowing Descriptor, _ expectation: WriteExpectation) throws(PathFault) -> FileStatus? {
        let now: FileStatus?
        do {
            now = try FileStatus(of: name, in: folder)
        } catch {
            if error != .notFound { throw PathFault(error, "look at", path) }
            now = nil
        }
        switch (expectation, now) {
        case (.nothing, nil): return nil
        case (.nothing, _?): throw .changed(path, reason: "something appeared there")
        case (.object, nil): throw .changed(path, reason: "it is gone")
        case (.object(let seen), let now?):
            if now.kind != .file { throw .changed(path, reason: "it is \(now.kind.phrase) now") }
            if !now.isSameObject(as: seen) || now.modified != seen.modified || now.size != seen.size {
                throw .changed(path, reason: "another program wrote it")
            }
            if !SystemCall.isWritable(name, in: folder) { throw .denied(path) }
            return now
        }
    }

    private func fill(_ temporary: String, like old: FileStatus?, in folder: borrowing Descriptor) throws(PathFault) {
        do {
            let file = try SystemCall.newFile(temporary, mode: old == nil ? 0o666 : 0o600, in: folder)
            try pour(into: file)
            if let old {
                // Owner and group are kept where the process may set them; it is no failure where it may not.
                try? SystemCall.setOwner(old.user, group: old.group, of: file)
                try SystemCall.setMode(old.mode, of: file)
            }
            try SystemCall.synchronize(file)
        } catch {
            throw PathFault(error, "write", path)
        }
    }

    private func place(_ temporary: String, replacing: Bool, in folder: borrowing Descriptor) throws(PathFault) {
        do throws(SystemError) {
            if replacing { return try SystemCall.rename(temporary, to: name, in: folder) }
            do throws(SystemError) {
                try SystemCall.link(temporary, to: name, in: folder)
            } catch {
                guard [.notPermitted, .unsupported, .tooManyLinks].contains(error) else { throw error }
                // A file system without hard links: the name was free a moment ago.
                return try SystemCall.rename(temporary, to: name, in: folder)
            }
            try SystemCall.remove(temporary, in: folder)
        } catch {
            switch error {
            case .exists: throw .changed(path, reason: "something appeared there")
            case .busy: throw .system(path, operation: "replace", reason: error.text)
            default: throw PathFault(error, "write", path)
            }
        }
    }

    private func overwrite(_ old: FileStatus, in folder: borrowing Descriptor) throws(PathFault) {
        let isOverwritten: Bool
        do throws(SystemError) {
            let file = try SystemCall.fileForWriting(name, in: folder)
            let now = try FileStatus(of: file)
            isOverwritten = now.kind == .file && now.isSameObject(as: old) && now.links == 1
            if isOverwritten {
                try SystemCall.truncate(file, to: 0)
                try pour(into: file)
            }
        } catch {
            throw PathFault(error, "write", path)
        }
        if !isOverwritten { throw .changed(path, reason: "another file took its place") }
    }

    private func pour(into file: borrowing Descriptor) throws(SystemError) {
        var done = 0
        while done < bytes.count { done += try SystemCall.write(file, bytes, from: done) }
    }

    private func discard(_ temporary: String, in folder: borrowing Descriptor) {
        // It may never have been made.
        try? SystemCall.remove(temporary, in: folder)
    }
}
