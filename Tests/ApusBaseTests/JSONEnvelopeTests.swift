import ApusBase
import Testing

@Suite struct JSONEnvelopeTests {
    private func part(_ range: Range<Int>?, of bytes: [UInt8]) -> String? {
        range.map { String(decoding: bytes[$0], as: UTF8.self) }
    }

    @Test func aRequestIsSkimmed() throws {
        let bytes = Array(
            #" {"jsonrpc" : "2.0", "x":[{"id":9}], "id": "a\n", "params" : {"a":[1,"]}"]} ,"type":"request","method":"m.n" } "#.utf8)
        let envelope = try JSONEnvelope(skimming: bytes)
        #expect(envelope.jsonrpc == "2.0")
        #expect(envelope.type == "request")
        #expect(envelope.id == "a\n")
        #expect(envelope.method == "m.n")
        #expect(part(envelope.params, of: bytes) == #"{"a":[1,"]}"]}"#)
        #expect(envelope.result == nil)
        #expect(envelope.error == nil)
    }

    static let ids: [(String, JSONValue?)] = [
        (#"{}"#, nil), (#"{"id":null}"#, .some(.null)), (#"{"id":1}"#, 1), (#"{"id":"1"}"#, "1"), (#"{"id":1.5}"#, 1.5),
        (#"{"id":[1]}"#, [1]),
        (#"{"\u0069d":7}"#, 7), (#"{"id":1,"id":2}"#, 2), (#"{"Id":1}"#, nil),
    ]

    @Test(arguments: ids)
    func anAbsentIdDiffersFromANullOne(text: String, id: JSONValue?) throws {
        #expect(try JSONEnvelope(skimming: Array(text.utf8)).id == id)
    }

    static let parts: [(String, String)] = [
        (#"{"result":true}"#, "true"), (#"{"result": -1.5e3 }"#, "-1.5e3"), (#"{"result":"a\"}"}"#, #""a\"}""#), (#"{"result":[]}"#, "[]"),
        (#"{"result":[[{"a":[]}]] ,"z":0}"#, #"[[{"a":[]}]]"#), (#"{"result":null}"#, "null"), (#"{"result":1,"result":2}"#, "2"),
    ]

    @Test(arguments: parts)
    func aPartIsExactlyItsBytes(text: String, expected: String) throws {
        let bytes = Array(text.utf8)
        #expect(part(try JSONEnvelope(skimming: bytes).result, of: bytes) == expected)
    }

    @Test func membersOfTheWrongTypeAreAbsent() throws {
        let envelope = try JSONEnvelope(skimming: Array(#"{"method":{"a":1},"type":3,"jsonrpc":[null]}"#.utf8))
        #expect([envelope.method, envelope.type, envelope.jsonrpc] == [nil, nil, nil])
    }

    @Test func aLaterMemberOfTheWrongTypeHidesAnEarlierOne() throws {
        #expect(try JSONEnvelope(skimming: Array(#"{"method":"a","method":1}"#.utf8)).method == nil)
    }

    static let rejected: [(String, JSONError)] = [
        ("", .unexpectedEnd(expected: .object, offset: 0)), ("[]", .unexpectedByte(0x5B, expected: .object, offset: 0)),
        ("{", .unexpectedEnd(expected: .keyOrEnd, offset: 1)), ("{}x", .trailingByte(0x78, offset: 2)),
        (#"{"a":1,}"#, .unexpectedByte(0x7D, expected: .key, offset: 7)), (#"{"a" 1}"#, .unexpectedByte(0x31, expected: .colon, offset: 5)),
        (#"{"a":}"#, .unexpectedByte(0x7D, expected: .value, offset: 5)),
        (#"{"a":[1}"#, .unexpectedByte(0x7D, expected: .commaOrArrayEnd, offset: 7)),
        (#"{"a":{]}"#, .unexpectedByte(0x5D, expected: .commaOrObjectEnd, offset: 6)),
        (#"{"a":[[]"#, .unexpectedEnd(expected: .end, offset: 8)),
        (#"{"a":"x"#, .unexpectedEnd(expected: .stringEnd, offset: 7)), (#"{"a":["\x"]}"#, .invalidEscape(0x78, offset: 8)),
        ("{\"a\":[\"\n\"]}", .controlByteInString(0x0A, offset: 7)),
        (#"{"a":1 2}"#, .unexpectedByte(0x32, expected: .commaOrObjectEnd, offset: 7)),
        (#"{"id":01}"#, .invalidNumber(offset: 6)), (#"{"id":1"#, .unexpectedEnd(expected: .commaOrObjectEnd, offset: 7)),
    ]

    @Test(arguments: rejected)
    func brokenStructureIsRefused(text: String, error: JSONError) {
        #expect(throws: error) { try JSONEnvelope(skimming: Array(text.utf8)) }
    }

    @Test(arguments: [0, 126, 127, 128, 200])
    func nestingIsBoundedAsInAFullParse(depth: Int) {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let inner = open == "[" ? "" : "1"
            let nested = depth == 0 ? "1" : String(repeating: open, count: depth) + inner + String(repeating: close, count: depth)
            for name in ["params", "id", "other"] {
                let bytes = Array("{\"\(name)\":\(nested)}".utf8)
                #expect((try? JSONEnvelope(skimming: bytes)) != nil || depth > 127)  // which error it is, is another test's matter
                #expect((try? JSONValue(parsing: bytes)) != nil || depth > 127)
                #expect((try? JSONEnvelope(skimming: bytes)) == nil || depth <= 127)
            }
        }
    }

    @Test(arguments: ["params", "id"])
    func theErrorNamesTheLimitThatWasSet(name: String) {
        let bytes = Array("{\"\(name)\":[[[[1]]]]}".utf8)
        let place = name.utf8.count + 4 + 3
        #expect(throws: JSONError.tooDeep(limit: 4, offset: place)) {
            try JSONEnvelope(skimming: bytes, limits: JSONLimits(maximumDepth: 4))
        }
    }

    @Test func bracketsOfBothKindsAreToldApartAtEveryDepth() throws {
        let limits = JSONLimits(maximumDepth: JSONLimits.deepestAllowed)
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<50 {
            let kinds = (0..<(JSONLimits.deepestAllowed - 1)).map { _ in Bool.random(using: &generator) }
            let open = kinds.map { $0 ? "{\"\":" : "[" }.joined()
            let close = kinds.reversed().map { $0 ? "}" : "]" }
            let good = Array("{\"params\":\(open)1\(close.joined())}".utf8)
            #expect(try JSONEnvelope(skimming: good, limits: limits).params == 10..<(good.count - 1))
            var wrong = close
            let place = Int.random(in: 0..<wrong.count, using: &generator)
            wrong[place] = wrong[place] == "}" ? "]" : "}"
            #expect(throws: JSONError.self) {
                try JSONEnvelope(skimming: Array("{\"params\":\(open)1\(wrong.joined())}".utf8), limits: limits)
            }
        }
    }

    @Test(arguments: 0..<40)
    func skimAgreesWithTheFullParse(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let names = ["jsonrpc", "type", "id", "method", "params", "result", "error", "other", "idx", "typo", "errors"]
        for _ in 0..<20 {
            let object = JSONObject(
                (0..<Int.random(in: 0..<10, using: &generator)).map { _ in
                    let name = names[Int.random(in: 0..<names.count, using: &generator)]
                    return (
                        name, Bool.random(using: &generator) ? .string(.random(using: &generator)) : .random(using: &generator, depth: 3)
                    )
                })
            let bytes = JSONValue.object(object).serializedBytes()
            let envelope = try JSONEnvelope(skimming: bytes)
            #expect(envelope.jsonrpc == object["jsonrpc"]?.stringValue)
            #expect(envelope.type == object["type"]?.stringValue)
            #expect(envelope.method == object["method"]?.stringValue)
            #expect(envelope.id == object["id"])
            for (range, name) in [(envelope.params, "params"), (envelope.result, "result"), (envelope.error, "error")] {
                #expect(try range.map { try JSONValue(parsing: bytes, in: $0) } == object[name])
            }
            // Only whether it throws matters here.
            let accepted = (0..<min(bytes.count, 100)).filter { (try? JSONEnvelope(skimming: Array(bytes[..<$0]))) != nil }
            #expect(accepted == [])
        }
    }
}
