/// The private folder that stands in for `/tmp` in a session's commands: `<temporary directory>/apus-<user id>/tmp-<session>`, 0700,
/// made without following links. Later runs of the session find their
/// files there; nothing removes it but the machine's own care for its temporary directory.
package enum SessionTemporaryFolder {
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
}
