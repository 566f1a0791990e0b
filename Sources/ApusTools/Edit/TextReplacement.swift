import ApusWorkspace

/// Replaces a text in a text, minding line ends: a pattern written with plain newlines also fits a file with CRLF, and what is put in
/// gets the file's line ends.
struct TextReplacement {
    let old: [UInt8]
    let new: [UInt8]
    /// Where `old` begins, none overlapping.
    let positions: [Int]
    private let text: [UInt8]

    init(_ old: [UInt8], with new: [UInt8], in text: [UInt8]) {
        self.text = text
        let exact = LiteralSearch.positions(of: old, in: text)
        let usesReturns = TextReplacement.usesReturns(text)
        if exact.isEmpty, usesReturns || text.contains(0x0D), old.contains(0x0A) {
            self.old = TextReplacement.withReturns(old)
            self.new = TextReplacement.withReturns(new)
            positions = LiteralSearch.positions(of: self.old, in: text)
        } else {
            self.old = old
            self.new = usesReturns ? TextReplacement.withReturns(new) : new
            positions = exact
        }
    }

    func applied() -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(text.count + positions.count * max(new.count - old.count, 0))
        var next = 0
        for position in positions {
            result += text[next..<position]
            result += new
            next = position + old.count
        }
        return result + text[next...]
    }

    /// Line of each position, from 1; at most `limit` of them.
    func lines(limit: Int) -> [Int] {
        var line = 1
        var next = 0
        return positions.prefix(limit).map { position in
            line += text[next..<position].count { $0 == 0x0A }
            next = position
            return line
        }
    }

    /// Every line of the text ends with CRLF.
    private static func usesReturns(_ text: [UInt8]) -> Bool {
        var hasLines = false
        for index in text.indices where text[index] == 0x0A {
            if index == 0 || text[index - 1] != 0x0D { return false }
            hasLines = true
        }
        return hasLines
    }

    private static func withReturns(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            if byte == 0x0A, result.last != 0x0D { result.append(0x0D) }
            result.append(byte)
        }
        return result
    }
}
