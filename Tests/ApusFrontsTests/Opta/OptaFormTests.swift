import ApusBase
import Testing

@testable import ApusFronts

struct OptaFormTests {
    private enum Word: String, CaseIterable { case yes, no }

    /// Of an enumeration the original's validator names all words, whatever came in place of one, and in bodies and queries alike.
    @Test(
        arguments: [
            ([:], "Required"), (["word": 5], "Expected 'yes' | 'no', received number"),
            (["word": "maybe"], "Invalid enum value. Expected 'yes' | 'no', received 'maybe'"),
        ] as [(JSONValue, String)])
    func aChoiceSaysWhatThereIs(value: JSONValue, message: String) {
        var form = OptaForm(value)
        #expect(form.choice("word", Word.self, isRequired: true) == nil)
        #expect(form.issues.map(\.message) == [message])
    }

    @Test(arguments: [1, "x", nil, []] as [JSONValue])
    func whatIsNoObjectIsOneFault(value: JSONValue) throws {
        var form = OptaForm(value, "Invalid body")
        #expect(form.required("a") == "")
        _ = form.integer("b", in: 0...1)
        form.allow(only: [])
        form.report("c", "wrong")
        #expect(form.issues.map(\.path) == [[]])
        let failure = #expect(throws: OptaFailure.self) { try form.check() }
        #expect(failure?.sentence == "Invalid body")
    }

    /// A number of a query is read as JavaScript does, one of a body as it is.
    @Test func textsAreNumbersWhereTheyAreCoerced() {
        var form = OptaForm(query: ["n": " 0x10 "])
        #expect(form.number("n", in: 0...20) == 16)
        #expect(form.integer("n", in: 0...20) == nil)
        #expect(form.issues.map(\.message) == ["Expected number, received string"])
    }
}
