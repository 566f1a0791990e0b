/// Reads a shell script as bash does, into the tree of `ShellSyntax.swift`.
///
/// It never guesses: what it does not understand, what bash itself refuses and what the shells named in `dialect` would read in
/// different ways is a `ShellSyntaxError`. Work is linear in the length of the text: whatever is nested is read in place, and the text
/// of backticks and here-documents, which has to be unescaped first, is copied once for each level of nesting, of which there are few.
package struct ShellParser {
    /// Commands of models are far shorter; bash has no limit of its own.
    package static let maximumBytes = 65_536
    /// Of quotes, expansions and commands within each other. Each level costs a few stack frames here and in whoever walks the tree.
    package static let maximumDepth = 48
    /// Words that all brace expansions of a text stand for, before they are combined.
    package static let maximumAlternatives = 2_048
    /// Nested text is read again while it is unescaped; this is beyond anything that the other limits let through.
    package static let maximumSteps = maximumBytes * maximumDepth * 2

    /// - Throws: the first thing that is not understood, with its place in UTF-8 bytes.
    package static func parse(_ text: String, for dialect: ShellDialect = .bash) throws(ShellSyntaxError) -> ShellScript {
        var steps = 0
        return try parse(text, for: dialect, steps: &steps)
    }

    /// - Parameter steps: becomes the number of bytes looked at, those read again counted again.
    package static func parse(
        _ text: String, for dialect: ShellDialect = .bash, steps: inout Int
    ) throws(ShellSyntaxError) -> ShellScript {
        var parser = try ShellParser(text, dialect)
        defer { steps = parser.steps }
        let script = try parser.wholeScript()
        if parser.hereDocuments.isEmpty { return script }
        // The first reading found the texts of here-documents, which stand behind the commands that get them.
        parser.restart()
        return try parser.wholeScript()
    }

    // MARK: State

    let dialect: ShellDialect
    /// Ends with a NUL, which no text has.
    var bytes: [UInt8]
    /// Where each byte stands in the source, when `bytes` is a text that was unescaped.
    var origins: [Int]?
    var position = 0
    var depth = 0
    var steps = 0
    var alternatives = 0
    /// How many backtick substitutions this text is inside of.
    var backticks = 0
    /// How many substitutions end with a parenthesis around here.
    var substitutions = 0
    /// Here-documents of the line being read, whose texts begin with the next line.
    var pending: [PendingHereDocument] = []
    /// Those of lines around the substitution being read: a line break is not for them.
    var waitingOutside = 0
    /// By the place of their operators.
    var hereDocuments: [Int: FoundHereDocument] = [:]

    private init(_ text: String, _ dialect: ShellDialect) throws(ShellSyntaxError) {
        guard text.utf8.count <= Self.maximumBytes else {
            throw ShellSyntaxError(
                offset: Self.maximumBytes, reason: "\(text.utf8.count) bytes are more than the \(Self.maximumBytes) that are read")
        }
        self.dialect = dialect
        bytes = Array(text.utf8)
        if let offset = bytes.firstIndex(where: { $0 == 0 || $0 == 0x01 || $0 == 0x7F }) {
            throw ShellSyntaxError(offset: offset, reason: "a control character that shells drop or use as marks of their own")
        }
        bytes.append(0)
        skipContinuations()
    }

    private mutating func restart() {
        position = 0
        alternatives = 0
        skipContinuations()
    }

    private mutating func wholeScript() throws(ShellSyntaxError) -> ShellScript {
        let script = try list()
        guard isAtEnd else { throw unexpected() }
        if let open = pending.first { throw ShellSyntaxError(offset: open.origin, reason: "a here-document without text") }
        return script
    }

    // MARK: Nesting

    /// Reads something one level deeper; the limit keeps the stack, not the reader, from deciding what is too deep.
    mutating func nested<Value>(
        _ read: (inout ShellParser) throws(ShellSyntaxError) -> Value
    ) throws(ShellSyntaxError) -> Value {
        guard depth < Self.maximumDepth else { throw fault("nested more than \(Self.maximumDepth) levels deep") }
        depth += 1
        defer { depth -= 1 }
        return try read(&self)
    }

    /// Reads a text that was unescaped from a part of the source, as if it stood alone.
    mutating func reading<Value>(
        _ text: UnescapedText, _ read: (inout ShellParser) throws(ShellSyntaxError) -> Value
    ) throws(ShellSyntaxError) -> Value {
        let outer = (bytes, origins, position, pending, waitingOutside, substitutions)
        bytes = text.bytes + [0]
        origins = text.origins
        position = 0
        pending = []
        waitingOutside = 0
        substitutions = 0
        defer { (bytes, origins, position, pending, waitingOutside, substitutions) = outer }
        skipContinuations()
        return try read(&self)
    }
}

/// Bytes with the places where they came from; one place more than bytes, for the end.
struct UnescapedText {
    var bytes: [UInt8] = []
    var origins: [Int] = []
}
