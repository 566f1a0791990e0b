extension JSONValue {
    /// Reads one document by RFC 8259, strictly: exact number grammar, valid UTF-8, nothing but white space around the value.
    ///
    /// A lone surrogate in an escape becomes U+FFFD. Integers beyond `Int64` become doubles, `-0` becomes the double -0.0, a number that no
    /// finite double holds is an error. A repeated member name is kept (see ``JSONObject``).
    package init(parsing bytes: [UInt8], limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONValue(parsing: bytes, in: 0..<bytes.count, limits: limits)
    }

    /// Reads the document that lies in a part of `bytes`, such as the params of a ``JSONEnvelope``, without copying it. Offsets in
    /// errors count from the start of `bytes`.
    package init(parsing bytes: [UInt8], in range: Range<Int>, limits: JSONLimits = .default) throws(JSONError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "the range must lie inside the bytes")
        if range.count > limits.maximumBytes { throw .tooLarge(bytes: range.count, limit: limits.maximumBytes) }
        self = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
            guard let base = buffer.baseAddress else { throw .unexpectedEnd(expected: .value, offset: 0) }
            var scanner = JSONScanner(base, in: range, maximumDepth: limits.maximumDepth)
            return try scanner.document()
        }
    }

    package init(parsing text: String, limits: JSONLimits = .default) throws(JSONError) {
        self = try JSONValue(parsing: Array(text.utf8), limits: limits)
    }
}

/// A cursor over borrowed bytes; it must not outlive the closure that lent them. Recursion is bounded by `maximumDepth`.
struct JSONScanner {
    let base: UnsafePointer<UInt8>
    let end: Int
    var position: Int
    let maximumDepth: Int
    var depth = 0

    init(_ base: UnsafePointer<UInt8>, in range: Range<Int>, maximumDepth: Int) {
        self.base = base
        end = range.upperBound
        position = range.lowerBound
        self.maximumDepth = maximumDepth
    }

    mutating func document() throws(JSONError) -> JSONValue {
        let value = try value(orElse: .value)
        try finish()
        return value
    }

    mutating func finish() throws(JSONError) {
        skipWhitespace()
        if position < end { throw .trailingByte(base[position], offset: position) }
    }

    mutating func value(orElse expected: JSONExpectation = .value) throws(JSONError) -> JSONValue {
        let byte = try next(expected)
        switch byte {
        case UInt8(ascii: "\""):
            position += 1
            return .string(try string())
        case UInt8(ascii: "{"):
            return .object(try object())
        case UInt8(ascii: "["):
            return .array(try array())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        case UInt8(ascii: "t"):
            try literal("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try literal("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try literal("null")
            return .null
        default:
            throw .unexpectedByte(byte, expected: expected, offset: position)
        }
    }

    private mutating func object() throws(JSONError) -> JSONObject {
        try enter()
        var members: [JSONObject.Member] = []
        var byte = try next(.keyOrEnd)
        if byte != UInt8(ascii: "}") {
            var expected = JSONExpectation.keyOrEnd
            while true {
                if byte != UInt8(ascii: "\"") { throw .unexpectedByte(byte, expected: expected, offset: position) }
                position += 1
                let key = try string()
                byte = try next(.colon)
                if byte != UInt8(ascii: ":") { throw .unexpectedByte(byte, expected: .colon, offset: position) }
                position += 1
                let value = try value()
                // The first growth steps of an array would cost more than the whole object.
                if members.isEmpty { members.reserveCapacity(4) }
                members.append(JSONObject.Member(key: key, value: value))
                byte = try next(.commaOrObjectEnd)
                if byte == UInt8(ascii: "}") { break }
                if byte != UInt8(ascii: ",") { throw .unexpectedByte(byte, expected: .commaOrObjectEnd, offset: position) }
                position += 1
                expected = .key
                byte = try next(expected)
            }
        }
        leave()
        return JSONObject(members: members)
    }

    private mutating func array() throws(JSONError) -> [JSONValue] {
        try enter()
        var elements: [JSONValue] = []
        if try next(.valueOrArrayEnd) != UInt8(ascii: "]") {
            var expected = JSONExpectation.valueOrArrayEnd
            while true {
                elements.append(try value(orElse: expected))
                let byte = try next(.commaOrArrayEnd)
                if byte == UInt8(ascii: "]") { break }
                if byte != UInt8(ascii: ",") { throw .unexpectedByte(byte, expected: .commaOrArrayEnd, offset: position) }
                position += 1
                expected = .value
            }
        }
        leave()
        return elements
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        if depth > maximumDepth { throw .tooDeep(limit: maximumDepth, offset: position) }
        position += 1
    }

    private mutating func leave() {
        depth -= 1
        position += 1
    }

    private mutating func literal(_ text: StaticString) throws(JSONError) {
        let count = text.utf8CodeUnitCount
        for index in 0..<count {
            if position + index >= end { throw .unexpectedEnd(expected: .literal, offset: end) }
            let byte = base[position + index]
            if byte != text.utf8Start[index] { throw .unexpectedByte(byte, expected: .literal, offset: position + index) }
        }
        position += count
    }

    /// The next byte that is not white space, not yet consumed.
    @inline(__always)
    mutating func next(_ expected: JSONExpectation) throws(JSONError) -> UInt8 {
        skipWhitespace()
        if position >= end { throw .unexpectedEnd(expected: expected, offset: end) }
        return base[position]
    }

    @inline(__always)
    mutating func skipWhitespace() {
        while position < end {
            let byte = base[position]
            if byte > 0x20 || !(byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09) { return }
            position += 1
        }
    }
}
