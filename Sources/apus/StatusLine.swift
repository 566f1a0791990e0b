import ApusBase

/// The last line of a terminal while a run shows what it does: which bytes draw it, and which remove it without a trace.
///
/// The cursor rests at the line's beginning, and what lies behind it is erased down to the end of the screen. So a line that a
/// narrowed window has folded over several rows goes away too, and whatever is printed next begins in the first column.
struct StatusLine {
    /// Whether the line may be dimmed; without it no escape sets a colour or weight.
    var isDimmed = false
    private(set) var shown: String?
    private var holders = 0

    /// While somebody else writes, nothing is drawn.
    var isHeld: Bool { holders > 0 }

    /// Bytes that put `line` in place of what is shown; none when nothing changes.
    /// - Parameter line: without control characters and shorter than the terminal is wide, else it would wrap.
    mutating func show(_ line: String) -> [UInt8] {
        if isHeld || line == shown { return [] }
        shown = line
        return Array((isDimmed ? "\r\u{1B}[2m\(line)\u{1B}[0m\u{1B}[J\r" : "\r\(line)\u{1B}[J\r").utf8)
    }

    /// Bytes that remove it.
    mutating func clear() -> [UInt8] {
        if shown == nil { return [] }
        shown = nil
        return Array("\r\u{1B}[J".utf8)
    }

    /// Removes it and keeps it away until as many calls of ``release()``.
    mutating func hold() -> [UInt8] {
        holders += 1
        return clear()
    }

    mutating func release() { holders -= 1 }
}
