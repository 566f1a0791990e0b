/// The syntax tree that regular expressions, globs and ignore rules share.
indirect enum PatternNode: Hashable, Sendable {
    case empty
    /// Exactly these bytes.
    case literal([UInt8])
    /// One byte of the set.
    case bytes(ByteSet)
    /// One Unicode scalar of these ranges, as UTF-8.
    case scalars([ClosedRange<UInt32>])
    case sequence([PatternNode])
    /// Earlier alternatives are preferred where a position is asked for.
    case choice([PatternNode])
    case repeated(PatternNode, minimum: Int, maximum: Int?, isGreedy: Bool)
    case assertion(PatternAssertion)

    static func any(_ node: PatternNode) -> PatternNode { .repeated(node, minimum: 0, maximum: nil, isGreedy: true) }
    static func optional(_ node: PatternNode) -> PatternNode { .repeated(node, minimum: 0, maximum: 1, isGreedy: true) }

    /// A text that every match contains, for finding candidates quickly; the longest that is easily seen.
    var requiredLiteral: [UInt8] {
        switch self {
        case .literal(let bytes): return bytes
        case .repeated(let node, let minimum, _, _): return minimum > 0 ? node.requiredLiteral : []
        case .sequence(let nodes):
            var best: [UInt8] = []
            var run: [UInt8] = []
            for node in nodes {
                if case .literal(let bytes) = node {
                    run += bytes
                    if run.count > best.count { best = run }
                    continue
                }
                if case .assertion = node { continue }
                run = []
                let inner = node.requiredLiteral
                if inner.count > best.count { best = inner }
            }
            return best
        case .empty, .bytes, .scalars, .choice, .assertion: return []
        }
    }
}

enum PatternAssertion: UInt8, Hashable, Sendable {
    case lineStart, lineEnd, textStart, textEnd, wordBoundary, notWordBoundary, wordStart, wordEnd
}

/// A set of bytes.
struct ByteSet: Hashable, Sendable {
    private var words: SIMD4<UInt64> = .zero

    init() {}

    init(_ ranges: [ClosedRange<UInt8>]) {
        for range in ranges { insert(range) }
    }

    static let notSlash = ByteSet([0...0x2E, 0x30...0xFF])

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0 }

    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    mutating func insert(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    mutating func remove(_ byte: UInt8) { words[Int(byte >> 6)] &= ~(1 << UInt64(byte & 63)) }

    mutating func invert() { words = ~words }

    var isEmpty: Bool { words == .zero }

    /// Maximal runs, ascending.
    var ranges: [ClosedRange<UInt8>] {
        var result: [ClosedRange<UInt8>] = []
        var start: UInt8?
        for byte in UInt8.min...UInt8.max {
            if contains(byte) {
                if start == nil { start = byte }
            } else if let from = start {
                result.append(from...(byte - 1))
                start = nil
            }
        }
        if let start { result.append(start...UInt8.max) }
        return result
    }
}
