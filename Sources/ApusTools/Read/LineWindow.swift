import ApusBase

/// Takes some lines out of a text that streams by, in memory bounded by the size of a result.
///
/// Stops at a whole line when the result is full, so that reading can go on with the next one; only a line that alone is larger
/// than a result is cut in its middle.
struct LineWindow {
    private let first: Int
    private let limit: Int
    private let budget: Int
    /// Complete lines taken so far.
    private var taken: [UInt8] = []
    private var takenCharacters = 0
    /// The line being read, while it is inside the window.
    private var line: [UInt8] = []
    private var lineCharacters = 0
    private var giant: GiantLine?
    /// Number of the line being read, from 0.
    private(set) var lineNumber = 0
    private var isInLine = false
    /// The first line that was not taken although it follows, once that is known.
    private(set) var nextLine: Int?
    private(set) var cutLine: Int?

    init(first: Int, limit: Int, budget: Int) {
        self.first = first
        self.limit = limit
        self.budget = budget
    }

    /// Nothing that follows will be taken.
    var isFull: Bool { nextLine != nil }

    /// Lines seen so far, an unfinished one included.
    var lineCount: Int { lineNumber + (isInLine ? 1 : 0) }

    mutating func push(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBufferPointer { buffer in
            var position = skip(in: buffer)
            while position < buffer.count {
                let end = LineWindow.lineEnd(in: buffer, from: position)
                let isWhole = end > position && buffer[end - 1] == 0x0A
                take(buffer, position..<end)
                isInLine = true
                if isWhole { endLine() }
                position = end
            }
        }
    }

    /// Passes over lines before the window without looking at more than their ends. Returns where it stopped.
    private mutating func skip(in buffer: UnsafeBufferPointer<UInt8>) -> Int {
        var position = 0
        while lineNumber < first, position < buffer.count {
            position = LineWindow.lineEnd(in: buffer, from: position)
            isInLine = buffer[position - 1] != 0x0A
            if !isInLine { lineNumber += 1 }
        }
        return position
    }

    /// The text taken; call once, after the last push.
    mutating func finish() -> String {
        if isInLine { endLine() }
        return String(decoding: taken, as: UTF8.self)
    }

    private mutating func take(_ buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) {
        guard !isFull, lineNumber >= first else { return }
        guard lineNumber < first + limit else {
            nextLine = lineNumber
            return
        }
        let piece = UnsafeBufferPointer(rebasing: buffer[range])
        if giant != nil {
            giant?.append(piece)
            return
        }
        line.append(contentsOf: piece)
        lineCharacters += piece.reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
        guard takenCharacters + lineCharacters > budget else { return }
        if taken.isEmpty {
            giant = GiantLine(limit: budget)
            line.withUnsafeBufferPointer { giant?.append($0) }
            cutLine = lineNumber
        } else {
            nextLine = lineNumber
        }
        line = []
    }

    private mutating func endLine() {
        if let giant {
            taken = Array(giant.rendered().utf8)
            takenCharacters = budget
            self.giant = nil
        } else if !isFull, !line.isEmpty {
            taken += line
            takenCharacters += lineCharacters
        }
        line.removeAll(keepingCapacity: true)
        lineCharacters = 0
        lineNumber += 1
        isInLine = false
    }

    private static func lineEnd(in buffer: UnsafeBufferPointer<UInt8>, from position: Int) -> Int {
        LiteralLine.end(in: buffer, from: position)
    }
}
