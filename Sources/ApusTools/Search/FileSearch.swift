import ApusWorkspace

/// Searches files line by line in memory bounded by a block, or across lines in files of a few megabytes. One per call: the
/// automaton learns from file to file.
final class FileSearch {
    enum Outcome {
        case done
        /// The output wants nothing more.
        case full
        case binary
        case tooLarge
        case unreadable
    }

    static let blockBytes = 1 << 18
    /// A line longer than this is searched in pieces; a match across a cut is not found.
    static let maximumLineBytes = 8 << 20

    private let request: GrepRequest
    private let automaton: LazyAutomaton
    private let literal: [UInt8]
    private let flag: CancelFlag
    private var output: GrepOutput

    private var buffer: [UInt8] = []
    private var path = ""
    /// Where unsearched bytes begin; what is before is kept as context.
    private var cursor = 0
    private var lineNumber = 1
    private var lastShown = 0
    private var afterLeft = 0
    private var isFull = false

    init(_ request: GrepRequest, _ flag: CancelFlag) {
        self.request = request
        self.flag = flag
        automaton = request.pattern.automaton(flag: flag)
        literal = request.pattern.requiredLiteral
        output = GrepOutput(request)
    }

    var rendered: String { output.rendered() }

    func note(_ sentence: String) { output.note(sentence) }

    func search(_ file: borrowing OpenFile) -> Outcome {
        path = file.path
        (cursor, lineNumber, lastShown, afterLeft, isFull) = (0, 1, 0, 0, false)
        buffer.removeAll(keepingCapacity: true)
        do { return request.pattern.isMultiline ? try searchWhole(file) : try searchLines(file) } catch { return .unreadable }
    }

    private static func isBinary(_ head: ArraySlice<UInt8>) -> Bool {
        switch FileSignature(head) {
        case .text: false
        case .binary("binary data"): head.prefix(FileSignature.sampleBytes).contains(0)
        case .binary, .media, .utf16: true
        }
    }

    private func searchLines(_ file: borrowing OpenFile) throws(PathFault) -> Outcome {
        var block = [UInt8](repeating: 0, count: min(max(file.status.size + 1, 4_096), FileSearch.blockBytes))
        var isStart = true
        while !flag.isCancelled {
            let count = try file.read(into: &block)
            if isStart, FileSearch.isBinary(block[..<count]) { return .binary }
            isStart = false
            if count > 0 { buffer.append(contentsOf: block[..<count]) }
            if count == 0 {
                return scan(to: buffer.count, isLast: true) ? .done : .full
            }
            let end: Int
            if let newline = block[..<count].lastIndex(of: 0x0A) {
                end = buffer.count - count + newline + 1
            } else if buffer.count - cursor > FileSearch.maximumLineBytes {
                end = buffer.count
            } else {
                continue
            }
            if !scan(to: end, isLast: false) { return .full }
            dropSearched()
        }
        return .done
    }

    /// Keeps the lines that may be shown before the next match.
    private func dropSearched() {
        var keep = cursor
        for _ in 0..<request.before where keep > 0 { keep = buffer[..<(keep - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0 }
        if cursor - keep > FileSearch.maximumLineBytes { keep = cursor }
        buffer.removeSubrange(..<keep)
        cursor -= keep
    }

    /// False when the output is full or the first match is all that was wanted.
    private func scan(to end: Int, isLast: Bool) -> Bool {
        while cursor < end {
            guard let line = nextMatch(to: end) else {
                showAfter(to: end)
                lineNumber += newlines(cursor..<end)
                cursor = end
                return !isFull
            }
            if request.mode == .filePaths {
                isFull = !output.addPath(path)
                // One match is enough; only a refused path means that the whole search is over.
                return !isFull ? stopHere() : false
            }
            showAfter(to: line.lowerBound)
            lineNumber += newlines(cursor..<line.lowerBound)
            showBefore(line.lowerBound)
            show(line, isMatch: true)
            if isFull { return false }
            afterLeft = request.after
            cursor = min(line.upperBound + 1, end)
            lineNumber += 1
        }
        return true
    }

    private var isSatisfied = false

    private func stopHere() -> Bool {
        isSatisfied = true
        return false
    }

    /// True when the last file ended early because one match was enough, and the search as a whole goes on.
    func takeSatisfied() -> Bool {
        defer { isSatisfied = false }
        return isSatisfied
    }

    /// The next line with a match, without its newline.
    private func nextMatch(to end: Int) -> Range<Int>? {
        buffer.withUnsafeBufferPointer { all in
            let bytes = UnsafeBufferPointer(rebasing: all[..<end])
            var position = cursor
            var lines = 0
            while position < end {
                var start = position
                if !literal.isEmpty {
                    guard let hit = LiteralSearch.first(of: literal, in: bytes, from: position) else { return nil }
                    start = hit
                    while start > position, bytes[start - 1] != 0x0A { start -= 1 }
                }
                let next = LiteralLine.end(in: bytes, from: start)
                let line = start..<(bytes[next - 1] == 0x0A ? next - 1 : next)
                if automaton.matches(FileSearch.withoutReturn(bytes, line)) { return line }
                position = next
                lines += 1
                if lines & 0x3FFF == 0, flag.isCancelled { return nil }
            }
            return nil
        }
    }

    private static func withoutReturn(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        let end = line.isEmpty || bytes[line.upperBound - 1] != 0x0D ? line.upperBound : line.upperBound - 1
        return UnsafeBufferPointer(rebasing: bytes[line.lowerBound..<end])
    }

    private func newlines(_ range: Range<Int>) -> Int {
        if request.mode == .filePaths { return 0 }
        return buffer.withUnsafeBufferPointer { LiteralLine.count(in: $0, range) }
    }

    private func showAfter(to end: Int) {
        var position = cursor
        var number = lineNumber
        while afterLeft > 0, position < end, !isFull {
            let next = buffer[position..<end].firstIndex(of: 0x0A) ?? end
            emit(position..<next, number: number, isMatch: false)
            afterLeft -= 1
            position = next + 1
            number += 1
        }
    }

    private func showBefore(_ start: Int) {
        guard request.before > 0 else { return }
        var starts: [Int] = []
        var position = start
        var number = lineNumber
        while starts.count < request.before, position > 0, number - 1 > lastShown {
            position = buffer[..<(position - 1)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            number -= 1
            starts.append(position)
        }
        for position in starts.reversed() where !isFull {
            emit(position..<(buffer[position...].firstIndex(of: 0x0A) ?? buffer.count), number: number, isMatch: false)
            number += 1
        }
    }

    private func show(_ line: Range<Int>, isMatch: Bool) {
        if !isFull { emit(line, number: lineNumber, isMatch: isMatch) }
    }

    private func emit(_ line: Range<Int>, number: Int, isMatch: Bool) {
        let hasContext = request.before > 0 || request.after > 0
        if hasContext, output.lines > 0, lastShown == 0 || number > lastShown + 1 { output.addSeparator() }
        var bytes = buffer[line]
        if bytes.last == 0x0D { bytes = bytes.dropLast() }
        isFull = !output.addLine(path, number: number, bytes, isMatch: isMatch)
        lastShown = number
    }

    private func searchWhole(_ file: borrowing OpenFile) throws(PathFault) -> Outcome {
        if file.status.size > OutputLimit.multilineBytes { return .tooLarge }
        buffer = try file.readAll(limit: 2 * OutputLimit.multilineBytes) { self.flag.isCancelled }
        if FileSearch.isBinary(buffer[...]) { return .binary }
        guard automaton.matches(buffer) else { return .done }
        if request.mode == .filePaths { return output.addPath(path) ? .done : .full }
        var matched: [Range<Int>] = []
        request.pattern.spans(in: buffer, isCancelled: { self.flag.isCancelled }) { span in
            let start = buffer[..<span.lowerBound].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            let last = max(span.lowerBound, span.upperBound - 1)
            let end = buffer[min(last, buffer.count)...].firstIndex(of: 0x0A) ?? buffer.count
            if let previous = matched.last, start <= previous.upperBound {
                matched[matched.count - 1] = previous.lowerBound..<max(end, previous.upperBound)
            } else {
                matched.append(start..<end)
            }
            return matched.count < 100_000
        }
        for range in matched { if !showRange(range) { return .full } }
        showAfter(to: buffer.count)
        return isFull ? .full : .done
    }

    /// Shows every line that a match across lines touches.
    private func showRange(_ range: Range<Int>) -> Bool {
        showAfter(to: min(range.lowerBound, buffer.count))
        lineNumber += newlines(cursor..<range.lowerBound)
        showBefore(range.lowerBound)
        cursor = range.lowerBound
        while cursor <= range.upperBound, cursor < buffer.count, !isFull {
            let end = buffer[cursor...].firstIndex(of: 0x0A) ?? buffer.count
            show(cursor..<end, isMatch: true)
            cursor = end + 1
            lineNumber += 1
        }
        cursor = min(cursor, buffer.count)
        afterLeft = request.after
        return !isFull
    }
}
