/// A path whose every link is resolved, found by walking it name by name through descriptors.
///
/// What a tool is allowed to touch is decided from ``path``; what it then opens is reached by walking exactly these names again
/// without following any link (``SafePath/openParent()``). Whatever somebody swaps in between, the walk either ends at the
/// object of that name or fails with ``PathFault/changed(_:reason:)``; it never ends elsewhere.
///
/// `~` and variables are not expanded. `..` means the parent of the real folder, as the kernel has it, and in the part of a path
/// that does not exist simply takes back the name before it. Links of `/proc` are read like any other, by their text.
package struct SafePath: Hashable, Sendable {
    package static let maximumLinks = 40
    package static let maximumLength = 4095

    /// Absolute, no `.`, `..`, links or doubled slashes.
    package let path: String
    /// What was there when it was resolved; `nil` when nothing was.
    package let kind: FileKind?

    init(path: String, kind: FileKind?) {
        self.path = path
        self.kind = kind
    }

    /// Resolves `input`; relative paths start at `folder`, which must be absolute.
    package static func resolve(_ input: String, against folder: String) throws(PathFault) -> SafePath {
        if input.isEmpty { throw .malformed(input, reason: "it is empty") }
        if input.utf8.contains(0) { throw .malformed(input, reason: "it holds a NUL byte") }
        let whole = input.hasPrefix("/") ? input : folder + "/" + input
        if !whole.hasPrefix("/") { throw .malformed(whole, reason: "the folder it starts from is not absolute") }
        if whole.utf8.count > maximumLength { throw .malformed(String(input.prefix(80)) + "…", reason: "it is too long") }
        var walk = try PathWalk(asked: whole)
        return try walk.finish()
    }

    package var components: [String] { SafePath.components(of: path) }
    package var name: String { components.last ?? "/" }

    package var parent: String {
        let parts = components.dropLast()
        return "/" + parts.joined(separator: "/")
    }

    package static let root = SafePath(path: "/", kind: .directory)

    /// `name` below this path, taken as it is: for names that a listing gave. Opening still follows no link.
    package func child(_ name: String) -> SafePath { SafePath(path: appending(name), kind: nil) }

    /// The path with `name` below it.
    package func appending(_ name: String) -> String { path == "/" ? "/" + name : path + "/" + name }

    /// True when the paths are equal or this one lies below `folder`; both must be resolved.
    package func isInside(_ folder: String) -> Bool {
        folder == "/" || path == folder || path.hasPrefix(folder + "/")
    }

    static func components(of path: String) -> [String] {
        path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
    }
}

/// One resolution in progress.
private struct PathWalk: ~Copyable {
    private let asked: String
    /// Names still to walk, the next one last.
    private var pending: [String]
    /// Names walked; the first `existing` of them are there and are not links.
    private var real: [String] = []
    private var existing = 0
    private var kind: FileKind? = .directory
    private var folder: Descriptor
    private var links = 0

    init(asked: String) throws(PathFault) {
        self.asked = asked
        pending = SafePath.components(of: asked).reversed()
        folder = try SafePath.openDirectory([])
    }

    mutating func finish() throws(PathFault) -> SafePath {
        while let name = pending.popLast() {
            switch name {
            case ".": continue
            case "..": try goUp()
            default: try enter(name)
            }
        }
        return SafePath(path: "/" + real.joined(separator: "/"), kind: existing == real.count ? kind : nil)
    }

    private mutating func goUp() throws(PathFault) {
        if existing == real.count, kind != .directory { throw .notADirectory(place) }
        if real.isEmpty { return }
        real.removeLast()
        if existing <= real.count { return }
        existing = real.count
        kind = .directory
        folder = try SafePath.openDirectory(real)
    }

    private mutating func enter(_ name: String) throws(PathFault) {
        if existing < real.count {
            real.append(name)
            return
        }
        if kind != .directory { throw .notADirectory(place) }
        let status: FileStatus
        do {
            status = try FileStatus(of: name, in: folder)
        } catch {
            if error != .notFound { throw PathFault(error, "look at", place + "/" + name) }
            real.append(name)
            return
        }
        if status.kind == .link { return try follow(name) }
        if status.kind == .directory {
            do {
                folder = try SystemCall.directory(name, in: folder)
            } catch {
                throw SafePath.fault(error, entering: place + "/" + name)
            }
        }
        real.append(name)
        existing += 1
        kind = status.kind
    }

    private mutating func follow(_ name: String) throws(PathFault) {
        links += 1
        if links > SafePath.maximumLinks { throw .tooManyLinks(asked) }
        let target: String?
        do { target = try SystemCall.linkTarget(name, in: folder) } catch { throw PathFault(error, "read the link", place + "/" + name) }
        guard let target, !target.isEmpty else { throw .malformed(place + "/" + name, reason: "it is a link to a name that is not UTF-8") }
        if pending.count > 4096 { throw .tooManyLinks(asked) }
        pending.append(contentsOf: SafePath.components(of: target).reversed())
        if target.hasPrefix("/") {
            real = []
            existing = 0
            folder = try SafePath.openDirectory([])
        }
    }

    private var place: String { real.isEmpty ? "" : "/" + real.joined(separator: "/") }
}

extension SafePath {
    /// Walks names from the root; none of them may be a link.
    static func openDirectory(_ names: some Collection<String>) throws(PathFault) -> Descriptor {
        var folder: Descriptor
        do { folder = try SystemCall.root() } catch { throw PathFault(error, "open", "/") }
        var place = ""
        for name in names {
            place += "/" + name
            do { folder = try SystemCall.directory(name, in: folder) } catch { throw fault(error, entering: place) }
        }
        return folder
    }

    /// A checked folder that turned into something else is told apart from one that never was a folder only by the caller's
    /// knowledge that it was; both wordings are safe.
    static func fault(_ error: SystemError, entering place: String) -> PathFault {
        switch error {
        case .isLink, .notADirectory: .changed(place, reason: "it is no longer a folder, or became a link")
        default: PathFault(error, "open", place)
        }
    }

    /// The folder that holds the path, reached without following links.
    package func openParent() throws(PathFault) -> Descriptor { try SafePath.openDirectory(components.dropLast()) }
}
