/// `{1..10}`, `{01..10..3}`, `{a..e}`: what stands between the braces.
struct BraceSequence {
    private var first: Int
    private var last: Int
    private var step: Int
    private var width = 0
    private var isLetters = false

    /// `nil` when the braces are text.
    ///
    /// - Throws: when it is a sequence that no one can mean: from `A` to `z`, with backslashes and quotes on the way, or with numbers
    ///   that do not fit.
    init?(_ text: [UInt8]) throws(ShellSyntaxError) {
        let parts = String(decoding: text, as: UTF8.self).split(separator: "..", omittingEmptySubsequences: false)
        guard parts.count == 2 || parts.count == 3 else { return nil }
        if let first = Self.number(parts[0]), let last = Self.number(parts[1]) {
            self.first = first
            self.last = last
            if parts[0...1].contains(where: { $0.drop { "+-".contains($0) }.hasPrefix("0") && $0.utf8.count > 1 }) {
                width = max(parts[0].utf8.count, parts[1].utf8.count)
            }
        } else if parts[0...1].allSatisfy({ $0.utf8.count == 1 && $0.utf8.first.map(\.isASCIILetter) == true }) {
            first = Int(parts[0].utf8[parts[0].startIndex])
            last = Int(parts[1].utf8[parts[1].startIndex])
            isLetters = true
        } else {
            return nil
        }
        step = 1
        if parts.count == 3 {
            guard let step = Self.number(parts[2]) else { return nil }
            self.step = max(1, step.magnitude > Int.max / 4 ? Int.max / 4 : abs(step))
        }
        if [first, last].contains(where: { $0.magnitude > 1_000_000_000_000 }) || width > 64 {
            throw ShellSyntaxError(offset: 0, reason: "a sequence of very large numbers")
        }
        if isLetters, (first < 0x61) != (last < 0x61) {
            throw ShellSyntaxError(offset: 0, reason: "a sequence of letters that passes signs on its way")
        }
    }

    var count: Int { abs(last - first) / step + 1 }

    /// As many as `count`.
    var words: [String] {
        (0..<count).map { index in
            let value = first + (last < first ? -1 : 1) * index * step
            if isLetters { return String(Unicode.Scalar(UInt8(value))) }
            let digits = String(value.magnitude)
            let sign = value < 0 ? "-" : ""
            return sign + String(repeating: "0", count: max(0, width - digits.utf8.count - sign.utf8.count)) + digits
        }
    }

    private static func number(_ text: Substring) -> Int? { Int(text) }
}

extension UInt8 {
    fileprivate var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
}
