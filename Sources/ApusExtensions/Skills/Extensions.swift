import ApusBase
package import ApusCore
import ApusWorkspace
import Synchronization

/// Skills and commands that lie on this machine, those of the project before those of the user before ours (`droid-exec.md` §5.7, §5.8).
///
/// Lists show everything: reading runs nothing. What a model or a prompt gets is only what is enabled and, in a project, trusted; what is
/// passed over for another reason than a switch is announced once.
package struct Extensions: ExtensionCatalogue {
    let shelf: SkillShelf
    let notices: ExtensionNotices
    /// What was read last, by folder: tools are asked for before each request, and must be the same over a whole turn.
    let cache = SkillCache()

    /// - Parameter trust: asked anew for each reading that meets files of a project.
    package init(
        apusHome: String, factoryHome: String, builtin: [BuiltinSkill] = [],
        trust: @escaping @Sendable () -> ExtensionTrust = { .everything }, announce: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        shelf = SkillShelf(
            places: ExtensionPlaces(apusHome: apusHome, factoryHome: factoryHome),
            switches: SkillSwitches(apusHome: apusHome, factoryHome: factoryHome), builtin: builtin.map(\.skill), trust: trust)
        notices = ExtensionNotices(announce)
    }

    package func skills(for workingDirectory: String) async -> [ListedSkill] {
        await BlockingWork.files.run { _ in shelf.skills(for: workingDirectory).skills.map(\.listed) }
    }

    package func commands(for workingDirectory: String) async -> [ListedCommand] {
        await BlockingWork.files.run { _ in shelf.commands(for: workingDirectory).commands.map(\.listed) }
    }

    package func setSkill(_ name: String, isDisabled: Bool, inProject workingDirectory: String?) async throws(ExtensionError) {
        let known = await skills(for: workingDirectory ?? "/")
        if workingDirectory != nil, !known.contains(where: { $0.name == name }) {
            throw ExtensionError("No skill named \"\(name)\" here. Known: \(known.map(\.name).joined(separator: ", "))")
        }
        try await BlockingWork.files.run { _ throws(ExtensionError) in
            try shelf.switches.set(name, isDisabled: isDisabled, inProject: workingDirectory)
        }
        cache.clear()
    }
}

/// Says each thing once in the life of a process.
final class ExtensionNotices: Sendable {
    private let announce: @Sendable (String) -> Void
    private let said = Mutex<Set<String>>([])

    private static let maximumNotices = 1_000

    init(_ announce: @escaping @Sendable (String) -> Void) { self.announce = announce }

    func tell(_ sentences: [String]) {
        for sentence in sentences {
            let isNew = said.withLock { $0.count < Self.maximumNotices && $0.insert(sentence).inserted }
            if isNew { announce(sentence) }
        }
    }

    /// For files of a project that count when somebody has looked at them.
    func tellUntrusted(_ names: [String]) {
        if names.isEmpty { return }
        let shown = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? " and \(names.count - 10) more" : "")
        tell(["Not used, because nobody has trusted this project's: \(shown). Look at them, then run apus trust."])
    }
}

/// Which skills a model may load, by folder.
final class SkillCache: Sendable {
    private static let maximumFolders = 256
    private let skills = Mutex<[String: [Skill]]>([:])

    subscript(_ folder: String) -> [Skill]? { skills.withLock { $0[folder] } }

    func keep(_ found: [Skill], for folder: String) {
        skills.withLock { skills in
            if skills.count >= Self.maximumFolders, skills[folder] == nil { skills = [:] }
            skills[folder] = found
        }
    }

    func clear() { skills.withLock { $0 = [:] } }
}
