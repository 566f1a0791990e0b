package import ApusBase

/// JSON as people write it by hand: with `//` and `/* */` comments, commas before a closing bracket, and a byte order mark.
///
/// What strict JSON does not know is overwritten with spaces of the same length before parsing, so that every place in an error is
/// a place in the file. Comment marks inside strings are text. A comma without an element before it stays an error.
package enum JSONWithComments {
    /// Where and why a file is not JSON. Lines and columns count from 1, columns in characters of the line.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var line: Int
        package var column: Int
        /// Without place and full stop: `'}' where a value was expected`.
        package var what: String

        package init(line: Int, column: Int, what: String) {
            self.line = line
            self.column = column
            self.what = what
        }

        package var description: String { "line \(line), column \(column): \(what)" }
    }

    package static func parse(_ bytes: [UInt8]) throws(Fault) -> JSONValue {
        try parseWithLines(bytes).value
    }

    /// The document and where its members stand.
    static func parseWithLines(_ bytes: [UInt8]) throws(Fault) -> (value: JSONValue, lines: JSONKeyLines) {
        let plain = try blanked(bytes)
        do {
            let value = try JSONValue(
                parsing: plain, limits: JSONLimits(maximumDepth: 64, maximumBytes: ByteLimit.configurationFileBytes))
            return (value, JSONKeyLines(plain))
        } catch {
            throw fault(at: error.offset ?? 0, what: wording(of: error), in: bytes)
        }
    }

    /// The same number of bytes, strict JSON wherever the input was our dialect.
    static func blanked(_ bytes: [UInt8]) throws(Fault) -> [UInt8] { try strict(bytes).bytes }

    /// As ``blanked(_:)``, and where the commas stood that are none of strict JSON.
    static func strict(_ bytes: [UInt8]) throws(Fault) -> (bytes: [UInt8], trailingCommas: [Int]) {
        var result = bytes
        var trailing: [Int] = []
        var position = 0
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            blank(&result, 0..<3)
            position = 3
        }
        /// The comma that may turn out to be the last of its list, and what stood before it.
        var comma: Int?
        var previous: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                position = endOfString(in: bytes, from: position)
                (comma, previous) = (nil, byte)
            case UInt8(ascii: "/") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "/"):
                let end = bytes[position...].firstIndex(of: 0x0A) ?? bytes.count
                blank(&result, position..<end)
                position = end
            case UInt8(ascii: "/") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "*"):
                guard let end = endOfBlockComment(in: bytes, from: position + 2) else {
                    throw fault(at: position, what: "a comment that is never closed with */", in: bytes)
                }
                blank(&result, position..<end)
                position = end
            case 0x20, 0x09, 0x0A, 0x0D:
                position += 1
            default:
                if byte == UInt8(ascii: ",") {
                    comma = previous == 0 || previous == UInt8(ascii: "[") || previous == UInt8(ascii: "{") || comma != nil ? nil : position
                } else {
                    if let last = comma, byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") {
                        blank(&result, last..<(last + 1))
                        trailing.append(last)
                    }
                    comma = nil
                }
                previous = byte
                position += 1
            }
        }
        return (result, trailing)
    }

    private static func blank(_ bytes: inout [UInt8], _ range: Range<Int>) {
        for index in range where bytes[index] != 0x0A && bytes[index] != 0x0D { bytes[index] = 0x20 }
    }

    /// The index behind the closing quote; an open string runs to the end and is the parser's to report.
    private static func endOfString(in bytes: [UInt8], from start: Int) -> Int {
        var position = start + 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""): return position + 1
            default: position += 1
            }
        }
        return bytes.count
    }

    static func endOfBlockComment(in bytes: [UInt8], from start: Int) -> Int? {
        var position = start
        while position + 1 < bytes.count {
            if bytes[position] == UInt8(ascii: "*") && bytes[position + 1] == UInt8(ascii: "/") { return position + 2 }
            position += 1
        }
        return nil
    }

    private static func fault(at offset: Int, what: String, in bytes: [UInt8]) -> Fault {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let line = before.count { $0 == 0x0A } + 1
        let column = bytes[lineStart..<before.endIndex].count { $0 & 0xC0 != 0x80 } + 1
        return Fault(line: line, column: column, what: what)
    }

    private static func wording(of error: JSONError) -> String {
        switch error {
        case .tooLarge(let bytes, let limit): "the file has \(bytes) bytes, over the limit of \(limit)"
        case .tooDeep(let limit, _): "nested deeper than \(limit) levels"
        case .unexpectedEnd(let expected, _): "its end where \(expected.rawValue) was expected"
        case .unexpectedByte(let byte, let expected, _): "\(name(of: byte)) where \(expected.rawValue) was expected"
        case .trailingByte(let byte, _): "\(name(of: byte)) behind the end of the document"
        case .controlByteInString(let byte, _): "the control byte \(name(of: byte)) inside a string (is its closing quote missing?)"
        case .invalidEscape(let byte, _): "a backslash before \(name(of: byte)), which is no escape"
        case .invalidUTF8: "bytes that are not UTF-8"
        case .invalidNumber: "a malformed number"
        case .numberOutOfRange: "a number too large for a 64-bit float"
        }
    }

    private static func name(of byte: UInt8) -> String {
        switch byte {
        case 0x0A, 0x0D: "the end of the line"
        case 0x21..<0x7F: "'\(Character(Unicode.Scalar(byte)))'"
        default: "byte \(byte)"
        }
    }
}
