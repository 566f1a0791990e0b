/// Escapes and bracket classes.
extension RegexSyntax {
    static let word: [ClosedRange<UInt32>] = [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
    static let digit: [ClosedRange<UInt32>] = [0x30...0x39]
    static let space: [ClosedRange<UInt32>] = [0x09...0x0D, 0x20...0x20]

    mutating func readEscape() throws(RegexFault) -> PatternNode {
        guard let next = peek(1) else { throw fault("a backslash at the end") }
        if let assertion = RegexSyntax.assertion(next) {
            position += 2
            return .assertion(assertion)
        }
        if let ranges = classEscape(next) {
            position += 2
            return .scalars(lineSafe(ranges, isNegated: next.properties.isUppercase))
        }
        if next == "Q" {
            position += 2
            return readQuoted()
        }
        return character(try readEscapedCharacter())
    }

    private static func assertion(_ scalar: Unicode.Scalar) -> PatternAssertion? {
        switch scalar {
        case "b": .wordBoundary
        case "B": .notWordBoundary
        case "A": .textStart
        case "z", "Z": .textEnd
        case "<": .wordStart
        case ">": .wordEnd
        default: nil
        }
    }

    private func classEscape(_ scalar: Unicode.Scalar) -> [ClosedRange<UInt32>]? {
        switch scalar {
        case "w": RegexSyntax.word
        case "d": RegexSyntax.digit
        case "s": RegexSyntax.space
        case "W": ScalarRanges.inverted(RegexSyntax.word)
        case "D": ScalarRanges.inverted(RegexSyntax.digit)
        case "S": ScalarRanges.inverted(RegexSyntax.space)
        default: nil
        }
    }

    /// Whatever says "anything but …" means the rest of the line, unless lines do not matter.
    private func lineSafe(_ ranges: [ClosedRange<UInt32>], isNegated: Bool) -> [ClosedRange<UInt32>] {
        isNegated && !flags.isMultiline ? ScalarRanges.removing(0x0A, from: ranges) : ranges
    }

    private mutating func readQuoted() -> PatternNode {
        var nodes: [PatternNode] = []
        while position < scalars.count {
            if scalars[position] == "\\", peek(1) == "E" {
                position += 2
                break
            }
            nodes.append(character(scalars[position].value))
            position += 1
        }
        return .sequence(nodes)
    }

    /// At a backslash; consumes the whole escape.
    private mutating func readEscapedCharacter() throws(RegexFault) -> UInt32 {
        guard let next = peek(1) else { throw fault("a backslash at the end") }
        switch next {
        case "n": return take(0x0A)
        case "t": return take(0x09)
        case "r": return take(0x0D)
        case "f": return take(0x0C)
        case "v": return take(0x0B)
        case "a": return take(0x07)
        case "e": return take(0x1B)
        case "0": return take(0)
        case "x": return try readHex(digits: 2)
        case "u": return try readHex(digits: 4)
        case "1"..."9", "k": throw unsupported("a back-reference")
        case "p", "P": throw unsupported("a Unicode property class")
        case "A"..."Z", "a"..."z": throw fault("unknown escape \"\\\(next)\"")
        default: return take(next.value)
        }
    }

    private mutating func take(_ value: UInt32) -> UInt32 {
        position += 2
        return value
    }

    private mutating func readHex(digits: Int) throws(RegexFault) -> UInt32 {
        var index = position + 2
        var text = ""
        if index < scalars.count, scalars[index] == "{" {
            guard let end = scalars[index...].firstIndex(of: "}") else { throw fault("an escape that is not closed") }
            text = String(String.UnicodeScalarView(scalars[(index + 1)..<end]))
            index = end + 1
        } else {
            text = String(String.UnicodeScalarView(scalars[index...].prefix(digits)))
            index += digits
        }
        guard let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil else { throw fault("\"\(text)\" is no character number") }
        position = index
        return value
    }

    mutating func readClass() throws(RegexFault) -> PatternNode {
        let start = position
        position += 1
        let isNegated = peek(0) == "^"
        if isNegated { position += 1 }
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while position < scalars.count {
            if scalars[position] == "]", !isFirst {
                position += 1
                if flags.ignoresCase { ranges = ScalarRanges.ignoringCase(ranges) }
                if !isNegated, ranges.contains(0x0A...0x0A) { noteNewline() }
                let result = isNegated ? lineSafe(ScalarRanges.inverted(ranges), isNegated: true) : ScalarRanges.normalized(ranges)
                if result.isEmpty { throw fault("a class that nothing can match") }
                return .scalars(result)
            }
            isFirst = false
            try readClassItem(into: &ranges)
        }
        position = start
        throw fault("\"[\" is not closed")
    }

    private mutating func readClassItem(into ranges: inout [ClosedRange<UInt32>]) throws(RegexFault) {
        if let named = try readNamedClass() {
            ranges += named
            return
        }
        if scalars[position] == "\\", let next = peek(1), let escaped = classEscape(next) {
            position += 2
            ranges += escaped
            return
        }
        let low = try readClassCharacter()
        guard peek(0) == "-", let after = peek(1), after != "]" else {
            ranges.append(low...low)
            return
        }
        position += 1
        let high = try readClassCharacter()
        if high < low { throw fault("a range in \"[…]\" that ends before it starts") }
        ranges.append(low...high)
    }

    private mutating func readClassCharacter() throws(RegexFault) -> UInt32 {
        let scalar = scalars[position]
        if scalar == "\\" {
            if peek(1) == "b" { return take(0x08) }
            return try readEscapedCharacter()
        }
        position += 1
        return scalar.value
    }

    /// `[:alpha:]`, inside brackets.
    private mutating func readNamedClass() throws(RegexFault) -> [ClosedRange<UInt32>]? {
        guard scalars[position] == "[", peek(1) == ":" else { return nil }
        var end = position + 2
        while end < scalars.count, scalars[end].properties.isAlphabetic || scalars[end] == "^" { end += 1 }
        guard end + 1 < scalars.count, scalars[end] == ":", scalars[end + 1] == "]" else { return nil }
        var name = String(String.UnicodeScalarView(scalars[(position + 2)..<end]))
        let isNegated = name.hasPrefix("^")
        if isNegated { name.removeFirst() }
        guard let bytes = CharacterClassName.ranges(of: name) else { throw fault("unknown class \"[:\(name):]\"") }
        position = end + 2
        let ranges = bytes.map { UInt32($0.lowerBound)...UInt32($0.upperBound) }
        return isNegated ? ScalarRanges.inverted(ranges) : ranges
    }
}
