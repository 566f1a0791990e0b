/// Looking for text inside files.
extension IntentParser {
    func search(_ words: PromptWords) -> Intent? {
        var words = words
        let options = words.takeSearchOptions()
        guard var search = textSearch(words) else { return nil }
        search.ignoresCase = options.ignoresCase
        search.isPattern = search.isPattern || options.isPattern
        return search.text.isEmpty ? .unclear("The text to look for is empty.") : .search(search)
    }

    private func textSearch(_ words: PromptWords) -> TextSearch? {
        commandSearch(words) ?? whereSearch(words) ?? fileSearch(words) ?? countSearch(words) ?? findSearch(words)
    }

    /// "search for X in Y", "search Y for X", "grep X Y".
    private func commandSearch(_ words: PromptWords) -> TextSearch? {
        var words = words
        guard let verb = words.takeAny(["search", "grep", "rg", "look for", "look", "scan", "grep for"]) else { return nil }
        while verb == "grep" || verb == "rg", let flag = words.word, flag.hasPrefix("-") { _ = words.takeToken() }
        if verb != "look for", verb != "grep for", !words.take("for"), let offset = words.firstOffset(of: ["for"]) {
            var text = words.suffix(from: offset + 1)
            text.skip(Vocabulary.textNouns)
            guard let place = place(in: words.prefix(offset), isBareFolderKnown: true), let found = wholeText(text) else { return nil }
            return applied(place, to: TextSearch(text: found))
        }
        words.skip(Vocabulary.textNouns)
        return textAndPlace(words, isBareFolderKnown: verb == "grep" || verb == "rg")
    }

    /// "where is X used", "where do we use X", "where is X defined in Y".
    private func whereSearch(_ words: PromptWords) -> TextSearch? {
        var words = words
        _ = words.takeAny(["show me", "tell me", "find out", "find", "show", "list", "list all places", "all places"])
        guard words.takeAny(["where", "in which files", "in which file", "in what files"]) != nil else { return nil }
        if words.takeAny(["do we use", "do i use", "do you use", "does it use", "do we call", "do we mention", "do we import"]) != nil {
            words.skip(Vocabulary.textNouns)
            return textAndPlace(words, isBareFolderKnown: false)
        }
        guard words.takeAny(["is", "are", "does", "do", "did", "was"]) != nil else {
            // "show me where X is used".
            guard let offset = words.firstOffset(of: ["is", "are"]), offset > 0, let text = wholeText(words.prefix(offset)) else {
                return nil
            }
            return afterVerb(words.suffix(from: offset + 1), text: text)
        }
        words.skip(Vocabulary.textNouns.subtracting(["all", "any", "uses", "of"]))
        guard let offset = words.firstOffset(of: Vocabulary.useVerbs.union(Vocabulary.declareVerbs)), offset > 0 else {
            guard let next = words.next, words.count == 1, next.kind == .quoted || !next.looksLikeFile else { return nil }
            guard !next.looksLikePath || next.kind == .quoted, !next.hasExtension, !Vocabulary.filler.contains(next.folded) else {
                return nil
            }
            return TextSearch(text: next.text, want: next.kind == .word ? .declarations : .lines)
        }
        var text = words.prefix(offset)
        if let last = text.count > 1 ? text.word(at: text.count - 1) : nil,
            ["being", "currently", "actually", "first", "defined"].contains(last)
        {
            text.dropLast()
        }
        guard let found = wholeText(text) else { return nil }
        return afterVerb(words.suffix(from: offset), text: found)
    }

    private func afterVerb(_ words: PromptWords, text: String) -> TextSearch? {
        var words = words
        words.skip(["being", "currently", "actually"])
        guard let verb = words.word, let token = words.takeToken(), token.kind == .word else { return nil }
        guard Vocabulary.useVerbs.contains(verb) || Vocabulary.declareVerbs.contains(verb) else { return nil }
        words.skip(["and", "or", "used", "mentioned"])
        guard let place = place(in: words, isBareFolderKnown: false) else { return nil }
        let want: TextSearch.Want = Vocabulary.declareVerbs.contains(verb) ? .declarations : .lines
        return applied(place, to: TextSearch(text: text, want: want))
    }

    /// "which Swift files in Y mention X".
    private func fileSearch(_ words: PromptWords) -> TextSearch? {
        guard let offset = words.firstOffset(of: Vocabulary.containVerbs), offset > 0 else { return nil }
        var head = words.prefix(offset)
        _ = head.takeAny(["find", "list", "show me", "show", "which", "what", "search for", "locate", "are there", "give me", "print"])
        if let last = head.count > 0 ? head.word(at: head.count - 1) : nil, last == "that" || last == "which" { head.dropLast() }
        guard let place = FilePhrase.parse(head), place.mentionsFiles || place.mentionsOneFile || place.hasPattern else { return nil }
        guard !place.isSuperlative, !place.mentionsLines, place.limit == nil, !place.isAboutPrevious else { return nil }
        var tail = words.suffix(from: offset + 1)
        tail.skip(Vocabulary.textNouns)
        guard var search = textAndPlace(tail, isBareFolderKnown: false) else { return nil }
        search.want = .files
        if search.place == nil { search.place = place.query?.folder }
        if search.fileGlob == nil, let query = place.query { search.fileGlob = TextSearch.glob(of: query) }
        return search
    }

    /// "how many times is X used", "count the occurrences of X".
    private func countSearch(_ words: PromptWords) -> TextSearch? {
        var words = words
        if words.takeAny(["how many times is", "how many times does", "how many times do we", "how often is", "how often does"]) != nil {
            words.skip(["the", "word", "text", "string"])
            guard let offset = words.firstOffset(of: Vocabulary.useVerbs.union(["use"])), offset > 0,
                let text = wholeText(words.prefix(offset))
            else { return nil }
            return afterVerb(words.suffix(from: offset), text: text)
        }
        guard words.takeAny(["count", "how many", "number of"]) != nil else { return nil }
        words.skip(["the", "all", "number", "of"])
        guard words.takeAny(Vocabulary.uses) != nil else { return nil }
        words.skip(["the", "word", "text", "string", "of", "to"])
        words.dropTrailing(["are", "there"])
        return textAndPlace(words, isBareFolderKnown: false)
    }

    /// "find uses of X", "find the text X in Y", `find "some words"`.
    private func findSearch(_ words: PromptWords) -> TextSearch? {
        var words = words
        guard words.takeAny(["find", "show me", "show", "list", "locate"]) != nil else { return nil }
        words.skip(["all", "the", "every", "any"])
        if words.takeAny(Vocabulary.uses) != nil {
            guard words.takeAny(["of", "to", "for"]) != nil else { return nil }
            words.skip(["the", "word", "text", "string"])
            return textAndPlace(words, isBareFolderKnown: false)
        }
        if words.takeAny(["text", "string", "word", "phrase", "words"]) != nil { return textAndPlace(words, isBareFolderKnown: false) }
        return nil
    }

    /// The last resort for "find": a quoted text or one word that is not a file's name.
    func looseSearch(_ words: PromptWords) -> Intent? {
        var words = words
        let options = words.takeSearchOptions()
        guard words.takeAny(["find", "locate", "search"]) != nil else { return nil }
        words.skip(["all", "the", "every", "any", "for"])
        guard let token = words.next, token.kind == .quoted || token.kind == .word else { return nil }
        let isName = token.kind == .word && (token.hasExtension || token.isGlob || Vocabulary.filler.contains(token.folded))
        guard !isName, token.kind == .quoted || words.count == 1 || words.word(at: 1).map(Vocabulary.inPlace.contains) ?? false else {
            return nil
        }
        guard var search = textAndPlace(words, isBareFolderKnown: false), !search.text.isEmpty else { return nil }
        search.ignoresCase = options.ignoresCase
        search.isPattern = options.isPattern
        return .search(search)
    }

    // MARK: Text and place

    /// A quoted text, or the words up to the last "in", and the place behind it.
    private func textAndPlace(_ words: PromptWords, isBareFolderKnown: Bool) -> TextSearch? {
        if let token = words.next, token.isQuoted {
            guard let place = place(in: words.suffix(from: 1), isBareFolderKnown: isBareFolderKnown) else { return nil }
            return applied(place, to: TextSearch(text: token.text))
        }
        if isBareFolderKnown, words.count == 2, let text = wholeText(words.prefix(1)),
            let place = place(in: words.suffix(from: 1), isBareFolderKnown: true)
        {
            return applied(place, to: TextSearch(text: text))
        }
        guard let offset = words.lastOffset(of: Vocabulary.inPlace.union(["here"])), offset > 0 else {
            return wholeText(words).map { TextSearch(text: $0) }
        }
        guard let text = wholeText(words.prefix(offset)), let place = place(in: words.suffix(from: offset), isBareFolderKnown: false) else {
            return nil
        }
        return applied(place, to: TextSearch(text: text))
    }

    /// The words as they were typed; a single quoted text without its quotes. No more than six words are taken for a text.
    private func wholeText(_ words: PromptWords) -> String? {
        guard let first = words.tokens.first, let last = words.tokens.last else { return nil }
        if words.count == 1 { return first.kind == .separator ? nil : first.text }
        guard words.count <= 6, words.tokens.allSatisfy({ $0.kind == .word }) else { return nil }
        return text(in: first.range.lowerBound..<(last.range.upperBound))
    }

    private func place(in words: PromptWords, isBareFolderKnown: Bool) -> FilePhrase? {
        if isBareFolderKnown, words.count == 1, let token = words.next, token.kind == .word, token.folded != "here" {
            var phrase = FilePhrase()
            phrase.folder = token.text
            return phrase
        }
        var words = words
        words.skip(["across", "throughout"])
        guard let phrase = FilePhrase.parse(words), !phrase.isSuperlative, phrase.limit == nil, !phrase.mentionsLines else { return nil }
        return phrase.isAboutPrevious || phrase.query == nil ? nil : phrase
    }

    private func applied(_ place: FilePhrase, to search: TextSearch) -> TextSearch? {
        guard let query = place.query else { return nil }
        var search = search
        search.place = query.folder
        search.fileGlob = TextSearch.glob(of: query)
        return search
    }
}

extension TextSearch {
    /// One glob for all patterns of a query; `nil` for every file.
    static func glob(of query: FileQuery) -> String? {
        guard !query.isEverything else { return nil }
        let names = query.patterns.map { $0.hasPrefix("**/") ? String($0.dropFirst(3)) : $0 }
        if names.count == 1 { return names[0] }
        return names.allSatisfy { !$0.contains("{") && !$0.contains(",") } ? "{\(names.joined(separator: ","))}" : nil
    }
}

extension PromptWords {
    /// Options may stand anywhere outside of quotes.
    fileprivate mutating func takeSearchOptions() -> (ignoresCase: Bool, isPattern: Bool) {
        let caseWords = [
            "case insensitive", "case insensitively", "case-insensitive", "case-insensitively", "ignoring case", "ignoring the case",
            "ignore case", "regardless of case",
        ]
        let patternWords = ["regex", "regexp", "regular expression", "the regex", "the regular expression", "pattern", "the pattern"]
        return (remove(caseWords), remove(patternWords))
    }

    private mutating func remove(_ phrases: [String]) -> Bool {
        for offset in 0..<min(count, 200) where word(at: offset) != nil {
            var tail = suffix(from: offset)
            if tail.takeAny(phrases) != nil {
                self = PromptWords(ArraySlice(Array(prefix(offset).tokens) + Array(tail.tokens)))
                return true
            }
        }
        return false
    }

    fileprivate mutating func dropTrailing(_ words: Set<String>) {
        while count > 1, let last = word(at: count - 1), words.contains(last) { dropLast() }
    }
}

extension Vocabulary {
    static let textNouns: Set<String> = [
        "the", "text", "string", "word", "phrase", "words", "all", "any", "every", "occurrences", "occurrence", "uses", "usages", "use",
        "usage",
        "mentions", "references", "of", "symbol", "name", "identifier", "term",
    ]
    static let uses = ["uses", "usages", "usage", "use", "occurrences", "occurrence", "references", "mentions", "callers", "calls"]
    static let useVerbs: Set<String> = [
        "used", "mentioned", "referenced", "called", "imported", "found", "located", "occur", "occurs", "appear", "appears", "come",
        "happen",
        "written", "invoked", "use",
    ]
    static let declareVerbs: Set<String> = ["defined", "declared", "implemented", "introduced"]
    static let containVerbs: Set<String> = [
        "contain", "contains", "containing", "mention", "mentions", "mentioning", "use", "uses", "using", "import", "imports", "importing",
        "reference", "references", "referencing", "include", "includes", "including",
    ]
}
