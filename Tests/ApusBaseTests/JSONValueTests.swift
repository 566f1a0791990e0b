import ApusBase
import Testing

@Suite struct JSONValueTests {
    @Test func literalsBuildTheirCases() {
        let value: JSONValue = ["n": nil, "b": true, "i": 1, "d": 1.5, "s": "x\(2)", "a": [1, "y"]]
        #expect(
            value
                == .object(
                    JSONObject([
                        ("n", .null), ("b", .bool(true)), ("i", .integer(1)), ("d", .double(1.5)), ("s", .string("x2")),
                        ("a", .array([.integer(1), .string("y")])),
                    ])))
    }

    @Test func accessorsAnswerOnlyForTheirKind() {
        let values: [JSONValue] = [nil, true, 7, 2.5, "x", [1], ["k": 1]]
        #expect(values.map(\.isNull) == [true, false, false, false, false, false, false])
        #expect(values.map(\.boolValue) == [nil, true, nil, nil, nil, nil, nil])
        #expect(values.map(\.integerValue) == [nil, nil, 7, nil, nil, nil, nil])
        #expect(values.map(\.doubleValue) == [nil, nil, 7, 2.5, nil, nil, nil])
        #expect(values.map(\.stringValue) == [nil, nil, nil, nil, "x", nil, nil])
        #expect(values.map(\.arrayValue) == [nil, nil, nil, nil, nil, [1], nil])
        #expect(values.map(\.objectValue) == [nil, nil, nil, nil, nil, nil, ["k": 1]])
        #expect(values.map { $0["k"] } == [nil, nil, nil, nil, nil, nil, 1])
        #expect(values.map { $0[0] } == [nil, nil, nil, nil, nil, 1, nil])
    }

    static let doubles: [(Double, Int64?)] = [
        (3, 3), (-0.0, 0), (1e15, 1_000_000_000_000_000), (0.5, nil), (-1.5, nil), (0x1p62, 1 << 62), (0x1p63, nil), (-0x1p63, .min),
        (-0x1.8p63, nil),
        (1e300, nil), (.nan, nil), (.infinity, nil), (-.infinity, nil),
    ]

    @Test(arguments: doubles)
    func aWholeDoubleIsAnInteger(double: Double, integer: Int64?) {
        #expect(JSONValue.double(double).integerValue == integer)
    }

    @Test func elementsOutsideAnArrayAreAbsent() {
        let array: JSONValue = [1, 2]
        #expect([array[-1], array[1], array[2]] == [nil, 2, nil])
    }

    @Test func integersAndDoublesDiffer() {
        #expect(JSONValue.integer(1) != .double(1))
        #expect(JSONValue.integer(1).serialized() == "1")
        #expect(JSONValue.double(1).serialized() == "1.0")
        #expect("\(["a": [1, nil]] as JSONValue)" == #"{"a":[1,null]}"#)
    }
}
