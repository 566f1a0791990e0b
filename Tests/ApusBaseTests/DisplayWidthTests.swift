import ApusBase
import Testing

/// Columns of a terminal.
@Suite struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한글", 4), ("ｆｕｌｌ", 8), ("🚀", 2), ("👍🏽", 4), ("❤\u{FE0F}", 2), ("→", 1),
        ("ﬁ", 1), ("—", 1),
    ])
    func columnsAreCounted(text: String, columns: Int) {
        #expect(displayColumns(text) == columns)
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdefg", 6, "abc..."), ("日本語文", 8, "日本語文"), ("日本語文字", 8, "日本..."), ("abc", 2, ".."), ("abc", 0, ""),
        ("abc", -3, ""), ("ab", 2, "ab"), ("e\u{301}e\u{301}e\u{301}e\u{301}x", 4, "e\u{301}..."),
    ])
    func whatIsTooLongIsCutBetweenCharacters(text: String, columns: Int, expected: String) {
        #expect(cutForDisplay(text, toColumns: columns) == expected)
    }
}
