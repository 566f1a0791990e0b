import ApusBase
package import ApusCore
import ApusWorkspace
import Synchronization

/// The texts people leave for agents, from general to near: the personal file, then those of every folder from the project root
/// down to the working directory. What is read last is nearest and weighs most.
///
/// In each folder `AGENTS.md` (or `agents.md`), `CLAUDE.md` and `design.md` (or `DESIGN.md`) are read. The personal file is
/// `AGENTS.md` in the home of Apus or, when that has none, in `~/.factory`. A file of a project that leads out of it by a link is not
/// read, nor is a pipe, a device or a circle of links, which is announced once, nor is a text twice. Each text is cut at ``maximumFileBytes`` and all together at ``maximumBytes``, the nearest being served
/// first; a cut text says so at its end, and is announced once. What cannot be read is left out.
///
/// Folders below, and beside, the working directory have their turn when something in them is worked on.
package struct Instructions: InstructionSource {
    package static let maximumFileBytes = 32 << 10
    package static let maximumBytes = ByteLimit.instructionBytes
    /// Folders between root and working directory that are looked at, the nearest ones.
    static let maximumFolders = 64
    /// Paths worked on at once that are looked at.
    private static let maximumPaths = 64

    private static let names = [["AGENTS.md", "agents.md"], ["CLAUDE.md"], ["design.md", "DESIGN.md"]]

    private let apusHome: String
    private let home: String
    private let surroundings: Surroundings?
    private let announce: @Sendable (String) -> Void
    private let announced = Announced()

    /// Without `surroundings` there is no note about the machine; with it that note comes first.
    package init(
        apusHome: String, home: String, surroundings: Surroundings? = nil, announce: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.announce = announce
        self.apusHome = apusHome
        self.home = home
        self.surroundings = surroundings
    }

    package func notes(for workingDirectory: String) async -> [ContextNote] {
        let instructions = await BlockingWork.files.run { _ in texts(for: workingDirectory) }
        guard let surroundings else { return instructions }
        return [await surroundings.note(for: workingDirectory)] + instructions
    }

    package func notes(near paths: [String], for workingDirectory: String, room: Int) async -> [ContextNote] {
        await BlockingWork.files.run { _ in texts(near: paths, for: workingDirectory, room: room) }
    }

    /// Of the folders from the project's root to each path, those that are not on the way to the working directory.
    private func texts(near paths: [String], for workingDirectory: String, room: Int) -> [ContextNote] {
        let root = Project.containing(workingDirectory)?.root ?? workingDirectory
        var seen = Set(Instructions.folders(from: root, to: workingDirectory))
        var texts: [Text] = []
        for path in paths.prefix(Self.maximumPaths) {
            // A path that cannot be resolved has no folder to look at.
            guard let safe = try? SafePath.resolve(path, against: workingDirectory), safe.isInside(root) else { continue }
            let folder = safe.kind == .directory ? safe.path : safe.parent
            // Git's own files are nobody's instructions.
            guard folder == root || folder.hasPrefix(root == "/" ? "/" : root + "/"), !folder.split(separator: "/").contains(".git")
            else { continue }
            for place in Instructions.folders(from: root, to: folder) where seen.insert(place).inserted {
                for text in self.texts(in: place, beneath: root)
                where !texts.contains(where: { $0.path == text.path || $0.bytes == text.bytes }) {
                    texts.append(text)
                }
            }
        }
        return withinBounds(texts, room: min(room, Self.maximumBytes))
    }

    /// One of each kind.
    private func texts(in folder: String, beneath root: String) -> [Text] {
        Instructions.names.compactMap { names in names.lazy.compactMap { read($0, in: folder, beneath: root) }.first }
    }

    private struct Text {
        var path: String
        var bytes: [UInt8]
        var size: Int
    }

    private func texts(for workingDirectory: String) -> [ContextNote] {
        var texts: [Text] = []
        var seen: Set<String> = []
        if let personal = [apusHome, home + "/.factory"].lazy.compactMap({ read("AGENTS.md", in: $0, beneath: "/") }).first {
            texts.append(personal)
            seen.insert(personal.path)
        }
        let root = Project.containing(workingDirectory)?.root ?? workingDirectory
        for folder in Instructions.folders(from: root, to: workingDirectory) {
            for text in self.texts(in: folder, beneath: root) where seen.insert(text.path).inserted {
                if !texts.contains(where: { $0.bytes == text.bytes }) { texts.append(text) }
            }
        }
        return withinBounds(texts, room: Self.maximumBytes)
    }

    static func folders(from root: String, to folder: String) -> [String] {
        guard folder != root, folder.hasPrefix(root == "/" ? "/" : root + "/") else { return [folder] }
        var place = root == "/" ? "" : root
        var folders = [root]
        for name in folder.dropFirst(place.utf8.count).split(separator: "/") {
            place += "/" + name
            folders.append(place)
        }
        return Array(folders.suffix(maximumFolders))
    }

    /// `nil` when there is none, it is empty, or a link in it leads out of `root`.
    private func read(_ name: String, in folder: String, beneath root: String) -> Text? {
        // Instructions are optional: whatever keeps one from being read leaves it out.
        let place = folder == "/" ? "/" + name : folder + "/" + name
        let path: SafePath
        do throws(PathFault) { path = try SafePath.resolve(name, against: folder) } catch {
            if case .tooManyLinks = error { refuse(place, "its links lead nowhere") }
            return nil
        }
        guard let kind = path.kind, kind != .directory else { return nil }
        guard path.isInside(root) else {
            refuse(place, "a link leads out of the project")
            return nil
        }
        guard kind == .file else {
            refuse(place, "it is \(kind.phrase), not a regular file")
            return nil
        }
        guard let file = try? path.openForReading() else { return nil }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: Self.maximumFileBytes)
        while bytes.count < Self.maximumFileBytes {
            guard let count = try? file.read(into: &buffer), count > 0 else { break }
            bytes += buffer[..<count]
        }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if bytes.allSatisfy({ $0 <= 0x20 }) { return nil }
        return Text(path: path.path, bytes: Array(bytes.prefix(Self.maximumFileBytes)), size: max(file.status.size, bytes.count))
    }

    /// Said once.
    private func refuse(_ place: String, _ why: String) {
        if announced.isNew(place) { announce("\(escapedForDisplay(place, keepingNewlines: false)) was not read: \(why).") }
    }

    private func withinBounds(_ texts: [Text], room: Int) -> [ContextNote] {
        var room = room
        var notes: [ContextNote] = []
        for text in texts.reversed() {
            let kept = min(text.bytes.count, room)
            room -= kept
            let shown = Self.shown(text, kept)
            if shown.isCut, announced.isNew("cut " + text.path) {
                announce(
                    "\(escapedForDisplay(text.path, keepingNewlines: false)) is long: only \(kept) of its \(text.size) bytes are used.")
            }
            notes.append(ContextNote(source: text.path, text: shown.text))
        }
        return notes.reversed()
    }

    private static func shown(_ text: Text, _ kept: Int) -> (text: String, isCut: Bool) {
        if kept == text.size || kept == text.bytes.count && text.size <= maximumFileBytes {
            return (String(decoding: text.bytes, as: UTF8.self), false)
        }
        // Without the character that the cut goes through.
        var decoder = UTF8StreamDecoder()
        let head = decoder.push(text.bytes.prefix(kept))
        return (head + "\n\n[This file was cut: \(kept) of its \(text.size) bytes are shown. Read \(text.path) for the rest.]", true)
    }
}

/// What was said already in this process.
private final class Announced: Sendable {
    private let places = Mutex<Set<String>>([])

    func isNew(_ place: String) -> Bool { places.withLock { $0.insert(place).inserted } }
}
