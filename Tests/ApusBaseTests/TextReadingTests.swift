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

    @Test(arguments: [("one", "one"), ("one\ntwo\n", "one"), ("\n\none\n", "one"), ("", ""), ("\n", "\n")])
    func theFirstLineIsTheFirstWithText(text: String, line: String) {
        #expect(text.firstLine == line)
    }
}
