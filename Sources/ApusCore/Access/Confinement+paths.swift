/// The same policy for the tools in our own process. Paths are absolute with links resolved; the innermost place counts.
extension Confinement {
    /// Not to be read or changed.
    package func hides(_ path: String) -> Bool {
        guard let length = Self.innermost(hidden, path) else { return false }
        return length >= Self.innermost(writable + visible + [temporary].compactMap { $0 }, path) ?? -1
    }

    /// Not to be changed, although it may be read.
    package func protects(_ path: String) -> Bool {
        guard let length = Self.innermost(protected, path) else { return false }
        return length >= Self.innermost(writable + [temporary].compactMap { $0 }, path) ?? -1
    }

    /// Where a command has its file of this name, when that is the private folder instead of a temporary directory of the machine.
    package func standIn(for path: String) -> String? {
        guard let temporary, let shared = ["/tmp", "/var/tmp"].first(where: { Self.isInside(path, $0) && path != $0 }) else { return nil }
        if Self.innermost(writable + visible + hidden + protected + [temporary], path) != nil { return nil }
        return temporary + path.dropFirst(shared.utf8.count)
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool {
        path == folder || path.hasPrefix(folder.hasSuffix("/") ? folder : folder + "/")
    }

    private static func innermost(_ places: [String], _ path: String) -> Int? {
        places.filter { isInside(path, $0) }.map(\.utf8.count).max()
    }
}
