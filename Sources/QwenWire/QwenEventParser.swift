import ApusBase

/// Reads a session's stream as the clients of this protocol do (`qwen-serve.md` §5.3), in pieces cut anywhere.
///
/// It is not the parser of the WHATWG standard: a frame ends at LF LF or CR LF CR LF and nowhere else (a lone CR ends no line), and
/// only `data:` lines are read; the number and the type stand in the envelope, so `id:`, `event:`, `retry:` and comments say nothing.
/// A frame without data, whose data is no JSON or no envelope of this version, is skipped. One byte order mark at the start is
/// skipped; bytes that are not UTF-8 become U+FFFD. A last frame may lack its end. Time is linear in the bytes pushed; what is held is the
/// data of one frame and one line.
package struct QwenEventParser: Sendable {
    /// The longest frame in UTF-16 code units, its end excluded.
    package static let maximumUnits = 16 << 20

    private let limit: Int
    private var line: [UInt8] = []
    /// The data lines of the frame so far, joined by LF.
    private var data: [UInt8] = []
    private var hasData = false
    private var units = 0
    private var isFirstLine = true
    /// How the line before this one ended.
    private var endedWithCarriageReturn = false
    private var isAtStart = true

    /// A frame went over the limit: what comes after it cannot be told apart, so nothing is read any more.
    package private(set) var isOverLimit = false

    package init(maximumUnits: Int = QwenEventParser.maximumUnits) { limit = maximumUnits }

    /// The events that these bytes complete, in their order. None once ``isOverLimit`` is true.
    package mutating func push(_ bytes: [UInt8]) -> [QwenEvent] {
        var events: [QwenEvent] = []
        var rest = bytes[...]
        while !isOverLimit, let end = rest.firstIndex(of: 0x0A) {
            extend(rest[..<end])
            if !isOverLimit, endLine(), let event = endFrame() { events.append(event) }
            rest = rest[(end + 1)...]
        }
        if !isOverLimit { extend(rest) }
        return events
    }

    /// The stream is over. What is there is taken as a frame.
    package mutating func finish() -> QwenEvent? {
        if isOverLimit { return nil }
        readLine()
        return endFrame()
    }

    private mutating func extend(_ piece: ArraySlice<UInt8>) {
        if piece.isEmpty { return }
        for byte in piece where byte & 0xC0 != 0x80 { units += byte >= 0xF0 ? 2 : 1 }
        line.append(contentsOf: piece)
        // A carriage return alone may be half of the frame's end, which does not count.
        if units > limit, line != [0x0D] {
            isOverLimit = true
            line = []
            data = []
        }
    }

    /// - Returns: Whether the frame ends here.
    private mutating func endLine() -> Bool {
        let isEnd = !isFirstLine && (line.isEmpty || (line == [0x0D] && endedWithCarriageReturn))
        if isEnd { return true }
        endedWithCarriageReturn = line.last == 0x0D
        readLine()
        units += 1
        isFirstLine = false
        return false
    }

    private mutating func readLine() {
        var text = line[...]
        if isAtStart, text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
        isAtStart = false
        if text.last == 0x0D { text = text.dropLast() }
        let name = Array("data:".utf8)
        if text.starts(with: name) {
            text = text.dropFirst(name.count)
            if text.first == 0x20 { text = text.dropFirst() }
            if hasData { data.append(0x0A) }
            data.append(contentsOf: text)
            hasData = true
        }
        line.removeAll(keepingCapacity: line.capacity <= 65_536)
    }

    private mutating func endFrame() -> QwenEvent? {
        defer {
            line.removeAll(keepingCapacity: true)
            data.removeAll(keepingCapacity: data.capacity <= 65_536)
            hasData = false
            units = 0
            isFirstLine = true
            endedWithCarriageReturn = false
        }
        guard hasData else { return nil }
        let text = String(decoding: data, as: UTF8.self)
        // What is no JSON is skipped, as every client does.
        guard let json = try? JSONValue(parsing: text) else { return nil }
        return QwenEvent(json)
    }
}
