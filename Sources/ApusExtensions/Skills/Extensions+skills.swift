import ApusBase
package import ApusCore
import ApusWorkspace

/// Skills as sessions use them.
extension Extensions: SkillSource {
    /// Of the list that a model gets, in bytes.
    package static let maximumListingBytes = 16 << 10
    /// Of one description in it.
    static let maximumDescriptionCharacters = 400

    package func listing(for scope: SkillScope) async -> ContextNote? {
        let offered = Self.offered(await read(scope.workingDirectory), to: .model, in: scope)
        if offered.isEmpty { return nil }
        let lines = Self.lines(for: offered)
        var text =
            "Skills: instructions for special tasks. When one fits what you are asked to do, load it with the tool Skill before you begin.\n\n"
        text += lines.joined(separator: "\n")
        if lines.count < offered.count { text += "\n(\(offered.count - lines.count) more skills do not fit into this list.)" }
        return ContextNote(source: "skills", text: text)
    }

    package func offers(for scope: SkillScope) async -> [SkillOffer] {
        let skills = await read(scope.workingDirectory)
        let offered = Self.offered(skills, to: .model, in: scope)
        let lines = Dictionary(zip(offered.map(\.listed.name), Self.lines(for: offered)), uniquingKeysWith: { first, _ in first })
        return Self.offered(skills, to: .user, in: scope).map { skill in
            SkillOffer(name: skill.listed.name, location: skill.listed.location, line: lines[skill.listed.name] ?? "")
        }
    }

    /// Of the first that have room.
    private static func lines(for offered: [Skill]) -> [String] {
        var lines: [String] = []
        var room = maximumListingBytes
        for skill in offered {
            let line = line(for: skill.listed)
            room -= line.utf8.count + 1
            if room < 0 { break }
            lines.append(line)
        }
        return lines
    }

    private static func line(for skill: ListedSkill) -> String {
        let words = (skill.summary ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let summary = words.count <= maximumDescriptionCharacters ? words : words.prefix(maximumDescriptionCharacters) + "…"
        return summary.isEmpty ? "- \(skill.name)" : "- \(skill.name): \(escapedForDisplay(summary, keepingNewlines: false))"
    }

    package func hasSkills(for scope: SkillScope) async -> Bool {
        let skills: [Skill]
        if let known = cache[scope.workingDirectory] { skills = known } else { skills = await read(scope.workingDirectory) }
        return !Self.offered(skills, to: .model, in: scope).isEmpty
    }

    package func text(
        ofSkill name: String, arguments: String?, wantedBy caller: SkillCaller, for scope: SkillScope
    ) async throws(ExtensionError) -> String {
        // Anew: the text is what the file holds now.
        let skills = await read(scope.workingDirectory)
        let offered = Self.offered(skills, to: caller, in: scope)
        if let skill = offered.first(where: { $0.listed.name == name }) { return skill.text(arguments: arguments) }
        let shown = escapedForDisplay(String(name.prefix(100)), keepingNewlines: false)
        guard let skill = skills.first(where: { $0.listed.name == name })?.listed else {
            let known = offered.prefix(50).map(\.listed.name).joined(separator: ", ")
            throw ExtensionError("There is no skill named \"\(shown)\". " + (known.isEmpty ? "There are none here." : "Known: \(known)."))
        }
        if !skill.isEnabled { throw ExtensionError("The skill \"\(shown)\" is switched off.") }
        if !skill.isTrusted { throw ExtensionError("The skill \"\(shown)\" belongs to a project that the user has not trusted.") }
        throw ExtensionError("The skill \"\(shown)\" cannot be loaded here: only the user may call for it.")
    }

    /// Skills of a folder as they are now.
    func read(_ workingDirectory: String) async -> [Skill] {
        let found = await BlockingWork.files.run { _ in shelf.skills(for: workingDirectory) }
        notices.tell(found.faults)
        notices.tellUntrusted(found.skills.filter { !$0.listed.isTrusted }.map { "skill " + $0.listed.name })
        cache.keep(found.skills, for: workingDirectory)
        return found.skills
    }

    static func offered(_ skills: [Skill], to caller: SkillCaller, in scope: SkillScope) -> [Skill] {
        skills.filter { skill in
            let skill = skill.listed
            let isForCaller =
                switch caller {
                case .model: skill.isModelInvocable
                case .user: true
                }
            return skill.isEnabled && skill.isTrusted && isForCaller && (scope.includesBuiltin || skill.location != .builtin)
        }
    }
}
