import ApusBase

/// The two ends of a line that alone is larger than a result.
///
/// Unlike ``BoundedText`` it does not look at what it leaves out, so that a line of gigabytes costs no more than copying its ends.
struct GiantLine {
    private let limit: Int
    /// A character has at most four bytes.
    private var room: Int { 2 * limit }
    private var head: [UInt8] = []
    private var tail: [UInt8] = []
    private var count = 0

    /// `limit` counts Unicode scalars, as everywhere in results.
    init(limit: Int) { self.limit = limit }

    mutating func append(_ piece: UnsafeBufferPointer<UInt8>) {
        count += piece.count
        let start = min(room - head.count, piece.count)
        head.append(contentsOf: piece[..<start])
        let rest = piece[start...]
        if rest.count >= room {
            tail = Array(rest.suffix(room))
        } else {
            tail.append(contentsOf: rest)
            // Trimming only at twice the room makes the copies amount to constant work per byte.
            if tail.count > 2 * room { tail.removeFirst(tail.count - room) }
        }
    }

    /// Head, `[… N bytes omitted …]` (or characters, where they were counted) on a line of its own, tail.
    func rendered() -> String {
        if head.count + tail.count == count {
            var whole = BoundedText(limit: limit)
            whole.append(head + tail)
            return whole.rendered()
        }
        let top = head[..<GiantLine.end(of: limit / 2, in: head)]
        let bottom = tail[GiantLine.start(of: limit - limit / 2, in: tail)...]
        return String(decoding: top, as: UTF8.self) + "\n[… \(count - top.count - bottom.count) bytes omitted …]\n"
            + String(decoding: bottom, as: UTF8.self)
    }

    private static func isStart(_ byte: UInt8) -> Bool { byte & 0xC0 != 0x80 }

    /// Where `characters` characters from the front end.
    private static func end(of characters: Int, in bytes: [UInt8]) -> Int {
        var left = characters
        return bytes.firstIndex { byte in
            guard isStart(byte) else { return false }
            left -= 1
            return left < 0
        } ?? bytes.count
    }

    /// Where the last `characters` characters begin.
    private static func start(of characters: Int, in bytes: [UInt8]) -> Int {
        var left = characters
        return bytes.lastIndex { byte in
            guard isStart(byte) else { return false }
            left -= 1
            return left == 0
        } ?? bytes.startIndex
    }
}
