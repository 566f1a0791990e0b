/// Why a regular expression is not accepted; a sentence for whoever wrote it.
package struct RegexFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

/// Reads the usual regular expression syntax, without what no linear-time engine can do (look-around, back-references).
///
/// `\w`, `\d`, `\s`, `\b` and named classes are ASCII. `.` and negated classes stand for one Unicode scalar. A `{` that starts no
/// count is a plain brace, since code is what is searched for.
struct RegexSyntax {
    static let maximumLength = 8_192
    static let maximumDepth = 100
    static let maximumCount = 1_000
    static let maximumStackedCounts = 4

    struct Flags {
        var ignoresCase: Bool
        /// `.` and negated classes include the newline.
        var dotMatchesNewline: Bool
        /// `^` and `$` hold at every line.
        var linesHaveAnchors = true
        var isMultiline: Bool
    }

    let scalars: [Unicode.Scalar]
    var position = 0
    var flags: Flags
    private var depth = 0
    /// Whether a newline was asked for literally.
    private(set) var mentionsNewline = false

    init(_ text: String, flags: Flags) {
        scalars = Array(text.unicodeScalars)
        self.flags = flags
    }

    mutating func read() throws(RegexFault) -> PatternNode {
        if scalars.count > RegexSyntax.maximumLength {
            throw RegexFault("The pattern has \(scalars.count) characters, over the limit of \(RegexSyntax.maximumLength).")
        }
        let node = try readChoice()
        if position < scalars.count { throw fault("unmatched \")\"") }
        return node
    }

    func fault(_ reason: String) -> RegexFault { RegexFault("Invalid regular expression: \(reason) at character \(position + 1).") }

    func unsupported(_ what: String) -> RegexFault {
        RegexFault(
            "Regular expression not supported: \(what) at character \(position + 1). Search for a simpler pattern and filter the result.")
    }

    private mutating func readChoice() throws(RegexFault) -> PatternNode {
        depth += 1
        defer { depth -= 1 }
        if depth > RegexSyntax.maximumDepth { throw fault("groups are nested deeper than \(RegexSyntax.maximumDepth) levels") }
        let saved = flags
        defer { flags = saved }
        var choices = [try readSequence()]
        while position < scalars.count, scalars[position] == "|" {
            position += 1
            choices.append(try readSequence())
        }
        return choices.count == 1 ? choices[0] : .choice(choices)
    }

    private mutating func readSequence() throws(RegexFault) -> PatternNode {
        var nodes: [PatternNode] = []
        while position < scalars.count, scalars[position] != "|", scalars[position] != ")" {
            var node = try readAtom()
            var counts = 0
            while let count = try readCount() {
                counts += 1
                if counts > RegexSyntax.maximumStackedCounts {
                    throw fault("more than \(RegexSyntax.maximumStackedCounts) repetitions in a row")
                }
                if case .assertion = node {
                    if count.minimum == 0 { node = .empty }
                } else {
                    node = .repeated(node, minimum: count.minimum, maximum: count.maximum, isGreedy: count.isGreedy)
                }
            }
            nodes.append(node)
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    private mutating func readAtom() throws(RegexFault) -> PatternNode {
        let scalar = scalars[position]
        switch scalar {
        case "(": return try readGroup()
        case "[": return try readClass()
        case "\\": return try readEscape()
        case "*", "+", "?": throw fault("nothing before \"\(scalar)\" to repeat")
        case ".":
            position += 1
            return .scalars(flags.dotMatchesNewline ? ScalarRanges.all : ScalarRanges.inverted([0x0A...0x0A]))
        case "^":
            position += 1
            return .assertion(flags.linesHaveAnchors ? .lineStart : .textStart)
        case "$":
            position += 1
            return .assertion(flags.linesHaveAnchors ? .lineEnd : .textEnd)
        default:
            position += 1
            return character(scalar.value)
        }
    }

    /// One character, in both cases when case is ignored.
    mutating func character(_ value: UInt32) -> PatternNode {
        if value == 0x0A { mentionsNewline = true }
        if flags.ignoresCase {
            let both = ScalarRanges.ignoringCase([value...value])
            if both != [value...value] { return .scalars(both) }
        }
        guard let scalar = Unicode.Scalar(value) else { return .scalars([value...value]) }
        return .literal(Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter))
    }

    private mutating func readGroup() throws(RegexFault) -> PatternNode {
        position += 1
        let outside = flags
        if position < scalars.count, scalars[position] == "?" {
            position += 1
            if try readGroupHead() { return .empty }
        }
        let node = try readChoice()
        guard position < scalars.count, scalars[position] == ")" else { throw fault("missing \")\"") }
        position += 1
        flags = outside
        return node
    }

    /// After `(?`. True when it was a whole group that only sets flags, such as `(?i)`.
    private mutating func readGroupHead() throws(RegexFault) -> Bool {
        guard position < scalars.count else { throw fault("the group ends after \"(?\"") }
        switch scalars[position] {
        case ":":
            position += 1
            return false
        case "=", "!": throw unsupported("look-ahead")
        case "P" where peek(1) == "<", "<" where peek(1) != "=" && peek(1) != "!":
            guard let end = scalars[position...].firstIndex(of: ">") else { throw fault("the group's name is not closed") }
            position = end + 1
            return false
        case "<": throw unsupported("look-behind")
        case ">": throw unsupported("an atomic group")
        case "P": throw unsupported("a back-reference")
        default: return try readFlags()
        }
    }

    private mutating func readFlags() throws(RegexFault) -> Bool {
        var value = true
        while position < scalars.count {
            switch scalars[position] {
            case "i": flags.ignoresCase = value
            case "s": flags.dotMatchesNewline = value && flags.isMultiline
            case "m": flags.linesHaveAnchors = value
            case "u", "U": break
            case "-": value = false
            case ")":
                position += 1
                return true
            case ":":
                position += 1
                return false
            default: throw unsupported("the group option \"\(scalars[position])\"")
            }
            position += 1
        }
        throw fault("missing \")\"")
    }

    func peek(_ offset: Int) -> Unicode.Scalar? {
        position + offset < scalars.count ? scalars[position + offset] : nil
    }

    private mutating func readCount() throws(RegexFault) -> (minimum: Int, maximum: Int?, isGreedy: Bool)? {
        guard position < scalars.count else { return nil }
        let count: (Int, Int?)
        switch scalars[position] {
        case "*": count = (0, nil)
        case "+": count = (1, nil)
        case "?": count = (0, 1)
        case "{":
            guard let (read, end) = readBraces() else { return nil }
            if read.0 > RegexSyntax.maximumCount || (read.1 ?? 0) > RegexSyntax.maximumCount {
                throw fault("a repetition of more than \(RegexSyntax.maximumCount)")
            }
            if let maximum = read.1, maximum < read.0 { throw fault("the repetition {\(read.0),\(maximum)} ends before it starts") }
            count = read
            position = end - 1
        default: return nil
        }
        position += 1
        let isLazy = peek(0) == "?"
        if isLazy { position += 1 }
        return (count.0, count.1, !isLazy)
    }

    private func readBraces() -> ((Int, Int?), end: Int)? {
        var index = position + 1
        func number() -> Int? {
            var value: Int?
            while index < scalars.count,
                let digit = scalars[index].properties.numericType == .decimal ? Int(scalars[index].value) - 48 : nil,
                (0...9).contains(digit)
            {
                value = min((value ?? 0) * 10 + digit, 1_000_000)
                index += 1
            }
            return value
        }
        guard let minimum = number(), index < scalars.count else { return nil }
        var maximum: Int? = minimum
        if scalars[index] == "," {
            index += 1
            maximum = number()
        }
        guard index < scalars.count, scalars[index] == "}" else { return nil }
        return ((minimum, maximum), index + 1)
    }

    mutating func noteNewline() { mentionsNewline = true }
}
