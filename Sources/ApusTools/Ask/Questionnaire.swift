import ApusBase
import ApusCore

/// Reads the text that models write for AskUser (`droid-exec.md` §4.3): blocks of
///
///     1. [question] Which database?
///     [topic] Storage
///     [option] PostgreSQL
///     [option] SQLite
///     [multi]
///
/// Tags begin a line, or stand behind a blank or `/`. `[multi]` says that several options may be chosen. Numbers are not
/// believed: questions count from 1 in their order. A line without a tag goes on with the text before it.
struct Questionnaire {
    static let maximumQuestions = 20
    static let maximumOptions = 20
    static let maximumCharacters = 2_000

    private enum Tag: String, CaseIterable {
        case question = "[question]"
        case topic = "[topic]"
        case option = "[option]"
        case multi = "[multi]"
    }

    private struct Piece {
        var tag: Tag
        var line: Int
        var text: String
    }

    let items: [UserQuestion.Item]

    init(_ text: String) throws(ToolInputError) {
        var items: [UserQuestion.Item] = []
        for piece in try Self.pieces(text) {
            if piece.tag != .multi, piece.text.isEmpty { throw Self.fault(piece.line, "has \(piece.tag.rawValue) without a text.") }
            if piece.text.unicodeScalars.count > Self.maximumCharacters {
                throw Self.fault(piece.line, "begins a text of more than \(Self.maximumCharacters) characters. Say it shorter.")
            }
            if piece.tag == .question {
                items.append(UserQuestion.Item(index: items.count + 1, topic: "", question: piece.text, options: []))
                continue
            }
            guard !items.isEmpty else { throw Self.fault(piece.line, "has \(piece.tag.rawValue) before any [question].") }
            try Self.add(piece, to: &items[items.count - 1])
        }
        if items.count > Self.maximumQuestions {
            throw ToolInputError("AskUser takes at most \(Self.maximumQuestions) questions at once; got \(items.count).")
        }
        for index in items.indices where items[index].topic.isEmpty { items[index].topic = "Question \(index + 1)" }
        self.items = items
    }

    private static func add(_ piece: Piece, to item: inout UserQuestion.Item) throws(ToolInputError) {
        switch piece.tag {
        case .question: break
        case .topic:
            if !item.topic.isEmpty { throw fault(piece.line, "gives question \(item.index) a second [topic].") }
            item.topic = piece.text
        case .option:
            // The same choice twice is one choice.
            if !item.options.contains(piece.text) { item.options.append(piece.text) }
            if item.options.count > maximumOptions {
                throw fault(piece.line, "gives question \(item.index) more than \(maximumOptions) options.")
            }
        case .multi: item.allowsSeveral = true
        }
    }

    private static func pieces(_ text: String) throws(ToolInputError) -> [Piece] {
        var pieces: [Piece] = []
        for (index, line) in text.lines.enumerated() {
            var rest = withoutNumber(trimmed(line))
            if rest.isEmpty { continue }
            try goOn(with: trimmed(split(rest)?.lead ?? rest), at: index + 1, in: &pieces)
            while let (_, tag, tail) = split(rest) {
                let end = split(tail)?.lead.endIndex ?? tail.endIndex
                pieces.append(Piece(tag: tag, line: index + 1, text: String(trimmed(tail[..<end]))))
                rest = tail[end...]
            }
        }
        if pieces.isEmpty { throw ToolInputError("The questionnaire of AskUser is empty. " + form) }
        return pieces
    }

    private static func goOn(with text: Substring, at line: Int, in pieces: inout [Piece]) throws(ToolInputError) {
        if text.isEmpty { return }
        guard let last = pieces.last else { throw fault(line, "stands before the first [question].") }
        pieces[pieces.count - 1].text = last.text.isEmpty ? String(text) : last.text + "\n" + text
    }

    /// What is before the first tag, the tag, and what is behind it.
    private static func split(_ text: Substring) -> (lead: Substring, tag: Tag, tail: Substring)? {
        var place = text.startIndex
        while let open = text[place...].firstIndex(of: "[") {
            let isAtStart = open == text.startIndex || text[text.index(before: open)].isWhitespace || text[text.index(before: open)] == "/"
            if isAtStart, let tag = Tag.allCases.first(where: { text[open...].lowercased().hasPrefix($0.rawValue) }) {
                return (text[..<open], tag, text[text.index(open, offsetBy: tag.rawValue.count)...])
            }
            place = text.index(after: open)
        }
        return nil
    }

    /// `1.`, `2)` or `-` before a tag.
    private static func withoutNumber(_ line: Substring) -> Substring {
        var rest = line.drop { $0.isASCII && $0.isNumber }
        guard let mark = rest.first, ".)-*".contains(mark) else { return line }
        rest = trimmed(rest.dropFirst())
        return rest.first == "[" ? rest : line
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace || last == "/" { text.removeLast() }
        return text
    }

    private static let form =
        "Write blocks of \"1. [question] text\", \"[topic] a word or two\" and any number of \"[option] text\", each on a line."

    private static func fault(_ line: Int, _ what: String) -> ToolInputError {
        ToolInputError("Line \(line) of the questionnaire \(what) \(form)")
    }
}
