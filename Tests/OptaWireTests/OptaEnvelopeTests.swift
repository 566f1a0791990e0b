import ApusBase
import OptaWire
import Testing

@Suite struct OptaEnvelopeTests {
    private static let token = OptaEnvelope(
        event: "turn.token", daemonId: "daemon_12345678", sessionId: "s", seq: 5, ts: "2026-11-21T07:09:24.155Z",
        payload: ["turnId": "t", "text": "Hel"])

    @Test func theEnvelopeHasExactlyItsFieldsAndAStringForItsVersion() {
        #expect(
            JSONValue.object(Self.token.json)
                == [
                    "v": "3", "event": "turn.token", "daemonId": "daemon_12345678", "sessionId": "s", "seq": 5,
                    "ts": "2026-11-21T07:09:24.155Z", "payload": ["turnId": "t", "text": "Hel"],
                ])
    }

    @Test func whatIsWrittenInEitherDialectIsReadAgain() {
        #expect(OptaEnvelope(.object(OptaDialect.wire.json(Self.token))) == Self.token)
        #expect(OptaEnvelope(.object(OptaDialect.doc.json(Self.token))) == Self.token)
    }

    @Test(
        arguments: [
            ["v": "2", "event": "e", "daemonId": "d", "ts": "t", "seq": 1, "payload": [:]],
            ["v": "3", "daemonId": "d", "ts": "t", "seq": 1, "payload": [:]],
            ["v": "3", "event": "e", "daemonId": "d", "ts": "t", "seq": "1", "payload": [:]],
            ["v": "3", "event": "e", "daemonId": "d", "ts": "t", "seq": 1],
            ["type": "ack", "action": "turn.submit"], [1], "v",
        ] as [JSONValue])
    func whatIsNoEventIsNone(json: JSONValue) { #expect(OptaEnvelope(json) == nil) }

    @Test func aNumberAsVersionAndDataAsPayloadAreRead() {
        let read = OptaEnvelope([
            "v": 3, "event": "turn.done", "daemonId": "d", "ts": "t", "seq": 9, "data": ["turnId": "t"], "stats": ["tokens": 4],
        ])
        #expect(
            read
                == OptaEnvelope(
                    event: "turn.done", daemonId: "d", sessionId: nil, seq: 9, ts: "t",
                    payload: ["turnId": "t", "stats": ["tokens": 4]]))
    }

    @Test func theDocumentedDialectRenamesToolsAndGivesTheirArgumentsAsAnObject() {
        var call = Self.token
        call.event = "tool.start"
        call.payload = ["turnId": "t", "name": "read_file", "id": "c", "args": #"{"path":"a"}"#]
        let json = JSONValue.object(OptaDialect.doc.json(call))
        #expect(json["event"] == "turn.tool_call")
        #expect(json["payload"] == call.payload)
        #expect(json["data"] == ["turnId": "t", "name": "read_file", "id": "c", "args": ["path": "a"], "toolName": "read_file"])
    }
}
