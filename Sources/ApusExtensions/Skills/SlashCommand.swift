import ApusBase
import ApusCore

/// A file of a `commands` folder: a text for the model, or a program.
struct SlashCommand: Hashable, Sendable {
    var listed: ListedCommand
    /// Absolute, links resolved.
    var path: String
    /// Of a text the body, of a program all of it.
    var text: String
    var isPersonal: Bool
    var isTrusted: Bool
    /// Of a program of a project: what was looked at.
    var bytes: [UInt8]?

    /// Of a text with its arguments put in, in bytes.
    static let maximumExpansionBytes = ByteLimit.skillBytes

    /// `nil` when the file is none, and for folders: only files right in the folder count.
    static func read(
        _ name: String, in place: ExtensionPlaces.Place, trust: ExtensionTrust
    ) throws(ExtensionFile.Fault) -> SlashCommand? {
        let isMarkdown = name.hasSuffix(".md") || name.hasSuffix(".mdx")
        let found: ExtensionFile?
        do throws(ExtensionFile.Fault) {
            found = try ExtensionFile.read(name, in: place.folder, beneath: place.boundary, endings: isMarkdown ? [".md", ".mdx"] : [])
        } catch {
            // Folders and data of programs lie there too; nobody expects them to be commands.
            if isMarkdown { throw error }
            return nil
        }
        guard let file = found else { return nil }
        let isProgram = file.bytes.starts(with: Array("#!".utf8))
        guard isMarkdown || isProgram else { return nil }
        let slug = Skill.slug(name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name)
        if slug.isEmpty { return nil }
        let isPersonal = place.location != .project
        let isTrusted = isPersonal || trust.accepts(file)
        if isProgram {
            return SlashCommand(
                listed: ListedCommand(name: slug, summary: "Runs \(name)", isExecutable: true), path: file.path, text: file.text,
                isPersonal: isPersonal, isTrusted: isTrusted, bytes: isPersonal ? nil : file.bytes)
        }
        let head = FrontMatter(file.text)
        return SlashCommand(
            listed: ListedCommand(
                name: slug, summary: head["description"] ?? head.firstParagraph ?? "", argumentHint: head["argument-hint"]),
            path: file.path, text: head.body, isPersonal: isPersonal, isTrusted: isTrusted)
    }

    /// A text with `$ARGUMENTS` replaced. Arguments that would make it too long stay in the prompt alone.
    func expanded(with arguments: String) -> String {
        let name = "$ARGUMENTS"
        let places = text.split(separator: name, omittingEmptySubsequences: false).count - 1
        if places == 0 { return text }
        let size = text.utf8.count + places * arguments.utf8.count
        return text.replacing(
            name, with: size <= Self.maximumExpansionBytes ? arguments : "(what the user wrote behind the command's name)")
    }
}

/// The two parts of a prompt that may name a command.
struct SlashPrompt: Hashable, Sendable {
    /// Without the slash, in lower case.
    var name: String
    var arguments: String

    private static let maximumNameCharacters = 64

    /// `nil` when the prompt does not begin with a slash and a name: paths are no commands.
    init?(_ prompt: String) {
        guard prompt.first == "/" else { return nil }
        let word = prompt.dropFirst().prefix { !$0.isWhitespace }
        guard !word.isEmpty, word.count <= Self.maximumNameCharacters,
            word.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" })
        else { return nil }
        name = word.lowercased()
        var rest = prompt[word.endIndex...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        arguments = String(rest)
    }
}
