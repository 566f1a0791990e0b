import ApusBase
import Testing

@testable import DroidWire

/// Every frame of `droid.md` §9 is read into the types of its method and comes out of them as the same bytes.
@Suite struct DroidTranscriptTests {
    static let conversations: [(String, [String])] = [
        ("9.1", DroidTranscripts.connect), ("9.2", DroidTranscripts.create), ("9.3", DroidTranscripts.turn),
        ("9.4", DroidTranscripts.interrupt),
        ("9.5", DroidTranscripts.others), ("9.6", DroidTranscripts.exec),
    ]

    private static let head = #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","#

    @Test(arguments: conversations)
    func aFrameOfTheTranscriptsIsReadAndWrittenAgain(section: String, frames: [String]) throws {
        var methods: [String: DroidMethod] = [:]
        for frame in frames {
            let text = DroidTranscriptTests.head + frame.dropFirst()
            let written = try rewritten(text, &methods)
            // Python puts the members of this one in another order than TypeScript.
            if frame.contains(#""params":{"messageId":"uuid-3""#) {
                #expect(try sorted(written) == sorted(text))
            } else {
                #expect(written == text, "\(section)")
            }
        }
    }

    /// Bytes lost, doubled and changed in every frame: whatever comes of it is a frame or a fault with one of our codes.
    @Test(arguments: conversations)
    func aDamagedFrameIsAFaultAndNoCrash(section: String, frames: [String]) {
        var generator = SeededGenerator(seed: 7)
        for frame in frames {
            for _ in 0..<40 {
                var bytes = Array((DroidTranscriptTests.head + frame.dropFirst()).utf8)
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes.remove(at: place)
                    case 2: bytes.insert(bytes[place], at: place)
                    default: bytes.removeLast(bytes.count - max(place, 1))
                    }
                }
                for case .failure(let fault) in DroidFrame.all(in: bytes, .closed) {
                    #expect(DroidErrorCode.known.contains(fault.failure.code), "\(section)")
                }
                for case .success(.notification(let notification)) in DroidFrame.all(in: bytes, .lenient) {
                    // What cannot be read is no concern here.
                    _ = try? SessionNotificationParams(from: .object(notification.params), .lenient)
                }
            }
        }
    }

    private enum Unknown: Error {
        case params(DroidMethod)
        case answer(String)
    }

    private func rewritten(_ text: String, _ methods: inout [String: DroidMethod]) throws -> String {
        let bytes = Array(text.utf8)
        let frame = try DroidFrame(parsing: bytes, .closed)
        #expect(try DroidFrame(parsing: bytes, .lenient) == frame)
        var writer = JSONWriter()
        switch frame {
        case .request(let request):
            let (method, family) = try #require(DroidMethod.named(request.method))
            methods[request.id] = method
            func again<Params: DroidParams>(_ type: Params.Type) throws {
                let call: DroidCall<Params> = try request.call(family)
                DroidFrameWriter(family).request(id: request.id, call, meta: request.meta, into: &writer)
            }
            guard let params = method.entry.params else { throw Unknown.params(method) }
            try again(params)
        case .response(let response):
            let id = try #require(response.id)
            if case .failure(let failure) = response.outcome {
                DroidFrameWriter(.daemon).failure(id: id, failure, into: &writer)
                break
            }
            func again<Params: DroidParams>(_ type: Params.Type) throws {
                let result = try response.result(Params.Result.self)
                DroidFrameWriter(.daemon).success(id: id, result, into: &writer)
            }
            guard let params = methods[id]?.entry.params else { throw Unknown.answer(id) }
            try again(params)
        case .notification(let notification):
            let family = try #require(DroidFamily.allCases.first { $0.sessionNotification == notification.method })
            let params = try SessionNotificationParams(from: .object(notification.params), .closed)
            if case .unknown = params.notification { Issue.record("not understood: \(text)") }
            DroidFrameWriter(family).notification(session: try #require(params.sessionId), params.notification, into: &writer)
        }
        return writer.text
    }

    private func sorted(_ text: String) throws -> JSONValue {
        func sort(_ value: JSONValue) -> JSONValue {
            switch value {
            case .object(let object): .object(JSONObject(object.map { ($0.key, sort($0.value)) }.sorted { $0.0 < $1.0 }))
            case .array(let elements): .array(elements.map { sort($0) })
            default: value
            }
        }
        return sort(try JSONValue(parsing: text))
    }
}
