import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file of a skill or a command, read for a list. What cannot be read is not there.
struct ExtensionFile {
    /// Of one file.
    static let maximumBytes = 256 << 10
    /// Of one folder that are looked at.
    static let maximumEntries = 500

    /// Absolute, links resolved.
    let path: String
    let text: String

    /// `nil` when there is none, a link in it leads out of `boundary`, or it is too large.
    init?(_ name: String, in folder: String, beneath boundary: String) {
        // Lists are made of what can be read.
        guard let safe = try? SafePath.resolve(name, against: folder), safe.kind == .file, safe.isInside(boundary),
            let file = try? safe.openForReading(), let bytes = try? file.readAll(limit: Self.maximumBytes)
        else { return nil }
        path = safe.path
        text = String(decoding: bytes, as: UTF8.self)
    }

    /// The names in a folder, sorted, without hidden ones.
    static func names(in folder: String, beneath boundary: String) -> [String] {
        // A folder that is not there has none.
        guard let safe = try? SafePath.resolve(folder, against: "/"), safe.kind == .directory, safe.isInside(boundary),
            let stream = opendir(safe.path)
        else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < maximumEntries, let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
