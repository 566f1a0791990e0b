import ApusBase
import Testing

@Suite struct ServerSentEventParserTests {
    static let streams: [(String, [ServerSentEvent])] = [
        ("data: a\n\n", [ServerSentEvent(data: "a")]),
        ("data:a\n\n", [ServerSentEvent(data: "a")]),
        ("data:  a\n\n", [ServerSentEvent(data: " a")]),
        ("data: a\r\n\r\n", [ServerSentEvent(data: "a")]),
        ("data: a\r\r", [ServerSentEvent(data: "a")]),
        ("data: a\r\n\rdata: b\n\r\n", [ServerSentEvent(data: "a"), ServerSentEvent(data: "b")]),
        ("data: a\ndata: b\ndata\ndata:\n\n", [ServerSentEvent(data: "a\nb\n\n")]),
        ("data\n\n", [ServerSentEvent(data: "")]),
        ("data\ndata\n\n", [ServerSentEvent(data: "\n")]),
        ("data:\n\n\n\ndata: x\n\n", [ServerSentEvent(data: ""), ServerSentEvent(data: "x")]),
        (": comment\n\n:\n\ndata: a\n: inner\ndata: b\n\n", [ServerSentEvent(data: "a\nb")]),
        ("event: e\nid: 1\nretry: 10\ndata: x\n\n", [ServerSentEvent(id: "1", event: "e", data: "x", retry: 10)]),
        ("event: e\nid: 1\n\ndata: y\n\n", [ServerSentEvent(data: "y")]),
        ("event:\ndata: x\n\n", [ServerSentEvent(data: "x")]),
        ("event: a\nevent: b\ndata: x\n\n", [ServerSentEvent(event: "b", data: "x")]),
        ("id\ndata: x\n\n", [ServerSentEvent(id: "", data: "x")]),
        ("id: a\u{0}b\ndata: x\n\n", [ServerSentEvent(data: "x")]),
        ("id: 1\nid: a\u{0}b\ndata: x\n\n", [ServerSentEvent(id: "1", data: "x")]),
        ("retry: 1x\ndata: x\n\n", [ServerSentEvent(data: "x")]),
        ("retry: -1\nretry:\nretry: +5\nretry: 99999999999999999999\ndata: x\n\n", [ServerSentEvent(data: "x")]),
        ("retry:007\ndata: x\n\n", [ServerSentEvent(data: "x", retry: 7)]),
        ("\u{FEFF}data: x\n\n", [ServerSentEvent(data: "x")]),
        ("\u{FEFF}\u{FEFF}data: x\n\ndata: y\n\n", [ServerSentEvent(data: "y")]),
        ("\u{FEFF}\ndata: y\n\n", [ServerSentEvent(data: "y")]),
        ("data: x\n\n\u{FEFF}data: y\n\n", [ServerSentEvent(data: "x")]),
        (" data: x\nDATA: x\ndatax: y\ndat: z\nunknown\n\ndata: y\n\n", [ServerSentEvent(data: "y")]),
        ("data: a:b: c\n\n", [ServerSentEvent(data: "a:b: c")]),
        ("data: é😀\n\n", [ServerSentEvent(data: "é😀")]),
        ("data: unfinished\n", []), ("data: unfinished", []), ("\n\n\n", []), ("", []), ("\r\n", []),
    ]

    @Test(arguments: streams)
    func streamsAreReadByTheStandard(stream: String, events: [ServerSentEvent]) throws {
        var parser = ServerSentEventParser()
        #expect(try parser.push(Array(stream.utf8)) == events)
        #expect(parser.finish() == [])
    }

    @Test(arguments: streams)
    func everyCutGivesTheSameEvents(stream: String, events: [ServerSentEvent]) throws {
        let bytes = Array(stream.utf8)
        for cut in 0...bytes.count {
            var parser = ServerSentEventParser()
            #expect(try parser.push(bytes[..<cut]) + parser.push([]) + parser.push(bytes[cut...]) == events)
        }
        var parser = ServerSentEventParser()
        #expect(try bytes.flatMap { try parser.push([$0]) } == events)
    }

    @Test func invalidBytesAreRepaired() throws {
        let bytes = Array("data: a".utf8) + [0xFF, 0xC3] + Array("\ndata: ".utf8) + [0xE2, 0x82] + Array("\n\n".utf8)
        var parser = ServerSentEventParser()
        #expect(try bytes.flatMap { try parser.push([$0]) } == [ServerSentEvent(data: "a\u{FFFD}\u{FFFD}\n\u{FFFD}")])
    }

    @Test func theIdToResumeFromStaysUntilAnotherOne() throws {
        var parser = ServerSentEventParser()
        _ = try parser.push(Array("id: 1\ndata: x\n\nid: 2\n".utf8))
        #expect(parser.lastEventID == "1")
        _ = try parser.push(Array("\ndata: y\n\nretry: 5\n".utf8))
        #expect(parser.lastEventID == "2")
        #expect(parser.reconnectionTime == 5)
        _ = parser.finish()
        #expect(parser.lastEventID == "2")
        _ = try parser.push(Array("id\ndata: z\n\n".utf8))
        #expect(parser.lastEventID == "")
    }

    @Test(arguments: [
        "data: a\n\ndata: b\ndata: c", "data: a\n\ndata: b\ndata: c\n", "data: a\n\ndata: b\r\ndata: c\r",
        "data: a\n\ndata: b\ndata: c\n\n",
    ])
    func aMissingLastBlankLineCanBeForgiven(stream: String) throws {
        var parser = ServerSentEventParser()
        let first = try parser.push(Array(stream.utf8))
        #expect(first + parser.finish(dispatchingPartial: true) == [ServerSentEvent(data: "a"), ServerSentEvent(data: "b\nc")])
        #expect(parser.finish(dispatchingPartial: true) == [])
        #expect(try parser.push(Array("\u{FEFF}data: anew\n\n".utf8)) == [ServerSentEvent(data: "anew")])
    }

    @Test func anEventOverTheLimitIsDroppedAndTheStreamGoesOn() throws {
        let stream = Array("data: 1\n\ndata: 23456\ndata: 8\nid: x\n\ndata: 9\n\n".utf8)
        for size in 1...stream.count {
            var parser = ServerSentEventParser(maximumEventBytes: 10)
            var events: [ServerSentEvent] = []
            var errors: [ServerSentEventError] = []
            for start in stride(from: 0, to: stream.count, by: size) {
                do throws(ServerSentEventError) {
                    events += try parser.push(stream[start..<min(start + size, stream.count)])
                } catch {
                    errors.append(error)
                }
            }
            events += try parser.push([])
            #expect(events == [ServerSentEvent(data: "1"), ServerSentEvent(data: "9")])
            #expect(errors == [.eventTooLarge(limit: 10)])
            #expect(parser.lastEventID == "")
        }
    }

    @Test func anEventAtTheLimitPasses() throws {
        var parser = ServerSentEventParser(maximumEventBytes: 14)
        #expect(try parser.push(Array("data: 1\ndata: 2\n\n".utf8)) == [ServerSentEvent(data: "1\n2")])
        #expect(throws: ServerSentEventError.eventTooLarge(limit: 14)) { try parser.push(Array("data: 1\ndata: 23".utf8)) }
        #expect(parser.finish(dispatchingPartial: true) == [])
    }

    @Test(arguments: 0..<100)
    func randomStreamsDoNotDependOnTheirCuts(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let tokens = [
            "data", "data:", "data: x", "id: 1", "event: e", "retry: 5", ":", " ", "\n", "\n\n", "\r", "\r\n", "\u{FEFF}", "é", "\u{0}",
        ]
        let bytes = Array((0..<60).map { _ in tokens[Int.random(in: 0..<tokens.count, using: &generator)] }.joined().utf8)
        var whole = ServerSentEventParser()
        let expected = try whole.push(bytes)
        var pieces = ServerSentEventParser()
        #expect(try bytes.randomlyCut(using: &generator).flatMap { try pieces.push($0) } == expected)
        #expect(pieces.lastEventID == whole.lastEventID)
        #expect(pieces.finish(dispatchingPartial: true) == whole.finish(dispatchingPartial: true))
    }
}
