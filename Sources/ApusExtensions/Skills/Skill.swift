import ApusBase
import ApusCore
import Synchronization

/// One skill as it lies on this machine, or comes with Apus.
struct Skill: Hashable, Sendable {
    /// What lists show of it.
    var listed: ListedSkill
    /// Where its files are; `nil` for one that comes with Apus.
    var folder: String?

    /// Files that hold a skill's text, the first that is there counts.
    static let fileNames = ["SKILL.md", "skill.md", "skill.mdx"]
    /// Files beside the text that are named.
    static let maximumResources = 100
    private static let maximumNameCharacters = 64

    /// `nil` when there is no skill in the folder.
    static func read(
        _ name: String, in place: ExtensionPlaces.Place, trust: ExtensionTrust
    ) throws(ExtensionFile.Fault) -> (skill: Skill, bytes: Int)? {
        let folder = place.folder + "/" + name
        var found: ExtensionFile?
        for candidate in fileNames where found == nil {
            found = try ExtensionFile.read(candidate, in: folder, beneath: place.boundary, endings: [".md", ".mdx"])
        }
        guard let file = found else { return nil }
        let head = FrontMatter(file.text)
        let skillName = head["name"].flatMap { isName($0) ? $0 : nil } ?? slug(name)
        if skillName.isEmpty {
            throw ExtensionFile.Fault(file.place, "its name has no letter or digit; name it with lower case letters, digits and hyphens")
        }
        let resources = ExtensionFile.names(in: folder, beneath: place.boundary).filter { !$0.lowercased().hasPrefix("skill.md") }
        let listed = ListedSkill(
            name: skillName, summary: head["description"] ?? head.firstParagraph, location: place.location, path: file.path,
            isUserInvocable: head.flag("user-invocable") ?? true,
            isModelInvocable: !(head.flag("disable-model-invocation") ?? false),
            isTrusted: place.location != .project || trust.accepts(file), version: head["version"], content: head.body,
            resources: resources.prefix(maximumResources).map { resource in
                let isText = [".md", ".mdx", ".txt"].contains { resource.lowercased().hasSuffix($0) }
                return ListedSkill.Resource(name: resource, path: folder + "/" + resource, isReference: isText)
            })
        return (Skill(listed: listed, folder: folder), file.bytes.count)
    }

    /// Lower case letters, digits and hyphens.
    static func isName(_ name: String) -> Bool {
        (1...maximumNameCharacters).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
    }

    /// Lower case, blanks as hyphens, nothing else but letters, digits, `_` and `-`.
    static func slug(_ name: String) -> String {
        String(
            name.lowercased().compactMap { character -> Character? in
                if character.isWhitespace { return "-" }
                return character.isLetter || character.isNumber || "_-".contains(character) ? character : nil
            }.prefix(maximumNameCharacters))
    }

    /// What is given to a model: where the files are, which there are, and the text.
    func text(arguments: String?) -> String {
        var parts = ["Skill: \(listed.name)"]
        if let folder {
            parts[0] += "\nDirectory: \(folder)"
            if !listed.resources.isEmpty {
                parts[0] += "\nFiles beside it: " + listed.resources.map(\.name).joined(separator: ", ")
                parts[0] += "\nRelative paths in the text below start at that directory. Read the files that it names when you need them."
            }
        }
        if let arguments, !arguments.isEmpty { parts[0] += "\nArguments: \(arguments)" }
        parts.append(listed.content ?? "")
        return parts.joined(separator: "\n\n")
    }
}

/// Whether a file of a project counts. What nobody has trusted is shown in lists and used for nothing (`security.md` S17).
package struct ExtensionTrust: Sendable {
    private let rule: @Sendable (String, [UInt8]) -> Bool

    package init(_ accepts: @escaping @Sendable (_ path: String, _ bytes: [UInt8]) -> Bool) { rule = accepts }

    package static let everything = ExtensionTrust { _, _ in true }

    /// For one reading of folders: asked for when the first file of a project wants to know it, and then kept. Where a project has no such
    /// file, nothing is looked up: reading the trust of a machine means reading all of its settings.
    static func onceNeeded(_ trust: @escaping @Sendable () -> ExtensionTrust) -> ExtensionTrust {
        let kept = Kept()
        return ExtensionTrust { path, bytes in
            if let known = kept.trust.withLock({ $0 }) { return known.rule(path, bytes) }
            let found = trust()
            kept.trust.withLock { $0 = found }
            return found.rule(path, bytes)
        }
    }

    private final class Kept: Sendable {
        let trust = Mutex<ExtensionTrust?>(nil)
    }

    /// By either name: skills of one folder are often links to another folder of the same project.
    func accepts(_ file: ExtensionFile) -> Bool {
        rule(file.path, file.bytes) || (file.path != file.place && rule(file.place, file.bytes))
    }
}
