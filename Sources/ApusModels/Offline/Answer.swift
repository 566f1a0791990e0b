import ApusCore

/// Pieces of answers: numbers, names, bounded texts.
enum Answer {
    static let maximumListed = 200
    /// What is shown of one command's output or one file.
    static let maximumCharacters = 16_000

    // MARK: Numbers

    static func number(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var result = value < 0 ? "-" : ""
        for (offset, digit) in digits.enumerated() {
            if offset > 0, (digits.count - offset) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }

    static func count(_ value: Int, _ unit: String) -> String { "\(number(value)) \(unit)\(value == 1 ? "" : "s")" }

    static func padded(_ value: Int, to widest: Int) -> String {
        let text = number(value)
        return String(repeating: " ", count: max(0, number(widest).count - text.count)) + text
    }

    // MARK: Sets of files

    /// "Swift files in `Sources`".
    static func label(_ query: FileQuery, count: Int) -> String {
        var text = query.kind.isEmpty ? "" : "\(query.kind) "
        text += count == 1 ? "file" : "files"
        let isByKind = query.patterns.allSatisfy { $0.hasPrefix("**/*.") && !$0.dropFirst(5).contains("*") } && !query.kind.isEmpty
        if !query.isEverything, !isByKind {
            let names = query.patterns.map { $0.hasPrefix("**/") ? String($0.dropFirst(3)) : $0 }
            text += " named \(names.map { "`\($0)`" }.joined(separator: " or "))"
        }
        if let folder = query.folder { text += " in `\(folder)`" }
        return text
    }

    /// "12 Swift files", "the first 1,000 Swift files", "the newest 1,000 of 2,345 Swift files".
    static func counted(_ list: FileList, _ query: FileQuery) -> String {
        let count = list.paths.count
        guard list.isCapped else { return "\(number(count)) \(label(query, count: count))" }
        guard let total = list.total, list.leftOut == 0 || list.leftOutIsLeast else {
            return "the first \(number(count)) \(label(query, count: count))"
        }
        return "the newest \(number(count)) of \(number(total)) \(label(query, count: total))"
    }

    /// The same at the beginning of a sentence.
    static func opening(_ list: FileList, _ query: FileQuery) -> String {
        let text = counted(list, query)
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    static func notes(on list: FileList) -> String {
        var notes = ""
        if list.isCapped {
            notes += "\n\nThe listing was cut at its bound (\(number(FileList.cap)) files), so this is not about all of them."
        }
        if list.leftOut > 0 {
            let least = list.leftOutIsLeast || list.isCapped ? "at least " : ""
            notes +=
                "\n\nLeft out: \(least)\(count(list.leftOut, "file")) in build folders (\(list.leftOutFolders.joined(separator: ", ")))."
        }
        return notes + list.notices.map { "\n\n\($0)" }.joined()
    }

    static func adjective(_ ranking: Ranking) -> String {
        switch (ranking.measure, ranking.isAscending) {
        case (.lines, false): "longest"
        case (.lines, true): "shortest"
        case (.bytes, false): "largest"
        case (.bytes, true): "smallest"
        }
    }

    static func fileExtension(of path: String) -> String? {
        guard let name = path.split(separator: "/").last, let dot = name.lastIndex(of: "."), dot > name.startIndex else { return nil }
        let text = name[name.index(after: dot)...]
        return text.isEmpty ? nil : String(text)
    }

    // MARK: Texts

    /// One line of at most 80 characters.
    static func shortened(_ text: String) -> String {
        let line = text.prefix(400).split(whereSeparator: \.isNewline).joined(separator: " ")
        return line.count > 80 || text.utf8.count > 1_600 ? "\(line.prefix(79))…" : line
    }

    static func shortenedLine(_ line: Substring) -> String {
        line.utf8.count > 240 ? "\(line.prefix(200))…" : String(line)
    }

    /// The beginning of a long text, cut at a line end where there is one.
    static func bounded(_ text: String) -> String {
        guard text.unicodeScalars.count > maximumCharacters else { return text }
        let head = String(text.unicodeScalars.prefix(maximumCharacters))
        let lines = head.utf8Lines
        let kept = lines.count > 1 ? lines.dropLast().joined(separator: "\n") : head
        return "\(kept)\n… cut here; these are the first \(number(kept.utf8Lines.count)) of \(count(text.utf8Lines.count, "line"))."
    }

    static func file(_ path: String, _ lines: [Substring]) -> String {
        "\(path):\n\n\(bounded(lines.joined(separator: "\n")))"
    }

    static func difference(_ output: CommandOutput) -> String {
        let lines = output.text.utf8Lines
        let files = lines.count { $0.hasPrefix("diff --git ") }
        let added = lines.count { $0.hasPrefix("+") && !$0.hasPrefix("+++ ") }
        let removed = lines.count { $0.hasPrefix("-") && !$0.hasPrefix("--- ") }
        let least = output.isCut ? "at least " : ""
        return
            "\(least)\(count(files, "file")) changed, \(count(added, "line")) added, \(count(removed, "line")) removed:\n\n"
            + bounded(output.text)
    }

    static func failed(_ result: ModelToolResult) -> String {
        let text = result.text.trimmingWhitespace()
        return "\(result.tool) did not work: \(text.isEmpty ? "it gave no reason" : String(text.unicodeScalars.prefix(1_000)))"
    }
}
