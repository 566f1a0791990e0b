/// Bytes of the web as text: UTF-8 and UTF-16, and Windows' Latin for the pages that say so; it is what they mean by ISO-8859-1 and ASCII, too.
enum TextCharset: Hashable, Sendable {
    case utf8, utf16BigEndian, utf16LittleEndian, windows1252Latin

    /// `nil` for names nobody here knows.
    init?(named name: String) {
        switch name.lowercased() {
        case "utf-8", "utf8", "unicode-1-1-utf-8": self = .utf8
        case "utf-16", "utf-16le": self = .utf16LittleEndian
        case "utf-16be": self = .utf16BigEndian
        case "iso-8859-1", "iso8859-1", "latin1", "l1", "windows-1252", "cp1252", "us-ascii", "ascii", "iso-8859-15":
            self = .windows1252Latin
        default: return nil
        }
    }

    /// A byte order mark wins over everything that was said; nothing said means UTF-8. What is broken becomes U+FFFD.
    static func text(_ bytes: [UInt8], saidToBe name: String?) -> String {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return String(decoding: bytes.dropFirst(3), as: UTF8.self) }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes.dropFirst(2), bigEndian: true) }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes.dropFirst(2), bigEndian: false) }
        switch name.flatMap(TextCharset.init(named:)) ?? .utf8 {
        case .utf8: return String(decoding: bytes, as: UTF8.self)
        case .utf16BigEndian: return utf16(bytes[...], bigEndian: true)
        case .utf16LittleEndian: return utf16(bytes[...], bigEndian: false)
        case .windows1252Latin:
            var scalars = String.UnicodeScalarView()
            for byte in bytes {
                scalars.append((0x80...0x9F).contains(byte) ? windows1252[Int(byte) - 0x80] : UnicodeScalar(byte))
            }
            return String(scalars)
        }
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, bigEndian: Bool) -> String {
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        var place = bytes.startIndex
        while place + 1 < bytes.endIndex {
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            units.append(bigEndian ? first << 8 | second : second << 8 | first)
            place += 2
        }
        return String(decoding: units, as: UTF16.self)
    }

    /// 0x80 to 0x9F.
    static let windows1252: [UnicodeScalar] = [
        "\u{20AC}", "\u{FFFD}", "\u{201A}", "\u{0192}", "\u{201E}", "\u{2026}", "\u{2020}", "\u{2021}", "\u{02C6}", "\u{2030}", "\u{0160}",
        "\u{2039}", "\u{0152}", "\u{FFFD}", "\u{017D}", "\u{FFFD}", "\u{FFFD}", "\u{2018}", "\u{2019}", "\u{201C}", "\u{201D}", "\u{2022}",
        "\u{2013}", "\u{2014}", "\u{02DC}", "\u{2122}", "\u{0161}", "\u{203A}", "\u{0153}", "\u{FFFD}", "\u{017E}", "\u{0178}",
    ]
}
