/// Steps that may change something: here every word must be accounted for.
extension IntentParser {
    // MARK: Run

    func run(_ words: PromptWords) -> Intent? {
        var words = words
        guard words.takeAny(["run", "execute", "exec", "invoke"]) != nil else { return nil }
        let unquoted = words
        words.skip(["the", "this", "following", "shell", "command", "exactly", "script"])
        guard let command = words.takeQuoted() else {
            if let question = git(unquoted), question.isUnderstood { return question }
            return .unclear("To run a command, put it in quotes: run \"swift --version\".")
        }
        words.skip([
            "command", "in", "a", "the", "shell", "terminal", "here", "and", "show", "me", "output", "its", "tell", "print", "result",
            "give",
        ])
        guard words.isAtEnd else {
            return .unclear(
                "I run a quoted command exactly as it stands and understand no conditions around it. Put all of it in one pair of quotes.")
        }
        let text = command.text.trimmingWhitespace()
        guard !text.isEmpty else { return .unclear("The quotes around the command are empty.") }
        return .run(text)
    }

    // MARK: Create

    func create(_ words: PromptWords) -> Intent? {
        var words = words
        guard let verb = words.takeAny(["create", "make", "write", "save", "add", "generate", "put", "touch", "store"]) else { return nil }
        if verb == "write" || verb == "save" || verb == "put" || verb == "store" || verb == "add", let intent = writeInto(words) {
            return intent
        }
        let isEmpty = words.takeEmptyFileWords()
        guard let (token, path) = words.takePath(isFileKnown: isEmpty.mentionsFile || verb == "touch") else { return nil }
        var folder = words.takeTargetFolder()
        guard !words.isAtEnd else {
            guard isEmpty.isEmpty || isEmpty.mentionsFile || token.looksLikeFile else { return nil }
            return .create(path: join(folder, path), content: "")
        }
        if words.takeAny(["with no content", "without content", "that is empty", "which is empty"]) != nil, words.isAtEnd {
            return .create(path: join(folder, path), content: "")
        }
        let phrase = words.takeAny(IntentParser.contentPhrases)
        guard phrase != nil || words.next?.kind == .fence else {
            return .unclear("To create a file, name it and quote what goes into it: create notes.txt with content \"hello\".")
        }
        words.skip([
            "text", "line", "following", "content", "contents", "this", "words", "word", "exactly", "just", "only", "the", "is", "be",
        ])
        if let content = words.takeQuoted() {
            if folder == nil { folder = words.takeTargetFolder() }
            _ = words.takeAny([
                "in it", "inside it", "in there", "inside", "as its contents", "as its content", "as content", "as contents",
            ])
            guard words.isAtEnd else {
                return .unclear(
                    "I did not understand what follows the content of \(path). A fenced block holds content that has quotes in it.")
            }
            return .create(path: join(folder, path), content: content.text)
        }
        // "Containing a parser" describes content that somebody would have to think of; "with content hello" gives it.
        let isGiven = phrase.map(IntentParser.givingPhrases.contains) ?? false
        guard let first = words.tokens.first, let last = words.tokens.last, isSingleStep, isGiven else {
            return .unclear("Put the content of \(path) in quotes or in a fenced block, so that I see where it ends.")
        }
        return .create(path: join(folder, path), content: text(in: first.range.lowerBound..<last.range.upperBound))
    }

    private static let contentPhrases = [
        "with the following content", "with the following contents", "with the following text", "with the content", "with the contents",
        "with the text", "with content", "with contents", "with text", "with the line", "with the words", "with this content", "with",
        "which contains", "that contains", "containing", "that says", "which says", "saying", "that reads", "and write", "and put",
        "whose content is", "whose contents are", "having", "that has", "content", "contents", "holding", "to contain", "and add",
    ]

    private static let givingPhrases: Set<String> = [
        "with the content", "with the contents", "with the text", "with content", "with contents", "with text", "with the line",
        "with the words", "that says", "which says", "saying", "that reads", "whose content is", "whose contents are", "content",
        "contents",
    ]

    /// `write "hello" to notes.txt`.
    private func writeInto(_ words: PromptWords) -> Intent? {
        var words = words
        words.skip(["the", "text", "line", "following", "content", "words", "word"])
        guard let content = words.takeQuoted(), words.takeAny(["to", "into", "in", "as"]) != nil else { return nil }
        let filler = words.takeEmptyFileWords()
        guard let (_, path) = words.takePath(isFileKnown: filler.mentionsFile) else { return nil }
        let folder = words.takeTargetFolder()
        return words.isAtEnd ? .create(path: join(folder, path), content: content.text) : nil
    }

    private func join(_ folder: String?, _ path: String) -> String {
        guard let folder, !path.hasPrefix("/") else { return path }
        return folder.hasSuffix("/") ? folder + path : "\(folder)/\(path)"
    }

    // MARK: Replace

    func replace(_ words: PromptWords) -> Intent? {
        var words = words
        var place: FileReference?
        if words.word == "in" {
            _ = words.takeToken()
            guard let file = words.takeFileReference() else { return nil }
            place = file
        }
        guard let verb = words.takeAny(["find and replace", "search and replace", "replace", "substitute", "change"]) else { return nil }
        let help = "To replace text, quote both sides and name the file: replace \"a\" with \"b\" in notes.txt."
        let doubt: Intent? = verb == "change" ? nil : .unclear(help)
        var isEverywhere = words.takeOccurrenceWords()
        guard let old = words.takeText(quotedOnly: verb == "change"), words.takeAny(["with", "by", "to", "for"]) != nil else {
            return doubt
        }
        words.skip(["the", "text", "word", "string"])
        guard let new = words.takeText(quotedOnly: verb == "change") else { return doubt }
        while !words.isAtEnd {
            if words.takeAny(IntentParser.everywherePhrases) != nil {
                isEverywhere = true
            } else if place == nil, words.takeAny(["in", "inside", "within", "throughout", "of"]) != nil {
                if words.tokens.first.map({ $0.folded == "all" || $0.folded == "every" }) ?? false { return doubt }
                guard let file = words.takeFileReference() else { return doubt }
                place = file
            } else {
                return doubt
            }
        }
        guard let place else { return .unclear("Name the file to change: replace \"a\" with \"b\" in notes.txt.") }
        guard !old.isEmpty else { return .unclear("The text to be replaced is empty.") }
        guard old != new else { return .unclear("Both texts are the same; there is nothing to replace.") }
        return .replace(Replacement(old: old, new: new, file: place, isEverywhere: isEverywhere))
    }

    private static let everywherePhrases = [
        "everywhere", "all occurrences", "all of them", "every occurrence", "every time", "each time", "all over", "globally", "all",
        "throughout",
    ]
}

extension PromptWords {
    /// Articles and nouns before a file name: "a new empty text file called".
    mutating func takeEmptyFileWords() -> (isEmpty: Bool, mentionsFile: Bool) {
        var isEmpty = false
        var mentionsFile = false
        while let word {
            switch word {
            case "a", "an", "the", "new", "text", "me", "at", "path", "with", "name":
                // "With" opens the content unless a name follows.
                if word == "with", self.word(at: 1) != "name", self.word(at: 1) != "the" { return (isEmpty, mentionsFile) }
            case "empty", "blank": isEmpty = true
            case "file", "called", "named": mentionsFile = true
            default: return (isEmpty, mentionsFile)
            }
            _ = takeToken()
        }
        return (isEmpty, mentionsFile)
    }

    /// A plain word counts as a path only where a file was spoken of.
    mutating func takePath(isFileKnown: Bool) -> (PromptToken, String)? {
        guard let token = next, token.kind != .fence, token.looksLikeFile || (isFileKnown && token.kind == .word && !token.isGlob) else {
            return nil
        }
        guard !token.text.hasSuffix("/") else { return nil }
        _ = takeToken()
        if word == "file" { _ = takeToken() }
        return (token, token.fileName)
    }

    /// "in the docs folder".
    mutating func takeTargetFolder() -> String? {
        var rest = self
        guard rest.takeAny(["in", "inside", "under", "into"]) != nil else { return nil }
        if rest.takeAny(["the current directory", "the current folder", "this directory", "this folder", "here"]) != nil {
            self = rest
            return "."
        }
        rest.skip(["the", "folder", "directory"])
        guard let token = rest.takeToken(), token.kind != .fence, token.kind != .separator else { return nil }
        let isFolder = rest.takeAny(["folder", "directory", "dir"]) != nil
        guard isFolder || token.looksLikePath || rest.isAtEnd, !["it", "its"].contains(token.folded) else { return nil }
        self = rest
        return token.text
    }

    mutating func takeFileReference() -> FileReference? {
        if takeAny(Vocabulary.previous) != nil { return .previous }
        skip(["the", "file", "my", "our"])
        guard let token = next, token.looksLikeFile || (token.looksLikePath && !token.text.hasSuffix("/") && token.text != ".") else {
            return nil
        }
        guard !token.isGlob || token.isQuoted else { return nil }
        _ = takeToken()
        if word == "file" { _ = takeToken() }
        return .named(token.fileName)
    }

    /// A quoted text, or a single word where quotes are not asked for.
    fileprivate mutating func takeText(quotedOnly: Bool) -> String? {
        guard let token = next, token.kind != .separator, token.isQuoted || !quotedOnly else { return nil }
        _ = takeToken()
        return token.text
    }

    /// "all occurrences of the word"; whether every occurrence is meant.
    fileprivate mutating func takeOccurrenceWords() -> Bool {
        var isEverywhere = false
        while let word {
            switch word {
            case "all", "every", "each": isEverywhere = true
            case "occurrences", "occurrence", "of", "the", "text", "word", "string", "instances", "instance":
                // `replace text with words in x.txt`: here the noun is the text itself.
                if ["with", "by"].contains(self.word(at: 1) ?? "") { return isEverywhere }
            default: return isEverywhere
            }
            _ = takeToken()
        }
        return isEverywhere
    }
}

extension String {
    func trimmingWhitespace() -> String {
        var slice = self[...]
        while let first = slice.first, first.isWhitespace { slice.removeFirst() }
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice)
    }
}
