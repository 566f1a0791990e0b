import Testing

@testable import ApusBase

@Suite struct TextReadingTests {
    @Test(arguments: [
        ("plain", "plain"), ("%41%62", "Ab"), ("100%", "100%"), ("%4", "%4"), ("%zz", "%zz"), ("%2541", "%41"), ("%C3%A9", "é"),
        ("%FF", "\u{FFFD}"), ("", ""),
    ])
    func escapesAreResolvedOnce(text: String, resolved: String) {
        #expect(text.resolvingPercentEscapes == resolved)
    }

    @Test(arguments: [
        ("", [""]), ("one", ["one"]), ("one\n\ntwo\n", ["one", "", "two", ""]), ("one\r\n\r\ntwo\r\n", ["one", "", "two", ""]),
        ("\u{FEFF}one\n\u{FEFF}two", ["one", "\u{FEFF}two"]), ("one\rtwo", ["one\rtwo"]),
    ])
    func linesEndAsEditorsEndThem(text: String, lines: [String]) {
        #expect(text.lines.map(String.init) == lines)
    }

    @Test(arguments: [
        ("one", "one"), ("one\ntwo\n", "one"), ("one\r\ntwo\r\n", "one"), ("\n\none\n", "one"), ("", ""), ("\n", "\n"),
    ])
    func theFirstLineIsTheFirstWithText(text: String, line: String) {
        #expect(text.firstLine == line)
    }
}
