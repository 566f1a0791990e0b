import ApusBase
import QwenWire
import Testing

struct QwenEventTests {
    @Test func whatIsWrittenIsReadAgain() throws {
        let event = QwenEvent(id: 7, type: "session_update", data: ["sessionId": "s"], originatorClientId: "client_1")
        #expect(
            event.json.serialized()
                == #"{"id":7,"v":1,"type":"session_update","data":{"sessionId":"s"},"originatorClientId":"client_1"}"#)
        #expect(QwenEvent(event.json) == event)
    }

    @Test(arguments: [
        "[]", "1", #"{"type":"a","data":1}"#, #"{"v":2,"type":"a"}"#, #"{"v":1}"#, #"{"v":1,"type":1}"#, #"{"v":1,"type":"a","id":"7"}"#,
        #"{"v":1,"type":"a","id":0}"#, #"{"v":1,"type":"a","id":-1}"#, #"{"v":1,"type":"a","id":1.5}"#,
        #"{"v":1,"type":"a","id":9007199254740992}"#,
    ])
    func whatClientsSkipIsNoEvent(text: String) throws {
        #expect(QwenEvent(try JSONValue(parsing: text)) == nil)
    }

    @Test func framesOfOneSubscriberHaveNoNumber() {
        #expect(
            QwenEvent(type: "stream_error", data: ["error": "x"]).json.serialized()
                == #"{"v":1,"type":"stream_error","data":{"error":"x"}}"#)
    }
}
