extension ShellParser {
    /// The byte at hand; NUL at the end.
    var current: UInt8 { bytes[position] }
    var isAtEnd: Bool { current == 0 }

    /// Where the byte at hand stands in the source.
    var offset: Int { origins.map { $0[position] } ?? position }

    /// The byte behind the one at hand, line continuations left out.
    var next: UInt8 { bytes[index(after: position)] }

    /// Where the shell reads on behind `index`: a backslash before a line break is nothing at all, even within operators.
    func index(after index: Int) -> Int {
        var index = index
        if bytes[index] != 0 { index += 1 }
        while bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "\n") { index += 2 }
        return index
    }

    mutating func skipContinuations() {
        while bytes[position] == UInt8(ascii: "\\"), bytes[position + 1] == UInt8(ascii: "\n") { position += 2 }
    }

    mutating func advance() throws(ShellSyntaxError) {
        let old = position
        position = index(after: position)
        try count(position - old)
    }

    /// Without regard for continuations: in single quotes, behind backslashes, in comments.
    mutating func advanceRaw() throws(ShellSyntaxError) {
        if bytes[position] != 0 { position += 1 }
        try count(1)
    }

    mutating func count(_ read: Int) throws(ShellSyntaxError) {
        steps += read
        if steps > Self.maximumSteps { throw fault("too much to unescape") }
    }

    mutating func advance(_ number: Int) throws(ShellSyntaxError) {
        for _ in 0..<number { try advance() }
    }

    /// Whether `text` comes next, continuations left out.
    func isNext(_ text: StaticString) -> Bool {
        var index = position
        for wanted in UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount) {
            guard bytes[index] == wanted else { return false }
            index = self.index(after: index)
        }
        return true
    }

    mutating func take(_ text: StaticString) throws(ShellSyntaxError) -> Bool {
        guard isNext(text) else { return false }
        try advance(text.utf8CodeUnitCount)
        return true
    }

    // MARK: Between words

    /// Blanks and a comment; not the line break.
    mutating func skipBlanks() throws(ShellSyntaxError) {
        while current == UInt8(ascii: " ") || current == UInt8(ascii: "\t") { try advance() }
        guard current == UInt8(ascii: "#") else { return }
        if backticks > 0 { throw fault("a comment within backticks") }
        while current != UInt8(ascii: "\n"), !isAtEnd { try advanceRaw() }
    }

    mutating func skipLines() throws(ShellSyntaxError) {
        try skipBlanks()
        while current == UInt8(ascii: "\n") {
            try lineBreak()
            try skipBlanks()
        }
    }

    /// The line break that ends a line of commands: here-documents of the line follow it.
    mutating func lineBreak() throws(ShellSyntaxError) {
        try noteLineBreakOutside()
        try advanceRaw()
        if pending.isEmpty {
            skipContinuations()
        } else {
            try readHereDocuments()
        }
    }

    /// A line break inside a word: shells do not agree whether a here-document of the line begins there.
    func noteLineBreakInWord() throws(ShellSyntaxError) {
        try noteLineBreakOutside()
        if let open = pending.first {
            throw ShellSyntaxError(offset: open.origin, reason: "a line break within a word before a here-document")
        }
    }

    private func noteLineBreakOutside() throws(ShellSyntaxError) {
        if waitingOutside > 0 { throw fault("a line break within a substitution before a here-document of the line around it") }
    }

    // MARK: Faults

    func fault(_ reason: String, at offset: Int? = nil) -> ShellSyntaxError {
        ShellSyntaxError(offset: offset ?? self.offset, reason: reason)
    }

    func unexpected() -> ShellSyntaxError {
        if isAtEnd { return fault("an unexpected end") }
        if current == UInt8(ascii: "\n") { return fault("an unexpected line break") }
        var scalar = [bytes[position]]
        for byte in bytes[(position + 1)...].prefix(3) where byte & 0xC0 == 0x80 { scalar.append(byte) }
        return fault("an unexpected \"\(String(decoding: scalar, as: UTF8.self))\"")
    }

    /// For what bash has and the named shells read otherwise.
    func refuse(in other: ShellDialect, _ what: String) throws(ShellSyntaxError) {
        if !dialect.isDisjoint(with: other) {
            let name = dialect.contains(.sh) && other.contains(.sh) ? "sh" : "zsh"
            throw fault("\(what), which \(name) reads in another way than bash")
        }
    }
}

extension UInt8 {
    /// What ends a word outside quotes.
    var isShellMeta: Bool {
        switch self {
        case 0, 0x20, 0x09, 0x0A, UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "("), UInt8(ascii: ")"):
            true
        default: false
        }
    }

    /// What is only itself in every word, in quotes or not.
    var isShellPlain: Bool {
        isShellName || self >= 0x80 || self == UInt8(ascii: "-") || self == UInt8(ascii: ".") || self == UInt8(ascii: "/")
    }

    var isShellNameStart: Bool { (self | 0x20) &- 0x61 < 26 || self == UInt8(ascii: "_") }
    var isASCIIDigit: Bool { self &- 0x30 < 10 }
    var isShellName: Bool { isShellNameStart || isASCIIDigit }

    var hexadecimalDigit: UInt32? {
        if isASCIIDigit { return UInt32(self - 0x30) }
        let letter = (self | 0x20) &- 0x61
        return letter < 6 ? UInt32(letter) + 10 : nil
    }
}
