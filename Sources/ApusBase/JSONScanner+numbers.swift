extension JSONScanner {
    /// Reads a number; the cursor is on its first byte, a digit or a minus.
    mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = base[position] == UInt8(ascii: "-")
        if isNegative { position += 1 }
        guard position < end else { throw .unexpectedEnd(expected: .digit, offset: end) }
        var digits = Digits()
        if base[position] == UInt8(ascii: "0") {
            position += 1
            if position < end, JSONScanner.isDigit(base[position]) { throw .invalidNumber(offset: start) }
        } else {
            try takeDigits(into: &digits)
        }
        var isInteger = true
        var exponent = 0
        if position < end, base[position] == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            let before = position
            try takeDigits(into: &digits)
            exponent = before - position
        }
        if position < end, base[position] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            exponent += try takeExponent()
        }
        if isInteger, let integer = digits.integer(isNegative: isNegative), !(isNegative && integer == 0) { return .integer(integer) }
        return .double(try double(from: start, digits: digits, exponent: exponent, isNegative: isNegative))
    }

    /// The digits before the exponent as one number, as long as they fit.
    struct Digits {
        var value: UInt64 = 0
        var isExact = true

        @inline(__always)
        mutating func append(_ digit: UInt8) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            isExact = isExact && !overflow && !carry
            value = sum
        }

        func integer(isNegative: Bool) -> Int64? {
            guard isExact, value <= UInt64(Int64.max) + (isNegative ? 1 : 0) else { return nil }
            return isNegative ? Int64(truncatingIfNeeded: 0 &- value) : Int64(truncatingIfNeeded: value)
        }
    }

    private mutating func takeDigits(into digits: inout Digits) throws(JSONError) {
        guard position < end else { throw .unexpectedEnd(expected: .digit, offset: end) }
        guard JSONScanner.isDigit(base[position]) else { throw .unexpectedByte(base[position], expected: .digit, offset: position) }
        while position < end, JSONScanner.isDigit(base[position]) {
            digits.append(base[position] &- UInt8(ascii: "0"))
            position += 1
        }
    }

    /// The value of `e±digits`, pinned far outside every double so that it cannot overflow.
    private mutating func takeExponent() throws(JSONError) -> Int {
        position += 1
        guard position < end else { throw .unexpectedEnd(expected: .digit, offset: end) }
        let isNegative = base[position] == UInt8(ascii: "-")
        if isNegative || base[position] == UInt8(ascii: "+") { position += 1 }
        guard position < end else { throw .unexpectedEnd(expected: .digit, offset: end) }
        guard JSONScanner.isDigit(base[position]) else { throw .unexpectedByte(base[position], expected: .digit, offset: position) }
        var value = 0
        while position < end, JSONScanner.isDigit(base[position]) {
            value = min(value * 10 + Int(base[position] &- UInt8(ascii: "0")), 1 << 40)
            position += 1
        }
        return isNegative ? -value : value
    }

    /// Exact for digits below 2^53 with a small power of ten, because both and their quotient or product are rounded only once;
    /// everything else goes through the standard library.
    private func double(from start: Int, digits: Digits, exponent: Int, isNegative: Bool) throws(JSONError) -> Double {
        if digits.isExact, digits.value <= 1 << 53, exponent >= -22, exponent <= 22 {
            let magnitude = Double(digits.value)
            let scaled = exponent < 0 ? magnitude / JSONScanner.powerOfTen(-exponent) : magnitude * JSONScanner.powerOfTen(exponent)
            return isNegative ? -scaled : scaled
        }
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: position - start), as: UTF8.self)
        guard let value = Double(text) else { throw .invalidNumber(offset: start) }
        guard value.isFinite else { throw .numberOutOfRange(offset: start) }
        return value
    }

    private static func powerOfTen(_ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<exponent { result *= 10 }
        return result
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10
    }
}
