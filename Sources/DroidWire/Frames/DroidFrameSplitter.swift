/// Finds the objects in what came as one frame: usually one, but several on lines of their own are taken too (`droid.md` §1.7).
package enum DroidFrameSplitter {
    /// Where they lie, without the white space around them. An object may itself be spread over lines; from the first one on whose
    /// brackets do not close, the rest is cut at its line ends, so that a broken object does not hide those after it and no byte is
    /// looked at more than a few times. One more than ``DroidLimit/maximumObjectsInFrame`` are found at most.
    package static func pieces(of bytes: [UInt8]) -> [Range<Int>] {
        guard let whole = trimmed(0..<bytes.count, of: bytes) else { return [] }
        var pieces: [Range<Int>] = []
        var rest = whole
        var isBroken = false
        while !rest.isEmpty, pieces.count <= DroidLimit.maximumObjectsInFrame {
            guard let end = bytes[rest].firstIndex(of: newline) else {
                pieces.append(rest)
                break
            }
            var object = rest.lowerBound..<end
            if !isBroken {
                if let whole = balanced(rest, of: bytes) { object = whole } else { isBroken = true }
            }
            if let piece = trimmed(object, of: bytes) { pieces.append(piece) }
            rest = object.upperBound..<whole.upperBound
            while let first = bytes[rest].first, isSpace(first) { rest = rest.lowerBound + 1..<rest.upperBound }
        }
        return pieces
    }

    private static let newline = UInt8(ascii: "\n")

    /// From the beginning up to the line end, or the end of all, behind the bracket that closes the first one; `nil` if there is none.
    private static func balanced(_ range: Range<Int>, of bytes: [UInt8]) -> Range<Int>? {
        guard bytes[range.lowerBound] == UInt8(ascii: "{") else { return nil }
        var depth = 0
        var isInString = false
        var position = range.lowerBound
        while position < range.upperBound {
            let byte = bytes[position]
            if isInString {
                if byte == UInt8(ascii: "\\") { position += 1 }
                if byte == UInt8(ascii: "\"") { isInString = false }
                if byte == newline { return nil }
            } else {
                switch byte {
                case UInt8(ascii: "\""): isInString = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case newline where depth <= 0: return depth == 0 ? range.lowerBound..<position : nil
                default: break
                }
            }
            position += 1
        }
        return depth == 0 && !isInString ? range : nil
    }

    private static func trimmed(_ range: Range<Int>, of bytes: [UInt8]) -> Range<Int>? {
        guard let first = bytes[range].firstIndex(where: { !isSpace($0) }), let last = bytes[range].lastIndex(where: { !isSpace($0) })
        else { return nil }
        return first..<(last + 1)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }
}
