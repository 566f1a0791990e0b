/// Reads a ``FilePhrase`` from the front, one word or known turn of phrase at a time.
struct FilePhraseReader {
    var words: PromptWords
    var phrase = FilePhrase()

    mutating func read() -> Bool {
        while let token = words.next {
            guard token.kind == .word ? takeWord(token) : takeBare() else { return false }
        }
        return true
    }

    private mutating func takeBare() -> Bool {
        guard let token = words.takeToken(), token.kind == .quoted else { return false }
        if token.isGlob { return addGlob(token.text) }
        phrase.bare.append(token)
        return token.looksLikePath
    }

    private mutating func takeWord(_ token: PromptToken) -> Bool {
        let word = token.folded
        if words.takeAny(Vocabulary.previous) != nil {
            phrase.isAboutPrevious = true
            return true
        }
        if takeName() ?? false { return true }
        if takeMeasure(word) { return true }
        if takeKind(word) { return true }
        if Vocabulary.prepositions.contains(word) { return takePlace(after: word) }
        if takeNoun(word) { return true }
        if Vocabulary.filler.contains(word) {
            _ = words.takeToken()
            return true
        }
        if token.isGlob {
            _ = words.takeToken()
            return addGlob(token.text)
        }
        if token.looksLikePath || token.looksLikeFile || nextIsFolder(1) {
            _ = words.takeToken()
            phrase.bare.append(token)
            return true
        }
        return false
    }

    private mutating func addGlob(_ text: String) -> Bool {
        phrase.globs.append(text.contains("/") ? text : "**/\(text)")
        return true
    }

    private mutating func takeNoun(_ word: String) -> Bool {
        switch word {
        case "file": phrase.mentionsOneFile = true
        case "files", "documents": phrase.mentionsFiles = true
        case "folder", "directory", "dir", "folders", "directories", "entries": return takeFolder()
        case "contents", "content": phrase.mentionsContents = true
        case "code", "sources":
            guard !phrase.extensions.isEmpty else { return false }
            phrase.mentionsFiles = true
        case "line", "lines", "loc": phrase.mentionsLines = true
        case "here", "project", "repo", "repository", "codebase", "workspace", "package", "tree": phrase.mentionsPlace = true
        case "recursively", "recursive", "nested", "everywhere", "subfolders", "subdirectories": phrase.isRecursive = true
        default: return false
        }
        _ = words.takeToken()
        return true
    }

    /// "The folder Sources" names a place without a preposition.
    private mutating func takeFolder() -> Bool {
        phrase.mentionsFolder = true
        let noun = words.takeToken()?.folded
        guard noun == "folder" || noun == "directory" || noun == "dir", let token = words.next, token.kind == .word else { return true }
        let isKnown = Vocabulary.filler.contains(token.folded) || Vocabulary.prepositions.contains(token.folded)
        if isKnown || phrase.folder != nil || isPlainPlace(token.folded) || !phrase.bare.isEmpty { return true }
        if words.word(at: 1) == nil || token.looksLikePath, !nextIsFolder(0) {
            _ = words.takeToken()
            phrase.bare.append(token)
        }
        return true
    }

    // MARK: Order and number

    private mutating func takeMeasure(_ word: String) -> Bool {
        if let taken = words.takeAny(Vocabulary.byLines) {
            phrase.measure = .lines
            if taken == "lines of code" { phrase.mentionsLines = true }
            return true
        }
        if words.takeAny(Vocabulary.bySize) != nil {
            phrase.measure = .bytes
            return true
        }
        if let (isAscending, measure) = Vocabulary.superlative(word) {
            _ = words.takeToken()
            // "The longest line" is another question.
            if words.word == "line" || (word != "most" && word != "fewest" && words.word == "lines") { return false }
            phrase.isSuperlative = true
            phrase.isAscending = isAscending
            if phrase.measure == nil { phrase.measure = measure }
            return true
        }
        if words.take("top") {
            phrase.isSuperlative = true
            return true
        }
        guard let number = words.takeNumber(), phrase.limit == nil else { return false }
        phrase.limit = number
        return true
    }

    // MARK: Kinds and names

    private mutating func takeKind(_ word: String) -> Bool {
        if let name = FileKind.fileExtension(in: word), !(words.next?.text.contains("/") ?? false) || word.hasPrefix("**/") {
            // A dot file such as `.gitignore` is a name unless files are spoken of right behind it.
            if word.hasPrefix("."), !isNoun(words.word(at: 1)) { return false }
            _ = words.takeToken()
            phrase.extensions.append(name)
            phrase.kinds.append(FileKind.named(name).map { $0.extensions == [name] ? $0.name : ".\(name)" } ?? ".\(name)")
            return true
        }
        guard let kind = FileKind.named(word), !kind.needsNoun || isNoun(words.word(at: 1)) || isJoined(at: 1) else { return false }
        _ = words.takeToken()
        if word == "source" || word == "code" {
            // "Swift source files" are Swift files.
            if phrase.extensions.isEmpty, FileKind.named(words.word ?? "") == nil || words.word == "code" {
                phrase.extensions = kind.extensions
                phrase.kinds = [kind.name]
            }
            return true
        }
        phrase.extensions += kind.extensions
        phrase.kinds.append(kind.name)
        return true
    }

    private func isNoun(_ word: String?) -> Bool {
        switch word {
        case "file", "files", "sources", "code", "source", "documents": true
        default: false
        }
    }

    /// "C and Swift files".
    private func isJoined(at offset: Int) -> Bool {
        guard words.word(at: offset) == "and" || words.word(at: offset) == "or", let next = words.word(at: offset + 1) else {
            return false
        }
        return FileKind.named(next) != nil && (isNoun(words.word(at: offset + 2)))
    }

    /// `nil` when the words are not about names, `false` when they are and make no sense.
    private mutating func takeName() -> Bool? {
        var rest = words
        guard let phrase = rest.takeAny(Vocabulary.naming), let token = rest.takeToken(), token.kind != .separator, token.kind != .fence
        else { return nil }
        let text = token.text
        guard !text.isEmpty, !text.contains("\n") else { return false }
        switch phrase {
        case "named", "called", "with the name", "with name": self.phrase.globs += names(of: token)
        case "ending in", "ending with", "that end in", "that end with": self.phrase.globs.append("**/*\(text)")
        case "starting with", "beginning with", "that start with", "that begin with": self.phrase.globs.append("**/\(text)*")
        case "with extension", "with the extension", "with file extension":
            self.phrase.extensions.append(text.hasPrefix(".") ? String(text.dropFirst()) : text)
            self.phrase.kinds.append(text.hasPrefix(".") ? text : ".\(text)")
        case "containing", "with":
            guard rest.takeAny(["in the name", "in their names", "in their name", "in its name", "in the file name"]) != nil else {
                return nil
            }
            self.phrase.globs.append("**/*\(text)*")
        default: self.phrase.globs.append(token.isGlob ? (text.contains("/") ? text : "**/\(text)") : "**/*\(text)*")
        }
        words = rest
        return true
    }

    /// A name without an extension is also looked for with any.
    private func names(of token: PromptToken) -> [String] {
        let name = token.isQuoted ? token.text : token.fileName
        let path = name.hasPrefix("**/") || name.hasPrefix("/") ? name : "**/\(name)"
        return token.isGlob || token.hasExtension || name != token.text ? [path] : [path, "\(path).*"]
    }

    // MARK: Places

    private mutating func takePlace(after preposition: String) -> Bool {
        _ = words.takeToken()
        words.skip(["the", "my", "our", "all", "folder", "directory", "dir"])
        guard let token = words.next else { return true }
        if token.kind == .word, token.folded == "this" || token.folded == "current" || isPlainPlace(token.folded) { return true }
        if Vocabulary.filler.contains(token.folded) || Vocabulary.isPrevious(words) { return true }
        // "In Swift files" is no place.
        if token.kind == .word, FileKind.named(token.folded) != nil, !nextIsFolder(1) { return true }
        if token.isGlob { return true }
        if (preposition == "of" && !phrase.mentionsFolder && !phrase.mentionsContents) || preposition == "for", !token.looksLikePath,
            !token.looksLikeFile, !nextIsFolder(1)
        {
            return true
        }
        guard token.kind != .fence, phrase.folder == nil, !token.text.isEmpty, PromptWords.number(token.folded) == nil else {
            return false
        }
        guard !token.text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\0" }) else { return false }
        guard isNameOfPlace(token) else { return true }
        _ = words.takeToken()
        phrase.folder = token.looksLikeFile ? token.fileName : token.text
        if nextIsFolder(0) { _ = words.takeToken() }
        return true
    }

    private func isNameOfPlace(_ token: PromptToken) -> Bool {
        if token.kind == .quoted { return true }
        return Vocabulary.superlative(token.folded) == nil && !["file", "files", "lines", "line"].contains(token.folded)
    }

    private func nextIsFolder(_ offset: Int) -> Bool {
        switch words.word(at: offset) {
        case "folder", "directory", "dir", "folders", "tree": true
        default: false
        }
    }

    private func isPlainPlace(_ word: String) -> Bool {
        switch word {
        case "here", "project", "repo", "repository", "codebase", "workspace", "package", "subfolders", "subdirectories": true
        default: false
        }
    }
}
