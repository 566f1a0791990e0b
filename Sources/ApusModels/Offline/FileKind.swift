/// A kind of file that people name by a word ("Swift files"), with the extensions that belong to it.
struct FileKind: Hashable, Sendable {
    var name: String
    var extensions: [String]
    /// The word is common English or a single letter, so it only counts right before "files", "code" or "sources".
    var needsNoun: Bool

    private init(_ name: String, _ extensions: [String], needsNoun: Bool = false) {
        self.name = name
        self.extensions = extensions
        self.needsNoun = needsNoun
    }

    /// The kind that a lower-case word names, `nil` when it names none.
    static func named(_ word: String) -> FileKind? { byWord[word] }

    /// `swift` for `.swift`, `*.swift` and `**/*.swift`; `nil` for everything else.
    static func fileExtension(in word: String) -> String? {
        var rest = word[...]
        if rest.hasPrefix("**/") { rest = rest.dropFirst(3) }
        if rest.hasPrefix("*") { rest = rest.dropFirst() }
        guard rest.hasPrefix(".") else { return nil }
        rest = rest.dropFirst()
        guard !rest.isEmpty, rest.utf8.count <= 12, rest.allSatisfy({ $0.isLetter || $0.isNumber }) else { return nil }
        return String(rest)
    }

    static let source = FileKind(
        "source",
        [
            "swift", "c", "h", "cc", "cpp", "hpp", "m", "mm", "go", "rs", "java", "kt", "py", "rb", "php", "js", "jsx", "ts", "tsx", "cs",
            "scala", "lua", "sh", "pl", "hs", "ex", "exs", "dart", "zig",
        ], needsNoun: true)

    private static let byWord: [String: FileKind] = {
        let table: [(words: String, kind: FileKind)] = [
            ("swift", FileKind("Swift", ["swift"])),
            ("c", FileKind("C", ["c", "h"], needsNoun: true)),
            ("header headers", FileKind("header", ["h", "hpp", "hh"], needsNoun: true)),
            ("c++ cpp", FileKind("C++", ["cpp", "cc", "cxx", "hpp", "hh"])),
            ("c#", FileKind("C#", ["cs"])),
            ("objective-c", FileKind("Objective-C", ["m", "mm"])),
            ("go golang", FileKind("Go", ["go"], needsNoun: true)),
            ("rust", FileKind("Rust", ["rs"])),
            ("java", FileKind("Java", ["java"])),
            ("kotlin", FileKind("Kotlin", ["kt", "kts"])),
            ("scala", FileKind("Scala", ["scala"])),
            ("python py", FileKind("Python", ["py"])),
            ("ruby", FileKind("Ruby", ["rb"])),
            ("php", FileKind("PHP", ["php"])),
            ("perl", FileKind("Perl", ["pl", "pm"])),
            ("lua", FileKind("Lua", ["lua"])),
            ("dart", FileKind("Dart", ["dart"])),
            ("zig", FileKind("Zig", ["zig"])),
            ("haskell", FileKind("Haskell", ["hs"])),
            ("elixir", FileKind("Elixir", ["ex", "exs"])),
            ("javascript js", FileKind("JavaScript", ["js", "jsx", "mjs", "cjs"])),
            ("typescript ts", FileKind("TypeScript", ["ts", "tsx"])),
            ("html", FileKind("HTML", ["html", "htm"])),
            ("css", FileKind("CSS", ["css", "scss", "less"])),
            ("json", FileKind("JSON", ["json"])),
            ("yaml yml", FileKind("YAML", ["yaml", "yml"])),
            ("toml", FileKind("TOML", ["toml"])),
            ("xml", FileKind("XML", ["xml"])),
            ("sql", FileKind("SQL", ["sql"])),
            ("csv", FileKind("CSV", ["csv"])),
            ("shell bash sh", FileKind("shell", ["sh", "bash"], needsNoun: true)),
            ("markdown md", FileKind("Markdown", ["md", "markdown"])),
            ("text txt", FileKind("text", ["txt"], needsNoun: true)),
            ("pdf", FileKind("PDF", ["pdf"])),
            ("log", FileKind("log", ["log"], needsNoun: true)),
            ("image", FileKind("image", ["png", "jpg", "jpeg", "gif", "webp", "svg"], needsNoun: true)),
            ("proto protobuf", FileKind("Protocol Buffers", ["proto"])),
            ("source code", .source),
        ]
        var result: [String: FileKind] = [:]
        for row in table {
            for word in row.words.split(separator: " ") { result[String(word)] = row.kind }
        }
        return result
    }()
}

/// Names of files that people write without an extension or in another case.
enum WellKnownFile {
    /// The name to look for, or `nil` when the lower-case word is no well-known file.
    static func name(for word: String) -> String? { names[word] }

    private static let names: [String: String] = [
        "readme": "README.md", "license": "LICENSE", "licence": "LICENSE", "changelog": "CHANGELOG.md", "makefile": "Makefile",
        "dockerfile": "Dockerfile", "gemfile": "Gemfile", "rakefile": "Rakefile", "jenkinsfile": "Jenkinsfile", "podfile": "Podfile",
        "procfile": "Procfile", "codeowners": "CODEOWNERS", "notice": "NOTICE", "authors": "AUTHORS",
    ]
}
