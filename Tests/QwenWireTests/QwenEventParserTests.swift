import ApusBase
import Testing

@testable import QwenWire

/// Assertion 61 of `qwen-serve.md` §9.2, and what the parser promises beyond it.
struct QwenEventParserTests {
    private static func envelope(_ id: Int, _ data: String = "{}") -> String { #"{"id":\#(id),"v":1,"type":"a","data":\#(data)}"# }

    private func read(_ text: String) -> [QwenEvent] { read(Array(text.utf8)) }

    private func read(_ bytes: [UInt8]) -> [QwenEvent] {
        var parser = QwenEventParser()
        let events = parser.push(bytes)
        return events + [parser.finish()].compactMap(\.self)
    }

    @Test(arguments: [
        ("data: A\n\n", [1]),
        ("data:A\n\n", [1]),
        (": heartbeat\n\nretry: 3000\n\nid: 9\nevent: b\ndata: A\n\n", [1]),
        ("data: A\r\n\r\ndata: B\n\n", [1, 2]),
        ("data: A\n\ndata: B\r\n\r\ndata: C", [1, 2, 3]),
        ("data: A\r\n\ndata: B\n\n", [1, 2]),
        ("data: A", [1]),
        ("data: A\n", [1]),
        ("data: A\r\n", [1]),
        ("\u{FEFF}data: A\n\n", [1]),
        ("data: no JSON\n\ndata: A\n\n", [1]),
        ("data: []\n\ndata: 1\n\ndata: null\n\ndata: \"x\"\n\ndata: A\n\n", [1]),
        ("\n\n\n\ndata: A\n\n", [1]),
        ("\ndata: A\n\n", [1]),
        // A field name alone, and one that only begins like it.
        ("data\n\ndatum: A\n\n data: A\n\n", []),
        // A lone carriage return ends no line, and LF CR LF no frame: this is one frame of two data lines, which is no JSON.
        ("data: A\n\r\ndata: B\n\n", []),
        ("data: A\rdata: B\n\n", []),
    ])
    func framesAreReadAsClientsDo(text: String, ids: [Int64]) {
        let spelled = text.replacing("A", with: Self.envelope(1)).replacing("B", with: Self.envelope(2)).replacing(
            "C", with: Self.envelope(3))
        #expect(read(spelled).map(\.id) == ids.map(Optional.some))
    }

    @Test func linesOfDataAreJoined() {
        #expect(read("data: {\"v\":1,\ndata:\"type\":\r\nevent: x\ndata:  \"a\"}\n\n") == [QwenEvent(type: "a", data: .null)])
    }

    @Test func onlyOneSpaceIsTaken() { #expect(read("data:  {\"v\":1,\"type\":\"a\"}\n\n").count == 1) }

    @Test(arguments: [
        #"{"id":"7","v":1,"type":"a"}"#, #"{"id":1.5,"v":1,"type":"a"}"#, #"{"id":0,"v":1,"type":"a"}"#, #"{"id":-3,"v":1,"type":"a"}"#,
        #"{"id":9007199254740992,"v":1,"type":"a"}"#, #"{"id":null,"v":1,"type":"a"}"#, #"{"id":1,"v":2,"type":"a"}"#,
        #"{"id":1,"type":"a"}"#, #"{"id":1,"v":1}"#, #"{"id":1,"v":1,"type":3}"#,
    ])
    func whatIsNoEnvelopeIsSkipped(envelope: String) {
        #expect(read("data: \(envelope)\n\ndata: \(Self.envelope(4))\n\n").map(\.id) == [4])
    }

    @Test func bytesThatAreNoTextAreReplaced() {
        let bytes = Array(#"data: {"v":1,"type":"a","data":""#.utf8) + [0xFF] + Array("\"}\n\n".utf8)
        #expect(read(bytes) == [QwenEvent(type: "a", data: "\u{FFFD}")])
    }

    @Test func whereTheStreamIsCutMakesNoDifference() {
        let text =
            "\u{FEFF}retry: 3000\n\n: heartbeat\n\nid: 1\nevent: a\ndata: \(Self.envelope(1, "\"héé 🙂\""))\n\ndata: \(Self.envelope(2))\r\n\r\n"
            + "data: {\"v\":1,\ndata: \"type\":\"🙂\"}\n\n\r\n\r\ndata: nothing\n\n\n\r\ndata: \(Self.envelope(3))\n\n\ndata: \(Self.envelope(4))"
        let bytes = Array(text.utf8)
        let whole = read(bytes)
        #expect(whole.map(\.id) == [1, 2, nil, 3, 4])
        var generator = SystemRandomNumberGenerator()
        let everyPlace = (0...bytes.count).map { [$0] }
        let some = (0..<400).map { _ in
            (0..<Int.random(in: 0...24, using: &generator)).map { _ in Int.random(in: 0...bytes.count, using: &generator) }
        }
        for cuts in everyPlace + some + [Array(0...bytes.count)] {
            var parser = QwenEventParser()
            var events: [QwenEvent] = []
            var start = 0
            for cut in cuts.sorted() + [bytes.count] {
                events += parser.push(Array(bytes[start..<cut]))
                start = cut
            }
            events += [parser.finish()].compactMap(\.self)
            #expect(events == whole, "cut at \(cuts.sorted())")
        }
    }

    @Test func randomBytesAreReadTheSameHoweverTheyAreCut() {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "data:", " ", "\n", "\n", "\r", "\r\n", "{\"v\":1,\"type\":\"a\"}", "{\"v\":1,", "\"type\":\"b\"}", ":", "x", "\u{FEFF}", "é",
        ]
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...30, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let bytes = Array(text.utf8)
            var parser = QwenEventParser(maximumUnits: 40)
            var events = parser.push(bytes)
            events += [parser.finish()].compactMap(\.self)
            var slow = QwenEventParser(maximumUnits: 40)
            var slowly = bytes.flatMap { slow.push([$0]) }
            slowly += [slow.finish()].compactMap(\.self)
            #expect(events == slowly, "\(text.debugDescription)")
            #expect(parser.isOverLimit == slow.isOverLimit, "\(text.debugDescription)")
        }
    }

    @Test func aFrameOverTheLimitIsTheEnd() {
        #expect(QwenEventParser.maximumUnits == 16_777_216)
        // 20 units each: the smile is two of them, and four bytes.
        let fits = "data:{\"v\":1,\"type\":\"🙂\"}"
        for (limit, count) in [(fits.utf16.count, 2), (fits.utf16.count - 1, 0)] {
            for end in ["\n\n", "\r\n\r\n"] {
                var parser = QwenEventParser(maximumUnits: limit + (end == "\n\n" ? 0 : 1))
                #expect(parser.push(Array((fits + end + fits + end).utf8)).count == count)
                #expect(parser.isOverLimit == (count == 0))
            }
        }
    }

    @Test func eventsBeforeTheLimitAreNotLost() {
        var parser = QwenEventParser(maximumUnits: 100)
        #expect(parser.push(Array("data: \(Self.envelope(1))\n\ndata: \(String(repeating: "x", count: 200))".utf8)).map(\.id) == [1])
        #expect(parser.isOverLimit)
        #expect(parser.push(Array("\n\ndata: \(Self.envelope(2))\n\n".utf8)).isEmpty)
        #expect(parser.finish() == nil)
    }
}
