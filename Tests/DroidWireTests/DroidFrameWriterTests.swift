import ApusBase
import Testing

@testable import DroidWire

@Suite struct DroidFrameWriterTests {
    private func text(_ family: DroidFamily = .daemon, _ write: (DroidFrameWriter, inout JSONWriter) -> Void) -> String {
        String(decoding: DroidFrameWriter(family).bytes(write), as: UTF8.self)
    }

    private static let head = #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","#

    static let deltas: [(DroidFamily, String)] = [
        (.daemon, #""type":"notification","method":"daemon.session_notification","params":{"sessionId":"s\"1","notification":"#),
        (.exec, #""type":"notification","method":"droid.session_notification","params":{"sessionId":"s\"1","notification":"#),
    ]

    @Test(arguments: deltas)
    func aTextDeltaIsWrittenByteForByte(family: DroidFamily, envelope: String) {
        let delta = text(family) { $0.assistantTextDelta(session: "s\"1", messageId: "m", blockIndex: 2, text: "a\n\"é\u{1}", into: &$1) }
        #expect(
            delta == DroidFrameWriterTests.head + envelope
                + #"{"type":"assistant_text_delta","messageId":"m","blockIndex":2,"textDelta":"a\n\"é\u0001"}}}"#)
        let thinking = text(family) { $0.thinkingTextDelta(session: "s\"1", messageId: "m", blockIndex: 0, text: "", into: &$1) }
        #expect(
            thinking == DroidFrameWriterTests.head + envelope
                + #"{"type":"thinking_text_delta","messageId":"m","blockIndex":0,"textDelta":""}}}"#)
    }

    @Test(arguments: DroidFamily.allCases)
    func theFastWayWritesWhatTheTypesWrite(family: DroidFamily) {
        let delta = DroidTextDelta(messageId: "m", blockIndex: 1, textDelta: "t")
        #expect(
            text(family) { $0.assistantTextDelta(session: "s", messageId: "m", blockIndex: 1, text: "t", into: &$1) }
                == text(family) { $0.notification(session: "s", .assistantTextDelta(delta), into: &$1) })
        #expect(
            text(family) { $0.thinkingTextDelta(session: "s", messageId: "m", blockIndex: 1, text: "t", into: &$1) }
                == text(family) { $0.notification(session: "s", .thinkingTextDelta(delta), into: &$1) })
    }

    /// The constants are written out in pieces of JSON; here they are held to what they must say.
    @Test func everyFrameBeginsWithTheConstants() throws {
        let status = ConnectionStatus(isDroidCLIInPath: true, homedir: "/h", platform: .linux)
        let frames = [
            text { $0.request(id: "a", DroidCall(LogoutParams()), into: &$1) },
            text { $0.success(id: "a", DroidAcknowledgement(), into: &$1) },
            text { $0.failure(id: nil, .parseError, into: &$1) }, text { $0.connectionStatus(status, into: &$1) },
            text { $0.assistantTextDelta(session: "s", messageId: "m", blockIndex: 0, text: "", into: &$1) },
            text(.exec) { $0.notification(session: "s", .sessionClosed(SessionClosed(timestamp: 1)), into: &$1) },
            text { $0.request(id: "a", .listCrons, params: ["x": 1], into: &$1) },
        ]
        for frame in frames {
            let json = try JSONValue(parsing: frame)
            #expect(json["jsonrpc"] == .string(DroidProtocol.jsonrpc))
            #expect(json["factoryApiVersion"] == .string(DroidProtocol.apiVersion))
            #expect(json["factoryProtocolVersion"] == .string(DroidProtocol.version))
            #expect(["request", "response", "notification"].contains(json["type"]))
            #expect(!frame.contains("\n"))
        }
        #expect(frames[3].contains(#""method":"\#(DroidProtocol.connectionStatus)""#))
        #expect(frames[6].contains(#""method":"daemon.list_crons","params":{"x":1}}"#))
    }

    @Test func aLateFailureHasANullId() {
        #expect(
            text { $0.failure(id: nil, .parseError, into: &$1) } == DroidFrameWriterTests.head
                + #""type":"response","id":null,"error":{"code":-32700,"message":"Parse error"}}"#)
    }

    @Test func theDaemonFamilyPutsTheSessionInFrontAndTheTokenBehind() {
        let rename = DroidCall(RenameSessionParams(title: "t"), sessionId: "s", token: "ignored")
        #expect(text { $0.request(id: "a", rename, into: &$1) }.hasSuffix(#""params":{"sessionId":"s","title":"t"}}"#))
        #expect(
            text(.exec) { $0.request(id: "a", rename, into: &$1) }.hasSuffix(#""method":"droid.rename_session","params":{"title":"t"}}"#))
        let load = DroidCall(LoadSessionParams(sessionId: "s"), token: "key")
        #expect(text { $0.request(id: "a", load, into: &$1) }.hasSuffix(#""params":{"sessionId":"s","token":"key"}}"#))
        #expect(text(.exec) { $0.request(id: "a", load, into: &$1) }.hasSuffix(#""params":{"sessionId":"s"}}"#))
    }
}
