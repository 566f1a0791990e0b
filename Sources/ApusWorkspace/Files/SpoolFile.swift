#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of ours in a private folder for temporary things: the folder 0700, the file 0600, both made without following links.
package struct SpoolFile: ~Copyable, Sendable {
    /// Files that were not touched for this long are removed at the start and when a new one is made.
    package static let maximumAge = 3 * 24 * 3_600

    package let path: String
    private let file: Descriptor

    /// Makes `<temporaryDirectory>/apus-<user id>/<name>`. Refuses a folder of that name that belongs to somebody else or is open to others.
    package init(temporaryDirectory: String, name: String) throws(PathFault) {
        let folder = try SpoolFile.folder(in: temporaryDirectory)
        file = try SpoolFile.newFile(name, in: folder.descriptor, folder.path)
        path = folder.path + "/" + name
    }

    /// Removes what is older than ``maximumAge``. A folder that does not exist, or is not ours alone, is left as it is.
    package static func removeOld(below temporaryDirectory: String) {
        // Cleaning up is a courtesy: who needs the folder is told what is wrong with it then.
        guard let parent = try? SafePath.resolve(temporaryDirectory, against: "/"),
            let above = try? SafePath.openDirectory(parent.components),
            let folder = try? SystemCall.directory("apus-\(SystemCall.user)", in: above), let status = try? FileStatus(of: folder),
            status.user == SystemCall.user, status.mode & 0o077 == 0
        else { return }
        removeOld(in: folder)
    }

    private struct Folder: ~Copyable {
        let path: String
        let descriptor: Descriptor
    }

    private static func folder(in temporaryDirectory: String) throws(PathFault) -> Folder {
        let parent = try SafePath.resolve(temporaryDirectory, against: "/")
        let name = "apus-\(SystemCall.user)"
        let path = parent.appending(name)
        let above = try SafePath.openDirectory(parent.components)
        do throws(SystemError) {
            return Folder(path: path, descriptor: try privateFolder(name, in: above))
        } catch {
            throw PathFault(error, "make", path)
        }
    }

    private static func newFile(_ name: String, in folder: borrowing Descriptor, _ path: String) throws(PathFault) -> Descriptor {
        removeOld(in: folder)
        do throws(SystemError) {
            return try SystemCall.newFile(name, mode: 0o600, in: folder)
        } catch {
            throw PathFault(error, "make a file in", path)
        }
    }

    package func append(_ bytes: [UInt8]) throws(PathFault) {
        do throws(SystemError) {
            var done = 0
            while done < bytes.count { done += try SystemCall.write(file, bytes, from: done) }
        } catch {
            throw PathFault(error, "write", path)
        }
    }

    /// Takes a file of ours away before its time. Only we can put anything into its folder.
    package static func remove(_ path: String) { unlink(path) }

    static func privateFolder(_ name: String, in parent: borrowing Descriptor) throws(SystemError) -> Descriptor {
        if mkdirat(parent.number, name, 0o700) != 0, errno != EEXIST { throw .last }
        let folder = try SystemCall.directory(name, in: parent)
        let status = try FileStatus(of: folder)
        if status.user != SystemCall.user || status.mode & 0o077 != 0 { throw .denied }
        return folder
    }

    private static func removeOld(in folder: borrowing Descriptor) {
        // Cleaning up is a courtesy: what cannot be listed or removed stays.
        guard var listing = try? DirectoryListing(of: folder, isCancelled: { false }) else { return }
        let now = Int64(time(nil)) * 1_000_000_000
        while let (name, kind) = listing.popNext() {
            let text = String(decoding: name, as: UTF8.self)
            guard kind == .file, let status = try? FileStatus(of: text, in: folder) else { continue }
            if now - status.modified > Int64(maximumAge) * 1_000_000_000 { try? SystemCall.remove(text, in: folder) }
        }
    }
}
