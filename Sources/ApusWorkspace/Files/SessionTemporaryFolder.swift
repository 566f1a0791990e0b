#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The private folder that stands in for `/tmp` in a session's commands: `<temporary directory>/apus-<user id>/tmp-<session>`, 0700,
/// made without following links. It lives as long as somebody uses it: later runs of the session find their files there.
package enum SessionTemporaryFolder {
    /// A folder that was not touched for this long is removed with everything in it.
    package static let maximumAge = SpoolFile.maximumAge

    /// Where it is, made or not. `temporaryDirectory` must be resolved, `session` a plain name.
    package static func path(for session: String, below temporaryDirectory: String) -> String {
        let folder = temporaryDirectory == "/" ? "" : temporaryDirectory
        return "\(folder)/apus-\(SystemCall.user)/tmp-\(session)"
    }

    /// Makes sure that it is there and ours alone.
    package static func make(_ path: String) throws(PathFault) {
        let place = SafePath(path: path, kind: nil)
        let own = SafePath(path: place.parent, kind: nil)
        let above = try own.openParent()
        do throws(SystemError) {
            let folder = try SpoolFile.privateFolder(own.name, in: above)
            _ = try SpoolFile.privateFolder(place.name, in: folder)
        } catch {
            throw PathFault(error, "make", path)
        }
    }

    /// Takes the folder away if it holds no file: mount points of the wall and nothing else. Called when a run is over.
    package static func removeIfEmpty(_ path: String) {
        let place = SafePath(path: path, kind: nil)
        // Cleaning up is a courtesy: what cannot be opened or removed stays.
        guard let above = try? place.openParent() else { return }
        var budget = 1_000
        removeEmptyFolders(place.name, in: above, &budget)
    }

    private static func removeEmptyFolders(_ name: String, in above: borrowing Descriptor, _ budget: inout Int) {
        budget -= 1
        guard budget > 0, let folder = try? SystemCall.directory(name, in: above),
            var listing = try? DirectoryListing(of: folder, isCancelled: { false })
        else { return }
        while let (entry, kind) = listing.popNext() {
            guard kind == .directory else { return }
            removeEmptyFolders(String(decoding: entry, as: UTF8.self), in: folder, &budget)
        }
        _ = unlinkat(above.number, name, AT_REMOVEDIR)
    }
}
