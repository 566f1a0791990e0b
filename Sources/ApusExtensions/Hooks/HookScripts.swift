import ApusBase
import ApusSettings
import ApusWorkspace

/// A folder of scripts beside a project's hooks, which count only with the bytes that somebody has trusted.
struct HookScripts: Hashable, Sendable {
    /// The folder of the settings; the scripts are in `hooks` in it.
    var settings: String
    /// Nothing that really lies outside of it counts.
    var boundary: String?

    var folder: String { settings + "/hooks" }

    /// Of one folder.
    private static let maximumFiles = 2_000
    private static let maximumBytes = 64 << 20

    /// The first script that nobody has looked at as it is now; `nil` when there is none. What a hook runs may change as well as the hook.
    func doubtful(_ trust: SettingsTrust) -> String? {
        if trust.isUnconditional { return nil }
        return visit(trust) { _, _, _ in }
    }

    /// Puts the very bytes that are trusted into `copies`, below `name`. Returns what is doubtful; then there is no whole copy.
    func copy(
        into copies: inout CheckedFolder, as name: String, _ trust: SettingsTrust
    ) throws(CheckedFolder.Fault) -> String? {
        try copies.add(folder: name)
        var fault: CheckedFolder.Fault?
        let doubtful = visit(trust) { path, bytes, isExecutable in
            if fault != nil { return }
            do throws(CheckedFolder.Fault) {
                _ = try copies.add(bytes, as: name + "/" + path, isExecutable: isExecutable)
            } catch {
                fault = error
            }
        }
        if let fault { throw fault }
        return doubtful
    }

    /// Whether there is anything to copy: most projects have no such folder.
    var isThere: Bool {
        guard let root = try? SafePath.resolve(folder, against: "/") else { return false }
        return root.kind == .directory
    }

    /// Hands out each file by its path below the folder, up to the first doubtful one, whose path it returns.
    private func visit(_ trust: SettingsTrust, _ body: (String, [UInt8], Bool) -> Void) -> String? {
        guard isThere else { return missing([], trust) }
        guard let root = try? SafePath.resolve(folder, against: "/"), root.path == folder, let tree = try? FileTree(root: root) else {
            return folder
        }
        var seen: Set<String> = []
        var size = 0
        while let entry = tree.next() {
            if entry.kind == .directory { continue }
            let path = tree.absolutePath(of: entry)
            seen.insert(path)
            // What cannot be read is as doubtful as what has changed.
            guard seen.count <= Self.maximumFiles, let bytes = try? ConfigurationFile.read(path, beneath: boundary),
                trust.accepts(path, bytes), size + bytes.count <= Self.maximumBytes
            else { return path }
            size += bytes.count
            body(String(path.dropFirst(folder.count + 1)), bytes, (tree.status(of: entry)?.mode ?? 0) & 0o111 != 0)
        }
        if tree.unreadable > 0 { return tree.firstUnreadable ?? folder }
        return missing(seen, trust)
    }

    /// A script that was trusted and is not there any more: a shell that does not find it is no objection, so its absence must be one.
    private func missing(_ seen: Set<String>, _ trust: SettingsTrust) -> String? {
        if trust.isUnconditional { return nil }
        return trust.digests.keys.filter { $0.hasPrefix(folder + "/") && trust.knows($0) && !seen.contains($0) }.min()
    }

    static func distrust(of settings: String, because path: String) -> String {
        let (folder, path) = (escapedForDisplay(settings, keepingNewlines: false), escapedForDisplay(path, keepingNewlines: false))
        return "The hooks of \(folder) do not run, because \(path) is not trusted as it is now. Look at it, then run \"apus trust\"."
    }
}

/// What the scripts of a plan's hooks have come to, just before it runs.
struct CheckedScripts: Sendable {
    /// What a command is shown in place of each folder.
    var standIns: [String: String] = [:]
    /// Why those hooks do not run: a sentence.
    var doubt: String?
}

extension HookPlaces {
    /// Looks at the scripts once more: a session may be long, and who has trusted them has seen what they were then.
    func look(at scripts: [HookScripts]) -> CheckedScripts {
        let trust = trust()
        for place in scripts {
            guard let path = place.doubtful(trust) else { continue }
            return CheckedScripts(doubt: HookScripts.distrust(of: place.settings, because: path))
        }
        return CheckedScripts()
    }

    /// The same, and keeps what it has looked at, so that this is what runs.
    func copy(_ scripts: [HookScripts], into copies: inout CheckedFolder) -> CheckedScripts {
        let trust = trust()
        var checked = CheckedScripts()
        for (index, place) in scripts.enumerated() {
            guard place.isThere else {
                guard let path = place.doubtful(trust) else { continue }
                return CheckedScripts(doubt: HookScripts.distrust(of: place.settings, because: path))
            }
            let name = "hooks\(index)"
            do throws(CheckedFolder.Fault) {
                if let path = try place.copy(into: &copies, as: name, trust) {
                    return CheckedScripts(doubt: HookScripts.distrust(of: place.settings, because: path))
                }
            } catch {
                return CheckedScripts(doubt: "The hooks of \(place.settings) do not run. \(error.sentence)")
            }
            checked.standIns[place.folder] = copies.path + "/" + name
        }
        return checked
    }
}
