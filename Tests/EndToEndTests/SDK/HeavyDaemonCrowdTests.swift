import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// Many sessions on one connection of the SDK.
@Suite struct HeavyDaemonCrowdTests {
    @Test func twoHundredSessionsStreamOnOneConnection() async throws {
        let count = 200
        func word(_ number: Int) -> String { "s\(1_000 + number)x" }
        let script = Script.conversations(
            (0..<count).map { number in
                (word(number), [.blocks(.text((0..<20).map { .piece("\(word(number))-\($0) ") }))])
            })
        try await withConnection(script) { stage, connection in
            try await withThrowingTaskGroup(of: (Int, [DroidMessage]).self) { group in
                for number in 0..<count {
                    group.addTask {
                        let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
                        let messages = try await session.stream(
                            "Say \(word(number)).", options: StreamOptions(includePartialMessages: true)
                        ).all()
                        await session.close()
                        return (number, messages)
                    }
                }
                for try await (number, messages) in group {
                    let expected = (0..<20).map { "\(word(number))-\($0) " }.joined()
                    #expect(messages.streamed == expected)
                    #expect(messages.result?.text == expected)
                }
            }
        }
    }
}
