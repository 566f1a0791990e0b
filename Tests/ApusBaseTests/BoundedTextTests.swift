import ApusBase
import Testing

@Suite struct BoundedTextTests {
    @Test func aTextWithinTheLimitIsKeptWhole() {
        var text = BoundedText(limit: 10)
        text.append("12345")
        text.append("67890")
        #expect(text.rendered() == "1234567890")
        #expect([text.characterCount, text.omittedCount] == [10, 0])
    }

    static let cases: [(String, Int, String, Int)] = [
        ("abcdefghijk", 10, "abcde\n[… 1 characters omitted …]\nghijk", 1),
        ("aaaa\nbbbbbbb\ncccc", 10, "aaaa\n[… 7 characters omitted …]\n\ncccc".replacing("\n\n", with: "\n"), 7),
        ("ééééßßßß", 4, "éé\n[… 4 characters omitted …]\nßß", 4), ("😀😁😂😃😄", 3, "😀\n[… 2 characters omitted …]\n😃😄", 2),
        ("abc", 0, "[… 3 characters omitted …]", 3),
        ("abc", 1, "[… 2 characters omitted …]\nc", 2), ("", 0, "", 0), ("abc", -5, "[… 3 characters omitted …]", 3),
    ]

    @Test(arguments: cases)
    func theMiddleIsLeftOut(text: String, limit: Int, rendered: String, omitted: Int) {
        for size in 1...max(text.utf8.count, 1) {
            var bounded = BoundedText(limit: limit)
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) { bounded.append(bytes[start..<min(start + size, bytes.count)]) }
            #expect(bounded.rendered() == rendered)
            #expect(bounded.omittedCount == omitted)
            #expect(bounded.characterCount == text.unicodeScalars.count)
        }
    }

    @Test(arguments: 0..<50)
    func anyTextKeepsItsHeadAndTailHoweverCut(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let limit = Int.random(in: 0..<300, using: &generator)
        let text = (0..<40).map { _ in String.random(using: &generator) }.joined()
        let scalars = Array(text.unicodeScalars)
        var bounded = BoundedText(limit: limit)
        for piece in Array(text.utf8).randomlyCut(using: &generator) { bounded.append(piece) }
        let rendered = bounded.rendered()
        if scalars.count <= limit {
            #expect(rendered.unicodeScalars.elementsEqual(scalars))
        } else {
            #expect(rendered.unicodeScalars.starts(with: scalars.prefix(limit / 2)))
            #expect(rendered.unicodeScalars.reversed().starts(with: scalars.suffix(limit - limit / 2).reversed()))
            #expect(rendered.contains("[… \(scalars.count - limit) characters omitted …]"))
            #expect(bounded.omittedCount == scalars.count - limit)
        }
    }

    @Test func brokenBytesAreRepairedAlsoAtTheEnd() {
        var text = BoundedText(limit: 10)
        text.append([0x61, 0xFF, 0xE2])
        text.append([0x82])
        #expect(text.rendered() == "a\u{FFFD}\u{FFFD}")
        text.append([0xAC])
        #expect(text.rendered() == "a\u{FFFD}€")
    }

    @Test func manySmallAppendsTakeLinearTime() {
        var text = BoundedText()
        for _ in 0..<100_000 { text.append("line\n") }
        #expect(text.omittedCount == 460_000)
        #expect(text.rendered().utf8.count < 41_000)
    }
}
