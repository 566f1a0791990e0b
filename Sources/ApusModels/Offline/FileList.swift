/// The result of a `Glob` call, without what lies in build folders.
struct FileList: Hashable, Sendable {
    /// Absolute, sorted.
    var paths: [String] = []
    /// Files that were listed but lie in build folders.
    var leftOut = 0
    /// There may be more of those.
    var leftOutIsLeast = false
    /// The folders they lie in, by name.
    var leftOutFolders: [String] = []
    /// The tool stopped at its bound: there are more files than were listed.
    var isCapped = false
    /// How many files there are behind a capped listing, where the tool tells.
    var total: Int?
    /// What else the tool had to say.
    var notices: [String] = []

    /// What the tool lists at most.
    static let cap = 1_000

    static let buildFolders: Set<String> = [".build", "node_modules", ".git", "DerivedData", "target"]

    /// Patterns that keep a listing out of the build folders.
    static func exclusions(below folder: String?) -> [String] {
        buildFolders.subtracting(components(of: folder)).sorted().map { "**/\($0)/**" }
    }

    /// A folder that the user named is looked into even if it is a build folder, and so is one that the project itself lies in.
    init(globResult text: String, below folder: String?, workingDirectory: String?) {
        let skipped = FileList.buildFolders.subtracting(FileList.components(of: folder))
        let (listed, others) = FileList.lines(of: text)
        for line in others {
            if line.contains(" shown.") { total = ToolNotice.number(before: "files", in: line) }
            if line.contains("could not be read") { notices.append(String(line.dropFirst().dropLast())) }
            if line.contains(" shown.") || ToolNotice.isOmission(line) { isCapped = true }
        }
        let base = workingDirectory.map { $0 + "/" } ?? FileList.commonFolder(of: listed)
        var folders: Set<String> = []
        for path in listed {
            let relative = path.hasPrefix(base) ? path.dropFirst(base.count) : path
            if let name = FileList.buildFolder(in: relative, among: skipped) {
                leftOut += 1
                folders.insert(name)
            } else {
                paths.append(String(path))
            }
        }
        if listed.count >= FileList.cap { isCapped = true }
        leftOutFolders = folders.sorted()
        paths.sort()
    }

    /// Paths, and what the tool adds. Beside a gap paths may be incomplete, so these are dropped.
    private static func lines(of text: String) -> (paths: [Substring], notices: [Substring]) {
        var paths: [Substring] = []
        var notices: [Substring] = []
        var isBehindGap = false
        for line in text.utf8Lines where !line.isEmpty {
            if ToolNotice.isOmission(line) {
                if !paths.isEmpty { paths.removeLast() }
                notices.append(line)
                isBehindGap = true
                continue
            }
            if ToolNotice.isBracketed(line) {
                notices.append(line)
            } else if line.hasPrefix("/"), !line.hasSuffix("/"), !isBehindGap {
                paths.append(line)
            }
            isBehindGap = false
        }
        return (paths, notices)
    }

    private static func components(of folder: String?) -> Set<String> {
        Set((folder ?? "").split(separator: "/").map(String.init))
    }

    /// With its slash; empty when there is none.
    private static func commonFolder(of paths: [Substring]) -> String {
        guard let first = paths.first else { return "" }
        var common = first.utf8.count
        for path in paths {
            common = min(common, zip(first.utf8, path.utf8).prefix { $0 == $1 }.count)
        }
        guard let slash = first.utf8.prefix(common).lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(first[...slash])
    }

    /// Only folders count, so the last component does not.
    private static func buildFolder(in path: Substring, among names: Set<String>) -> String? {
        for component in path.split(separator: "/").dropLast() {
            let name = String(component)
            if names.contains(name) { return name }
            if name.hasPrefix(".build-"), names.contains(".build") { return ".build" }
        }
        return nil
    }
}
