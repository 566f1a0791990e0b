/// One line of a `.gitignore`.
///
/// Follows gitignore(5): `!` takes back, a trailing `/` means folders only, a slash anywhere else anchors the pattern to the folder
/// of its file, `*` and `?` stop at slashes, `**` between slashes does not. Byte-based like git's own matcher.
struct IgnorePattern {
    private enum Matcher {
        /// A plain name or path.
        case exact([UInt8])
        /// `*` and then plain text.
        case suffix([UInt8])
        case automaton(LazyAutomaton)
    }

    let isNegated: Bool
    private let isForDirectories: Bool
    /// Compared with the whole path below the folder of the file, not with the last name.
    private let isAnchored: Bool
    private let matcher: Matcher

    /// `nil` for blank lines, comments, and patterns that git never matches either.
    init?(line: ArraySlice<UInt8>) {
        var text = IgnorePattern.trimmed(line)
        if text.isEmpty || text.first == UInt8(ascii: "#") { return nil }
        isNegated = text.first == UInt8(ascii: "!")
        if isNegated { text = text.dropFirst() }
        isForDirectories = text.last == UInt8(ascii: "/")
        if isForDirectories { text = text.dropLast() }
        isAnchored = text.contains(UInt8(ascii: "/"))
        if text.first == UInt8(ascii: "/") { text = text.dropFirst() }
        if text.isEmpty { return nil }
        guard let matcher = IgnorePattern.matcher(for: text, isAnchored: isAnchored) else { return nil }
        self.matcher = matcher
    }

    /// `path` is below the folder of the file that the pattern comes from; its last name begins at `nameStart`.
    func matches(_ path: ArraySlice<UInt8>, nameStart: Int, isDirectory: Bool) -> Bool {
        if isForDirectories && !isDirectory { return false }
        let subject = isAnchored ? path : path[nameStart...]
        switch matcher {
        case .exact(let bytes): return subject.elementsEqual(bytes)
        case .suffix(let bytes): return subject.count >= bytes.count && subject.suffix(bytes.count).elementsEqual(bytes)
        case .automaton(let automaton): return automaton.matches(subject)
        }
    }

    private static func matcher(for text: ArraySlice<UInt8>, isAnchored: Bool) -> Matcher? {
        let isSpecial: (UInt8) -> Bool = { "*?[\\".utf8.contains($0) }
        if !text.contains(where: isSpecial) { return .exact(Array(text)) }
        let rest = text.dropFirst()
        if text.first == UInt8(ascii: "*"), !isAnchored, !rest.contains(where: isSpecial) { return .suffix(Array(rest)) }
        guard let node = WildcardSyntax.gitNode(Array(text)), let program = try? PatternProgram(node) else { return nil }
        return .automaton(LazyAutomaton(program, scope: .whole))
    }

    /// Without a carriage return and spaces at the end, unless the last of them is quoted.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        var end = line.startIndex
        var index = line.startIndex
        while index < line.endIndex {
            if line[index] == UInt8(ascii: "\\"), index + 1 < line.endIndex {
                index += 2
                end = index
                continue
            }
            if line[index] != UInt8(ascii: " ") { end = index + 1 }
            index += 1
        }
        return line[..<end]
    }
}
