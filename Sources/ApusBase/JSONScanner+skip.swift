extension JSONScanner {
    /// The string that comes next, or `nil` after skipping a value of another type.
    mutating func stringOrSkip() throws(JSONError) -> String? {
        guard try next(.value) == UInt8(ascii: "\"") else {
            _ = try skipValue()
            return nil
        }
        position += 1
        return try string()
    }

    /// Moves behind the next value and says where it lies, checking only its structure: strings closed, escapes and controls in them
    /// right, brackets balanced. What else stands between brackets is not read.
    mutating func skipValue() throws(JSONError) -> Range<Int> {
        let first = try next(.value)
        let start = position
        switch first {
        case UInt8(ascii: "\""):
            position += 1
            _ = try stringSpan()
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try skipContainer()
        case UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"):
            throw .unexpectedByte(first, expected: .value, offset: start)
        default:
            skipScalar()
        }
        return start..<position
    }

    /// Follows nested brackets without recursion: one bit a level says whether it is an object.
    private mutating func skipContainer() throws(JSONError) {
        var levels = BracketStack()
        while position < end {
            let byte = base[position]
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                _ = try stringSpan()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                if depth + levels.depth >= maximumDepth { throw .tooDeep(limit: maximumDepth, offset: position) }
                levels.push(isObject: byte == UInt8(ascii: "{"))
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if levels.isObject != (byte == UInt8(ascii: "}")) {
                    throw .unexpectedByte(byte, expected: levels.isObject ? .commaOrObjectEnd : .commaOrArrayEnd, offset: position)
                }
                position += 1
                levels.pop()
                if levels.depth == 0 { return }
            default:
                position += 1
            }
        }
        throw .unexpectedEnd(expected: .end, offset: end)
    }

    private mutating func skipScalar() {
        while position < end {
            switch base[position] {
            case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: "\""), 0x20, 0x0A, 0x0D, 0x09:
                return
            default: position += 1
            }
        }
    }
}

/// As many levels as ``JSONLimits/deepestAllowed``, without an allocation.
private struct BracketStack {
    private var high: UInt128 = 0
    private var low: UInt128 = 0
    private(set) var depth = 0

    @inline(__always)
    var isObject: Bool { low & 1 == 1 }

    @inline(__always)
    mutating func push(isObject: Bool) {
        if depth >= 128 { high = high << 1 | low >> 127 }
        low = low << 1 | (isObject ? 1 : 0)
        depth += 1
    }

    @inline(__always)
    mutating func pop() {
        low = low >> 1
        if depth > 128 {
            low |= high << 127
            high >>= 1
        }
        depth -= 1
    }
}
