extension ShellParser {
    /// Where a word stands decides what in it is special.
    enum WordKind {
        /// The first word of a command: no extended patterns, which without their option would begin a subshell or a function.
        case program
        case argument
        /// Behind `name=`: no patterns, no braces, but `~` behind each colon.
        case value
        /// In an array: `[…]` at its beginning is a subscript.
        case element
        /// Of `case` and of here-strings: no braces.
        case pattern
        /// In `[[ … ]]`.
        case test
        /// Behind `=~`: parentheses and bars belong to it, and between parentheses blanks do.
        case expression
        /// In `${…}`, up to the brace.
        case braced
        /// In `@(…)`, up to a bar or the parenthesis.
        case extended

        var hasBraces: Bool { self == .program || self == .argument || self == .element }
        var hasPatterns: Bool { self != .value && self != .expression }
    }

    mutating func word(_ kind: WordKind) throws(ShellSyntaxError) -> ShellWord {
        let start = offset
        var builder = ShellWordBuilder()
        if kind == .element, current == UInt8(ascii: "[") {
            try elementSubscript(into: &builder)
        }
        try pieces(kind, into: &builder)
        let pieces = try assemble(builder, start..<offset)
        return ShellWord(pieces: pieces, range: start..<offset)
    }

    private mutating func elementSubscript(into builder: inout ShellWordBuilder) throws(ShellSyntaxError) {
        try advance()
        builder.literal(UInt8(ascii: "["))
        builder.piece(.arithmetic(try arithmetic(.wordBracket, quoting: .none)))
        builder.literal(UInt8(ascii: "]"))
        try advance()
    }

    /// One step for each byte, or for what begins with it.
    private mutating func pieces(_ kind: WordKind, into builder: inout ShellWordBuilder) throws(ShellSyntaxError) {
        if kind == .argument || kind == .program, current == UInt8(ascii: "=") { try refuse(in: .zsh, "a word that begins with \"=\"") }
        // Behind it `~` is a home directory: at the beginning, and in what looks like an assignment.
        var mayBeTilde = true
        var isName = true
        var isAssignment = kind == .value
        var parentheses = 0
        while true {
            let byte = current
            if byte.isShellMeta, kind != .braced || byte == 0 {
                guard try !isOver(at: byte, kind, &parentheses) else { return }
                if byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") {
                    builder.piece(try process())
                } else {
                    if byte == UInt8(ascii: "\n") { try noteLineBreakInWord() }
                    builder.literal(byte)
                    try advance()
                }
                continue
            }
            if byte.isShellPlain {
                if try !plainRun(into: &builder) { isName = false }
                mayBeTilde = false
                continue
            }
            let wasTilde = mayBeTilde
            mayBeTilde = false
            switch byte {
            case UInt8(ascii: "~") where wasTilde: try tilde(isAssignment: isAssignment, into: &builder)
            case UInt8(ascii: "\\"): builder.quoted(try escaped())
            case UInt8(ascii: "'"): builder.quoted(try singleQuoted())
            case UInt8(ascii: "\""): builder.piece(try doubleQuoted(.double))
            case UInt8(ascii: "$"):
                if let piece = try dollar(.none) { builder.piece(piece) } else { builder.literal(byte) }
            case UInt8(ascii: "`"): builder.piece(try backtick(.none))
            case UInt8(ascii: "}") where kind == .braced: return
            case UInt8(ascii: "{") where kind.hasBraces, UInt8(ascii: "}") where kind.hasBraces, UInt8(ascii: ",") where kind.hasBraces:
                builder.mark(byte)
                // `{~,x}` becomes a word that begins with a tilde.
                mayBeTilde = true
                try advance()
            case UInt8(ascii: "["), UInt8(ascii: "]"):
                if kind.hasPatterns { builder.mark(byte) } else { builder.literal(byte) }
                try advance()
            case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "!"):
                try patternCharacter(byte, kind, into: &builder)
            case UInt8(ascii: "<"), UInt8(ascii: ">"):
                // In braces these are text, but for `<(`.
                if next == UInt8(ascii: "(") {
                    builder.piece(try process())
                } else {
                    builder.literal(byte)
                    try advance()
                }
            default:
                if byte == UInt8(ascii: "\n") { try noteLineBreakInWord() }
                builder.literal(byte)
                try advance()
                if byte == UInt8(ascii: "="), isName, !builder.isFirstLetter {
                    isAssignment = true
                    mayBeTilde = true
                } else if byte == UInt8(ascii: ":"), isAssignment {
                    mayBeTilde = true
                }
            }
            if !byte.isShellName, byte != UInt8(ascii: "+") { isName = false }
        }
    }

    /// Letters, digits and a few signs that are only themselves everywhere. Returns whether all may be in a name.
    private mutating func plainRun(into builder: inout ShellWordBuilder) throws(ShellSyntaxError) -> Bool {
        var end = position
        var isName = true
        while true {
            let byte = bytes[end]
            if !byte.isShellPlain { break }
            if !byte.isShellName { isName = false }
            end += 1
        }
        builder.literal(bytes[position..<end])
        try count(end - position)
        position = end
        skipContinuations()
        return isName
    }

    /// At a byte that ends words. Returns whether it ends this one; if not, it is text or the beginning of `<(`.
    private func isOver(at byte: UInt8, _ kind: WordKind, _ parentheses: inout Int) throws(ShellSyntaxError) -> Bool {
        if byte == 0 { return true }
        if byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">"), next == UInt8(ascii: "(") { return kind == .expression }
        switch kind {
        case .extended:
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { return false }
            return true
        case .expression:
            if byte == UInt8(ascii: "(") { parentheses += 1 }
            if byte == UInt8(ascii: ")") {
                if parentheses == 0 { return true }
                parentheses -= 1
            }
            if byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "|") { return false }
            return parentheses == 0 || byte != UInt8(ascii: " ")
        case .program, .argument, .value, .element, .pattern, .test, .braced: return true
        }
    }

    /// `*`, `?` and the beginnings of extended patterns.
    private mutating func patternCharacter(
        _ byte: UInt8, _ kind: WordKind, into builder: inout ShellWordBuilder
    ) throws(ShellSyntaxError) {
        if next == UInt8(ascii: "("), kind != .expression, kind != .braced, kind != .value {
            guard kind != .program else {
                throw fault(
                    "\"\(Character(Unicode.Scalar(byte)))(\" in the name of a program, which is a pattern or not as the shell's options are"
                )
            }
            try refuse(in: [.sh, .zsh], "an extended pattern")
            try nested { (parser) throws(ShellSyntaxError) in try parser.extendedPattern(byte, into: &builder) }
            return
        }
        if kind.hasPatterns, byte == UInt8(ascii: "*") || byte == UInt8(ascii: "?") {
            builder.glob(byte)
        } else {
            builder.literal(byte)
        }
        try advance()
    }

    private mutating func extendedPattern(_ byte: UInt8, into builder: inout ShellWordBuilder) throws(ShellSyntaxError) {
        builder.glob(byte)
        builder.glob(UInt8(ascii: "("))
        try advance(2)
        while true {
            try pieces(.extended, into: &builder)
            guard current == UInt8(ascii: "|") || current == UInt8(ascii: ")") else { throw unexpected() }
            let separator = current
            builder.glob(separator)
            try advance()
            if separator == UInt8(ascii: ")") { return }
        }
    }

    private mutating func tilde(isAssignment: Bool, into builder: inout ShellWordBuilder) throws(ShellSyntaxError) {
        var user: [UInt8] = []
        try advance()
        while current.isShellName || current == UInt8(ascii: ".") || current == UInt8(ascii: "-") || current == UInt8(ascii: "+") {
            user.append(current)
            try advance()
        }
        let ends = current.isShellMeta || current == UInt8(ascii: "/") || current == UInt8(ascii: "}") || current == UInt8(ascii: ",")
        if ends || isAssignment && current == UInt8(ascii: ":") {
            builder.piece(.tilde(user: String(decoding: user, as: UTF8.self)))
        } else {
            builder.literal(UInt8(ascii: "~"))
            for byte in user { builder.literal(byte) }
        }
    }

    /// `<(…)` and `>(…)`.
    private mutating func process() throws(ShellSyntaxError) -> ShellWord.Piece {
        try refuse(in: .sh, "a process substitution")
        let isInput = current == UInt8(ascii: "<")
        try advance(2)
        if current == UInt8(ascii: "(") { throw fault("arithmetic or commands: write \"( (\" with a space for commands") }
        return .process(isInput: isInput, try substitution())
    }
}
