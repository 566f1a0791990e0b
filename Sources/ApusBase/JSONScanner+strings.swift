extension JSONScanner {
    /// Reads the rest of a string whose opening quote is already consumed.
    mutating func string() throws(JSONError) -> String {
        let start = position
        let span = try stringSpan()
        let raw = UnsafeBufferPointer(start: base + start, count: position - 1 - start)
        if !span.isASCII, let invalid = firstInvalidUTF8(from: start, to: position - 1) { throw .invalidUTF8(offset: invalid) }
        return span.hasEscapes ? JSONScanner.unescaped(raw) : String(decoding: raw, as: UTF8.self)
    }

    struct StringSpan {
        var isASCII = true
        var hasEscapes = false
    }

    /// Moves behind the closing quote, checking escapes and controls but not UTF-8. Every escape is well formed afterwards.
    mutating func stringSpan() throws(JSONError) -> StringSpan {
        var span = StringSpan()
        var high: UInt64 = 0
        while true {
            let byte = try nextStop(&high)
            if byte == UInt8(ascii: "\"") { break }
            if byte != UInt8(ascii: "\\") { throw .controlByteInString(byte, offset: position) }
            span.hasEscapes = true
            try checkEscape()
        }
        position &+= 1
        span.isASCII = high & 0x8080_8080_8080_8080 == 0
        return span
    }

    /// Moves to the next quote, backslash or control and gives it; what was passed is gathered in `high`.
    @inline(__always)
    private mutating func nextStop(_ high: inout UInt64) throws(JSONError) -> UInt8 {
        var at = position
        while at &+ 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
            let stops = JSONScanner.stopMask(word)
            if stops == 0 {
                high |= word
                at &+= 8
                continue
            }
            let bits = UInt64(truncatingIfNeeded: stops.trailingZeroBitCount) & 0x38
            high |= word & ((1 &<< bits) &- 1)
            at &+= Int(truncatingIfNeeded: bits &>> 3)
            position = at
            return base[at]
        }
        while at < end {
            let byte = base[at]
            if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                position = at
                return byte
            }
            high |= UInt64(byte)
            at &+= 1
        }
        throw .unexpectedEnd(expected: .stringEnd, offset: end)
    }

    /// Marks the first quote, backslash or control of eight bytes; marks after the first may be false.
    @inline(__always)
    static func stopMask(_ word: UInt64) -> UInt64 {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* 0x22)
        let slashes = word ^ (ones &* 0x5C)
        let below = (word &- (ones &* 0x20)) & ~word
        return (below | ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)) & 0x8080_8080_8080_8080
    }

    private mutating func checkEscape() throws(JSONError) {
        guard position + 1 < end else { throw .unexpectedEnd(expected: .stringEnd, offset: end) }
        switch base[position + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        case UInt8(ascii: "u"):
            for offset in (position + 2)..<(position + 6) {
                guard offset < end else { throw .unexpectedEnd(expected: .hexDigit, offset: end) }
                if JSONScanner.hexValue(base[offset]) == nil { throw .unexpectedByte(base[offset], expected: .hexDigit, offset: offset) }
            }
            position += 6
        case let byte:
            throw .invalidEscape(byte, offset: position + 1)
        }
    }

    /// Every escape is at least as long as what it stands for, so the raw length is room enough.
    private static func unescaped(_ raw: UnsafeBufferPointer<UInt8>) -> String {
        String(unsafeUninitializedCapacity: raw.count) { output in
            var source = 0
            var target = 0
            while source < raw.count {
                let byte = raw[source]
                guard byte == UInt8(ascii: "\\") else {
                    output[target] = byte
                    source += 1
                    target += 1
                    continue
                }
                source += 2
                switch raw[source - 1] {
                case UInt8(ascii: "b"): output[target] = 0x08
                case UInt8(ascii: "f"): output[target] = 0x0C
                case UInt8(ascii: "n"): output[target] = 0x0A
                case UInt8(ascii: "r"): output[target] = 0x0D
                case UInt8(ascii: "t"): output[target] = 0x09
                case UInt8(ascii: "u"):
                    for unit in scalar(in: raw, at: &source).utf8 {
                        output[target] = unit
                        target += 1
                    }
                    continue
                case let other: output[target] = other
                }
                target += 1
            }
            return target
        }
    }

    /// The scalar of a `\u` escape whose digits begin at `source`, taking a second escape along when both make a pair.
    private static func scalar(in raw: UnsafeBufferPointer<UInt8>, at source: inout Int) -> Unicode.Scalar {
        let first = codeUnit(in: raw, at: source)
        source += 4
        if first & 0xFC00 == 0xD800, source + 6 <= raw.count, raw[source] == UInt8(ascii: "\\"), raw[source + 1] == UInt8(ascii: "u") {
            let second = codeUnit(in: raw, at: source + 2)
            if second & 0xFC00 == 0xDC00 {
                source += 6
                return Unicode.Scalar(0x10000 + (first & 0x3FF) << 10 + second & 0x3FF) ?? "\u{FFFD}"
            }
        }
        return Unicode.Scalar(first) ?? "\u{FFFD}"
    }

    private static func codeUnit(in raw: UnsafeBufferPointer<UInt8>, at start: Int) -> UInt32 {
        var unit: UInt32 = 0
        for index in start..<(start + 4) { unit = unit << 4 | UInt32(hexValue(raw[index]) ?? 0) }
        return unit
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
