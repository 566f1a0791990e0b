/// Bounds of one parse. They exist because every document here comes from somebody else.
package struct JSONLimits: Hashable, Sendable {
    /// How many arrays and objects may be open at once. Never more than ``deepestAllowed``, so that parsing, comparing and
    /// freeing a value stay safe on a thread with a 512 KiB stack.
    package let maximumDepth: Int
    /// The longest document in bytes.
    package let maximumBytes: Int

    package static let deepestAllowed = 256
    package static let `default` = JSONLimits()

    package init(maximumDepth: Int = 128, maximumBytes: Int = ByteLimit.jsonBytes) {
        self.maximumDepth = min(max(maximumDepth, 1), JSONLimits.deepestAllowed)
        self.maximumBytes = maximumBytes
    }
}

/// Why some bytes are not a JSON document. Every case but `tooLarge` carries the byte offset, counted from the start of the
/// buffer that was handed in, at which the scanner stopped.
package enum JSONError: Error, Hashable, Sendable {
    case tooLarge(bytes: Int, limit: Int)
    case tooDeep(limit: Int, offset: Int)
    case unexpectedEnd(expected: JSONExpectation, offset: Int)
    case unexpectedByte(UInt8, expected: JSONExpectation, offset: Int)
    case trailingByte(UInt8, offset: Int)
    case controlByteInString(UInt8, offset: Int)
    case invalidEscape(UInt8, offset: Int)
    case invalidUTF8(offset: Int)
    case invalidNumber(offset: Int)
    /// A well-formed number that no finite `Double` holds, such as `1e999`.
    case numberOutOfRange(offset: Int)

    package var offset: Int? {
        switch self {
        case .tooLarge: nil
        case .tooDeep(_, let offset), .unexpectedEnd(_, let offset), .unexpectedByte(_, _, let offset), .trailingByte(_, let offset),
            .controlByteInString(_, let offset), .invalidEscape(_, let offset), .invalidUTF8(let offset), .invalidNumber(let offset),
            .numberOutOfRange(let offset):
            offset
        }
    }
}

/// What the grammar allowed at the place where a document went wrong.
package enum JSONExpectation: String, Hashable, Sendable {
    case value = "a value"
    case object = "an object"
    case keyOrEnd = "a member name or '}'"
    case key = "a member name"
    case colon = "':'"
    case commaOrObjectEnd = "',' or '}'"
    case commaOrArrayEnd = "',' or ']'"
    case valueOrArrayEnd = "a value or ']'"
    case literal = "true, false or null"
    case stringEnd = "the closing quote of a string"
    case hexDigit = "a hexadecimal digit"
    case digit = "a digit"
    case end = "the matching bracket"
}

extension JSONError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit):
            "JSON of \(bytes) bytes is over the limit of \(limit) bytes."
        case .tooDeep(let limit, let offset):
            "JSON is nested deeper than \(limit) levels at byte \(offset)."
        case .unexpectedEnd(let expected, let offset):
            "JSON ends at byte \(offset) where \(expected.rawValue) was expected."
        case .unexpectedByte(let byte, let expected, let offset):
            "JSON has \(JSONError.name(of: byte)) at byte \(offset) where \(expected.rawValue) was expected."
        case .trailingByte(let byte, let offset):
            "JSON goes on with \(JSONError.name(of: byte)) at byte \(offset), after the end of its value."
        case .controlByteInString(let byte, let offset):
            "JSON has the unescaped control byte \(JSONError.name(of: byte)) in a string at byte \(offset)."
        case .invalidEscape(let byte, let offset):
            "JSON has a backslash before \(JSONError.name(of: byte)) at byte \(offset), which is no escape."
        case .invalidUTF8(let offset):
            "JSON has bytes at \(offset) that are not UTF-8."
        case .invalidNumber(let offset):
            "JSON has a malformed number at byte \(offset)."
        case .numberOutOfRange(let offset):
            "JSON has a number at byte \(offset) that is too large for a 64-bit float."
        }
    }

    private static func name(of byte: UInt8) -> String {
        if byte > 0x20 && byte < 0x7F { return "'\(Character(Unicode.Scalar(byte)))'" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "0x" + (digits.count == 1 ? "0" + digits : digits)
    }
}
