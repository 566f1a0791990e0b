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
        try await withStage(.anthropic, [.blocks(.text([.piece("so far"), .wait(gate)])), .text("and the whole of it")]) { stage in
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
}
