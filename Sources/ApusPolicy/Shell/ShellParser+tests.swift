extension ShellParser {
    /// The inside of `[[ … ]]`, checked against its grammar and given as its words: operands and operators in their order.
    mutating func testWords() throws(ShellSyntaxError) -> [ShellWord] {
        var words: [ShellWord] = []
        try testExpression(into: &words)
        guard try takeTestEnd() else { throw unexpected() }
        return words
    }

    private mutating func skipTestBlanks() throws(ShellSyntaxError) {
        try skipBlanks()
        while current == UInt8(ascii: "\n") {
            try noteLineBreakInWord()
            try lineBreak()
            try skipBlanks()
        }
    }

    private var isTestEnd: Bool { isNext("]]") && bytes[index(after: index(after: position))].isShellMeta }

    private mutating func takeTestEnd() throws(ShellSyntaxError) -> Bool {
        try skipTestBlanks()
        guard isTestEnd else { return false }
        try advance(2)
        return true
    }

    private mutating func takeOperator(_ text: StaticString, into words: inout [ShellWord]) throws(ShellSyntaxError) -> Bool {
        let start = offset
        guard try take(text) else { return false }
        words.append(ShellWord(pieces: [.literal("\(text)")], range: start..<offset))
        return true
    }

    private mutating func takeOperator(
        _ text: StaticString, or other: StaticString, into words: inout [ShellWord]
    ) throws(ShellSyntaxError) -> Bool {
        if try takeOperator(text, into: &words) { return true }
        return try takeOperator(other, into: &words)
    }

    /// Both joins alike: only the words count.
    private mutating func testExpression(into words: inout [ShellWord]) throws(ShellSyntaxError) {
        repeat {
            try testOperand(into: &words)
            try skipTestBlanks()
        } while try takeOperator("&&", or: "||", into: &words)
    }

    private mutating func testOperand(into words: inout [ShellWord]) throws(ShellSyntaxError) {
        try skipTestBlanks()
        while current == UInt8(ascii: "!"), next.isShellMeta {
            if next == UInt8(ascii: "(") { throw fault("\"!(\", which is a pattern or a group as the shell's options are") }
            _ = try takeOperator("!", into: &words)
            try skipTestBlanks()
        }
        if try takeOperator("(", into: &words) {
            var inner: [ShellWord] = []
            try nested { (parser) throws(ShellSyntaxError) in try parser.testExpression(into: &inner) }
            words += inner
            guard try takeOperator(")", into: &words) else { throw unexpected() }
            return
        }
        guard startsWord, !isTestEnd else { throw unexpected() }
        let first = try word(.test)
        words.append(first)
        try skipTestBlanks()
        if case .literal(let text)? = first.pieces.first, first.pieces.count == 1, Self.isUnary(text) {
            if isTestEnd { throw fault("\"\(text)\" without an operand") }
            if startsWord {
                words.append(try word(.test))
                return
            }
        }
        let start = offset
        if try takeOperator("<", or: ">", into: &words) {
            try testRightSide(.test, into: &words)
        } else if startsWord, !isTestEnd {
            let sign = try word(.test)
            guard let text = sign.text, Self.binary.contains(text) else { throw fault("an unknown operator in \"[[\"", at: start) }
            words.append(sign)
            try testRightSide(text == "=~" ? .expression : .test, into: &words)
        }
    }

    private mutating func testRightSide(_ kind: WordKind, into words: inout [ShellWord]) throws(ShellSyntaxError) {
        try skipTestBlanks()
        guard startsWord || kind == .expression && current == UInt8(ascii: "("), !isTestEnd else { throw unexpected() }
        words.append(try word(kind))
    }

    private static func isUnary(_ text: String) -> Bool {
        text.utf8.count == 2 && text.hasPrefix("-")
            && "abcdefghknoprstuvwxzGLNORS".utf8.contains(text.utf8[text.utf8.index(after: text.startIndex)])
    }

    private static let binary: Set<String> = ["=", "==", "!=", "=~", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef"]
}
