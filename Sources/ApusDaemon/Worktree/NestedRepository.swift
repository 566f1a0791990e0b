#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Looks for checkouts below a checkout. Git ignores what lies in ignored folders, and a repository there has commits that nobody else has.
enum NestedRepository: Hashable {
    case none
    /// Relative to where was looked.
    case found(String)
    case unknown

    /// Of one look: what is removed afterwards is walked once more.
    static let maximumEntries = 2_000_000
    private static let maximumDepth = 200

    /// Follows no links. What cannot be listed is ``unknown``.
    static func search(below root: String) -> NestedRepository {
        var folders = [""]
        var entries = 0
        while let folder = folders.popLast() {
            guard let listing = opendir(folder.isEmpty ? root : root + "/" + folder) else { return .unknown }
            defer { closedir(listing) }
            while let entry = readdir(listing) {
                entries += 1
                if entries > maximumEntries { return .unknown }
                let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                guard let name = String(validating: bytes, as: UTF8.self) else {
                    // A folder that has no name for us could hold anything.
                    if entry.pointee.d_type == UInt8(DT_DIR) { return .unknown }
                    continue
                }
                if name == "." || name == ".." { continue }
                let path = folder.isEmpty ? name : folder + "/" + name
                if name == ".git" {
                    if folder.isEmpty { continue }
                    return .found(folder)
                }
                var isFolder = entry.pointee.d_type == UInt8(DT_DIR)
                if entry.pointee.d_type == UInt8(DT_UNKNOWN) {
                    var status = stat()
                    isFolder = lstat(root + "/" + path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                }
                guard isFolder else { continue }
                if path.utf8.count(where: { $0 == UInt8(ascii: "/") }) >= maximumDepth { return .unknown }
                folders.append(path)
            }
        }
        return .none
    }
}
