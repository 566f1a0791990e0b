/// A pattern compiled to a nondeterministic automaton over bytes.
struct PatternProgram: Hashable, Sendable {
    enum Instruction: Hashable, Sendable {
        case byte(ClosedRange<UInt8>, next: Int32)
        case set(ByteSet, next: Int32)
        /// The first branch is preferred.
        case fork(Int32, Int32)
        case assert(PatternAssertion, next: Int32)
        case match
    }

    struct TooLarge: Error {}

    static let maximumSize = 20_000

    private(set) var instructions: [Instruction] = []
    private(set) var start: Int32 = 0
    private(set) var usesWords = false
    private(set) var usesLines = false

    init(_ node: PatternNode) throws(TooLarge) {
        let match = try emit(.match)
        start = try compile(node, then: match)
    }

    private mutating func emit(_ instruction: Instruction) throws(TooLarge) -> Int32 {
        if instructions.count >= PatternProgram.maximumSize { throw TooLarge() }
        instructions.append(instruction)
        return Int32(instructions.count - 1)
    }

    /// Compiled backwards: what comes next exists already.
    private mutating func compile(_ node: PatternNode, then next: Int32) throws(TooLarge) -> Int32 {
        switch node {
        case .empty: return next
        case .literal(let bytes):
            var next = next
            for byte in bytes.reversed() { next = try emit(.byte(byte...byte, next: next)) }
            return next
        case .bytes(let set): return try emit(.set(set, next: next))
        case .scalars(let ranges): return try compile(scalars: ranges, then: next)
        case .sequence(let nodes):
            var next = next
            for node in nodes.reversed() { next = try compile(node, then: next) }
            return next
        case .choice(let nodes):
            guard var start = try nodes.last.map({ node throws(TooLarge) in try compile(node, then: next) }) else { return next }
            for node in nodes.dropLast().reversed() { start = try emit(.fork(try compile(node, then: next), start)) }
            return start
        case .repeated(let node, let minimum, let maximum, let isGreedy):
            return try compile(node, minimum, maximum, isGreedy, then: next)
        case .assertion(let assertion):
            switch assertion {
            case .wordBoundary, .notWordBoundary, .wordStart, .wordEnd: usesWords = true
            case .lineStart, .lineEnd, .textStart, .textEnd: usesLines = true
            }
            return try emit(.assert(assertion, next: next))
        }
    }

    private mutating func compile(scalars ranges: [ClosedRange<UInt32>], then next: Int32) throws(TooLarge) -> Int32 {
        var ascii = ByteSet()
        var start: Int32?
        for range in ranges {
            for sequence in ScalarRanges.byteSequences(of: range) {
                if sequence.count == 1 {
                    ascii.insert(sequence[0])
                    continue
                }
                var branch = next
                for bytes in sequence.reversed() { branch = try emit(.byte(bytes, next: branch)) }
                if let other = start { start = try emit(.fork(branch, other)) } else { start = branch }
            }
        }
        if ascii.isEmpty, let start { return start }
        let single = try emit(.set(ascii, next: next))
        guard let start else { return single }
        return try emit(.fork(single, start))
    }

    private mutating func compile(
        _ node: PatternNode, _ minimum: Int, _ maximum: Int?, _ isGreedy: Bool, then end: Int32
    ) throws(TooLarge) -> Int32 {
        var next = end
        if let maximum {
            for _ in 0..<max(maximum - minimum, 0) {
                let body = try compile(node, then: next)
                next = try emit(isGreedy ? .fork(body, end) : .fork(end, body))
            }
        } else {
            let loop = try emit(.fork(end, end))
            let body = try compile(node, then: loop)
            instructions[Int(loop)] = isGreedy ? .fork(body, end) : .fork(end, body)
            next = loop
        }
        for _ in 0..<minimum { next = try compile(node, then: next) }
        return next
    }
}
