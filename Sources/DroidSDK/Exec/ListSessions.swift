import ApusBase
public import Foundation

/// A session that left its files on this machine (`droid.md` §10.1).
public struct ListedSession: Sendable, Hashable {
    public let id: String
    public let title: String?
    public let cwd: String?
    public let owner: String?
    public let messageCount: Int
    public let isFavorite: Bool
    /// When its file was written last.
    public let updatedAt: Date
    public let path: String
}

/// The sessions whose files lie on this machine, the latest first. Reads files and asks nobody; what cannot be read is left out.
///
/// - Parameters:
///   - cwd: Only those of that directory; `nil` for all.
///   - limit: At most so many.
///   - includeArchived: Those that were put away too.
///   - home: The home directory; `FACTORY_HOME_OVERRIDE` or the user's own when there is none.
public func listSessions(
    cwd: String? = nil, limit: Int = 1_000, includeArchived: Bool = false, home: String? = nil
) -> [ListedSession] {
    let environment = ProcessInfo.processInfo.environment
    let home = home ?? environment["FACTORY_HOME_OVERRIDE"] ?? UserHome.path(environment)
    return SessionFiles(directory: home + "/.factory/sessions").list(cwd: cwd, limit: limit, includeArchived: includeArchived)
}

/// `~/.factory/sessions`: a folder for each directory, and files of old beside them.
struct SessionFiles: Sendable {
    let directory: String
    /// A file with more than that is listed without its messages being counted further.
    static let countedBytes = 64 << 20

    func list(cwd: String?, limit: Int, includeArchived: Bool) -> [ListedSession] {
        let favorites = favorites()
        let found = files(cwd).compactMap { path, modified in session(path, modified, favorites, includeArchived) }
            .filter { session in cwd == nil || session.cwd == nil || session.cwd == cwd }
        return Array(found.sorted { $0.updatedAt > $1.updatedAt }.prefix(max(limit, 0)))
    }

    static func folder(of cwd: String) -> String { "-" + cwd.drop { $0 == "/" }.replacing("/", with: "-") }

    private func files(_ cwd: String?) -> [(String, Date)] {
        let folders =
            cwd.map { [SessionFiles.folder(of: $0)] } ?? names(in: directory).filter { $0.hasPrefix("-") }
        let places = [directory] + folders.map { directory + "/" + $0 }
        return places.flatMap { place in
            names(in: place).filter { $0.hasSuffix(".jsonl") }.compactMap { name in
                let path = place + "/" + name
                // Gone since it was listed.
                guard let attributes = try? FileManager.default.attributesOfItem(atPath: path),
                    attributes[.type] as? FileAttributeType == .typeRegular, let date = attributes[.modificationDate] as? Date
                else { return nil }
                return (path, date)
            }
        }
    }

    private func session(_ path: String, _ modified: Date, _ favorites: Set<String>, _ includeArchived: Bool) -> ListedSession? {
        // What cannot be read is not listed.
        guard let handle = FileHandle(forReadingAtPath: path), let data = try? handle.read(upToCount: SessionFiles.countedBytes) else {
            return nil
        }
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
        guard let first = lines.first, let start = try? JSON(parsing: String(decoding: first, as: UTF8.self)),
            start["type"] == "session_start"
        else { return nil }
        let base = String(path.dropLast(".jsonl".count))
        let id = String(base.split(separator: "/").last ?? "")
        if !includeArchived, isArchived(base + ".settings.json") { return nil }
        let blank = lines.dropFirst().count { line in line.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 } }
        return ListedSession(
            id: id, title: start["title"]?.stringValue, cwd: start["cwd"]?.stringValue, owner: start["owner"]?.stringValue,
            messageCount: lines.count - 1 - blank, isFavorite: favorites.contains(id), updatedAt: modified, path: path)
    }

    private func isArchived(_ path: String) -> Bool {
        guard let settings = json(path), let archived = settings["archivedAt"] else { return false }
        return !archived.isNull
    }

    private func favorites() -> Set<String> {
        Set((json(directory + "/.favorites")?.arrayValue ?? []).compactMap(\.stringValue))
    }

    private func json(_ path: String) -> JSON? {
        // Absent or broken is the same as empty here.
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
        return try? JSON(parsing: text)
    }

    private func names(in place: String) -> [String] {
        // No such folder, no files.
        (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    }
}
