import Testing

@testable import DroidSDK

@Suite struct MessageBufferTests {
    private func delta(_ text: String, _ id: String = "m", _ block: Int = 0) -> DroidMessage {
        .assistantTextDelta(TextDeltaMessage(messageId: id, blockIndex: block, text: text))
    }

    @Test func deltasOfOneBlockBecomeOneAndOthersDoNot() {
        var buffer = MessageBuffer()
        for message in [delta("a"), delta("b"), delta("c", "m", 1), delta("d", "n"), .workingStateChanged(.idle), delta("e", "n")] {
            let hadRoom = buffer.append(message)
            #expect(hadRoom)
        }
        var read: [DroidMessage] = []
        while let message = buffer.pop() { read.append(message) }
        #expect(read == [delta("ab"), delta("c", "m", 1), delta("d", "n"), .workingStateChanged(.idle), delta("e", "n")])
    }

    @Test func itHasABoundAndAlwaysRoomForTheResult() {
        var buffer = MessageBuffer()
        for _ in 0..<MessageBuffer.maximumCount { _ = buffer.append(.workingStateChanged(.idle)) }
        let hadRoom = buffer.append(.workingStateChanged(.idle))
        #expect(!hadRoom)
        let result = ResultMessage(
            sessionId: "s", subtype: .success, reason: nil, durationMs: 0, numTurns: 1, result: "", tokenUsage: nil, messages: [],
            structuredOutput: nil, structuredOutputError: nil, errors: [])
        let hadRoomForResult = buffer.append(.result(result))
        #expect(hadRoomForResult)
    }
}
