import ApusBase
import Testing

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var writer = JSONWriter(reservingCapacity: 0)
        body(&writer)
        #expect(Array(writer.text.utf8) == writer.bytes)
        #expect(writer.count == writer.bytes.count)
        return writer.text
    }

    @Test func commasStandBetweenMembersAndElementsOnly() {
        let text = written {
            $0.beginObject()
            $0.field("a", 1)
            $0.key("b")
            $0.beginArray()
            $0.beginObject()
            $0.endObject()
            $0.beginArray()
            $0.endArray()
            $0.string("x")
            $0.raw(Array("[1]".utf8))
            $0.raw(Array("x2y".utf8)[1..<2])
            $0.null()
            $0.bool(true)
            $0.endArray()
            $0.key("c")
            $0.beginObject()
            $0.field("d", false)
            $0.endObject()
            $0.nullField("e")
            $0.endObject()
        }
        #expect(text == #"{"a":1,"b":[{},[],"x",[1],2,null,true],"c":{"d":false},"e":null}"#)
    }

    @Test func fieldsOfEveryTypeAreWritten() {
        let name = "run time \"name\""
        let text = written {
            $0.beginObject()
            $0.field("string", "x\n")
            $0.field("int", -5 as Int)
            $0.field("int64", Int64.min)
            $0.field("double", 1496.0)
            $0.field("bool", true)
            $0.field("value", [1, nil] as JSONValue)
            $0.field("object", ["k": 1] as JSONObject)
            $0.field(name, "v")
            $0.field(name, 1 as Int)
            $0.field(name, 2 as Int64)
            $0.field(name, 0.5)
            $0.field(name, false)
            $0.nullField(name)
            $0.key(name)
            $0.integer(UInt64.max)
            $0.endObject()
        }
        let escaped = #""run time \"name\"":"#
        #expect(
            text == #"{"string":"x\n","int":-5,"int64":-9223372036854775808,"double":1496.0,"bool":true,"value":[1,null],"object":{"k":1},"#
                + "\(escaped)\"v\",\(escaped)1,\(escaped)2,\(escaped)0.5,\(escaped)false,\(escaped)null,\(escaped)18446744073709551615}")
    }

    @Test func absentFieldsLeaveNoTrace() {
        let name = "n"
        let text = written {
            $0.beginObject()
            $0.fieldIfPresent("a", String?.none)
            $0.fieldIfPresent("b", Int?.none)
            $0.fieldIfPresent("c", "x" as String?)
            $0.fieldIfPresent("d", Int64?.none)
            $0.fieldIfPresent("e", Double?.none)
            $0.fieldIfPresent("f", Bool?.none)
            $0.fieldIfPresent("g", JSONValue?.none)
            $0.fieldIfPresent("h", JSONValue?.some(.null))
            $0.fieldIfPresent(name, 3 as Int?)
            $0.fieldIfPresent(name, Bool?.none)
            $0.endObject()
        }
        #expect(text == #"{"c":"x","h":null,"n":3}"#)
    }

    static let strings: [(String, String)] = [
        ("", #""""#), ("a", #""a""#), ("a\"b", #""a\"b""#), ("\\", #""\\""#), ("/", #""/""#), ("\u{8}\u{C}\n\r\t", #""\b\f\n\r\t""#),
        ("\u{0}\u{1}\u{1F}", #""\u0000\u0001\u001f""#), ("\u{7F}\u{80}", "\"\u{7F}\u{80}\""), ("\u{2028}\u{2029}", "\"\u{2028}\u{2029}\""),
        ("é€😀", "\"é€😀\""),
        ("12345678\"12345678", #""12345678\"12345678""#), ("1234567\n", #""1234567\n""#),
    ]

    @Test(arguments: strings)
    func stringsAreEscapedAsLittleAsPossible(text: String, json: String) {
        #expect(written { $0.string(text) } == json)
        #expect(
            written {
                $0.beginObject(); $0.key(text); $0.null(); $0.endObject()
            } == "{\(json):null}")
        #expect(
            written {
                $0.beginObject(); $0.field("k", text); $0.endObject()
            } == "{\"k\":\(json)}")
    }

    @Test func longTextOfEscapesOnlyIsWritten() {
        let text = String(repeating: "\u{1}", count: 10_000)
        #expect(written { $0.string(text) } == "\"" + String(repeating: "\\u0001", count: 10_000) + "\"")
    }

    @Test func aTextThatIsASliceOfAnotherIsWritten() {
        let whole = "prefix-ábc-suffix"
        #expect(written { $0.string(String(whole.dropFirst(7).dropLast(7))) } == "\"ábc\"")
    }

    static let integers: [(Int64, String)] = [
        (0, "0"), (9, "9"), (10, "10"), (-1, "-1"), (99, "99"), (100, "100"), (.max, "9223372036854775807"), (.min, "-9223372036854775808"),
    ]

    @Test(arguments: integers)
    func integersAreDecimal(value: Int64, text: String) {
        #expect(written { $0.integer(value) } == text)
        #expect(written { $0.integer(Int128(value)) } == text)
    }

    static let doubles: [(Double, String)] = [
        (0, "0.0"), (-0.0, "-0.0"), (1496, "1496.0"), (0.1, "0.1"), (1e300, "1e+300"), (.leastNonzeroMagnitude, "5e-324"), (.nan, "null"),
        (.infinity, "null"),
        (-.infinity, "null"), (.greatestFiniteMagnitude, "1.7976931348623157e+308"),
    ]

    @Test(arguments: doubles)
    func doublesAreShortestAndStayDoubles(value: Double, text: String) {
        #expect(written { $0.double(value) } == text)
    }

    @Test func fragmentsStandAsTheyAreAndCommasGoOnBehindThem() {
        let text = written {
            $0.fragment(#"{"type":"x","list":["#)
            $0.integer(1)
            $0.integer(2)
            $0.fragment(#"],"id":"#)
            $0.string("7")
            $0.fragment(#","done":true"#)
            $0.field("last", false)
            $0.endObject()
        }
        #expect(text == #"{"type":"x","list":[1,2],"id":"7","done":true,"last":false}"#)
    }

    @Test func linesAreValuesOfTheirOwn() {
        let text = written {
            $0.beginObject()
            $0.endObject()
            $0.newline()
            $0.integer(1)
            $0.newline()
        }
        #expect(text == "{}\n1\n")
    }

    @Test func takingGivesTheBytesAwayAndStartsAnew() {
        var writer = JSONWriter()
        writer.string("a")
        #expect(writer.takeBytes() == Array("\"a\"".utf8))
        #expect(writer.bytes == [])
        writer.string("b")
        writer.removeAll(keepingCapacity: true)
        writer.string("c")
        let copy = writer
        writer.removeAll(keepingCapacity: false)
        writer.integer(1)
        #expect(writer.text == "1")
        #expect(copy.text == "\"c\"")
    }

    @Test func copiesAreIndependent() {
        var first = JSONWriter()
        first.beginArray()
        var second = first
        first.integer(1)
        second.integer(2)
        first.endArray()
        second.endArray()
        #expect([first.text, second.text] == ["[1]", "[2]"])
    }
}
