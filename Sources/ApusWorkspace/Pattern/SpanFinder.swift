/// Finds where matches are: leftmost, preferring earlier alternatives and greedy repetitions, none overlapping.
///
/// Simulates all threads of the program side by side, so time is bytes × program size at worst. Used only where a place is needed
/// and only on texts that ``LazyAutomaton`` said contain one.
struct SpanFinder {
    private struct Threads {
        var list: [(index: Int32, start: Int)] = []
        var seen: [Int]

        init(size: Int) { seen = Array(repeating: -1, count: size) }
    }

    private let program: PatternProgram

    init(_ program: PatternProgram) { self.program = program }

    /// Calls `found` for each match until it returns false or `isCancelled` does not.
    func spans(in bytes: [UInt8], isCancelled: () -> Bool, found: (Range<Int>) -> Bool) {
        var from = 0
        while from <= bytes.count, let span = first(in: bytes, from: from, isCancelled: isCancelled) {
            if !found(span) { return }
            from = span.isEmpty ? span.upperBound + 1 : span.upperBound
        }
    }

    private func first(in bytes: [UInt8], from: Int, isCancelled: () -> Bool) -> Range<Int>? {
        var now = Threads(size: program.instructions.count)
        var then = Threads(size: program.instructions.count)
        var best: Range<Int>?
        var position = from
        while position <= bytes.count {
            if position & 0xFFFF == 0, isCancelled() { return nil }
            if best == nil { add(program.start, start: position, to: &now, at: position, in: bytes) }
            if now.list.isEmpty, best != nil { break }
            then.list.removeAll(keepingCapacity: true)
            for (index, start) in now.list {
                switch program.instructions[Int(index)] {
                case .byte(let range, let next):
                    if position < bytes.count, range.contains(bytes[position]) {
                        add(next, start: start, to: &then, at: position + 1, in: bytes)
                    }
                case .set(let set, let next):
                    if position < bytes.count, set.contains(bytes[position]) {
                        add(next, start: start, to: &then, at: position + 1, in: bytes)
                    }
                case .match: best = start..<position
                case .fork, .assert: break
                }
                // Threads after this one are less preferred than what it found.
                if case .match = program.instructions[Int(index)] { break }
            }
            swap(&now, &then)
            position += 1
        }
        return best
    }

    private func add(_ first: Int32, start: Int, to threads: inout Threads, at position: Int, in bytes: [UInt8]) {
        var stack = [first]
        while let index = stack.popLast() {
            if threads.seen[Int(index)] == position { continue }
            threads.seen[Int(index)] = position
            switch program.instructions[Int(index)] {
            case .fork(let preferred, let other):
                stack.append(other)
                stack.append(preferred)
            case .assert(let assertion, let next):
                if holds(assertion, at: position, in: bytes) { stack.append(next) }
            case .byte, .set, .match: threads.list.append((index, start))
            }
        }
    }

    private func holds(_ assertion: PatternAssertion, at position: Int, in bytes: [UInt8]) -> Bool {
        let before = position > 0 ? bytes[position - 1] : nil
        let after = position < bytes.count ? bytes[position] : nil
        let wasWord = before.map(isWordByte) ?? false
        let isWord = after.map(isWordByte) ?? false
        switch assertion {
        case .textStart: return before == nil
        case .textEnd: return after == nil
        case .lineStart: return before == nil || before == UInt8(ascii: "\n")
        case .lineEnd: return after == nil || after == UInt8(ascii: "\n")
        case .wordBoundary: return wasWord != isWord
        case .notWordBoundary: return wasWord == isWord
        case .wordStart: return !wasWord && isWord
        case .wordEnd: return wasWord && !isWord
        }
    }
}
