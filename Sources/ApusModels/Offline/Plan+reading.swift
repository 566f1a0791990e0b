import ApusBase
import ApusCore

/// Reading, summarising, searching, and questions to git.
extension Plan {
    // MARK: One file

    mutating func read(_ reference: FileReference, _ span: LineSpan) throws(Halt) -> Outcome {
        let path = try path(of: reference)
        let call: PlannedCall =
            switch span {
            case .all, .last: .read(path)
            case .first(let count): .read(path, offset: 0, limit: count)
            case .range(let first, let last): .read(path, offset: first - 1, limit: last - first + 1)
            }
        var content = ReadText(try text(of: call))
        if case .last(let count) = span {
            if content.isPart {
                guard let total = content.total, total > content.lines.count else {
                    throw .failure("\(shown(path)) is too long for me to find its last lines. Ask for a range of lines.")
                }
                content = ReadText(try text(of: .read(path, offset: max(0, total - count), limit: count)))
            }
            return Outcome(text: Answer.file(shown(path), content.lines.suffix(count)), files: [path])
        }
        var text = content.lines.isEmpty ? "\(shown(path)) is empty." : Answer.file(shown(path), content.lines)
        // Whoever asked for a part knows that there is more.
        if content.isPart, span == .all {
            let total = content.total.map { " of \(Answer.number($0))" } ?? ""
            text += "\n\nOnly \(Answer.count(content.lines.count, "line"))\(total) could be read at once."
        }
        return Outcome(text: text, files: [path])
    }

    mutating func summarise(_ reference: FileReference) throws(Halt) -> Outcome {
        let path = try path(of: reference)
        let text = try text(of: .read(path))
        return Outcome(text: FileSummary(path: shown(path), content: ReadText(text)).text, files: [path])
    }

    // MARK: Text

    /// Matching lines that are asked for, and that are shown.
    static let maximumMatches = 200
    static let maximumShownMatches = 60

    mutating func find(_ search: TextSearch) throws(Halt) -> Outcome {
        let place = search.place.map { " in `\(shown($0))`" } ?? ""
        let files = search.fileGlob.map { " (files \($0))" } ?? ""
        let name = "“\(Answer.shortened(search.text))”"
        if search.want == .declarations {
            let declared = try matches(search, pattern: Plan.declarationPattern(search.text))
            if !declared.lines.isEmpty { return found(declared, "\(name) is declared\(place)\(files) in", search) }
            let used = try matches(search, pattern: Plan.literal(search.text))
            guard !used.lines.isEmpty else { return Outcome(text: "\(name) does not occur\(place)\(files).\(used.notes)") }
            return found(used, "I found no declaration of \(name)\(place)\(files). It occurs in", search)
        }
        let result = try matches(search, pattern: search.isPattern ? search.text : Plan.literal(search.text))
        guard !result.lines.isEmpty else { return Outcome(text: "\(name) does not occur\(place)\(files).\(result.notes)") }
        return found(result, "\(name) occurs\(place)\(files) in", search)
    }

    private struct Matches {
        var lines: [Substring]
        /// There are more.
        var isCut = false
        /// What else the tool said.
        var notes = ""
    }

    private mutating func matches(_ search: TextSearch, pattern: String) throws(Halt) -> Matches {
        var input: JSONObject = ["pattern": .string(pattern)]
        if let place = search.place { input["path"] = .string(place) }
        if let glob = search.fileGlob { input["glob_pattern"] = .string(glob) }
        input["output_mode"] = search.want == .files ? "file_paths" : "content"
        if search.ignoresCase { input["case_insensitive"] = true }
        if search.want != .files { input["line_numbers"] = true }
        input["head_limit"] = .integer(Int64(Plan.maximumMatches))
        let lines = try text(of: .grep(input)).utf8Lines.filter { !$0.isEmpty }
        // Lines of files begin with an absolute path; what the tool adds is in brackets.
        var found = Matches(lines: lines.filter { $0.hasPrefix("/") })
        for line in lines where ToolNotice.isBracketed(line) {
            if line.contains(" shown.") || ToolNotice.isOmission(line) {
                found.isCut = true
            } else {
                found.notes += "\n\n\(line.dropFirst().dropLast())"
            }
        }
        return found
    }

    private func found(_ matches: Matches, _ heading: String, _ search: TextSearch) -> Outcome {
        let unit = search.want == .files ? "file" : "line"
        let amount = (matches.isCut ? "at least " : "") + Answer.count(matches.lines.count, unit)
        let rows = matches.lines.prefix(Plan.maximumShownMatches).map { "  \(shown(Answer.shortenedLine($0)))" }
        var text = "\(heading) \(amount):\n" + rows.joined(separator: "\n")
        if matches.lines.count > rows.count { text += "\n  … and \(Answer.number(matches.lines.count - rows.count)) more" }
        if matches.isCut { text += "\n\nThe search stopped at its bound, so there may be more." }
        text += matches.notes
        var files: [String] = []
        for line in matches.lines {
            let path = search.want == .files ? line : line.prefix { $0 != ":" }
            if files.last != String(path) { files.append(String(path)) }
        }
        return Outcome(text: text, files: files)
    }

    /// The text with every character of meaning in a regular expression made plain.
    static func literal(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            if "\\^$.|?*+()[]{}".unicodeScalars.contains(scalar) { result.unicodeScalars.append("\\") }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    private static func declarationPattern(_ name: String) -> String {
        let keywords =
            "func|class|struct|enum|protocol|actor|extension|typealias|associatedtype|macro|let|var|case|def|module|fn|trait|impl|type"
            + "|interface|const|function|static|fun|object|record|#define"
        return "(\(keywords))[ \t]+\(literal(name))([^A-Za-z0-9_]|$)"
    }

    // MARK: Git

    mutating func git(_ question: GitQuestion) throws(Halt) -> Outcome {
        let (command, summary): (String, String)
        switch question {
        case .status: (command, summary) = ("git status", "Show the git status")
        case .difference(let isStaged, let path):
            guard path.map({ !$0.contains("'") }) ?? true else { throw .failure("I cannot ask git about a name with a quote in it.") }
            let place = path.map { " -- '\($0)'" } ?? ""
            (command, summary) = ("git diff\(isStaged ? " --staged" : "")\(place)", "Show the git diff")
        case .log(let limit): (command, summary) = ("git log --oneline -n \(min(limit, 200))", "Show recent commits")
        }
        let output = CommandOutput(try text(of: .reading(command, reason: "Only reads the repository", summary: summary)))
        if output.hasFailed {
            throw .failure("`\(command)` failed with exit code \(output.exitCode ?? 1):\n\(Answer.bounded(output.text))")
        }
        switch question {
        case .status: return Outcome(text: Answer.bounded(output.text))
        case .log:
            let count = output.text.utf8Lines.count
            return Outcome(
                text: count == 0
                    ? "There are no commits." : "The last \(Answer.count(count, "commit")), newest first:\n\(Answer.bounded(output.text))")
        case .difference(let isStaged, let path):
            let place = path.map { " in \(shown($0))" } ?? ""
            guard !output.text.isEmpty else {
                return Outcome(
                    text:
                        "There are no \(isStaged ? "staged" : "unstaged") changes\(place) "
                        + "(`\(command)` printed nothing; untracked files do not count)."
                )
            }
            return Outcome(text: Answer.difference(output))
        }
    }
}
