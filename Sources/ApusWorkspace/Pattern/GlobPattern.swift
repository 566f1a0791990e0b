/// A file pattern as the tools accept it: `*`, `?`, `[…]`, `{a,b}` (nested if wanted) and `**` for any number of folders.
///
/// Compared with a path below a folder. A pattern without a slash is compared with the last name only, so `*.swift` finds files at
/// any depth; with one it has to cover the path from the folder on. Matching takes time linear in the path, whatever the pattern.
package struct GlobPattern: Sendable {
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    package static let maximumLength = 4_096

    package let text: String
    private let comparesWholePath: Bool
    private let program: PatternProgram

    package init(_ text: String) throws(Fault) {
        self.text = text
        if text.isEmpty { throw Fault(description: "The pattern is empty.") }
        if text.utf8.count > GlobPattern.maximumLength {
            throw Fault(description: "The pattern has \(text.utf8.count) bytes, over the limit of \(GlobPattern.maximumLength).")
        }
        var source = Substring(text)
        while source.hasPrefix("./") { source = source.dropFirst(2) }
        comparesWholePath = source.contains("/")
        if source.hasPrefix("/") { source = source.dropFirst() }
        var syntax = GlobSyntax(source)
        let node = try syntax.read()
        do { program = try PatternProgram(node) } catch { throw Fault(description: "The pattern \"\(text)\" is too large.") }
    }

    /// A matcher of its own for one piece of work.
    package func matcher() -> GlobMatcher { GlobMatcher(comparesWholePath: comparesWholePath, LazyAutomaton(program, scope: .whole)) }
}

/// Not `Sendable`; see ``LazyAutomaton``.
package struct GlobMatcher {
    private let comparesWholePath: Bool
    private let automaton: LazyAutomaton

    init(comparesWholePath: Bool, _ automaton: LazyAutomaton) {
        self.comparesWholePath = comparesWholePath
        self.automaton = automaton
    }

    package func matches(_ entry: FileTree.Entry) -> Bool { automaton.matches(comparesWholePath ? entry.path[...] : entry.name) }

    package func matches(_ path: String) -> Bool {
        let bytes = Array(path.utf8)
        let nameStart = (bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1
        return automaton.matches(comparesWholePath ? bytes[...] : bytes[nameStart...])
    }
}

private struct GlobSyntax {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    /// Opening braces that were found to be closed nowhere; without it nested ones would be read over and over.
    private var unclosed: Set<Int> = []

    init(_ text: Substring) { scalars = Array(text.unicodeScalars) }

    mutating func read() throws(GlobPattern.Fault) -> PatternNode { .sequence(try readSequence()) }

    private static let notSlash = ScalarRanges.inverted([0x2F...0x2F])
    /// One scalar, or one byte of a name that is not UTF-8.
    private static let anyName = PatternNode.any(.bytes(.notSlash))

    private mutating func readSequence() throws(GlobPattern.Fault) -> [PatternNode] {
        var nodes: [PatternNode] = []
        while position < scalars.count {
            switch scalars[position] {
            case "*": nodes.append(readStars())
            case "?":
                position += 1
                nodes.append(.scalars(GlobSyntax.notSlash))
            case "[": nodes.append(readSet() ?? literal())
            case "{": nodes.append(try readChoice() ?? literal())
            case "}" where depth > 0, "," where depth > 0: return nodes
            case "\\" where position + 1 < scalars.count:
                position += 1
                nodes.append(literal())
            default: nodes.append(literal())
            }
        }
        return nodes
    }

    private mutating func literal() -> PatternNode {
        defer { position += 1 }
        return .literal(Array(UTF8.encode(scalars[position]) ?? UTF8.encodedReplacementCharacter))
    }

    private mutating func readStars() -> PatternNode {
        let start = position
        while position < scalars.count, scalars[position] == "*" { position += 1 }
        let isFreeBefore = start == 0 || "/{,".unicodeScalars.contains(scalars[start - 1])
        let isAtEnd = position == scalars.count || depth > 0 && "},".unicodeScalars.contains(scalars[position])
        guard position - start >= 2, isFreeBefore, isAtEnd || scalars[position] == "/" else { return GlobSyntax.anyName }
        let anything = PatternNode.any(.bytes(ByteSet([0...255])))
        if isAtEnd { return anything }
        position += 1
        return .optional(.sequence([anything, .literal([UInt8(ascii: "/")])]))
    }

    /// `nil`, and nothing consumed, when no brace closes it: then it is a plain character.
    private mutating func readChoice() throws(GlobPattern.Fault) -> PatternNode? {
        let start = position
        if unclosed.contains(start) { return nil }
        depth += 1
        defer { depth -= 1 }
        if depth > 20 { throw GlobPattern.Fault(description: "The pattern nests braces deeper than 20 levels.") }
        var choices: [PatternNode] = []
        repeat {
            position += 1
            choices.append(.sequence(try readSequence()))
        } while position < scalars.count && scalars[position] == ","
        guard position < scalars.count else {
            unclosed.insert(start)
            position = start
            return nil
        }
        position += 1
        return .choice(choices)
    }

    /// `nil`, and nothing consumed, when no bracket closes it.
    private mutating func readSet() -> PatternNode? {
        var index = position + 1
        let isNegated = index < scalars.count && (scalars[index] == "!" || scalars[index] == "^")
        if isNegated { index += 1 }
        let first = index
        var ranges: [ClosedRange<UInt32>] = []
        while index < scalars.count {
            if scalars[index] == "]", index > first {
                position = index + 1
                return .scalars(
                    ScalarRanges.removing(0x2F, from: isNegated ? ScalarRanges.inverted(ranges) : ScalarRanges.normalized(ranges)))
            }
            if scalars[index] == "\\", index + 1 < scalars.count { index += 1 }
            let low = scalars[index].value
            index += 1
            guard index + 1 < scalars.count, scalars[index] == "-", scalars[index + 1] != "]" else {
                ranges.append(low...low)
                continue
            }
            let high = scalars[index + 1].value
            index += 2
            if low <= high { ranges.append(low...high) }
        }
        return nil
    }
}
