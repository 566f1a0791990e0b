import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What goes wrong between a client and a daemon.
@Suite struct DaemonFaultTests {
    @Test func aDaemonThatIsKilledInATurnIsAnErrorAtOnce() async throws {
        let gate = Gate()
        try await withStage(.anthropic, [.blocks(.text([.piece("so far"), .wait(gate)]))]) { stage in
            let daemon = try await DaemonStage.start(on: stage)
            let connection = try await daemon.connect()
            let session = try await connection.createSession(DaemonSessionOptions(cwd: daemon.work))
            await #expect(throws: ConnectionError.self) {
                for try await message in session.stream("Go.", options: StreamOptions(includePartialMessages: true)) {
                    if case .assistantTextDelta = message { daemon.daemon.send(SIGKILL) }
                }
            }
            await #expect(throws: ConnectionError.self) { try await session.interrupt() }
            await connection.close()
            gate.open()
            _ = try await daemon.daemon.finish()

            // What was shown is there.
            let again = try await daemon.restarted()
            let second = try await again.connect()
            let resumed = try await second.resumeSession(session.sessionId)
            let texts = resumed.loaded?.session.messages.flatMap(\.content).compactMap { block in
                if case .text(let text) = block { text.text } else { nil }
            }
            #expect(texts?.contains("so far") == true, "\(texts ?? [])")
            await second.close()
            try await again.stop()
        }
    }

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
