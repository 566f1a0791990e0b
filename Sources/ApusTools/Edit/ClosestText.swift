/// Finds the place of a file that a text was probably meant for, when it is not there to the letter.
///
/// Bounded: looks at the first 20,000 lines, compares at most 40 lines of the wanted text, and does not show more than those.
enum ClosestText {
    struct Candidate: Hashable {
        /// From 1.
        let line: Int
        let text: String
        /// Same words, other white space.
        let differsInSpaceOnly: Bool
    }

    private static let maximumLines = 20_000
    private static let maximumWanted = 40

    /// `nil` when nothing is alike.
    static func find(_ wanted: [UInt8], in text: [UInt8]) -> Candidate? {
        let lines = Array(LineDiff.lines(text).prefix(maximumLines))
        let wantedLines = LineDiff.lines(wanted)
        let keys = lines.map(key)
        let wantedKeys = wantedLines.prefix(maximumWanted).map(key)
        guard let first = wantedKeys.firstIndex(where: { !$0.isEmpty }) else { return nil }
        let wantedShingles = wantedKeys.map(shingles)
        var best: (line: Int, score: Double)?
        for start in lines.indices {
            let score = score(keys, at: start, wantedKeys, wantedShingles, first)
            if score > (best?.score ?? 0) { best = (start, score) }
        }
        guard let best, best.score >= 0.45 else { return nil }
        let found = lines[best.line..<min(best.line + min(wantedLines.count, maximumWanted), lines.count)]
        let isSame = best.score >= 1 && wantedLines.count <= maximumWanted
        let shown = String(decoding: found.joined(), as: UTF8.self)
        return Candidate(line: best.line + 1, text: shown, differsInSpaceOnly: isSame)
    }

    /// From 0 to 1: how much of the wanted lines is here. Lines that are alike but not equal count partly; to stay cheap they are
    /// compared in full only where the first wanted line is alike too.
    private static func score(
        _ keys: [[UInt8]], at start: Int, _ wanted: [[UInt8]], _ wantedShingles: [Set<UInt32>], _ first: Int
    ) -> Double {
        guard start + first < keys.count else { return 0 }
        let head = likeness(keys[start + first], wanted[first], wantedShingles[first])
        let isLast = wanted.count == 1
        if head < 0.3, isLast || keys[start...].dropFirst(first + 1).first != wanted.dropFirst(first + 1).first { return 0 }
        var sum = 0.0
        for offset in wanted.indices where start + offset < keys.count {
            sum += offset == first ? head : likeness(keys[start + offset], wanted[offset], wantedShingles[offset])
        }
        return sum / Double(wanted.count)
    }

    private static func likeness(_ line: [UInt8], _ wanted: [UInt8], _ wantedShingles: Set<UInt32>) -> Double {
        if line == wanted { return 1 }
        if line.isEmpty || wanted.isEmpty || line.count > 400 { return 0 }
        let own = shingles(line)
        if own.isEmpty || wantedShingles.isEmpty { return 0 }
        return 2 * Double(own.intersection(wantedShingles).count) / Double(own.count + wantedShingles.count) * 0.99
    }

    /// The line without any white space.
    private static func key(_ line: ArraySlice<UInt8>) -> [UInt8] { line.filter { $0 > 0x20 } }

    private static func shingles(_ line: [UInt8]) -> Set<UInt32> {
        guard line.count >= 3 else { return [] }
        var result: Set<UInt32> = []
        for index in 0..<min(line.count - 2, 400) {
            result.insert(UInt32(line[index]) << 16 | UInt32(line[index + 1]) << 8 | UInt32(line[index + 2]))
        }
        return result
    }
}
