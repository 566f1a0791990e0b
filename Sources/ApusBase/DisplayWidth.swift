/// How many columns of a terminal a text takes, after ``escapedForDisplay(_:keepingNewlines:)``.
///
/// Terminals differ in the details of emoji: where they do, the wider answer is given, so that a line that is cut to a width by this
/// count never wraps.
package func displayColumns(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { $0 + displayColumns($1) }
}

/// The longest beginning that fits `columns`, with `...` for what is left out. Never more than `columns`, even where the dots alone
/// do not fit.
package func cutForDisplay(_ text: String, toColumns columns: Int) -> String {
    if displayColumns(text) <= columns { return text }
    let dots = String(repeating: ".", count: max(0, min(3, columns)))
    var room = columns - dots.count
    var result = ""
    for character in text {
        let width = displayColumns(String(character))
        if width > room { break }
        room -= width
        result.append(character)
    }
    return result + dots
}

private func displayColumns(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return 1 }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark:
        // This one makes a narrow emoji before it wide.
        return value == 0xFE0F ? 1 : 0
    default: break
    }
    if wideRanges.contains(where: { $0.contains(value) }) || scalar.properties.isEmojiPresentation { return 2 }
    return 1
}

/// East Asian wide and full-width blocks (Unicode's UAX 11), whole blocks where a few narrow scalars lie between.
private let wideRanges: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18DFF, 0x1AFF0...0x1B2FF, 0x1F000...0x1F02F, 0x1F0A0...0x1F0FF,
    0x1F200...0x1F2FF, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD,
]
