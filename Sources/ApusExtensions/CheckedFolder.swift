import ApusBase
import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A private folder with copies of what somebody has trusted, so that exactly those bytes run whatever becomes of the files: in our home, where
/// no command of a session can write at any level. `<APUS_HOME>/checked/<something new>`, 0700; its owner removes it.
struct CheckedFolder: Sendable {
    /// Why it cannot be made or filled: a sentence.
    struct Fault: Error, Hashable {
        var sentence: String

        fileprivate init(_ verb: String, _ path: String) {
            sentence = "\(path) could not be \(verb): \(String(cString: strerror(errno)))."
        }
    }

    /// What a process that died has left is removed when it is older than this.
    private static let maximumAge = 24 * 3_600
    private static let maximumLeft = 1_000

    let path: String
    /// In the order in which they were made.
    private var folders: [String]
    private var files: [String] = []

    init(in apusHome: String) throws(Fault) {
        let parent = apusHome + "/checked"
        if mkdir(parent, 0o700) != 0, errno != EEXIST { throw Fault("made", parent) }
        var status = stat()
        guard lstat(parent, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(), status.st_mode & 0o022 == 0
        else {
            errno = EPERM
            throw Fault("used", parent)
        }
        Self.removeOld(in: parent)
        // Links resolved: a wall shows places by their real names.
        let real = (try? SafePath.resolve(parent, against: "/"))?.path ?? parent
        path = real + "/" + randomToken(length: 16)
        folders = [path]
        if mkdir(path, 0o700) != 0 { throw Fault("made", path) }
    }

    /// Returns where it is. The name is below the folder, without a slash in front.
    mutating func add(_ bytes: [UInt8], as name: String, isExecutable: Bool) throws(Fault) -> String {
        var end = name.startIndex
        while let slash = name[end...].firstIndex(of: "/") {
            try add(folder: String(name[..<slash]))
            end = name.index(after: slash)
        }
        let place = path + "/" + name
        let descriptor = open(place, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, isExecutable ? 0o500 : 0o400)
        guard descriptor >= 0 else { throw Fault("written", place) }
        files.append(place)
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Fault("written", place) }
            done += count
        }
        return place
    }

    /// A folder in it; one that is there already is fine.
    mutating func add(folder name: String) throws(Fault) {
        let place = path + "/" + name
        if mkdir(place, 0o700) == 0 {
            folders.append(place)
        } else if errno != EEXIST {
            throw Fault("made", place)
        }
    }

    /// With everything that was added. What cannot be removed now is removed later.
    func remove() {
        for file in files { unlink(file) }
        for folder in folders.reversed() { rmdir(folder) }
    }

    private static func removeOld(in parent: String) {
        guard let root = try? SafePath.resolve(parent, against: "/"), root.kind == .directory, let stream = opendir(root.path) else {
            return
        }
        defer { closedir(stream) }
        let now = time(nil)
        var looked = 0
        while looked < maximumLeft, let entry = readdir(stream) {
            looked += 1
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            var status = stat()
            let place = root.path + "/" + name
            guard !name.hasPrefix("."), lstat(place, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { continue }
            #if canImport(Darwin)
                let modified = status.st_mtimespec.tv_sec
            #else
                let modified = status.st_mtim.tv_sec
            #endif
            if now - modified > maximumAge { removeTree(place) }
        }
    }

    private static func removeTree(_ place: String) {
        // Somebody else may be at it, too.
        guard let root = try? SafePath.resolve(place, against: "/"), let tree = try? FileTree(root: root) else { return }
        var folders = [place]
        while let entry = tree.next() {
            if entry.kind == .directory { folders.append(tree.absolutePath(of: entry)) } else { unlink(tree.absolutePath(of: entry)) }
        }
        for folder in folders.reversed() { rmdir(folder) }
    }
}
