import ApusBase
import Testing

@Suite struct ServerSentEventTests {
    private func written(_ event: ServerSentEvent) -> String {
        var bytes: [UInt8] = []
        event.write(into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func everyFieldIsWritten() {
        #expect(
            written(ServerSentEvent(id: "7", event: "delta", data: "a\nb", retry: 3000))
                == "id: 7\nevent: delta\nretry: 3000\ndata: a\ndata: b\n\n")
        #expect(written(ServerSentEvent(data: "")) == "data: \n\n")
    }

    @Test func noFieldCanBreakOutOfItsLine() {
        #expect(
            written(ServerSentEvent(id: "1\ndata: x\r\u{0}", event: "e\r\n\r\nf", data: "x", retry: -1))
                == "id: 1data: x\nevent: ef\ndata: x\n\n")
    }

    static let events: [ServerSentEvent] = [
        ServerSentEvent(data: ""), ServerSentEvent(data: "x"), ServerSentEvent(id: "", data: " leading"),
        ServerSentEvent(id: "9", event: "e", data: "a\n\nb\n", retry: 0),
        ServerSentEvent(event: "ünïcode", data: "😀: \u{2028}"), ServerSentEvent(data: ":comment?"), ServerSentEvent(data: "\n\n"),
        ServerSentEvent(event: "a\u{0}b", data: "\u{0}"),
    ]

    @Test(arguments: events)
    func whatIsWrittenReadsBack(event: ServerSentEvent) throws {
        var parser = ServerSentEventParser()
        #expect(try parser.push(Array(written(event).utf8)) == [event])
    }

    @Test(arguments: ["a\rb", "a\r\nb", "a\nb"])
    func everyLineEndInDataReadsBackAsLF(data: String) throws {
        var parser = ServerSentEventParser()
        #expect(try parser.push(Array(written(ServerSentEvent(data: data)).utf8)) == [ServerSentEvent(data: "a\nb")])
    }
}
