/// Shows what would otherwise steer a terminal or hide in plain sight: C0 and C1 controls, bidi controls, zero-width and other
/// invisible scalars and the Unicode line separators are written as `\u{202E}`, `\r` and the like.
///
/// For everything that a person reads and somebody else wrote: questions, logs, console output (threat S19). Tab and LF stay as
/// they are when `keepingNewlines` is true and become `\t` and `\n` otherwise. Backslashes are not doubled, so the result is for
/// reading and not for decoding. A variation selector stays directly after an emoji.
package func escapedForDisplay(_ text: String, keepingNewlines: Bool = true) -> String {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F || keepingNewlines && ($0 == 0x0A || $0 == 0x09) }) { return text }
    var result = String.UnicodeScalarView()
    var previous: Unicode.Scalar?
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n", "\t":
            if keepingNewlines { result.append(scalar) } else { result.append(contentsOf: (scalar == "\n" ? "\\n" : "\\t").unicodeScalars) }
        case "\r":
            result.append(contentsOf: "\\r".unicodeScalars)
        case "\u{FE0E}", "\u{FE0F}":
            if let previous, previous.value > 0x7F, previous.properties.isEmoji { result.append(scalar) } else { fallthrough }
        default:
            if isHiddenWhenShown(scalar) {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        previous = scalar
    }
    return String(result)
}

/// Controls, format characters (bidi, zero width, tags), separators of lines and paragraphs, and everything else that Unicode says
/// may be drawn as nothing.
private func isHiddenWhenShown(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x7F { return scalar.value < 0x20 }
    if scalar.value < 0xA0 { return true }
    let properties = scalar.properties
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
    default: return properties.isDefaultIgnorableCodePoint
    }
}
