/// Sets of files, and single files to be read.
extension IntentParser {
    // MARK: Sets

    private static let countHeads = [
        "count up", "count", "how many", "what is the number of", "what's the number of", "tell me how many", "tell me the number of",
        "number of",
        "what is the total number of", "show me how many", "give me the number of",
    ]
    private static let lineHeads = [
        "how long is", "how long are", "line count of", "line count for", "line count", "wc -l", "wc", "what is the line count of",
        "what is the length of", "how big in lines is",
    ]
    private static let listHeads = ["list", "ls", "dir", "enumerate"]
    private static let insideHeads = [
        "what is in", "what's in", "what is inside", "what's inside", "what is there in", "what is", "what's",
    ]
    private static let findHeads = [
        "find me", "find out", "find", "locate", "look for", "search for", "where is the file", "where is", "where are", "where can i find",
        "where do i find", "which", "what", "show me", "show", "display", "give me", "print", "tell me", "get", "see", "are there",
        "is there",
        "do we have", "rank", "sort", "name", "view",
    ]

    /// Lines of one file or of a set of files.
    func countLines(_ words: PromptWords) -> Intent? {
        var words = words
        let asksLength = words.takeAny(IntentParser.lineHeads) != nil
        guard asksLength || words.takeAny(IntentParser.countHeads) != nil else { return nil }
        words.skip(["the", "all"])
        guard let phrase = FilePhrase.parse(words), asksLength || phrase.mentionsLines, !phrase.isSuperlative, phrase.limit == nil else {
            return nil
        }
        if phrase.isAboutPrevious { return phrase.bare.isEmpty && !phrase.hasPattern ? .countLines(.file(.previous)) : nil }
        guard let query = phrase.query else { return nil }
        if !phrase.hasPattern, let file = phrase.singleFile { return .countLines(.file(.named(file))) }
        if asksLength, !phrase.mentionsFiles, !phrase.mentionsPlace { return nil }
        return .countLines(.files(query))
    }

    /// Listing, finding, counting and ranking.
    func fileSet(_ words: PromptWords) -> Intent? {
        var words = words
        if words.takeAny(IntentParser.countHeads) != nil { return count(words) }
        if let ranking = ranking(words) { return .rank(ranking) }
        var isList = false
        var isInside = false
        var isFind = false
        if words.takeAny(IntentParser.listHeads) != nil {
            isList = true
            _ = words.takeAny(["me"])
            while let flag = words.word, flag.hasPrefix("-") { _ = words.takeToken() }
        } else if words.takeAny(IntentParser.insideHeads) != nil {
            isInside = true
        } else if let head = words.takeAny(IntentParser.findHeads) {
            isFind =
                head.hasPrefix("find") || head.hasPrefix("locate") || head.hasPrefix("where") || head == "look for" || head == "search for"
        } else {
            return nil
        }
        if isList || isInside, words.count == 1, let token = words.next, token.isFolderWord { return .list(folder: token.text) }
        if isList, words.isAtEnd { return .list(folder: nil) }
        words.skip(["is", "are"])
        guard let phrase = FilePhrase.parse(words), !phrase.isSuperlative, !phrase.mentionsLines, !phrase.isAboutPrevious,
            phrase.measure == nil,
            phrase.limit == nil
        else { return nil }
        return isFind ? find(phrase) : list(phrase, isList: isList, isInside: isInside)
    }

    private func find(_ phrase: FilePhrase) -> Intent? {
        if !phrase.hasPattern, phrase.bare.count == 1, phrase.bare[0].looksLikeFile {
            let token = phrase.bare[0]
            // A quoted text without a file's shape is looked for inside files.
            guard token.hasExtension || token.kind == .word || phrase.mentionsOneFile || phrase.mentionsFiles else { return nil }
            let path = token.fileName
            return .find(FileQuery(patterns: [path.hasPrefix("/") || path.hasPrefix("**/") ? path : "**/\(path)"], folder: phrase.folder))
        }
        guard let query = phrase.query, phrase.hasPattern || phrase.mentionsFiles else { return nil }
        return .find(query)
    }

    private func list(_ phrase: FilePhrase, isList: Bool, isInside: Bool) -> Intent? {
        guard let query = phrase.query else { return nil }
        if phrase.hasPattern || phrase.isRecursive, isList || phrase.mentionsFiles || phrase.mentionsOneFile || phrase.hasPattern {
            return .find(query)
        }
        if let file = phrase.singleFile, !phrase.mentionsFolder, !isList {
            return isInside && !phrase.mentionsFiles ? .read(.named(file), .all) : nil
        }
        let isAboutFiles = phrase.mentionsFiles || phrase.mentionsFolder || phrase.mentionsContents || query.folder != nil
        guard isAboutFiles || (isList && phrase.mentionsPlace) || (isInside && phrase.mentionsPlace) else { return nil }
        return .list(folder: query.folder)
    }

    private func count(_ words: PromptWords) -> Intent? {
        var words = words
        let byKind = words.takeTrailing([
            "by kind", "by type", "by extension", "by language", "per kind", "per type", "per extension", "of each kind", "of each type",
            "per language",
            "by file type",
        ])
        guard let phrase = FilePhrase.parse(words), !phrase.isSuperlative, !phrase.mentionsLines, !phrase.isAboutPrevious,
            phrase.limit == nil,
            phrase.mentionsFiles || phrase.mentionsOneFile || phrase.hasPattern || byKind, let query = phrase.query
        else { return nil }
        return .countFiles(query)
    }

    private func ranking(_ words: PromptWords) -> Ranking? {
        var words = words
        _ = words.takeAny(IntentParser.listHeads + IntentParser.findHeads + ["what is", "what's"])
        guard let phrase = FilePhrase.parse(words),
            phrase.isSuperlative || (words.tokens.first != nil && phrase.measure != nil && !phrase.isAboutPrevious)
        else { return nil }
        guard phrase.mentionsFiles || phrase.mentionsOneFile || phrase.hasPattern, !phrase.isAboutPrevious, let query = phrase.query else {
            return nil
        }
        guard phrase.bare.first.map({ !$0.looksLikeFile || $0.kind == .quoted }) ?? true else { return nil }
        let measure = phrase.measure ?? (phrase.mentionsLines ? .lines : .bytes)
        let limit = phrase.limit ?? (phrase.mentionsOneFile && !phrase.mentionsFiles ? 1 : Ranking.usualLimit)
        return Ranking(files: query, measure: measure, limit: limit, isAscending: phrase.isAscending)
    }

    // MARK: One file

    func summarise(_ words: PromptWords) -> Intent? {
        var words = words
        guard
            words.takeAny([
                "summarise", "summarize", "outline", "describe", "give me a summary of", "give a summary of", "give me an overview of",
                "give me an outline of", "give an overview of", "tell me about", "show the structure of", "show me the structure of",
                "what is the structure of", "show me an outline of", "show an outline of", "make a summary of", "a summary of",
                "summary of",
                "overview of", "structure of", "outline of", "what is the outline of", "write a summary of", "sum up",
            ]) != nil
        else { return nil }
        words.skip(["the", "contents", "content", "structure", "of", "file"])
        guard let file = words.takeFileReference() else { return nil }
        words.skip(["file", "document", "here"])
        // A summary is as long as it is.
        _ = words.takeAny(["in one sentence", "in a sentence", "in a few sentences", "in a few words", "in short", "briefly", "shortly"])
        return words.isAtEnd ? .summarise(file) : nil
    }

    func read(_ words: PromptWords) -> Intent? {
        var words = words
        let isQuestion = words.takeAny(["what does"]) != nil
        guard
            isQuestion
                || words.takeAny([
                    "read", "show me", "show", "print out", "print", "cat", "display", "open up", "open", "view", "output", "type", "dump",
                    "see",
                    "what is in", "what's in", "what are", "what is", "what's", "give me", "get", "look at", "let me see", "head", "tail",
                    "look into",
                ]) != nil
        else { return nil }
        words.skip(["the", "whole", "entire", "full", "all", "out"])
        var span = words.takeSpan()
        words.skip(["the", "content", "contents", "text", "of", "in", "from", "file", "inside", "whole", "all"])
        guard let file = words.takeFileReference() else { return nil }
        if isQuestion { return words.takeAny(["contain", "say", "look like", "hold"]) != nil && words.isAtEnd ? .read(file, .all) : nil }
        words.skip(["file", "from"])
        if span == nil, let later = words.takeSpan() { span = later }
        words.skip(["only", "here", "out"])
        return words.isAtEnd ? .read(file, span ?? .all) : nil
    }
}

extension FilePhrase {
    /// The one file that the phrase names, with or without "in".
    fileprivate var singleFile: String? {
        if let token = bare.first {
            return bare.count == 1 && folder == nil && (token.hasExtension || mentionsOneFile || isWellKnown(token)) ? token.fileName : nil
        }
        guard let folder, !folder.hasSuffix("/"), let last = folder.split(separator: "/").last, let dot = last.lastIndex(of: ".") else {
            return nil
        }
        guard last.index(after: dot) < last.endIndex, dot > last.startIndex || !FilePhrase.dotFolders.contains(String(last)) else {
            return nil
        }
        return folder
    }

    /// Folders whose name begins with a dot; other such names are taken for files, as `.gitignore`.
    private static let dotFolders: Set<String> = [
        ".git", ".github", ".build", ".vscode", ".idea", ".config", ".ssh", ".apus", ".factory", ".ci", ".cache", ".local", ".venv",
    ]

    private func isWellKnown(_ token: PromptToken) -> Bool { token.kind == .word && WellKnownFile.name(for: token.folded) != nil }
}

extension PromptToken {
    /// Whether a lone word behind "list" is meant as a folder: a path, a capitalised name or a usual one.
    fileprivate var isFolderWord: Bool {
        guard kind != .fence, !hasExtension || text.hasPrefix("."), !isGlob, !text.isEmpty, !text.contains("\n") else { return false }
        if looksLikePath { return true }
        let usual: Set<String> = [
            "src", "source", "sources", "test", "tests", "docs", "doc", "lib", "libs", "scripts", "examples", "include", "bin", "assets",
            "config",
            "app", "apps", "packages", "tools", "benchmarks", "resources", "build", "spec", "specs", "cmd", "internal", "pkg", "public",
            "static",
        ]
        return usual.contains(folded) || (text.first?.isUppercase ?? false) && !Vocabulary.filler.contains(folded)
    }
}

extension PromptWords {
    /// "the first 20 lines", "lines 10 to 20", "line 7", "the last 5 lines".
    fileprivate mutating func takeSpan() -> LineSpan? {
        var rest = self
        rest.skip(["the", "only", "just"])
        if let end = rest.takeAny(["first", "top", "last"]) {
            let number = rest.takeNumber() ?? 1
            guard rest.takeAny(["lines", "line"]) != nil else { return nil }
            self = rest
            return end == "last" ? .last(number) : .first(number)
        }
        guard rest.takeAny(["lines", "line"]) != nil, let span = rest.takeRange() else { return nil }
        self = rest
        return span
    }

    private mutating func takeRange() -> LineSpan? {
        if let first = takeNumber() {
            guard takeAny(["to", "through", "until", "up to", "and", "-"]) != nil else { return .range(first, first) }
            guard let last = takeNumber(), last >= first else { return nil }
            return .range(first, last)
        }
        guard let word, let dash = word.firstIndex(where: { $0 == "-" || $0 == "\u{2013}" }) else { return nil }
        guard let first = PromptWords.number(String(word[..<dash])),
            let last = PromptWords.number(String(word[word.index(after: dash)...])),
            last >= first
        else { return nil }
        _ = takeToken()
        return .range(first, last)
    }

    fileprivate mutating func takeTrailing(_ phrases: [String]) -> Bool {
        for phrase in phrases {
            let length = phrase.split(separator: " ").count
            guard count >= length else { continue }
            var tail = suffix(from: count - length)
            if tail.take(phrase) {
                dropLast(length)
                return true
            }
        }
        return false
    }
}
