import ApusBase
import Testing

@Suite struct JSONRoundTripTests {
    @Test(arguments: 0..<50)
    func whatIsWrittenReadsBackEqual(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<20 {
            let value = JSONValue.random(using: &generator)
            let bytes = value.serializedBytes()
            let parsed = try JSONValue(parsing: bytes)
            #expect(parsed == value)
            #expect(parsed.serializedBytes() == bytes)
            #expect(value.serialized() == String(decoding: bytes, as: UTF8.self))
            #expect(!bytes.contains { $0 < 0x20 })
        }
    }

    @Test func everyScalarSurvives() throws {
        for range in [0...0xD7FF, 0xE000...0x10FFFF] as [ClosedRange<UInt32>] {
            var scalars = String.UnicodeScalarView()
            for value in range { if let scalar = Unicode.Scalar(value) { scalars.append(scalar) } }
            let text = String(scalars)
            #expect(
                try JSONValue(parsing: JSONValue.string(text).serializedBytes()).stringValue?.unicodeScalars.elementsEqual(
                    text.unicodeScalars) == true)
        }
    }

    @Test func everyPositionOfAnEscapeInAStringSurvives() throws {
        for length in 0..<40 {
            for position in 0...length {
                for escape in ["\"", "\\", "\n", "\u{1}", "é", "\n\n", "\"x\\"] {
                    var text = String(repeating: "a", count: length)
                    text.insert(contentsOf: escape, at: text.index(text.startIndex, offsetBy: position))
                    #expect(try JSONValue(parsing: JSONValue.string(text).serialized()) == .string(text))
                }
            }
        }
    }
}
