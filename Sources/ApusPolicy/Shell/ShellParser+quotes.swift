extension ShellParser {
    /// What is around an expansion: inside double quotes and here-documents some signs lose their meaning, and backslashes keep it for few.
    enum Quoting {
        case none, double
        /// The text of a here-document, where `"` is a letter.
        case document
    }

    /// A backslash outside quotes, and the character it quotes.
    mutating func escaped() throws(ShellSyntaxError) -> ArraySlice<UInt8> {
        try advanceRaw()
        if isAtEnd { throw fault("a backslash at the end") }
        return try character()
    }

    /// The whole character at hand, however many bytes it has.
    private mutating func character() throws(ShellSyntaxError) -> ArraySlice<UInt8> {
        let start = position
        while bytes[position + 1] & 0xC0 == 0x80 { try advanceRaw() }
        let end = position + 1
        try advance()
        return bytes[start..<end]
    }

    mutating func singleQuoted() throws(ShellSyntaxError) -> ArraySlice<UInt8> {
        let open = offset
        try advanceRaw()
        let start = position
        while current != UInt8(ascii: "'") {
            if isAtEnd { throw fault("a single quote that is not closed", at: open) }
            if current == UInt8(ascii: "\n") { try noteLineBreakInWord() }
            try advanceRaw()
        }
        let text = bytes[start..<position]
        try advance()
        return text
    }

    /// `"…"`: `.quoted` when nothing in it is expanded.
    mutating func doubleQuoted(_ quoting: Quoting) throws(ShellSyntaxError) -> ShellWord.Piece {
        let open = offset
        try advance()
        let pieces = try nested { (parser) throws(ShellSyntaxError) in try parser.quotedPieces(UInt8(ascii: "\""), .double) }
        guard current == UInt8(ascii: "\"") else { throw fault("a double quote that is not closed", at: open) }
        try advance()
        return Self.quoted(pieces)
    }

    static func quoted(_ pieces: [ShellWord.Piece]) -> ShellWord.Piece {
        if pieces.isEmpty { return .quoted("") }
        if pieces.count == 1, case .quoted = pieces[0] { return pieces[0] }
        return .inDoubleQuotes(pieces)
    }

    /// Text with expansions up to `end`, which is `"`, the `}` of an expansion, or the end of a here-document.
    mutating func quotedPieces(_ end: UInt8, _ quoting: Quoting) throws(ShellSyntaxError) -> [ShellWord.Piece] {
        var builder = ShellWordBuilder()
        while current != end, !isAtEnd {
            if current.isShellPlain || current == UInt8(ascii: " ") {
                try quotedRun(into: &builder)
                continue
            }
            switch current {
            case UInt8(ascii: "\\"):
                let next = bytes[position + 1]
                let isSpecial =
                    next == UInt8(ascii: "$") || next == UInt8(ascii: "`") || next == UInt8(ascii: "\\")
                    || next == UInt8(ascii: "\"") && quoting == .double || next == UInt8(ascii: "}") && end == UInt8(ascii: "}")
                if isSpecial {
                    try advanceRaw()
                    builder.quoted(try character())
                } else {
                    builder.quoted(CollectionOfOne(current))
                    try advance()
                }
            case UInt8(ascii: "$"):
                if let piece = try dollar(quoting) { builder.piece(piece) } else { builder.quoted(CollectionOfOne(UInt8(ascii: "$"))) }
            case UInt8(ascii: "`"): builder.piece(try backtick(quoting))
            case UInt8(ascii: "\"") where end == UInt8(ascii: "}"):
                // Shells do not agree whether this leaves the quotes around the expansion or begins new ones.
                if quoting == .document { throw fault("a double quote within \"${…}\" in a here-document") }
                let piece = try doubleQuoted(.double)
                guard case .quoted(let text) = piece, !text.utf8.contains(UInt8(ascii: "}")) else {
                    if case .inDoubleQuotes = piece {
                        builder.piece(piece)
                        continue
                    }
                    throw fault("a brace in double quotes within \"${…}\" in double quotes")
                }
                builder.piece(piece)
            case UInt8(ascii: "'") where end == UInt8(ascii: "}"):
                throw fault("a single quote within \"${…}\" in double quotes, which is a letter or a quote as the shell is")
            default:
                if current == UInt8(ascii: "\n") { try noteLineBreakInWord() }
                builder.quoted(CollectionOfOne(current))
                try advance()
            }
        }
        return try assemble(builder, offset..<offset)
    }

    private mutating func quotedRun(into builder: inout ShellWordBuilder) throws(ShellSyntaxError) {
        var end = position
        while bytes[end].isShellPlain || bytes[end] == UInt8(ascii: " ") { end += 1 }
        builder.quoted(bytes[position..<end])
        try count(end - position)
        position = end
        skipContinuations()
    }

    // MARK: $'…'

    /// Behind the dollar.
    mutating func dollarQuoted() throws(ShellSyntaxError) -> [UInt8] {
        let open = offset
        try advanceRaw()
        var text: [UInt8] = []
        while current != UInt8(ascii: "'") {
            if isAtEnd { throw fault("a single quote that is not closed", at: open) }
            if current == UInt8(ascii: "\n") { try noteLineBreakInWord() }
            if current == UInt8(ascii: "\\") {
                try dollarEscape(into: &text)
            } else {
                text.append(current)
                try advanceRaw()
            }
        }
        try advance()
        if text.contains(0) { throw fault("a NUL, where shells cut a word", at: open) }
        guard String(validating: text, as: UTF8.self) != nil else { throw fault("bytes that are not UTF-8", at: open) }
        return text
    }

    private static let dollarEscapes: [UInt8: UInt8] = [
        UInt8(ascii: "a"): 0x07, UInt8(ascii: "b"): 0x08, UInt8(ascii: "e"): 0x1B, UInt8(ascii: "E"): 0x1B, UInt8(ascii: "f"): 0x0C,
        UInt8(ascii: "n"): 0x0A, UInt8(ascii: "r"): 0x0D, UInt8(ascii: "t"): 0x09, UInt8(ascii: "v"): 0x0B,
        UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "'"): 0x27, UInt8(ascii: "\""): 0x22, UInt8(ascii: "?"): 0x3F,
    ]

    private mutating func dollarEscape(into text: inout [UInt8]) throws(ShellSyntaxError) {
        try advanceRaw()
        let letter = current
        if let byte = Self.dollarEscapes[letter] {
            text.append(byte)
            return try advanceRaw()
        }
        switch letter {
        case UInt8(ascii: "0")...UInt8(ascii: "7"): text.append(UInt8(truncatingIfNeeded: try digits(most: 3, base: 8) ?? 0))
        case UInt8(ascii: "x"):
            try advanceRaw()
            guard let value = try digits(most: 2, base: 16) else { throw fault("\"\\x\" without digits") }
            text.append(UInt8(value))
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            try advanceRaw()
            guard let value = try digits(most: letter == UInt8(ascii: "u") ? 4 : 8, base: 16), let scalar = Unicode.Scalar(value) else {
                throw fault("\"\\u\" without a character's number")
            }
            text.append(contentsOf: String(Character(scalar)).utf8)
        case UInt8(ascii: "c"):
            try advanceRaw()
            guard current == UInt8(ascii: "?") || current & 0x5F >= 0x41 && current & 0x5F <= 0x5A && current < 0x7B else {
                throw fault("\"\\c\" without a letter")
            }
            text.append(current == UInt8(ascii: "?") ? 0x7F : current & 0x1F)
            try advanceRaw()
        case 0: throw fault("a single quote that is not closed")
        default: text.append(UInt8(ascii: "\\"))
        }
    }

    private mutating func digits(most: Int, base: UInt32) throws(ShellSyntaxError) -> UInt32? {
        var value: UInt32?
        for _ in 0..<most {
            guard let digit = current.hexadecimalDigit, digit < base else { break }
            value = (value ?? 0) * base + digit
            try advanceRaw()
        }
        return value
    }
}
