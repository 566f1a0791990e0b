/// What of a repository's configuration git is to be told when Apus runs it: an allow-list of plain data.
///
/// Git starts programs for dozens of keys: hooks, file monitors, filters, editors, proxies, fetches of what is missing. None of them
/// is on the list, and neither is any key that leads to another file. What is not on the list does not exist for that git.
package struct RepositoryConfiguration: Hashable, Sendable {
    package enum Fault: Error, Hashable, Sendable {
        case malformed
        /// Of a later git: it must not be touched without knowing what it means.
        case version(String)
        case unknownExtension(String)
        case references(String)
        case objectFormat(String)

        package var sentence: String {
            switch self {
            case .malformed: "The configuration of this repository cannot be read, so no worktree is made."
            case .version(let text): "This repository has the format version \(text), which no worktree can be made of here."
            case .unknownExtension(let name): "This repository needs the extension \(name) of git, which no worktree can be made with here."
            case .references(let name): "This repository keeps its references as \(name), which no worktree can be made with here."
            case .objectFormat(let name): "This repository has objects of the format \(name), which no worktree can be made with here."
            }
        }
    }

    package static let maximumBytes = 4 << 20

    package private(set) var isBare = false
    package private(set) var usesSHA256 = false
    /// Keys of the allow-list with harmless values, the last one of each.
    package private(set) var kept: [String: String] = [:]

    /// Booleans and plain words that say how files are written and compared.
    private static let allowed: Set<String> = [
        "core.filemode", "core.symlinks", "core.ignorecase", "core.precomposeunicode", "core.autocrlf", "core.eol", "core.checkstat",
        "core.trustctime",
    ]

    /// Mean nothing for what is done here, or nothing without keys that are left out.
    private static let harmlessExtensions: Set<String> = [
        "noop", "worktreeconfig", "preciousobjects", "partialclone", "relativeworktrees",
    ]

    package init() {}

    /// - Parameter listing: what `git config --list -z --no-includes` says about the file: `key`, a line feed, the value, a NUL byte.
    package init(listing: [UInt8]) throws(Fault) {
        var version = "0"
        for entry in listing.split(separator: 0) {
            let end = entry.firstIndex(of: 0x0A)
            guard let key = String(validating: entry[..<(end ?? entry.endIndex)], as: UTF8.self) else { continue }
            // A key without "=" means true.
            guard let value = String(validating: end.map { entry[($0 + 1)...] } ?? ArraySlice("true".utf8), as: UTF8.self) else { continue }
            let name = key.lowercased()
            switch name {
            case "core.repositoryformatversion": version = value
            case "core.bare": isBare = ["true", "yes", "on", "1"].contains(value.lowercased())
            case "extensions.objectformat":
                switch value.lowercased() {
                case "sha1": usesSHA256 = false
                case "sha256": usesSHA256 = true
                default: throw .objectFormat(value)
                }
            case "extensions.refstorage": if value.lowercased() != "files" { throw .references(value) }
            case _ where name.hasPrefix("extensions."):
                let name = String(name.dropFirst(11))
                if !Self.harmlessExtensions.contains(name) { throw .unknownExtension(name) }
            case _ where Self.allowed.contains(name):
                if Self.isPlain(value) { kept[name] = value }
            default: continue
            }
        }
        guard ["0", "1"].contains(version) else { throw .version(version) }
    }

    /// A file in git's own form, for a folder that git reads instead of the repository's.
    ///
    /// - Parameter keepsLogs: whether changes of references are to be logged.
    package func text(keepsLogs: Bool) -> String {
        var lines = ["[core]", "\trepositoryformatversion = \(usesSHA256 ? 1 : 0)", "\tbare = false"]
        for (key, value) in kept.sorted(by: { $0.key < $1.key }) { lines.append("\t\(key.dropFirst(5)) = \(value)") }
        lines += [
            "\thooksPath = /dev/null", "\tfsmonitor = false", "\tuntrackedCache = false", "\tsplitIndex = false", "\tpreloadIndex = true",
            "\tlogAllRefUpdates = \(keepsLogs)",
            "[protocol]", "\tallow = never", "[gc]", "\tauto = 0", "[maintenance]", "\tauto = false", "[submodule]", "\trecurse = false",
            "[index]", "\tsparse = false", "[advice]", "\tdetachedHead = false",
        ]
        if usesSHA256 { lines += ["[extensions]", "\tobjectFormat = sha256"] }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func isPlain(_ value: String) -> Bool {
        !value.isEmpty && value.utf8.count <= 32
            && value.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || (0x41...0x5A).contains($0) }
    }
}
