/// Turns a byte stream into text piece by piece, repairing what is not UTF-8 with U+FFFD.
///
/// A scalar that is cut between two pushes is held back (at most three bytes) until the rest arrives, so the pieces joined are
/// the same text as the whole decoded at once, however it was cut.
package struct UTF8StreamDecoder: Sendable {
    private var pending: [UInt8] = []

    package init() {}

    package mutating func push(_ bytes: [UInt8]) -> String {
        push(bytes[...])
    }

    package mutating func push(_ bytes: ArraySlice<UInt8>) -> String {
        guard pending.isEmpty else {
            let joined = pending + bytes
            pending.removeAll(keepingCapacity: true)
            return decode(joined[...])
        }
        return decode(bytes)
    }

    /// What was still held back, which can only be an incomplete scalar: empty or U+FFFD. The decoder starts anew.
    package mutating func finish() -> String {
        defer { pending.removeAll(keepingCapacity: true) }
        return String(decoding: pending, as: UTF8.self)
    }

    private mutating func decode(_ bytes: ArraySlice<UInt8>) -> String {
        let held = UTF8StreamDecoder.incompleteSuffixLength(of: bytes)
        guard held > 0 else { return String(decoding: bytes, as: UTF8.self) }
        pending.append(contentsOf: bytes.suffix(held))
        return String(decoding: bytes.dropLast(held), as: UTF8.self)
    }

    /// A lead byte always starts a new sequence, also after an error: cutting before one never changes the result.
    private static func incompleteSuffixLength(of bytes: ArraySlice<UInt8>) -> Int {
        var length = 0
        for byte in bytes.reversed().prefix(3) {
            length += 1
            if byte & 0xC0 == 0x80 { continue }
            let needed =
                switch byte {
                case 0xC2...0xDF: 2
                case 0xE0...0xEF: 3
                case 0xF0...0xF4: 4
                default: 1
                }
            return needed > length ? length : 0
        }
        return 0
    }
}
