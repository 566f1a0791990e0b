/// A word, a quoted text or a fenced block of a prompt.
struct PromptToken: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case word
        case quoted
        case fence
        /// A semicolon outside of words: one step ends here.
        case separator
    }

    var kind: Kind
    /// Without quotes and without the punctuation behind it.
    var text: String
    /// Lower case, straight apostrophes; what the grammar compares.
    var folded: String
    /// Places in the prompt's scalars, quotes included.
    var range: Range<Int>
    /// A sentence or a line ends behind it.
    var endsSentence = false
}

/// Cuts a prompt into tokens in one pass.
///
/// Quotes are `"…"`, `'…'`, backticks and their typographic forms, and count only where a word could begin. A single quote closes
/// only where a word could end, so that an apostrophe is none. A quote without its partner is an ordinary character. Within
/// double quotes `\"` stands for a quote; nothing else is unescaped. Total: every text gives tokens.
struct PromptLexer {
    let scalars: [Unicode.Scalar]
    private var position = 0
    private var tokens: [PromptToken] = []
    /// Closers that were looked for in vain: none follows later either, and looking again would make the pass quadratic.
    private var missingClosers: Set<Unicode.Scalar> = []
    private var hasNoMoreFences = false

    private init(_ text: String) { scalars = Array(text.unicodeScalars) }

    static func tokens(of text: String) -> (tokens: [PromptToken], scalars: [Unicode.Scalar]) {
        var lexer = PromptLexer(text)
        lexer.run()
        return (lexer.tokens, lexer.scalars)
    }

    private mutating func run() {
        while position < scalars.count {
            let scalar = scalars[position]
            if scalar == "\n" || scalar == "\r" {
                endSentence()
                position += 1
            } else if scalar == ";" {
                add(.separator, position..<(position + 1), ";")
                position += 1
            } else if scalar.properties.isWhitespace || isLeadingPunctuation(at: position) {
                position += 1
            } else if isFence(at: position), takeFence() {
                continue
            } else if let closer = PromptLexer.closers[scalar], takeQuoted(until: closer) {
                continue
            } else {
                takeWord()
            }
        }
    }

    private static let closers: [Unicode.Scalar: Unicode.Scalar] = [
        "\"": "\"", "'": "'", "`": "`", "\u{201C}": "\u{201D}", "\u{2018}": "\u{2019}", "\u{AB}": "\u{BB}", "\u{201E}": "\u{201C}",
    ]

    private func isLeadingPunctuation(at index: Int) -> Bool {
        switch scalars[index] {
        case "(", ",", ":", "!", "?": true
        // A bullet or a dash on its own.
        case "-", "*", "\u{2013}", "\u{2014}", "\u{2022}": index + 1 < scalars.count && scalars[index + 1].properties.isWhitespace
        default: false
        }
    }

    // MARK: Quotes and fences

    private func isFence(at index: Int) -> Bool {
        index + 2 < scalars.count && scalars[index] == "`" && scalars[index + 1] == "`" && scalars[index + 2] == "`"
    }

    /// The block's text is what lies between the line of the opening fence and the closing one; on one line, all between them.
    private mutating func takeFence() -> Bool {
        guard !hasNoMoreFences else { return false }
        let start = position
        var end = start + 3
        while end < scalars.count, !isFence(at: end) { end += 1 }
        guard end < scalars.count else {
            hasNoMoreFences = true
            return false
        }
        let inside = scalars[(start + 3)..<end]
        let firstLineEnd = inside.firstIndex(of: "\n")
        let body = firstLineEnd.map { inside[inside.index(after: $0)...] } ?? inside
        position = end + 3
        add(.fence, start..<position, text(body))
        skipClosingPunctuation()
        return true
    }

    private mutating func takeQuoted(until closer: Unicode.Scalar) -> Bool {
        guard !missingClosers.contains(closer) else { return false }
        let start = position
        let allowsEscape = scalars[start] == "\""
        var end = start + 1
        var inside = String.UnicodeScalarView()
        while end < scalars.count {
            let scalar = scalars[end]
            if allowsEscape, scalar == "\\", end + 1 < scalars.count, scalars[end + 1] == "\"" {
                inside.append("\"")
                end += 2
                continue
            }
            if scalar == closer, closesWord(at: end) { break }
            inside.append(scalar)
            end += 1
        }
        guard end < scalars.count else {
            missingClosers.insert(closer)
            return false
        }
        position = end + 1
        add(.quoted, start..<position, String(inside))
        skipClosingPunctuation()
        return true
    }

    /// A single quote inside a word is an apostrophe.
    private func closesWord(at index: Int) -> Bool {
        guard scalars[index] == "'" || scalars[index] == "\u{2019}" else { return true }
        guard index + 1 < scalars.count else { return true }
        let next = scalars[index + 1]
        return next.properties.isWhitespace || next == "," || next == "." || next == ";" || next == ":" || next == "!" || next == "?"
            || next == ")"
    }

    private mutating func skipClosingPunctuation() {
        while position < scalars.count {
            switch scalars[position] {
            case ".", "!", "?": endSentence()
            case ",", ":", ")": break
            default: return
            }
            position += 1
        }
    }

    // MARK: Words

    private mutating func takeWord() {
        let start = position
        while position < scalars.count, !scalars[position].properties.isWhitespace { position += 1 }
        var end = position
        var endsSentence = false
        var endsStep = false
        let whole = scalars[start..<end]
        if !(whole.elementsEqual([".", "."]) || whole.elementsEqual(["."])) {
            trimming: while end > start {
                switch scalars[end - 1] {
                case ".", "!", "?", "\u{2026}": endsSentence = true
                case ";": endsStep = true
                case ",", ":": break
                case ")" where !scalars[start..<end].contains("("): break
                default: break trimming
                }
                end -= 1
            }
        }
        if end > start { add(.word, start..<end, text(scalars[start..<end])) }
        if endsSentence { endSentence() }
        if endsStep { add(.separator, end..<position, ";") }
    }

    private func text(_ slice: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: slice)
        return String(view)
    }

    private mutating func endSentence() {
        if !tokens.isEmpty { tokens[tokens.count - 1].endsSentence = true }
    }

    private mutating func add(_ kind: PromptToken.Kind, _ range: Range<Int>, _ text: String) {
        let folded = kind == .word ? String(text.lowercased().map { $0 == "\u{2019}" ? "'" : $0 }) : text
        tokens.append(PromptToken(kind: kind, text: text, folded: folded, range: range))
    }
}
