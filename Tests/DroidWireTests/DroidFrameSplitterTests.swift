import ApusBase
import DroidWire
import Testing

@Suite struct DroidFrameSplitterTests {
    static let frames: [(String, [String])] = [
        ("", []), (" \n\t\r\n", []), ("{}", ["{}"]), ("  {\"a\":1}\n", ["{\"a\":1}"]), ("{}\n{}\r\n\n  {}  ", ["{}", "{}", "{}"]),
        ("{\n  \"a\": [\n 1 ]\n}\n{\"b\":\n2}", ["{\n  \"a\": [\n 1 ]\n}", "{\"b\":\n2}"]),
        (#"{"a":"}\n{\"\\"}"# + "\n{}", [#"{"a":"}\n{\"\\"}"#, "{}"]),
        ("{\"a\":\n{\"b\":1}\n{\"c\":1}", ["{\"a\":", "{\"b\":1}", "{\"c\":1}"]), ("{\"a\n{}", ["{\"a", "{}"]),
        ("noise\n{}", ["noise", "{}"]), ("{}}\n{}", ["{}}", "{}"]), ("{} x\n{}", ["{} x", "{}"]), ("[1]\n[2]", ["[1]", "[2]"]),
    ]

    @Test(arguments: frames)
    func objectsOnLinesOfTheirOwnAreFound(text: String, expected: [String]) {
        let bytes = Array(text.utf8)
        #expect(DroidFrameSplitter.pieces(of: bytes).map { String(decoding: bytes[$0], as: UTF8.self) } == expected)
    }

    @Test func severalObjectsInOneFrameAreEachRead() {
        let request = #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"request","id":"ID","method":"m"}"#
        let text = request.replacing("ID", with: "1") + "\nnoise\n" + request.replacing("ID", with: "2") + "\n"
        let results = DroidFrame.all(in: Array(text.utf8), .closed)
        #expect(results.count == 3)
        #expect(results.first == .success(.request(DroidRequest(id: "1", method: "m", params: [:]))))
        #expect(results.last == .success(.request(DroidRequest(id: "2", method: "m", params: [:]))))
    }

    @Test func tooManyObjectsAreRefusedAsAWhole() {
        let bytes = Array(String(repeating: "{}\n", count: DroidLimit.maximumObjectsInFrame + 5).utf8)
        let results = DroidFrame.all(in: bytes, .closed)
        #expect(results.count == 1)
        if case .success? = results.first { Issue.record("taken") }
    }

    /// Every line begins an object that never ends: were each of them followed to the end, this would not return.
    @Test func objectsThatNeverEndAreNotReadAgainAndAgain() {
        let bytes = Array(String(repeating: "{\n", count: 4 << 20).utf8)
        #expect(DroidFrameSplitter.pieces(of: bytes).count == DroidLimit.maximumObjectsInFrame + 1)
    }
}
