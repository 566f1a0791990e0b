import ApusBase
import Testing

@testable import DroidWire

@Suite struct DroidFrameTests {
    static let whole =
        #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.51.0","type":"request","id":"a-1","method":"daemon.logout","params":{}}"#

    private func parse(_ text: String, _ reading: DroidReading = .closed) -> Result<DroidFrame, DroidFrameFault> {
        Result { () throws(DroidFrameFault) in try DroidFrame(parsing: Array(text.utf8), reading) }
    }

    private func faultOf(_ text: String, _ reading: DroidReading = .closed) -> DroidFrameFault? {
        if case .failure(let fault) = parse(text, reading) { fault } else { nil }
    }

    @Test func aRequestIsRead() {
        let request = DroidRequest(id: "a-1", method: "daemon.logout", params: [:], protocolVersion: "1.51.0")
        #expect(parse(DroidFrameTests.whole) == .success(.request(request)))
    }

    @Test func paramsAndProtocolVersionMayBeLeftOut() {
        let text = #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"request","id":"a","method":"m"}"#
        #expect(parse(text) == .success(.request(DroidRequest(id: "a", method: "m", params: [:]))))
    }

    /// What is wrong with a request, the id with which it is answered, the code and a part of the text.
    static let wrong: [(String, String?, Int, String)] = [
        (whole.replacing(#""jsonrpc":"2.0","#, with: ""), "a-1", -32600, #""jsonrpc" must be "2.0""#),
        (whole.replacing(#""2.0""#, with: #""1.0""#), "a-1", -32600, #""jsonrpc" must be "2.0""#),
        (whole.replacing(#""factoryApiVersion":"1.0.0","#, with: ""), "a-1", -32600, #""factoryApiVersion" must be "1.0.0""#),
        (whole.replacing(#""1.0.0""#, with: #""2.0.0""#), "a-1", -32600, #""factoryApiVersion" must be "1.0.0""#),
        (whole.replacing(#""1.51.0""#, with: "1"), "a-1", -32600, #""factoryProtocolVersion" must be a string"#),
        (whole.replacing(#""type":"request","#, with: ""), "a-1", -32600, #""type" must be"#),
        (whole.replacing(#""request""#, with: #""call""#), "a-1", -32600, #""type" must be"#),
        (whole.replacing(#""id":"a-1","#, with: ""), nil, -32600, #""id" must be a string"#),
        (whole.replacing(#""a-1""#, with: "7"), nil, -32600, #""id" must be a string"#),
        (whole.replacing(#""a-1""#, with: "null"), nil, -32600, #""id" must be a string"#),
        (whole.replacing(#""a-1""#, with: #""""#), nil, -32600, #""id" must be a string"#),
        (whole.replacing("a-1", with: String(repeating: "i", count: 1_025)), nil, -32600, #""id" must be a string"#),
        (whole.replacing(#""method":"daemon.logout","#, with: ""), "a-1", -32600, #""method" must be a string"#),
        (whole.replacing(#""daemon.logout""#, with: "[]"), "a-1", -32600, #""method" must be a string"#),
        (whole.replacing(#""params":{}"#, with: #""params":[]"#), "a-1", -32602, #""params" must be an object"#),
        (whole.replacing(#""params":{}"#, with: #""params":null"#), "a-1", -32602, #""params" must be an object"#),
        (whole.replacing(#""params":{}"#, with: #""params":{},"_meta":{"x":1}"#), "a-1", -32600, #""_meta.x" is not a known key"#),
        (whole.replacing("{}}", with: "{}"), "a-1", -32700, "Parse error"),
        (whole.replacing("{}}", with: "{]}}"), "a-1", -32700, "Parse error"),
        (whole + "}", "a-1", -32700, "Parse error"),
        ("[" + whole + "]", nil, -32600, "must be an object"),
        ("true", nil, -32600, "must be an object"),
        ("", nil, -32700, "Parse error"),
        (#"{"id":"a-1","method":"daemon.lo"#, "a-1", -32700, "Parse error"),
        (#"{"params":{"id":"inner"},"id"  :  "a\u002d1" , "method":"#, "a-1", -32700, "Parse error"),
        (#"{"params":{"id":"inner","#, nil, -32700, "Parse error"),
        (#"{"id":7,"method":"m","#, nil, -32700, "Parse error"),
        (#"{"id":"a-"#, nil, -32700, "Parse error"),
    ]

    @Test(arguments: wrong)
    func aBrokenRequestIsAnsweredWithItsIdAndTheRightCode(text: String, id: String?, code: Int, message: String) throws {
        let fault = try #require(faultOf(text))
        #expect(fault.id == id)
        #expect(fault.failure.code.number == code)
        #expect(fault.failure.message.contains(message), "\(fault.failure)")
        #expect(fault.isAnswerable)
    }

    static let metas: [(String, String?)] = [
        (#"{}"#, nil), (#"{"traceparent":"00-1","tracestate":"a=b"}"#, nil), (#"{"requestAttribution":{"client":"cli"}}"#, nil),
        (#"{"requestAttribution":{"client":"sdk","sdk":{"language":"python","version":"0.5.0"}}}"#, nil),
        (#"{"requestAttribution":{"client":"sdk"}}"#, #""_meta.requestAttribution.sdk" must be there"#),
        (
            #"{"requestAttribution":{"client":"cli","sdk":{"language":"python","version":"1"}}}"#,
            #""_meta.requestAttribution.sdk" must be there"#
        ),
        (#"{"requestAttribution":{"client":"toaster"}}"#, #""_meta.requestAttribution.client" must be one of web-desktop"#),
        (#"{"requestAttribution":{"client":"sdk","sdk":{"language":"python","version":"a b"}}}"#, #"sdk.version" must be 1 to 64"#),
        (
            #"{"requestAttribution":{"client":"sdk","sdk":{"language":"cobol","version":"1"}}}"#,
            #"sdk.language" must be one of typescript, python"#
        ),
        (#"{"traceparent":null}"#, #""_meta.traceparent" must be a string, not null"#),
        (#"[]"#, #""_meta" must be an object, not an array"#),
    ]

    @Test(arguments: metas)
    func metaOfARequestIsChecked(meta: String, complaint: String?) {
        let fault = faultOf(DroidFrameTests.whole.replacing(#""params":{}"#, with: #""params":{},"_meta":\#(meta)"#))
        if let complaint {
            #expect(fault?.failure.message.contains(complaint) == true, "\(String(describing: fault))")
        } else {
            #expect(fault == nil)
        }
    }

    /// Two servers that answered each other's broken answers would never end.
    @Test(arguments: [
        #"{"jsonrpc":"2.0","type":"response","id":"a"}"#, #"{"type":"response","id":7,"result":{}}"#,
        #"{"type":"response","id":"a","result":{},"error":{"code":1,"message":"m"}}"#, #"{"id":"a","result":{"#,
        #"{"type":"response","id":"a","#,
        #"{"type":"notification"}"#,
    ])
    func aBrokenResponseIsNotAnswered(text: String) throws {
        #expect(try #require(faultOf(text)).isAnswerable == false)
    }

    static let lenient: [(String, DroidFrame)] = [
        (#"{"type":"response","id":"a","result":{},"error":null}"#, .response(DroidResponse(id: "a", .success([:])))),
        (#"{"id":"a","result":1}"#, .response(DroidResponse(id: "a", .success(1)))),
        (
            #"{"id":null,"error":{"code":-32099,"message":"m","more":1}}"#,
            .response(DroidResponse(id: nil, .failure(DroidFailure(.unknown(-32099), "m"))))
        ),
        (
            #"{"id":"a","error":{"message":"odd"}}"#,
            .response(DroidResponse(id: "a", .failure(DroidFailure(.internalError, "odd", data: ["message": "odd"]))))
        ),
        (
            #"{"method":"droid.session_notification","params":{"x":1}}"#,
            .notification(DroidNotification(method: "droid.session_notification", params: ["x": 1]))
        ),
        (
            #"{"jsonrpc":"1","id":"a","method":"daemon.ask_user","params":null,"_meta":{"x":1}}"#,
            .request(DroidRequest(id: "a", method: "daemon.ask_user", params: [:], meta: DroidMeta()))
        ),
    ]

    @Test(arguments: lenient)
    func aClientTakesWhatItCanRoute(text: String, frame: DroidFrame) {
        #expect(parse(text, .lenient) == .success(frame))
    }

    @Test func aFrameOverTheLimitIsRefusedWithItsId() throws {
        let text = DroidFrameTests.whole.replacing(
            #""params":{}"#, with: #""params":{"text":""# + String(repeating: "x", count: 40) + #""}"#)
        var bytes = Array(text.utf8)
        bytes += [UInt8](repeating: 0x20, count: DroidLimit.frameBytes)
        let results = DroidFrame.all(in: bytes, .closed)
        guard case .failure(let fault) = try #require(results.first), results.count == 1 else {
            Issue.record("taken: \(results)")
            return
        }
        #expect(fault.id == "a-1")
        #expect(fault.failure.code == .invalidRequest)
        #expect(fault.failure.message.contains("over the limit of 33554432 bytes"))
    }

    @Test func aVersionRefusalCarriesBothVersions() throws {
        let fault = try #require(faultOf(DroidFrameTests.whole.replacing(#""1.0.0""#, with: #""0.9""#)))
        #expect(
            fault.failure.data == [
                "localFactoryProtocolVersion": "1.221.0", "peerFactoryProtocolVersion": "1.51.0", "messageType": "request",
                "method": "daemon.logout",
                "requestId": "a-1",
            ])
    }
}
