/// The `.gitignore` files that hold at a place in a tree, with `.git/info/exclude` below them. The last pattern that matches in
/// the innermost file that has one decides.
///
/// A walk asks about every entry before it enters a folder, so "nothing below an ignored folder can be taken back" needs no code.
/// The user's global ignore file and git's index (tracked files are never ignored by git) are not looked at.
package struct IgnoreRules {
    private struct Level {
        var patterns: [IgnorePattern]
        /// Length of the folder's path below the base, its closing slash included.
        var base: Int
    }

    package static let maximumFileBytes = 1 << 20

    /// The walk's root below the base, empty or with a closing slash; put in front of every path that is asked about.
    private let above: [UInt8]
    private var levels: [Level]
    private var inherited = 0

    /// Rules that know nothing yet.
    package init() {
        above = []
        levels = []
    }

    /// Rules for walking `folder` inside the project `root`: exclude file and the ignore files from `root` down to the parent
    /// of `folder`. The one of `folder` itself comes with ``enterRoot(_:)``.
    package init(project root: String, excludeFile: String?, walking folder: SafePath) {
        let rootNames = SafePath.components(of: root)
        let names = folder.isInside(root) ? Array(folder.components.dropFirst(rootNames.count)) : []
        above = names.flatMap { Array($0.utf8) + [UInt8(ascii: "/")] }
        levels = []
        if let excludeFile { levels.append(Level(patterns: IgnoreRules.patterns(of: SafePath(path: excludeFile, kind: nil)), base: 0)) }
        guard !names.isEmpty else { return }
        var place = SafePath(path: root, kind: .directory)
        var base = 0
        for name in names {
            levels.append(Level(patterns: IgnoreRules.patterns(of: SafePath(path: place.appending(".gitignore"), kind: nil)), base: base))
            place = SafePath(path: place.appending(name), kind: .directory)
            base += name.utf8.count + 1
        }
    }

    mutating func enterRoot(_ folder: borrowing Descriptor) {
        inherited = levels.count
        levels.append(Level(patterns: IgnoreRules.patterns(in: folder), base: above.count))
    }

    /// `prefix` is the length of the folder's path below the walk's root, its closing slash included.
    mutating func enter(_ folder: borrowing Descriptor, prefix: Int) {
        levels.append(Level(patterns: IgnoreRules.patterns(in: folder), base: above.count + prefix))
    }

    mutating func leave() {
        if levels.count > inherited { levels.removeLast() }
    }

    /// `path` is below the walk's root.
    func isIgnored(_ path: [UInt8], isDirectory: Bool) -> Bool {
        guard levels.contains(where: { !$0.patterns.isEmpty }) else { return false }
        let whole = above.isEmpty ? path : above + path
        let nameStart = (whole.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        for level in levels.reversed() {
            let subject = whole[level.base...]
            for pattern in level.patterns.reversed() where pattern.matches(subject, nameStart: nameStart, isDirectory: isDirectory) {
                return !pattern.isNegated
            }
        }
        return false
    }

    private static func patterns(of file: SafePath) -> [IgnorePattern] {
        // Nearly every folder has none; one that cannot be read ignores nothing, as with git.
        guard let file = try? file.openForReading(), let bytes = try? file.readAll(limit: maximumFileBytes) else { return [] }
        return patterns(bytes)
    }

    private static func patterns(in folder: borrowing Descriptor) -> [IgnorePattern] {
        let name = ".gitignore".utf8CString.map { $0 }
        // As above. A `.gitignore` that is a link is not followed, as with git.
        guard let status = try? FileStatus(of: name, in: folder), status.kind == .file,
            let descriptor = try? SystemCall.fileForReading(name, in: folder),
            let file = try? OpenFile(path: ".gitignore", descriptor: descriptor), let bytes = try? file.readAll(limit: maximumFileBytes)
        else { return [] }
        return patterns(bytes)
    }

    private static func patterns(_ bytes: [UInt8]) -> [IgnorePattern] {
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { IgnorePattern(line: $0) }
    }
}
