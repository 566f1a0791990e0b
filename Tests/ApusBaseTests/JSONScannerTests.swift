import ApusBase
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct JSONScannerTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", nil), ("true", true), ("false", false), ("0", 0), ("\"\"", ""), ("[]", []), ("{}", [:]),
        (" \t\r\n[ 1 ,\n2 ]\r\n ", [1, 2]), ("{ \"a\" : { } , \"b\" : [ ] }", ["a": [:], "b": []]),
        ("[[],[[]]]", [[], [[]]]), ("[null,true,false]", [nil, true, false]), ("[\"a\",\"b\"]", ["a", "b"]),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"),
        (#""\uD83D\uDE00""#, "😀"),
        (#""\u0000""#, "\u{0}"), (#""\u001f""#, "\u{1F}"), ("\"\u{7F}\"", "\u{7F}"), ("\"\u{2028}\u{2029}\"", "\u{2028}\u{2029}"),
        (#""\ud800""#, "\u{FFFD}"), (#""\udc00""#, "\u{FFFD}"), (#""\ud800x""#, "\u{FFFD}x"), (#""\ud800\n""#, "\u{FFFD}\n"),
        (#""\ud800\ud800""#, "\u{FFFD}\u{FFFD}"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"), (#""\udc00\ud800""#, "\u{FFFD}\u{FFFD}"),
        (#""\ud800\u0041""#, "\u{FFFD}A"), ("\"é€😀\"", "é€😀"), ("\"é\\n€\"", "é\n€"), ("\"\u{FFFF}\u{10FFFF}\"", "\u{FFFF}\u{10FFFF}"),
        ("{\"\":0}", ["": 0]), ("{\"a\":1,\"a\":2}", .object(JSONObject([("a", 1), ("a", 2)]))), (#"{"\u0061":1}"#, ["a": 1]),
    ]

    @Test(arguments: accepted)
    func validDocumentsAreRead(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    static let numbers: [(String, JSONValue)] = [
        ("0", .integer(0)), ("-0", .double(-0.0)), ("-0.0", .double(-0.0)), ("1", .integer(1)), ("-1", .integer(-1)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .double(9_223_372_036_854_775_808)), ("-9223372036854775809", .double(-9_223_372_036_854_775_808)),
        ("18446744073709551615", .double(18_446_744_073_709_551_616)), ("18446744073709551616", .double(18_446_744_073_709_551_616)),
        ("100000000000000000000", .double(1e20)), ("1.0", .double(1)), ("1.5", .double(1.5)), ("-1.5e3", .double(-1500)),
        ("1e0", .double(1)),
        ("1E+2", .double(100)), ("1e-2", .double(0.01)), ("0e5", .double(0)), ("0e99999999999999999999", .double(0)), ("0.1", .double(0.1)),
        ("0.3", .double(0.3)), ("123456789.987654321", .double(123456789.987654321)), ("1e22", .double(1e22)), ("1e23", .double(1e23)),
        ("9007199254740993", .integer(9_007_199_254_740_993)), ("9007199254740993.0", .double(9_007_199_254_740_992)),
        ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)), ("5e-324", .double(.leastNonzeroMagnitude)),
        ("2.2250738585072014e-308", .double(.leastNormalMagnitude)), ("1e-400", .double(0)), ("1e-99999999999999999999", .double(0)),
        ("1496.0", .double(1496)), ("0.000000000000000000000000000000000001", .double(1e-36)),
        ("123456789012345678901234567890.5", .double(123_456_789_012_345_678_901_234_567_890.5)),
    ]

    @Test(arguments: numbers)
    func numbersKeepTheirKindAndValue(text: String, value: JSONValue) throws {
        let parsed = try JSONValue(parsing: text)
        #expect(parsed == value)
        #expect(parsed.doubleValue?.sign == value.doubleValue?.sign)
        #expect(try JSONValue(parsing: "[\(text)]") == [value])
    }

    static let rejected: [(String, JSONError)] = [
        ("", .unexpectedEnd(expected: .value, offset: 0)), ("  ", .unexpectedEnd(expected: .value, offset: 2)),
        ("nul", .unexpectedEnd(expected: .literal, offset: 3)), ("nulL", .unexpectedByte(0x4C, expected: .literal, offset: 3)),
        ("True", .unexpectedByte(0x54, expected: .value, offset: 0)), ("truee", .trailingByte(0x65, offset: 4)),
        ("1 2", .trailingByte(0x32, offset: 2)), ("{}{}", .trailingByte(0x7B, offset: 2)), ("[1]x", .trailingByte(0x78, offset: 3)),
        ("[1,]", .unexpectedByte(0x5D, expected: .value, offset: 3)),
        ("[,1]", .unexpectedByte(0x2C, expected: .valueOrArrayEnd, offset: 1)),
        ("[1 2]", .unexpectedByte(0x32, expected: .commaOrArrayEnd, offset: 3)),
        ("[1}", .unexpectedByte(0x7D, expected: .commaOrArrayEnd, offset: 2)),
        ("[", .unexpectedEnd(expected: .valueOrArrayEnd, offset: 1)), ("[1", .unexpectedEnd(expected: .commaOrArrayEnd, offset: 2)),
        ("[1,", .unexpectedEnd(expected: .value, offset: 3)), ("]", .unexpectedByte(0x5D, expected: .value, offset: 0)),
        ("{", .unexpectedEnd(expected: .keyOrEnd, offset: 1)), ("{a:1}", .unexpectedByte(0x61, expected: .keyOrEnd, offset: 1)),
        ("{'a':1}", .unexpectedByte(0x27, expected: .keyOrEnd, offset: 1)), ("{\"a\"}", .unexpectedByte(0x7D, expected: .colon, offset: 4)),
        ("{\"a\":}", .unexpectedByte(0x7D, expected: .value, offset: 5)), ("{\"a\":1,}", .unexpectedByte(0x7D, expected: .key, offset: 7)),
        ("{\"a\":1 \"b\":2}", .unexpectedByte(0x22, expected: .commaOrObjectEnd, offset: 7)),
        ("{\"a\":1", .unexpectedEnd(expected: .commaOrObjectEnd, offset: 6)),
        ("{1:1}", .unexpectedByte(0x31, expected: .keyOrEnd, offset: 1)),
        ("\"a", .unexpectedEnd(expected: .stringEnd, offset: 2)), ("\"12345678", .unexpectedEnd(expected: .stringEnd, offset: 9)),
        ("\"\\", .unexpectedEnd(expected: .stringEnd, offset: 2)), ("\"\\x\"", .invalidEscape(0x78, offset: 2)),
        ("\"\\u12\"", .unexpectedByte(0x22, expected: .hexDigit, offset: 5)), ("\"\\u12", .unexpectedEnd(expected: .hexDigit, offset: 5)),
        ("\"\\u12G4\"", .unexpectedByte(0x47, expected: .hexDigit, offset: 5)), ("\"\\U0041\"", .invalidEscape(0x55, offset: 2)),
        ("\"a\nb\"", .controlByteInString(0x0A, offset: 2)), ("\"\u{0}\"", .controlByteInString(0, offset: 1)),
        ("\"1234567\u{1F}9\"", .controlByteInString(0x1F, offset: 8)), ("{\"a\tb\":1}", .controlByteInString(0x09, offset: 3)),
        ("-", .unexpectedEnd(expected: .digit, offset: 1)), ("-a", .unexpectedByte(0x61, expected: .digit, offset: 1)),
        ("+1", .unexpectedByte(0x2B, expected: .value, offset: 0)), (".5", .unexpectedByte(0x2E, expected: .value, offset: 0)),
        ("01", .invalidNumber(offset: 0)), ("-01", .invalidNumber(offset: 0)), ("00", .invalidNumber(offset: 0)),
        ("1.", .unexpectedEnd(expected: .digit, offset: 2)), ("1.e5", .unexpectedByte(0x65, expected: .digit, offset: 2)),
        ("1e", .unexpectedEnd(expected: .digit, offset: 2)), ("1e+", .unexpectedEnd(expected: .digit, offset: 3)),
        ("1ex", .unexpectedByte(0x78, expected: .digit, offset: 2)), ("1e5.5", .trailingByte(0x2E, offset: 3)),
        ("0x1F", .trailingByte(0x78, offset: 1)),
        ("1_000", .trailingByte(0x5F, offset: 1)), ("NaN", .unexpectedByte(0x4E, expected: .value, offset: 0)),
        ("Infinity", .unexpectedByte(0x49, expected: .value, offset: 0)), ("-Infinity", .unexpectedByte(0x49, expected: .digit, offset: 1)),
        ("555551e55555", .numberOutOfRange(offset: 0)), ("[1,1e309]", .numberOutOfRange(offset: 3)),
        ("-1e309", .numberOutOfRange(offset: 0)),
        ("1e99999999999999999999", .numberOutOfRange(offset: 0)), ("// x\n1", .unexpectedByte(0x2F, expected: .value, offset: 0)),
        ("\u{FEFF}1", .unexpectedByte(0xEF, expected: .value, offset: 0)), ("\u{A0}1", .unexpectedByte(0xC2, expected: .value, offset: 0)),
        ("\u{C}1", .unexpectedByte(0x0C, expected: .value, offset: 0)), ("\u{B}1", .unexpectedByte(0x0B, expected: .value, offset: 0)),
    ]

    @Test(arguments: rejected)
    func invalidDocumentsAreRefusedWithTheirPlace(text: String, error: JSONError) {
        #expect(throws: error) { try JSONValue(parsing: text) }
        #expect(error.offset.map { error.description.contains("\($0)") } == true)
    }

    static let illFormed: [[UInt8]] = [
        [0x80], [0xBF], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xC3, 0x28], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xE2, 0x82],
        [0xE2, 0x28, 0xA1],
        [0xE2, 0x82, 0x28], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF0, 0x80, 0x80, 0x80], [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0x98],
        [0xF0, 0x28, 0x8C, 0xBC], [0xF0, 0x90, 0x28, 0xBC], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFE], [0xFF],
    ]

    @Test(arguments: illFormed)
    func illFormedTextIsRefused(bytes: [UInt8]) {
        #expect(throws: JSONError.invalidUTF8(offset: 3)) { try JSONValue(parsing: Array("\"ab".utf8) + bytes + Array("\"".utf8)) }
        #expect(throws: JSONError.invalidUTF8(offset: 5)) { try JSONValue(parsing: Array("{\"\\na".utf8) + bytes + Array("\":1}".utf8)) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: bytes) }
    }

    @Test func utf8CheckAgreesWithTheStandardLibraryOnAllShortSequences() {
        var disagreements: [[UInt8]] = []
        let second: [UInt8] = [0x41, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF]
        for first in UInt8(0x80)...0xFF {
            for b in second {
                for c in second {
                    for d in second {
                        let sequence = [first, b, c, d]
                        if sequence.contains(where: { $0 < 0x20 }) { continue }
                        let isValid = String(validating: sequence, as: UTF8.self) != nil
                        let parsed = try? JSONValue(parsing: [0x22] + sequence + [0x22])  // the error itself is of no interest here
                        if isValid != (parsed != nil) { disagreements.append(sequence) }
                    }
                }
            }
        }
        #expect(disagreements == [])
    }

    @Test func everyPrefixOfADocumentIsRefusedAndNothingIsReadBehindTheEnd() throws {
        let text = Array(#"[[1],[1,-2.5e3,"x\u00e9\n€😀",true,false,null,{}],{"k":"0123456789"}]"#.utf8)
        for length in 0..<text.count {
            #expect(throws: JSONError.self) { try JSONValue(parsing: Array(text[..<length])) }
            #expect(throws: JSONError.self) { try JSONValue(parsing: text, in: 0..<length) }
        }
        #expect(try JSONValue(parsing: text, in: 1..<4) == [1])
    }

    @Test func offsetsOfAPartCountFromTheStartOfTheBuffer() {
        #expect(throws: JSONError.trailingByte(0x5D, offset: 4)) { try JSONValue(parsing: Array("[1,2]".utf8), in: 3..<5) }
    }

    @Test(arguments: [1, 2, 128, JSONLimits.deepestAllowed])
    func nestingIsAllowedToTheLimitAndNotBeyond(depth: Int) throws {
        let limits = JSONLimits(maximumDepth: depth)
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = open == "[" ? "" : "1"
            let fits = String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
            let value = try JSONValue(parsing: fits, limits: limits)
            #expect(value.serialized() == fits)
            #expect(throws: JSONError.tooDeep(limit: depth, offset: depth * open.utf8.count)) {
                try JSONValue(parsing: open + fits + close, limits: limits)
            }
        }
    }

    @Test func aMillionOpenBracketsAreRefused() {
        #expect(throws: JSONError.tooDeep(limit: 128, offset: 128)) { try JSONValue(parsing: [UInt8](repeating: 0x5B, count: 1_000_000)) }
        #expect(JSONLimits(maximumDepth: .max).maximumDepth == JSONLimits.deepestAllowed)
    }

    @Test func theDeepestDocumentIsSafeOnASmallStack() throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 512 << 10)
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let created = pthread_create(
            &thread, &attributes,
            { _ in
                let depth = JSONLimits.deepestAllowed
                let text = String(repeating: "{\"a\":[", count: depth / 2) + String(repeating: "]}", count: depth / 2)
                guard let value = try? JSONValue(parsing: text, limits: JSONLimits(maximumDepth: depth)),  // nil is the failure reported
                    value == value, value.serialized() == text, value.hashValue == value.hashValue
                else { return nil }
                return UnsafeMutableRawPointer(bitPattern: 1)
            }, nil)
        #expect(created == 0)
        var result: UnsafeMutableRawPointer?
        #if canImport(Darwin)
            pthread_join(thread!, &result)
        #else
            pthread_join(thread, &result)
        #endif
        #expect(result == UnsafeMutableRawPointer(bitPattern: 1))
    }

    @Test func documentsOverTheByteLimitAreRefusedUnread() {
        #expect(throws: JSONError.tooLarge(bytes: 5, limit: 4)) { try JSONValue(parsing: "[1,2]", limits: JSONLimits(maximumBytes: 4)) }
        #expect(throws: Never.self) { try JSONValue(parsing: "[1,2]", limits: JSONLimits(maximumBytes: 5)) }
    }

    @Test func manyMembersAreReadAndFoundInLinearTime() throws {
        let count = 100_000
        let text = "{" + (0..<count).map { "\"k\($0)\":\($0)" }.joined(separator: ",") + "}"
        let object = try #require(try JSONValue(parsing: text).objectValue)
        #expect(object.count == count)
        #expect((0..<count).allSatisfy { object["k\($0)"] == .integer(Int64($0)) })
    }

    @Test func numbersOfManyDigitsAreReadWithoutDelay() throws {
        let digits = String(repeating: "7", count: 300)
        #expect(try JSONValue(parsing: digits) == .double(Double(digits)!))
        let long = "0." + String(repeating: "1", count: 1_000_000)
        #expect(try JSONValue(parsing: long) == .double(0.1111111111111111))
    }
}
