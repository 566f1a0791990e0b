/// Reads the wildcard language of `.gitignore` files.
struct WildcardSyntax {
    private let text: [UInt8]
    private var position = 0

    private init(_ text: [UInt8]) { self.text = text }

    /// `nil` for what can never match: an open bracket that is not closed, a backslash at the end.
    static func gitNode(_ text: [UInt8]) -> PatternNode? {
        var syntax = WildcardSyntax(text)
        return syntax.read()
    }

    private mutating func read() -> PatternNode? {
        var nodes: [PatternNode] = []
        while position < text.count {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "*"): nodes.append(readStars())
            case UInt8(ascii: "?"):
                position += 1
                nodes.append(.bytes(.notSlash))
            case UInt8(ascii: "["):
                guard let set = readSet() else { return nil }
                nodes.append(.bytes(set))
            case UInt8(ascii: "\\"):
                guard position + 1 < text.count else { return nil }
                nodes.append(.literal([text[position + 1]]))
                position += 2
            default:
                position += 1
                nodes.append(.literal([byte]))
            }
        }
        return .sequence(nodes)
    }

    private mutating func readStars() -> PatternNode {
        let start = position
        while position < text.count, text[position] == UInt8(ascii: "*") { position += 1 }
        let isFreeBefore = start == 0 || text[start - 1] == UInt8(ascii: "/")
        let isFreeAfter = position == text.count || text[position] == UInt8(ascii: "/")
        guard position - start >= 2, isFreeBefore, isFreeAfter else { return .any(.bytes(.notSlash)) }
        let anything = PatternNode.any(.bytes(ByteSet([0...255])))
        if position == text.count { return anything }
        position += 1
        return .optional(.sequence([anything, .literal([UInt8(ascii: "/")])]))
    }

    /// A bracket expression; never matches a slash.
    private mutating func readSet() -> ByteSet? {
        var index = position + 1
        guard index < text.count else { return nil }
        let isNegated = text[index] == UInt8(ascii: "!") || text[index] == UInt8(ascii: "^")
        if isNegated { index += 1 }
        var set = ByteSet()
        var isFirst = true
        while index < text.count {
            if text[index] == UInt8(ascii: "]"), !isFirst {
                if isNegated { set.invert() }
                set.remove(UInt8(ascii: "/"))
                position = index + 1
                return set
            }
            isFirst = false
            if let named = CharacterClassName.read(text, at: index) {
                guard let ranges = named.ranges else { return nil }
                for range in ranges { set.insert(range) }
                index = named.end
                continue
            }
            guard let low = element(&index) else { return nil }
            if index + 1 < text.count, text[index] == UInt8(ascii: "-"), text[index + 1] != UInt8(ascii: "]") {
                index += 1
                guard let high = element(&index) else { return nil }
                if low <= high { set.insert(low...high) }
            } else {
                set.insert(low)
            }
        }
        return nil
    }

    private func element(_ index: inout Int) -> UInt8? {
        if text[index] == UInt8(ascii: "\\") { index += 1 }
        guard index < text.count else { return nil }
        defer { index += 1 }
        return text[index]
    }
}

/// `[:alpha:]` and its kin inside brackets; ASCII only.
struct CharacterClassName {
    /// `nil` when the name is not known.
    let ranges: [ClosedRange<UInt8>]?
    let end: Int

    static func read(_ text: [UInt8], at index: Int) -> CharacterClassName? {
        guard index + 1 < text.count, text[index] == UInt8(ascii: "["), text[index + 1] == UInt8(ascii: ":") else { return nil }
        var end = index + 2
        while end < text.count, text[end] != UInt8(ascii: ":") {
            guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(text[end]) else { return nil }
            end += 1
        }
        guard end + 1 < text.count, text[end + 1] == UInt8(ascii: "]") else { return nil }
        return CharacterClassName(ranges: ranges(of: String(decoding: text[(index + 2)..<end], as: UTF8.self)), end: end + 2)
    }

    static func ranges(of name: String) -> [ClosedRange<UInt8>]? {
        switch name {
        case "alpha": [0x41...0x5A, 0x61...0x7A]
        case "digit": [0x30...0x39]
        case "alnum": [0x30...0x39, 0x41...0x5A, 0x61...0x7A]
        case "upper": [0x41...0x5A]
        case "lower": [0x61...0x7A]
        case "space": [0x09...0x0D, 0x20...0x20]
        case "blank": [0x09...0x09, 0x20...0x20]
        case "punct": [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E]
        case "cntrl": [0x00...0x1F, 0x7F...0x7F]
        case "print": [0x20...0x7E]
        case "graph": [0x21...0x7E]
        case "xdigit": [0x30...0x39, 0x41...0x46, 0x61...0x66]
        case "word": [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A]
        default: nil
        }
    }
}
