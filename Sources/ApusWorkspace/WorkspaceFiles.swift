package import ApusCore

/// Keeps and brings back files through descriptors: a path that leads elsewhere than it did is refused.
package struct WorkspaceFiles: FileKeeping {
    package init() {}

    package func content(of path: String, limit: Int) async -> FileContent {
        await BlockingWork.files.run { flag in
            do throws(PathFault) {
                let place = try WorkspaceFiles.resolve(path)
                guard let kind = place.kind else { return .missing(folders: place.missingFolders) }
                if kind != .file { return .obstacle("not a file") }
                let file = try place.openForReading()
                return .bytes(try file.readAll(limit: limit) { flag.isCancelled }, mode: file.status.mode)
            } catch {
                return .obstacle(error.obstacle)
            }
        }
    }

    package func restore(_ bytes: [UInt8], mode: UInt32?, to path: String) async -> Bool {
        await BlockingWork.files.run { _ in
            do throws(PathFault) {
                let place = try WorkspaceFiles.resolve(path)
                if let status = try place.currentStatus() {
                    try place.write(bytes, expecting: .object(status))
                } else {
                    try place.write(bytes, expecting: .nothing)
                }
                if let mode { try place.setMode(mode) }
                return true
            } catch {
                return false
            }
        }
    }

    package func remove(_ path: String, folders: Int) async -> Bool {
        await BlockingWork.files.run { _ in
            do throws(PathFault) {
                let place = try WorkspaceFiles.resolve(path)
                guard let status = try place.currentStatus() else { return true }
                guard status.kind == .file else { return false }
                try place.remove(expecting: status)
                place.removeEmptyFolders(folders)
                return true
            } catch {
                return false
            }
        }
    }

    private static func resolve(_ path: String) throws(PathFault) -> SafePath {
        let place = try SafePath.resolve(path, against: "/")
        if place.path != path { throw .changed(path, reason: "it leads to \(place.path) now") }
        return place
    }
}

extension PathFault {
    /// In a word or two.
    fileprivate var obstacle: String {
        switch self {
        case .malformed, .tooManyLinks, .changed: "the path leads elsewhere"
        case .notFound, .notADirectory: "the folder is gone"
        case .notAFile: "not a file"
        case .denied, .contained: "permission denied"
        case .tooLarge: "too large"
        case .exists, .system: "could not be read"
        case .cancelled: "interrupted"
        }
    }
}
