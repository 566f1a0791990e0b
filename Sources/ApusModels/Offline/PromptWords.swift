/// Tokens of one step, eaten from the front by the grammar.
struct PromptWords: Hashable, Sendable {
    private(set) var tokens: ArraySlice<PromptToken>

    init(_ tokens: ArraySlice<PromptToken>) { self.tokens = tokens }

    var isAtEnd: Bool { tokens.isEmpty }
    var count: Int { tokens.count }
    var next: PromptToken? { tokens.first }

    /// The next token's lower-case text when it is a plain word.
    var word: String? { word(at: 0) }

    func word(at offset: Int) -> String? {
        guard offset < tokens.count else { return nil }
        let token = tokens[tokens.startIndex + offset]
        return token.kind == .word ? token.folded : nil
    }

    func token(at offset: Int) -> PromptToken? {
        offset < tokens.count ? tokens[tokens.startIndex + offset] : nil
    }

    /// Eats the phrase if it comes next. Words are separated by single spaces.
    mutating func take(_ phrase: String) -> Bool {
        // Most phrases differ in their first letters: no need to cut them up.
        guard let word, phrase.hasPrefix(word) else { return false }
        let words = phrase.split(separator: " ")
        guard words.count <= tokens.count else { return false }
        for (offset, word) in words.enumerated() where self.word(at: offset) != String(word) { return false }
        tokens = tokens.dropFirst(words.count)
        return true
    }

    /// Eats the first of the phrases that comes next; longer ones belong before their own beginnings.
    mutating func takeAny(_ phrases: [String]) -> String? {
        for phrase in phrases where take(phrase) { return phrase }
        return nil
    }

    /// Eats words as long as they are in the set.
    mutating func skip(_ words: Set<String>) {
        while let word, words.contains(word) { tokens = tokens.dropFirst() }
    }

    mutating func takeToken() -> PromptToken? { tokens.popFirst() }

    mutating func takeQuoted() -> PromptToken? {
        guard let next, next.kind != .word else { return nil }
        return tokens.popFirst()
    }

    mutating func takeNumber() -> Int? {
        guard let word, let number = PromptWords.number(word) else { return nil }
        tokens = tokens.dropFirst()
        return number
    }

    mutating func dropLast(_ count: Int = 1) { tokens = tokens.dropLast(count) }

    func prefix(_ length: Int) -> PromptWords { PromptWords(tokens.prefix(length)) }
    func suffix(from offset: Int) -> PromptWords { PromptWords(tokens.dropFirst(offset)) }

    /// Where a word out of the set stands, counted from the front.
    func firstOffset(of words: Set<String>) -> Int? { (0..<count).first { word(at: $0).map(words.contains) ?? false } }
    func lastOffset(of words: Set<String>) -> Int? { (0..<count).last { word(at: $0).map(words.contains) ?? false } }

    /// Digits up to a million, and the words for 1 to 20 and some round numbers.
    static func number(_ word: String) -> Int? {
        if word.utf8.allSatisfy({ (48...57).contains($0) }), word.utf8.count <= 7, let number = Int(word), number > 0 { return number }
        return numbers[word]
    }

    private static let numbers: [String: Int] = [
        "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
        "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19,
        "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
    ]
}

extension PromptToken {
    var isQuoted: Bool { kind == .quoted || kind == .fence }

    /// Whether the token can only be meant as the name of a file: quoted, with an extension, with a path, or well known.
    var looksLikeFile: Bool {
        guard !text.isEmpty, !text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\0" }) else { return false }
        if kind == .quoted { return true }
        guard kind == .word, !text.hasSuffix("/") else { return false }
        return hasExtension || WellKnownFile.name(for: folded) != nil
    }

    /// Whether the token can be meant as a place: quoted, or with a slash, or `.` and its like.
    var looksLikePath: Bool {
        guard !text.isEmpty, kind != .fence, !text.unicodeScalars.contains(where: { $0 == "\n" || $0 == "\0" }) else { return false }
        return kind == .quoted || text.contains("/") || text.hasPrefix(".") || text.hasPrefix("~")
    }

    /// The last component has a dot that is not its last character; globs have none.
    var hasExtension: Bool {
        guard !isGlob, let last = text.split(separator: "/", omittingEmptySubsequences: true).last else { return false }
        guard let dot = last.lastIndex(of: "."), last.index(after: dot) < last.endIndex, last != ".." else { return false }
        return last[last.index(after: dot)...].allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" || $0 == "+" }
    }

    var isGlob: Bool { text.contains("*") || (kind == .word && text.contains("?")) || (text.contains("{") && text.contains("}")) }

    /// The name to look for.
    var fileName: String {
        if kind == .word, let name = WellKnownFile.name(for: folded) { return name }
        return text
    }
}
