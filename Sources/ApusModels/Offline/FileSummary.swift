import ApusBase

/// A mechanical summary of a text: what can be counted and what stands at the beginning of lines. Nothing is understood.
struct FileSummary: Hashable, Sendable {
    private(set) var text: String

    static let maximumOutline = 60
    static let maximumScannedLines = 20_000

    init(path: String, content: ReadText) {
        let lines = content.lines
        guard lines.contains(where: { !$0.allSatisfy(\.isWhitespace) }) else {
            text = "\(path) is empty."
            return
        }
        let count = content.total ?? lines.count
        var parts = ["\(path): \(content.total == nil ? "at least " : "")\(Answer.count(count, "line"))"]
        if !content.isPart { parts[0] += ", \(Answer.count(lines.reduce(0) { $0 + $1.split(separator: " ").count }, "word"))" }
        parts[0] += "."
        let scanned = Array(lines.prefix(FileSummary.maximumScannedLines))
        let kind = Answer.fileExtension(of: path)?.lowercased() ?? ""
        switch kind {
        case "md", "markdown":
            if let paragraph = FileSummary.paragraph(scanned) { parts.append(paragraph) }
            parts += FileSummary.section("Headings", FileSummary.headings(scanned))
        case "json":
            parts += FileSummary.members(content.text).map { [$0] } ?? FileSummary.beginning(scanned)
        default:
            let declarations = FileSummary.declarations(scanned, kind: kind)
            if declarations.isEmpty {
                parts += FileSummary.paragraph(scanned).map { ["It begins: \($0)"] } ?? []
            } else {
                if let comment = FileSummary.comment(scanned) { parts.append(comment) }
                parts += FileSummary.section("Declarations", declarations)
            }
        }
        if content.isPart {
            parts.append("Only the first \(Answer.count(lines.count, "line")) could be read; what follows them is not in this summary.")
        }
        parts.append("This summary was made mechanically from the text; I do not understand it.")
        text = parts.joined(separator: "\n\n")
    }

    private static func section(_ title: String, _ rows: [String]) -> [String] {
        guard !rows.isEmpty else { return [] }
        var lines = ["\(title):"] + rows.prefix(maximumOutline).map { "  \($0)" }
        if rows.count > maximumOutline { lines.append("  … and \(Answer.number(rows.count - maximumOutline)) more") }
        return [lines.joined(separator: "\n")]
    }

    private static func beginning(_ lines: [Substring]) -> [String] { paragraph(lines).map { ["It begins: \($0)"] } ?? [] }

    // MARK: Text

    private static func headings(_ lines: [Substring]) -> [String] {
        var isFenced = false
        return lines.compactMap { line in
            if line.hasPrefix("```") || line.hasPrefix("~~~") { isFenced.toggle() }
            guard !isFenced, line.hasPrefix("#") else { return nil }
            let marks = line.prefix { $0 == "#" }.count
            let title = line.dropFirst(marks)
            guard marks <= 6, title.hasPrefix(" ") else { return nil }
            return String(repeating: "  ", count: marks - 1) + Answer.shortened(String(title).trimmingWhitespace())
        }
    }

    /// The first lines that are prose: no heading, list, quote, fence, table, tag or picture.
    private static func paragraph(_ lines: [Substring]) -> String? {
        var found: [String] = []
        var isFenced = false
        for line in lines.prefix(400) {
            let trimmed = String(line).trimmingWhitespace()
            if trimmed.hasPrefix("```") { isFenced.toggle() }
            let isProse = !isFenced && !trimmed.isEmpty && !"#<>|!`-*=".contains(trimmed.prefix(1)) && !trimmed.hasPrefix("[!")
            if isProse { found.append(trimmed) } else if !found.isEmpty { break }
            if found.count >= 8 { break }
        }
        guard !found.isEmpty else { return nil }
        let joined = found.joined(separator: " ")
        return joined.count > 500 ? "\(joined.prefix(499))…" : joined
    }

    /// Comment lines before the first code, without their marks.
    private static func comment(_ lines: [Substring]) -> String? {
        var found: [String] = []
        for line in lines.prefix(200) {
            let trimmed = String(line).trimmingWhitespace()
            if trimmed.hasPrefix("#!") || trimmed.hasPrefix("// swift-tools-version") || trimmed.isEmpty && found.isEmpty { continue }
            guard let mark = ["///", "//!", "//", "/**", "/*", "*/", "*", "#"].first(where: { trimmed.hasPrefix($0) }),
                !trimmed.hasPrefix("#include")
            else {
                if found.isEmpty, trimmed.hasPrefix("import ") || trimmed.hasPrefix("package import ") { continue }
                break
            }
            let words = String(trimmed.dropFirst(mark.count)).trimmingWhitespace()
            if words.isEmpty, !found.isEmpty { break }
            if !words.isEmpty { found.append(words) }
        }
        return found.isEmpty ? nil : "Its first comment: \(shortParagraph(found.joined(separator: " ")))"
    }

    private static func shortParagraph(_ text: String) -> String { text.count > 500 ? "\(text.prefix(499))…" : text }

    private static func members(_ content: String) -> String? {
        guard content.utf8.count <= 4 << 20 else { return nil }
        // A file that is no JSON is summarised by its beginning.
        guard let value = try? JSONValue(parsing: content) else { return nil }
        switch value {
        case .object(let object):
            let keys = object.keys.prefix(maximumOutline).map { "  \(Answer.shortened($0))" }.joined(separator: "\n")
            return "A JSON object with \(Answer.count(object.count, "member")):\n\(keys)"
        case .array(let array): return "A JSON array with \(Answer.count(array.count, "element"))."
        default: return "A single JSON value."
        }
    }

    // MARK: Code

    private static let modifiers: Set<String> = [
        "public", "private", "internal", "package", "fileprivate", "open", "final", "static", "class", "mutating", "nonmutating",
        "override",
        "required", "convenience", "indirect", "lazy", "nonisolated", "async", "export", "default", "abstract", "protected", "pub",
        "unsafe",
        "extern", "const", "inline", "sealed", "data", "suspend", "declare", "virtual", "partial", "consuming", "borrowing",
    ]

    private static let keywords: [(extensions: Set<String>, words: Set<String>)] = [
        (["swift"], ["func", "class", "struct", "enum", "protocol", "actor", "extension", "typealias", "macro", "init"]),
        (["py"], ["def", "class"]),
        (["rb"], ["def", "class", "module"]),
        (["go"], ["func", "type"]),
        (["rs"], ["fn", "struct", "enum", "trait", "impl", "mod", "type"]),
        (["js", "jsx", "mjs", "cjs", "ts", "tsx"], ["function", "class", "interface", "type", "enum"]),
        (["java", "cs", "scala"], ["class", "interface", "enum", "record", "object", "trait", "def", "struct", "namespace"]),
        (["kt", "kts"], ["fun", "class", "interface", "object", "enum"]),
        (
            ["c", "h", "cc", "cpp", "hpp", "m", "mm"],
            ["struct", "enum", "union", "class", "typedef", "namespace", "#define", "@interface"]
        ),
        (["php"], ["function", "class", "interface", "trait"]),
        (["sh", "bash", "lua"], ["function"]),
    ]

    /// Lines that begin, after modifiers and attributes, with a word that declares something.
    private static func declarations(_ lines: [Substring], kind: String) -> [String] {
        guard let words = keywords.first(where: { $0.extensions.contains(kind) })?.words else { return [] }
        return lines.compactMap { line in
            guard line.utf8.count < 2_000 else { return nil }
            let indent = line.prefix { $0 == " " || $0 == "\t" }
            var rest = line.dropFirst(indent.count)
            for _ in 0..<8 {
                let word = rest.prefix { $0 != " " && $0 != "(" && $0 != "<" && $0 != ":" }
                if words.contains(String(word)), !isModifier(word, before: rest.dropFirst(word.count), among: words) {
                    return row(rest, indent)
                }
                guard modifiers.contains(String(word)) || word.hasPrefix("@") else { return nil }
                rest = rest.dropFirst(word.count)
                if rest.hasPrefix("("), let close = rest.firstIndex(of: ")") { rest = rest[rest.index(after: close)...] }
                rest = rest.drop { $0 == " " }
            }
            return nil
        }
    }

    /// `class func` declares a function.
    private static func isModifier(_ word: Substring, before rest: Substring, among words: Set<String>) -> Bool {
        guard modifiers.contains(String(word)) else { return false }
        let next = rest.drop { $0 == " " }.prefix { $0 != " " && $0 != "(" }
        return words.contains(String(next)) || modifiers.contains(String(next))
    }

    /// Without modifiers and without a body.
    private static func row(_ line: Substring, _ indent: Substring) -> String {
        var text = String(line.prefix(120)).trimmingWhitespace()
        if let brace = text.firstRange(of: " {") { text.removeSubrange(brace.lowerBound...) }
        while let last = text.last, last == "{" || last == " " || last == ":" { text.removeLast() }
        return String(repeating: "  ", count: min(indent.contains("\t") ? indent.count : indent.count / 4, 3)) + text
    }
}
