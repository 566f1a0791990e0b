import ApusServer
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `<home>/daemon`: what a daemon keeps about itself, its owner's alone.
package struct DaemonFolder: Hashable, Sendable {
    package let path: String
    /// What its user sets to have another.
    private let chosenBy: String

    package init(home: String, chosenBy: String = "APUS_HOME") {
        path = home + "/daemon"
        self.chosenBy = chosenBy
    }

    package var lock: String { path + "/daemon.lock" }
    package var state: String { path + "/state.json" }
    package var control: String { path + "/control.sock" }
    package var keys: String { path + "/keys.json" }
    package var keysLock: String { path + "/keys.lock" }
    package var localKey: String { path + "/local.key" }
    package var log: String { path + "/daemon.log" }
    /// Where a detached daemon's stderr goes: what the runtime says when it dies.
    package var errors: String { path + "/stderr.log" }

    /// One or two a process: its own home's.
    private static let openFolders = Mutex<[String: Int32]>([:])

    /// Makes the folder and the home, 0700. One that others may write is refused: whoever can write here is the owner's equal.
    package func make() throws(DaemonFileError) {
        try OwnerFile.makeFolder(path)
        var status = stat()
        guard stat(path, &status) == 0 else { throw .system("look at", path) }
        if status.st_uid != geteuid() { throw DaemonFileError("\(path) belongs to another user. Choose another home with \(chosenBy).") }
        if status.st_mode & 0o077 != 0, chmod(path, 0o700) != 0 { throw .system("keep to its owner", path) }
    }

    /// A path of the control socket that fits an address, however deep the home lies.
    ///
    /// The folder is kept open for as long as the process lives.
    package func controlAddress() throws(DaemonFileError) -> String {
        if control.utf8.count <= ControlListener.maximumPathBytes { return control }
        #if os(Linux)
            let folder = Self.openFolders.withLock { folders in
                if let known = folders[path] { return known }
                let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                if folder >= 0 { folders[path] = folder }
                return folder
            }
            guard folder >= 0 else { throw .system("open", path) }
            return "/proc/self/fd/\(folder)/control.sock"
        #else
            throw DaemonFileError("\(control) is too long for a socket. Choose a shorter home with APUS_HOME.")
        #endif
    }
}

/// What could not be done with one of the daemon's files: a whole sentence.
package struct DaemonFileError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }

    static func system(_ verb: String, _ path: String) -> DaemonFileError {
        DaemonFileError("Cannot \(verb) \(path): \(String(cString: strerror(errno))).")
    }
}
