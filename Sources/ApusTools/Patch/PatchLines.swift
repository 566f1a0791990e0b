/// The lines of a text, to be found again by what a patch quotes of them. Searching takes time in proportion to the text and the quote.
struct PatchLines {
    /// How alike a line and its quote have to be.
    enum Strictness: CaseIterable {
        case exact
        case upToTrailingSpace
        /// Runs of white space count as one space, at the ends of a line as nothing.
        case upToWhiteSpace
    }

    /// With their line ends; the last may lack one.
    let lines: [ArraySlice<UInt8>]
    private var indexes: [Strictness: LineIndex] = [:]

    init(_ text: [UInt8]) { lines = LineDiff.lines(text) }

    /// The line numbers, from 0, at which all of `wanted` stands in one piece, with the strictest comparison that finds any; at most
    /// `limit`. `wanted` is not empty.
    mutating func places(of wanted: [[UInt8]], from start: Int, onlyAtEnd: Bool = false, limit: Int = 20) -> [Int] {
        let first = onlyAtEnd ? max(start, lines.count - wanted.count) : start
        guard first >= 0, lines.count - first >= wanted.count else { return [] }
        for strictness in Strictness.allCases {
            let places = index(strictness).places(of: wanted.map { PatchLines.key($0[...], strictness) }, from: first, limit: limit)
            if !places.isEmpty { return places }
        }
        return []
    }

    private mutating func index(_ strictness: Strictness) -> LineIndex {
        if let index = indexes[strictness] { return index }
        let index = LineIndex(lines.map { PatchLines.key(PatchLines.body($0), strictness) })
        indexes[strictness] = index
        return index
    }

    /// The line without its end.
    static func body(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> { line.dropLast(end(of: line).count) }

    /// LF, CRLF or nothing.
    static func end(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard line.last == 0x0A else { return [] }
        return line.suffix(line.dropLast().last == 0x0D ? 2 : 1)
    }

    private static func key(_ line: ArraySlice<UInt8>, _ strictness: Strictness) -> ArraySlice<UInt8> {
        switch strictness {
        case .exact: line
        case .upToTrailingSpace: line[..<((line.lastIndex { !isSpace($0) } ?? line.startIndex - 1) + 1)]
        case .upToWhiteSpace: Array(line.split(whereSeparator: isSpace).joined(separator: [0x20]))[...]
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
}

/// Lines as numbers, equal for equal lines.
private struct LineIndex {
    private var known: [ArraySlice<UInt8>: Int] = [:]
    private var numbers: [Int] = []

    init(_ keys: [ArraySlice<UInt8>]) {
        numbers.reserveCapacity(keys.count)
        for key in keys {
            let number = known[key] ?? known.count
            known[key] = number
            numbers.append(number)
        }
    }

    /// The algorithm of Knuth, Morris and Pratt; places may overlap.
    func places(of keys: [ArraySlice<UInt8>], from start: Int, limit: Int) -> [Int] {
        var wanted: [Int] = []
        for key in keys {
            guard let number = known[key] else { return [] }
            wanted.append(number)
        }
        let borders = LineIndex.borders(of: wanted)
        var places: [Int] = []
        var matched = 0
        for position in start..<numbers.count {
            while matched > 0, matched == wanted.count || wanted[matched] != numbers[position] { matched = borders[matched - 1] }
            if wanted[matched] == numbers[position] { matched += 1 }
            guard matched == wanted.count else { continue }
            places.append(position + 1 - matched)
            if places.count == limit { break }
        }
        return places
    }

    /// For each prefix, how long its longest proper prefix is that is its suffix too.
    private static func borders(of wanted: [Int]) -> [Int] {
        var borders = [Int](repeating: 0, count: wanted.count)
        var length = 0
        for index in wanted.indices.dropFirst() {
            while length > 0, wanted[length] != wanted[index] { length = borders[length - 1] }
            if wanted[length] == wanted[index] { length += 1 }
            borders[index] = length
        }
        return borders
    }
}
