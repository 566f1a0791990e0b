/// Says whether a pattern matches, reading every byte once: states of the deterministic automaton are made as they are needed.
///
/// Time is linear in the bytes for any pattern; memory is bounded, since a full table is thrown away and begun anew. Not `Sendable`:
/// it learns while it runs, so every piece of work makes its own.
package final class LazyAutomaton {
    package enum Scope: Hashable, Sendable {
        /// A match may begin and end anywhere.
        case anywhere
        /// The pattern has to cover all of it.
        case whole
    }

    /// What was before a place; decides assertions.
    private enum Before: UInt8 { case start, newline, word, other }

    private struct State: Hashable {
        var kernel: [Int32]
        var before: UInt8
    }

    private static let unknown: Int32 = -1
    private static let matched: Int32 = -2
    private static let dead: Int32 = -3
    private static let maximumStates = 4_000
    private static let maximumKernelSum = 400_000

    private let program: PatternProgram
    private let scope: Scope
    /// Class of each byte; bytes of a class are never told apart. The class after the last means the end.
    private let classOf: [UInt8]
    private let sampleOf: [UInt8]
    private let width: Int

    private let flag: CancelFlag?
    private var states: [State] = []
    private var numbers: [State: Int32] = [:]
    private var kernelSum = 0
    private var table: [Int32] = []
    private var seen: [UInt32]
    private var generation: UInt32 = 0
    private var stack: [Int32] = []

    /// Once the flag is up, matching ends early with "no": a pattern that needs a new state at every byte is slow.
    init(_ program: PatternProgram, scope: Scope, flag: CancelFlag? = nil) {
        self.flag = flag
        self.program = program
        self.scope = scope
        (classOf, sampleOf) = LazyAutomaton.classes(of: program)
        width = sampleOf.count + 1
        seen = Array(repeating: 0, count: program.instructions.count)
        reset()
    }

    package func matches(_ bytes: [UInt8]) -> Bool { matches(bytes[...]) }

    package func matches(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.withUnsafeBufferPointer { matches($0) } }

    package func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var state: Int32 = 0
        var position = 0
        while position < bytes.count {
            run(&state, &position, bytes)
            if position == bytes.count { break }
            let next = step(from: state, symbol: Int(classOf[Int(bytes[position])]))
            if next == LazyAutomaton.matched { return true }
            if next == LazyAutomaton.dead { return false }
            state = next
            position += 1
        }
        return step(from: state, symbol: width - 1) == LazyAutomaton.matched
    }

    /// Goes on while the table knows the way.
    private func run(_ state: inout Int32, _ position: inout Int, _ bytes: UnsafeBufferPointer<UInt8>) {
        let width = width
        table.withUnsafeBufferPointer { table in
            classOf.withUnsafeBufferPointer { classes in
                while position < bytes.count {
                    let next = table[Int(state) &* width &+ Int(classes[Int(bytes[position])])]
                    if next < 0 { return }
                    state = next
                    position &+= 1
                }
            }
        }
    }

    private func step(from state: Int32, symbol: Int) -> Int32 {
        let cell = Int(state) * width + symbol
        let known = table[cell]
        if known != LazyAutomaton.unknown { return known }
        if let flag, flag.isCancelled { return LazyAutomaton.dead }
        let byte = symbol == width - 1 ? nil : sampleOf[symbol]
        let source = states[Int(state)]
        let (kernel, isMatch) = advance(source, byte)
        if isMatch {
            table[cell] = LazyAutomaton.matched
            return LazyAutomaton.matched
        }
        guard let byte else {
            table[cell] = LazyAutomaton.dead
            return LazyAutomaton.dead
        }
        if kernel.isEmpty {
            table[cell] = LazyAutomaton.dead
            return LazyAutomaton.dead
        }
        let target = State(kernel: kernel, before: before(after: byte).rawValue)
        if let number = numbers[target] {
            table[cell] = number
            return number
        }
        if states.count >= LazyAutomaton.maximumStates || kernelSum > LazyAutomaton.maximumKernelSum {
            reset()
            return add(target)
        }
        let number = add(target)
        table[cell] = number
        return number
    }

    private func reset() {
        states.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        table.removeAll(keepingCapacity: true)
        kernelSum = 0
        _ = add(State(kernel: [program.start], before: Before.start.rawValue))
    }

    private func add(_ state: State) -> Int32 {
        if let number = numbers[state] { return number }
        let number = Int32(states.count)
        states.append(state)
        numbers[state] = number
        kernelSum += state.kernel.count
        table.append(contentsOf: repeatElement(LazyAutomaton.unknown, count: width))
        return number
    }

    /// Follows every path through assertions and forks, then over `byte`; `nil` is the end of the text.
    private func advance(_ source: State, _ byte: UInt8?) -> (kernel: [Int32], isMatch: Bool) {
        generation += 1
        var kernel: [Int32] = []
        stack.removeAll(keepingCapacity: true)
        stack.append(contentsOf: source.kernel)
        let before = Before(rawValue: source.before) ?? .other
        while let index = stack.popLast() {
            if seen[Int(index)] == generation { continue }
            seen[Int(index)] = generation
            switch program.instructions[Int(index)] {
            case .match:
                if scope == .anywhere || byte == nil { return ([], true) }
            case .byte(let range, let next):
                if let byte, range.contains(byte) { kernel.append(next) }
            case .set(let set, let next):
                if let byte, set.contains(byte) { kernel.append(next) }
            case .fork(let first, let second):
                stack.append(second)
                stack.append(first)
            case .assert(let assertion, let next):
                if LazyAutomaton.holds(assertion, before, byte) { stack.append(next) }
            }
        }
        if scope == .anywhere, byte != nil { kernel.append(program.start) }
        return (LazyAutomaton.sorted(kernel), false)
    }

    private static func sorted(_ kernel: [Int32]) -> [Int32] {
        var result: [Int32] = []
        result.reserveCapacity(kernel.count)
        for index in kernel.sorted() where index != result.last { result.append(index) }
        return result
    }

    private func before(after byte: UInt8) -> Before {
        if program.usesLines, byte == UInt8(ascii: "\n") { return .newline }
        if program.usesWords, isWordByte(byte) { return .word }
        return .other
    }

    private static func holds(_ assertion: PatternAssertion, _ before: Before, _ byte: UInt8?) -> Bool {
        let wasWord = before == .word
        let isWord = byte.map(isWordByte) ?? false
        switch assertion {
        case .textStart: return before == .start
        case .textEnd: return byte == nil
        case .lineStart: return before == .start || before == .newline
        case .lineEnd: return byte == nil || byte == UInt8(ascii: "\n")
        case .wordBoundary: return wasWord != isWord
        case .notWordBoundary: return wasWord == isWord
        case .wordStart: return !wasWord && isWord
        case .wordEnd: return wasWord && !isWord
        }
    }

    private static func classes(of program: PatternProgram) -> (classOf: [UInt8], sampleOf: [UInt8]) {
        var isStart = [Bool](repeating: false, count: 257)
        func mark(_ range: ClosedRange<UInt8>) {
            isStart[Int(range.lowerBound)] = true
            isStart[Int(range.upperBound) + 1] = true
        }
        isStart[0] = true
        if program.usesLines { mark(0x0A...0x0A) }
        if program.usesWords { for range in wordBytes.ranges { mark(range) } }
        for instruction in program.instructions {
            switch instruction {
            case .byte(let range, _): mark(range)
            case .set(let set, _): for range in set.ranges { mark(range) }
            default: break
            }
        }
        var classOf: [UInt8] = []
        var sampleOf: [UInt8] = []
        for byte in 0..<256 {
            if isStart[byte] { sampleOf.append(UInt8(byte)) }
            classOf.append(UInt8(sampleOf.count - 1))
        }
        return (classOf, sampleOf)
    }
}

let wordBytes = ByteSet([0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])

func isWordByte(_ byte: UInt8) -> Bool { wordBytes.contains(byte) }
