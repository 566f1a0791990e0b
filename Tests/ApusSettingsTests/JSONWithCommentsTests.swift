import ApusBase
import ApusSettings
import Testing

@Suite struct JSONWithCommentsTests {
    @Test(arguments: [
        ("{}", "{}"),
        ("\u{FEFF}{\"a\": 1}", "{\"a\":1}"),
        ("// head\n{ /* in */ \"a\": 1, // tail\n}", "{\"a\":1}"),
        ("[1, 2, /* none */ ]", "[1,2]"),
        ("{\"a\": [1,], \"b\": {\"c\": 2,},}", "{\"a\":[1],\"b\":{\"c\":2}}"),
        ("{\"url\": \"http://x/*y*/\", \"b\": \",]\"}", "{\"url\":\"http://x/*y*/\",\"b\":\",]\"}"),
        ("{\"a\": \"\\\"//\\\\\" , }", "{\"a\":\"\\\"//\\\\\"}"),
        ("{\"a\":1}//", "{\"a\":1}"),
    ])
    func acceptsWhatPeopleWrite(_ text: String, _ plain: String) throws {
        #expect(try JSONWithComments.parse(Array(text.utf8)).serialized() == plain)
    }

    @Test(arguments: [
        ("{\n  \"a\": 1\n  \"b\": 2\n}", 3, 3, "'\"' where ',' or '}' was expected"),
        ("// ü comment\n{\"ü\": x}", 2, 7, "'x' where a value was expected"),
        ("[,]", 1, 2, "',' where a value or ']' was expected"),
        ("[1,,]", 1, 4, "',' where a value was expected"),
        ("{\n/* open", 2, 1, "a comment that is never closed with */"),
        ("{\"a\": 1", 1, 8, "its end where ',' or '}' was expected"),
        ("{\"a\": 1} x", 1, 10, "'x' behind the end of the document"),
        ("{\"a\": \"b\n\"}", 1, 9, "the control byte the end of the line inside a string (is its closing quote missing?)"),
    ])
    func namesThePlaceOfAMistake(_ text: String, _ line: Int, _ column: Int, _ what: String) {
        let fault = #expect(throws: JSONWithComments.Fault.self) { try JSONWithComments.parse(Array(text.utf8)) }
        #expect(fault == JSONWithComments.Fault(line: line, column: column, what: what))
    }

    @Test func survivesEveryPrefixOfADocument() {
        let bytes = Array("{ // c\n \"a\\\"\": [1, /* x */ {\"b\": null,},], }".utf8)
        let accepted = (0...bytes.count).filter { (try? JSONWithComments.parse(Array(bytes[..<$0]))) != nil }
        #expect(accepted == [bytes.count])
    }
}
