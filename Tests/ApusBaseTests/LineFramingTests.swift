import ApusBase
import Testing

@Suite struct LineFramingTests {
    private func lines(_ framing: inout LineFraming, _ text: some Sequence<UInt8>) throws(LineFramingError) -> [String] {
        try framing.push(Array(text)).map { String(decoding: $0, as: UTF8.self) }
    }

    static let streams: [(String, [String], String?)] = [
        ("", [], nil), ("a", [], "a"), ("a\n", ["a"], nil), ("a\nb", ["a"], "b"), ("a\r\nb\r\n", ["a", "b"], nil),
        ("\n\r\n\n", ["", "", ""], nil),
        ("a\rb\n", ["a\rb"], nil), ("a\r\r\n", ["a\r"], nil), ("é\n😀", ["é"], "😀"), ("a\r", [], "a"), ("\r", [], ""),
    ]

    @Test(arguments: streams)
    func everyCutGivesTheSameLines(stream: String, expected: [String], last: String?) throws {
        let bytes = Array(stream.utf8)
        for cut in 0...bytes.count {
            var framing = LineFraming(maximumLineBytes: 100)
            #expect(try lines(&framing, bytes[..<cut]) + lines(&framing, []) + lines(&framing, bytes[cut...]) == expected)
            #expect(framing.finish().map { String(decoding: $0, as: UTF8.self) } == last)
            #expect(framing.finish() == nil)
        }
        var framing = LineFraming(maximumLineBytes: 100)
        #expect(try bytes.flatMap { try lines(&framing, [$0]) } == expected)
    }

    static let limits: [(String, [String], Int)] = [
        ("1234\n", ["1234"], 0), ("1234\r\n", ["1234"], 0), ("12345\n", [], 1), ("12345\r\n", [], 1), ("1234\r5\n", [], 1),
        ("1234\r\r\n", [], 1),
        ("a\n123456789\nb\n", ["a", "b"], 1), ("a\n123456789\r\nb\n", ["a", "b"], 1), ("12345", [], 1), ("12345\nok", [], 1),
    ]

    @Test(arguments: limits)
    func aLineOverTheLimitIsDroppedUpToItsEnd(stream: String, expected: [String], errors: Int) throws {
        let bytes = Array(stream.utf8)
        for size in 1...bytes.count {
            var framing = LineFraming(maximumLineBytes: 4)
            var seen: [String] = []
            var count = 0
            for start in stride(from: 0, to: bytes.count, by: size) {
                do throws(LineFramingError) {
                    seen += try lines(&framing, bytes[start..<min(start + size, bytes.count)])
                } catch {
                    #expect(error == .lineTooLong(limit: 4))
                    count += 1
                }
            }
            seen += try lines(&framing, [])
            #expect(seen == expected)
            #expect(count == errors)
            #expect(framing.finish() == (stream.hasSuffix("ok") ? Array("ok".utf8) : nil))
        }
    }

    @Test func linesOfThePushThatThrewAreNotLost() throws {
        var framing = LineFraming(maximumLineBytes: 3)
        #expect(throws: LineFramingError.lineTooLong(limit: 3)) { try lines(&framing, "a\n12345\nb\nc".utf8) }
        #expect(try lines(&framing, []) == ["a", "b"])
        #expect(try lines(&framing, "d\n".utf8) == ["cd"])
    }

    @Test(arguments: 0..<100)
    func randomStreamsDoNotDependOnTheirCuts(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let tokens = ["a", "bc", "\n", "\r", "\r\n", "é"]
        let bytes = Array((0..<80).map { _ in tokens[Int.random(in: 0..<tokens.count, using: &generator)] }.joined().utf8)
        var whole = LineFraming()
        var pieces = LineFraming()
        let expected = try whole.push(bytes)
        #expect(try bytes.randomlyCut(using: &generator).flatMap { try pieces.push($0) } == expected)
        #expect(pieces.finish() == whole.finish())
    }

    /// Half a megabyte byte by byte would take many minutes if what is buffered were searched on every push.
    @Test func aLongLineInTinyPiecesTakesLinearTime() throws {
        var framing = LineFraming()
        for _ in 0..<500_000 { _ = try framing.push([0x61]) }
        #expect(try framing.push([0x0A]).first?.count == 500_000)
    }
}
