import Testing

@testable import ApusTools

@Suite struct GiantLineTests {
    private func rendered(_ text: String, limit: Int, pieces size: Int) -> String {
        var line = GiantLine(limit: limit)
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            bytes[start..<min(start + size, bytes.count)].withUnsafeBufferPointer { line.append($0) }
        }
        return line.rendered()
    }

    @Test(arguments: [1, 2, 3, 7, 23, 24, 25, 40, 1_000, 100_000])
    func theEndsAreWholeCharactersHoweverTheBytesCame(size: Int) {
        let text = "start" + String(repeating: "é€😀", count: 500) + "end"
        // Kept: "starté" with 7 bytes and "é€😀end" with 12.
        #expect(rendered(text, limit: 12, pieces: size) == "starté\n[… \(text.utf8.count - 19) bytes omitted …]\né€😀end")
    }

    @Test func whatWasAllKeptCountsCharacters() {
        #expect(rendered("abcdéfghij", limit: 6, pieces: 3) == "abc\n[… 4 characters omitted …]\nhij")
        #expect(rendered("abcdef", limit: 6, pieces: 3) == "abcdef")
    }
}
