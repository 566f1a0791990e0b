/// A unified diff of two texts.
///
/// Finds a shortest script (Myers' greedy algorithm) up to ``maximumDifferences``; texts that differ more are shown as one block out, one
/// block in, after their common start and end. Time and memory are bounded by that number squared plus the lines.
struct LineDiff {
    static let maximumDifferences = 800

    private enum Step {
        case keep, remove, insert
    }

    private let old: [ArraySlice<UInt8>]
    private let new: [ArraySlice<UInt8>]

    /// Empty when the texts are equal. A side that does not exist is called `/dev/null`.
    static func unified(old: [UInt8], new: [UInt8], path: String, oldPath: String? = nil, context: Int = 4) -> String {
        if old == new { return "" }
        let diff = LineDiff(old: lines(old), new: lines(new))
        return "--- \(oldPath ?? path)\n+++ \(path)\n" + diff.hunks(context: context)
    }

    private init(old: [ArraySlice<UInt8>], new: [ArraySlice<UInt8>]) {
        self.old = old
        self.new = new
    }

    /// Lines with their newlines; the last may lack one.
    static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A).map { $0 + 1 } ?? bytes.count
            lines.append(bytes[start..<end])
            start = end
        }
        return lines
    }

    private func steps() -> [Step] {
        let ids = Numbering(old, new)
        var head = 0
        while head < min(old.count, new.count), ids.old[head] == ids.new[head] { head += 1 }
        var tail = 0
        while tail < min(old.count, new.count) - head, ids.old[old.count - 1 - tail] == ids.new[new.count - 1 - tail] { tail += 1 }
        let left = Array(ids.old[head..<(old.count - tail)])
        let right = Array(ids.new[head..<(new.count - tail)])
        let middle =
            LineDiff.script(left, right) ?? Array(repeating: .remove, count: left.count) + Array(repeating: .insert, count: right.count)
        return Array(repeating: .keep, count: head) + middle + Array(repeating: .keep, count: tail)
    }

    /// Lines as numbers, equal for equal bytes.
    private struct Numbering {
        var old: [Int] = []
        var new: [Int] = []

        init(_ left: [ArraySlice<UInt8>], _ right: [ArraySlice<UInt8>]) {
            var numbers: [ArraySlice<UInt8>: Int] = [:]
            func number(_ line: ArraySlice<UInt8>) -> Int {
                if let known = numbers[line] { return known }
                numbers[line] = numbers.count
                return numbers.count - 1
            }
            old = left.map(number)
            new = right.map(number)
        }
    }

    /// `nil` when it would take more differences than allowed.
    private static func script(_ old: [Int], _ new: [Int]) -> [Step]? {
        if old.isEmpty || new.isEmpty { return Array(repeating: .remove, count: old.count) + Array(repeating: .insert, count: new.count) }
        let limit = min(old.count + new.count, maximumDifferences)
        var furthest = [Int](repeating: 0, count: 2 * limit + 3)
        let middle = limit + 1
        var trace: [[Int]] = []
        for distance in 0...limit {
            trace.append(Array(furthest[(middle - distance)...(middle + distance)]))
            for diagonal in stride(from: -distance, through: distance, by: 2) {
                let goesDown =
                    diagonal == -distance || diagonal != distance && furthest[middle + diagonal - 1] < furthest[middle + diagonal + 1]
                var x = goesDown ? furthest[middle + diagonal + 1] : furthest[middle + diagonal - 1] + 1
                while x < old.count, x - diagonal < new.count, x - diagonal >= 0, old[x] == new[x - diagonal] { x += 1 }
                furthest[middle + diagonal] = x
                if x >= old.count, x - diagonal >= new.count { return backtrack(trace, old.count, new.count) }
            }
        }
        return nil
    }

    private static func backtrack(_ trace: [[Int]], _ oldCount: Int, _ newCount: Int) -> [Step] {
        var steps: [Step] = []
        var (x, y) = (oldCount, newCount)
        for distance in stride(from: trace.count - 1, through: 1, by: -1) {
            // Holds the furthest places before this round, for diagonals -distance…distance.
            let row = trace[distance]
            let diagonal = x - y
            func furthest(_ diagonal: Int) -> Int { row[diagonal + distance] }
            let goesDown = diagonal == -distance || diagonal != distance && furthest(diagonal - 1) < furthest(diagonal + 1)
            let previous = goesDown ? diagonal + 1 : diagonal - 1
            let previousX = furthest(previous)
            let previousY = previousX - previous
            while x > previousX, y > previousY, x > 0, y > 0 {
                steps.append(.keep)
                x -= 1
                y -= 1
            }
            steps.append(goesDown ? .insert : .remove)
            (x, y) = (previousX, previousY)
        }
        while x > 0, y > 0 {
            steps.append(.keep)
            x -= 1
            y -= 1
        }
        return steps.reversed()
    }

    private func hunks(context: Int) -> String {
        let steps = steps()
        var text = ""
        var index = 0
        var (oldLine, newLine) = (0, 0)
        while let change = steps[index...].firstIndex(where: { $0 != .keep }) {
            let start = max(index, change - context)
            oldLine += start - index
            newLine += start - index
            let end = LineDiff.hunkEnd(steps, from: change, context: context)
            text += hunk(steps[start..<end], &oldLine, &newLine)
            index = end
        }
        return text
    }

    /// Changes closer together than two contexts share a hunk.
    private static func hunkEnd(_ steps: [Step], from change: Int, context: Int) -> Int {
        var last = change
        var index = change
        while index < steps.count, index - last <= 2 * context {
            if steps[index] != .keep { last = index }
            index += 1
        }
        return min(last + context + 1, steps.count)
    }

    private func hunk(_ steps: ArraySlice<Step>, _ oldLine: inout Int, _ newLine: inout Int) -> String {
        let oldCount = steps.count { $0 != .insert }
        let newCount = steps.count { $0 != .remove }
        let (oldStart, newStart) = (oldCount == 0 ? oldLine : oldLine + 1, newCount == 0 ? newLine : newLine + 1)
        var text = "@@ -\(oldStart),\(oldCount) +\(newStart),\(newCount) @@\n"
        for step in steps {
            switch step {
            case .keep:
                text += LineDiff.shown(" ", old[oldLine])
                oldLine += 1
                newLine += 1
            case .remove:
                text += LineDiff.shown("-", old[oldLine])
                oldLine += 1
            case .insert:
                text += LineDiff.shown("+", new[newLine])
                newLine += 1
            }
        }
        return text
    }

    private static func shown(_ mark: String, _ line: ArraySlice<UInt8>) -> String {
        let text = mark + String(decoding: line, as: UTF8.self)
        return line.last == 0x0A ? text : text + "\n\\ No newline at end of file\n"
    }
}
