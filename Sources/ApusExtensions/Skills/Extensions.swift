import ApusBase
package import ApusCore
import ApusWorkspace

/// Skills and commands that lie on this machine. Lists only: nothing of them is run or given to a model here, so a project's own need no
/// trust to be shown.
package struct Extensions: ExtensionCatalogue {
    private let places: ExtensionPlaces
    private let switches: SkillSwitches

    /// Of one list.
    static let maximumSkills = 500
    /// Files beside a skill's text that are named.
    static let maximumResources = 100

    package init(apusHome: String, factoryHome: String) {
        places = ExtensionPlaces(apusHome: apusHome, factoryHome: factoryHome)
        switches = SkillSwitches(apusHome: apusHome, factoryHome: factoryHome)
    }

    package func skills(for workingDirectory: String) async -> [ListedSkill] {
        await BlockingWork.files.run { _ in
            let disabled = switches.disabled(for: workingDirectory)
            var skills: [ListedSkill] = []
            for place in places.skills(for: workingDirectory) {
                for name in ExtensionFile.names(in: place.folder, beneath: place.boundary) {
                    guard skills.count < Self.maximumSkills, var skill = Self.skill(name, in: place),
                        !skills.contains(where: { $0.name == skill.name })
                    else { continue }
                    skill.isEnabled = !disabled.contains(skill.name)
                    skills.append(skill)
                }
            }
            return skills
        }
    }

    package func commands(for workingDirectory: String) async -> [ListedCommand] {
        await BlockingWork.files.run { _ in
            var commands: [ListedCommand] = []
            for place in places.commands(for: workingDirectory) {
                for name in ExtensionFile.names(in: place.folder, beneath: place.boundary) {
                    guard let command = Self.command(name, in: place), !commands.contains(where: { $0.name == command.name }) else {
                        continue
                    }
                    commands.append(command)
                }
            }
            return commands.sorted { $0.name < $1.name }
        }
    }

    package func setSkill(_ name: String, isDisabled: Bool, inProject workingDirectory: String?) async throws(ExtensionError) {
        let known = await skills(for: workingDirectory ?? "/")
        if workingDirectory != nil, !known.contains(where: { $0.name == name }) {
            throw ExtensionError("No skill named \"\(name)\" here. Known: \(known.map(\.name).joined(separator: ", "))")
        }
        try await BlockingWork.files.run { _ throws(ExtensionError) in
            try switches.set(name, isDisabled: isDisabled, inProject: workingDirectory)
        }
    }

    // MARK: One of them

    private static func skill(_ name: String, in place: ExtensionPlaces.Place) -> ListedSkill? {
        let folder = place.folder + "/" + name
        let file = ["SKILL.md", "skill.md", "skill.mdx"].lazy.compactMap {
            ExtensionFile($0, in: folder, beneath: place.boundary)
        }.first
        guard let file else { return nil }
        let head = FrontMatter(file.text)
        let resources = ExtensionFile.names(in: folder, beneath: place.boundary).filter { !$0.lowercased().hasPrefix("skill.md") }
        return ListedSkill(
            name: head["name"] ?? name, summary: head["description"] ?? head.firstParagraph, location: place.location, path: file.path,
            isUserInvocable: head.flag("user-invocable") ?? true, version: head["version"], content: head.body,
            resources: resources.prefix(maximumResources).map { resource in
                let isText = [".md", ".mdx", ".txt"].contains { resource.lowercased().hasSuffix($0) }
                return ListedSkill.Resource(name: resource, path: folder + "/" + resource, isReference: isText)
            })
    }

    /// A Markdown file, or a program by its first two characters.
    private static func command(_ name: String, in place: ExtensionPlaces.Place) -> ListedCommand? {
        guard let file = ExtensionFile(name, in: place.folder, beneath: place.boundary) else { return nil }
        let isMarkdown = name.hasSuffix(".md") || name.hasSuffix(".mdx")
        let isProgram = file.text.hasPrefix("#!")
        guard isMarkdown || isProgram else { return nil }
        let stem = name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
        let slug = slug(stem)
        if slug.isEmpty { return nil }
        if isProgram { return ListedCommand(name: slug, summary: "Runs \(name)", isExecutable: true) }
        let head = FrontMatter(file.text)
        return ListedCommand(
            name: slug, summary: head["description"] ?? head.firstParagraph ?? "", argumentHint: head["argument-hint"])
    }

    /// Lower case, blanks as hyphens, nothing else but letters, digits, `_` and `-`.
    private static func slug(_ name: String) -> String {
        String(
            name.lowercased().compactMap { character -> Character? in
                if character.isWhitespace { return "-" }
                return character.isLetter || character.isNumber || "_-".contains(character) ? character : nil
            })
    }
}
