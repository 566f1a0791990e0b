/// How a text file spells its characters, so that an edit can put it back the same way.
enum TextEncoding: Hashable {
    /// Bytes that are not UTF-8 are left as they are.
    case utf8
    case utf8WithMark
    case utf16(bigEndian: Bool)

    init(_ bytes: [UInt8]) {
        switch FileSignature(bytes.prefix(4)) {
        case .utf16(let bigEndian): self = .utf16(bigEndian: bigEndian)
        default: self = bytes.starts(with: TextEncoding.mark) ? .utf8WithMark : .utf8
        }
    }

    static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// The text without its mark; `nil` when it cannot be turned back into the same bytes.
    func decode(_ bytes: [UInt8]) -> [UInt8]? {
        switch self {
        case .utf8: return bytes
        case .utf8WithMark: return Array(bytes.dropFirst(3))
        case .utf16(let bigEndian):
            guard bytes.count % 2 == 0, let text = String(validating: TextEncoding.units(bytes, bigEndian: bigEndian), as: UTF16.self)
            else { return nil }
            return Array(text.utf8)
        }
    }

    func encode(_ text: [UInt8]) -> [UInt8] {
        switch self {
        case .utf8: return text
        case .utf8WithMark: return TextEncoding.mark + text
        case .utf16(let bigEndian):
            var bytes: [UInt8] = bigEndian ? [0xFE, 0xFF] : [0xFF, 0xFE]
            for unit in String(decoding: text, as: UTF8.self).utf16 {
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
                bytes += bigEndian ? [high, low] : [low, high]
            }
            return bytes
        }
    }

    /// For showing: repairs what is broken.
    func decodeRepairing(_ bytes: [UInt8]) -> [UInt8] {
        guard case .utf16(let bigEndian) = self else { return decode(bytes) ?? bytes }
        return Array(String(decoding: TextEncoding.units(bytes, bigEndian: bigEndian), as: UTF16.self).utf8)
    }

    private static func units(_ bytes: [UInt8], bigEndian: Bool) -> [UInt16] {
        stride(from: 2, to: bytes.count - 1, by: 2).map { index in
            let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
            return bigEndian ? first << 8 | second : second << 8 | first
        }
    }
}
