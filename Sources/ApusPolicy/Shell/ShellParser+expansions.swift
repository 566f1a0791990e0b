extension ShellParser {
    /// At a dollar. `nil` when it is only that; then it was read.
    mutating func dollar(_ quoting: Quoting) throws(ShellSyntaxError) -> ShellWord.Piece? {
        try advance()
        switch current {
        case UInt8(ascii: "("):
            try advance()
            guard current == UInt8(ascii: "(") else { return .command(try substitution()) }
            try advance()
            let pieces = try arithmetic(.parentheses, quoting: quoting == .document ? .document : .double)
            try advance(2)
            return .arithmetic(pieces)
        case UInt8(ascii: "{"):
            try advance()
            return try nested { (parser) throws(ShellSyntaxError) in try parser.bracedParameter(quoting) }
        case UInt8(ascii: "["): throw fault("\"$[\", an old spelling of arithmetic that only some shells have")
        case UInt8(ascii: "'") where quoting == .none:
            try refuse(in: .sh, "\"$'\"")
            return .quoted(String(decoding: try dollarQuoted(), as: UTF8.self))
        case UInt8(ascii: "\"") where quoting == .none:
            try refuse(in: .sh, "'$\"'")
            return try doubleQuoted(.double)
        case UInt8(ascii: "@"), UInt8(ascii: "*"), UInt8(ascii: "#"), UInt8(ascii: "?"), UInt8(ascii: "-"), UInt8(ascii: "$"),
            UInt8(ascii: "!"):
            let name = String(Unicode.Scalar(current))
            try advance()
            return .parameter(name: name, words: [])
        case UInt8(ascii: "="), UInt8(ascii: "~"), UInt8(ascii: "^"), UInt8(ascii: "+"):
            try refuse(in: .zsh, "\"$\" before a sign")
            return nil
        default: break
        }
        guard current.isShellName else { return nil }
        let name = try parameterName(isBraced: false)
        if current == UInt8(ascii: "[") || current == UInt8(ascii: ":") && next.isShellNameStart {
            try refuse(in: .zsh, "\"$\(name)\" with a subscript or modifier behind it")
        }
        return .parameter(name: name, words: [])
    }

    /// Letters, or digits: one, unless braces are around them.
    mutating func parameterName(isBraced: Bool) throws(ShellSyntaxError) -> String {
        var name = [current]
        let isPosition = current.isASCIIDigit
        try advance()
        while isPosition ? isBraced && current.isASCIIDigit : current.isShellName {
            name.append(current)
            try advance()
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// Commands up to the parenthesis that ends a substitution.
    mutating func substitution() throws(ShellSyntaxError) -> ShellScript {
        let open = offset
        return try nested { (parser) throws(ShellSyntaxError) in
            let outer = (parser.pending, parser.waitingOutside)
            parser.waitingOutside += parser.pending.count
            parser.pending = []
            parser.substitutions += 1
            let script = try parser.list()
            if parser.isAtEnd { throw parser.fault("a substitution that is not closed", at: open) }
            if let document = parser.pending.first {
                throw ShellSyntaxError(offset: document.origin, reason: "a here-document that does not end within its substitution")
            }
            try parser.closeParenthesis()
            (parser.pending, parser.waitingOutside) = outer
            parser.substitutions -= 1
            return script
        }
    }

    /// The text of backticks is unescaped before it is read: of backslashes before `$`, a backtick and a backslash, and before `"` when in
    /// double quotes.
    mutating func backtick(_ quoting: Quoting) throws(ShellSyntaxError) -> ShellWord.Piece {
        let open = offset
        var text = UnescapedText()
        try advanceRaw()
        while current != UInt8(ascii: "`") {
            if isAtEnd { throw fault("a backtick that is not closed", at: open) }
            if current == UInt8(ascii: "\n") { try noteLineBreakInWord() }
            // Where the backslash stands, if one does.
            let origin = offset
            if current == UInt8(ascii: "\\") {
                let next = bytes[position + 1]
                if next == UInt8(ascii: "\""), quoting == .document {
                    throw fault("an escaped double quote in backticks in a here-document")
                }
                let isSpecial =
                    next == UInt8(ascii: "$") || next == UInt8(ascii: "`") || next == UInt8(ascii: "\\")
                    || next == UInt8(ascii: "\"") && quoting == .double
                if isSpecial {
                    try advanceRaw()
                } else if next != 0 {
                    text.append(current, offset)
                    try advanceRaw()
                    text.append(current, offset)
                    try advanceRaw()
                    continue
                }
            }
            text.append(current, origin)
            try advanceRaw()
        }
        text.origins.append(offset)
        try advance()
        let script = try nested { (parser) throws(ShellSyntaxError) in
            parser.backticks += 1
            defer { parser.backticks -= 1 }
            return try parser.reading(text) { (parser) throws(ShellSyntaxError) in
                let script = try parser.list()
                guard parser.isAtEnd else { throw parser.unexpected() }
                if let document = parser.pending.first {
                    throw ShellSyntaxError(offset: document.origin, reason: "a here-document that does not end within its backticks")
                }
                return script
            }
        }
        return .command(script)
    }

    // MARK: Arithmetic

    enum ArithmeticEnd {
        /// `))`, at the first of them.
        case parentheses
        /// Of `for ((`.
        case semicolon
        /// Of `${name:offset:length}`.
        case brace
        /// Of `${name[…]}`.
        case bracket
        /// Of `name[…]=`, where no blank or other sign that ends words may stand.
        case wordBracket
    }

    /// What is expanded in arithmetic, and its text. Names in it are variables whose values are arithmetic again.
    mutating func arithmetic(_ end: ArithmeticEnd, quoting: Quoting) throws(ShellSyntaxError) -> [ShellWord.Piece] {
        try nested { (parser) throws(ShellSyntaxError) in try parser.arithmeticPieces(end, quoting) }
    }

    private mutating func arithmeticPieces(_ end: ArithmeticEnd, _ quoting: Quoting) throws(ShellSyntaxError) -> [ShellWord.Piece] {
        var builder = ShellWordBuilder()
        var parentheses = 0
        var brackets = 0
        while true {
            let byte = current
            if end == .wordBracket, byte.isShellMeta { throw fault("a subscript with signs that end words for some shells") }
            switch byte {
            case 0: throw fault("arithmetic that is not closed")
            case UInt8(ascii: "("): parentheses += 1
            case UInt8(ascii: ")"):
                if parentheses == 0 {
                    guard end == .parentheses, next == UInt8(ascii: ")") else {
                        throw fault("arithmetic or commands: write \"( (\" with a space for commands")
                    }
                    return try assemble(builder, offset..<offset)
                }
                parentheses -= 1
            case UInt8(ascii: ";"):
                guard end == .semicolon, parentheses == 0 else { throw fault("a semicolon in arithmetic") }
                return try assemble(builder, offset..<offset)
            case UInt8(ascii: "}") where end == .brace && parentheses == 0: return try assemble(builder, offset..<offset)
            case UInt8(ascii: "["): brackets += 1
            case UInt8(ascii: "]"):
                if brackets == 0, end == .bracket || end == .wordBracket { return try assemble(builder, offset..<offset) }
                brackets -= 1
            case UInt8(ascii: "'") where (end == .bracket || end == .wordBracket) && quoting == .none:
                builder.quoted(try singleQuoted())
                continue
            case UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                throw fault("\"\(Character(Unicode.Scalar(byte)))\" in arithmetic")
            case UInt8(ascii: "\""):
                if quoting == .document { throw fault("a double quote in arithmetic in a here-document") }
                builder.piece(try doubleQuoted(.double))
                continue
            case UInt8(ascii: "$"):
                if let piece = try dollar(quoting == .none ? .double : quoting) {
                    builder.piece(piece)
                    continue
                }
                builder.literal(byte)
                continue
            case UInt8(ascii: "`"):
                builder.piece(try backtick(quoting == .none ? .double : quoting))
                continue
            case UInt8(ascii: "<"), UInt8(ascii: ">"):
                if next == UInt8(ascii: "(") { throw fault("\"<(\" or \">(\" in arithmetic") }
            case UInt8(ascii: "\n"): try noteLineBreakInWord()
            default: break
            }
            builder.literal(byte)
            try advance()
        }
    }
}

extension UnescapedText {
    mutating func append(_ byte: UInt8, _ origin: Int) {
        bytes.append(byte)
        origins.append(origin)
    }
}
