/// A regular expression to search files with, checked and compiled. Any pattern runs in time linear in the text.
package struct TextPattern: Sendable {
    package let isMultiline: Bool
    private let program: PatternProgram
    /// Bytes that every match contains, if the pattern shows some.
    package let requiredLiteral: [UInt8]

    /// Without `multiline` a match lies within one line, and a pattern that asks for a newline is refused with the way out.
    package init(_ text: String, ignoringCase: Bool = false, multiline: Bool = false) throws(RegexFault) {
        let flags = RegexSyntax.Flags(ignoresCase: ignoringCase, dotMatchesNewline: false, isMultiline: multiline)
        var syntax = RegexSyntax(text, flags: flags)
        let node = try syntax.read()
        if syntax.mentionsNewline, !multiline {
            throw RegexFault(
                "The pattern asks for a newline, and lines are searched one by one. Set multiline to true to search across lines.")
        }
        do { program = try PatternProgram(node) } catch {
            throw RegexFault("The regular expression is too large once its repetitions are written out. Use smaller counts.")
        }
        isMultiline = multiline
        requiredLiteral = node.requiredLiteral
    }

    /// A matcher of its own for one piece of work; it finds nothing more once the flag is up.
    package func automaton(flag: CancelFlag? = nil) -> LazyAutomaton { LazyAutomaton(program, scope: .anywhere, flag: flag) }

    /// Matches in order; stops when `found` returns false.
    package func spans(in bytes: [UInt8], isCancelled: () -> Bool = { false }, found: (Range<Int>) -> Bool) {
        SpanFinder(program).spans(in: bytes, isCancelled: isCancelled, found: found)
    }
}

/// Finds plain bytes.
package enum LiteralSearch {
    /// The first occurrence at or after `start`.
    package static func first(of needle: [UInt8], in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        guard let head = needle.first, needle.count <= bytes.count else { return needle.isEmpty ? start : nil }
        let last = bytes.count - needle.count
        var position = start
        while position <= last {
            guard let found = index(of: head, in: bytes, from: position, through: last) else { return nil }
            var offset = 1
            while offset < needle.count, bytes[found + offset] == needle[offset] { offset += 1 }
            if offset == needle.count { return found }
            position = found + 1
        }
        return nil
    }

    package static func count(of needle: [UInt8], in bytes: [UInt8]) -> Int { positions(of: needle, in: bytes).count }

    /// Every occurrence, none overlapping.
    package static func positions(of needle: [UInt8], in bytes: [UInt8]) -> [Int] {
        if needle.isEmpty { return [] }
        return bytes.withUnsafeBufferPointer { buffer in
            var result: [Int] = []
            var position = 0
            while let found = first(of: needle, in: buffer, from: position) {
                result.append(found)
                position = found + needle.count
            }
            return result
        }
    }
}
