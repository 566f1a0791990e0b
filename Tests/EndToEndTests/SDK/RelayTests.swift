import ApusBase
import ApusTestServer
import ApusTransport
import DroidSDK
import Foundation
import Synchronization
import Testing

/// A computer that is reached through a relay (`droid.md` §2.1, §2.3).
@Suite struct RelayTests {
    private func options(_ stage: DaemonStage, _ relay: TestRelay, computer: String = "comp-1") -> ConnectDaemonOptions {
        // With a slash at the end, as people write it.
        ConnectDaemonOptions(apiKey: stage.key, machine: .computer(id: computer), relayBaseURL: relay.url + "/")
    }

    @Test func aTurnRunsThroughTheRelay() async throws {
        let long = String(repeating: "ß", count: 100_000)
        try await withDaemonStage([.toolCall("Read", ["file_path": "a.txt"], id: "call-1"), .text(.piece(long))]) { stage in
            try stage.home.write("from afar\n", to: "a.txt")
            try await TestRelay.lend(to: stage.url, computer: "comp-1") { relay in
                try await withDaemonConnection(options(stage, relay)) { connection in
                    try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                        let messages = try await session.stream("Read it.").all()
                        #expect(messages.types == [.user, .toolCall, .assistant, .toolResult, .assistant, .result])
                        #expect(messages.result?.text == long)
                    }
                }
                #expect(relay.paths == ["/v0/computer/comp-1/client"])
            }
        }
    }

    @Test func theKeyIsTheDaemonsToCheck() async throws {
        try await withDaemonStage([]) { stage in
            try await TestRelay.lend(to: stage.url, computer: "comp-1") { relay in
                var options = options(stage, relay)
                options.apiKey = "fk-other"
                let error = await #expect(throws: ConnectionError.self) { _ = try await connectDaemon(options) }
                #expect(error?.message.hasPrefix("Daemon authentication failed: ") == true, "\(error?.message ?? "")")
            }
        }
    }

    /// With a clock that waits for no pause.
    @Test func anotherComputerIsAnErrorAfterTenRetries() async throws {
        try await withDaemonStage([]) { stage in
            try await TestRelay.lend(to: stage.url, computer: "comp-1") { relay in
                let pauses = Pauses()
                let url = try resolveWebSocketURL(options(stage, relay, computer: "comp-2"))
                let transport = WebSocketTransport(url: url, patience: .computer, clock: pauses.clock)
                let error = await #expect(throws: ConnectionError.self) { try await transport.connect() }
                let message = "WebSocket connection failed: the server answered 404 Not Found and did not switch to WebSocket"
                #expect(error?.message == message)
                #expect(pauses.values == ([2, 4, 8] + Array(repeating: 10, count: 7)).map { .seconds($0) })
                #expect(relay.paths == Array(repeating: "/v0/computer/comp-2/client", count: 11))
            }
        }
    }

    /// What a relay that goes away does to a session.
    @Test func aRelayThatIsLostIsAnErrorAtOnce() async throws {
        let gate = Gate()
        try await withDaemonStage([.after(gate, .text("late"))]) { stage in
            let (connection, session) = try await TestRelay.lend(to: stage.url, computer: "comp-1") { relay in
                let connection = try await connectDaemon(options(stage, relay))
                let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
                try await session.send("Go.")
                try await gate.reached()
                return (connection, session)
            }
            await #expect(throws: ConnectionError.self) { _ = try await session.listSkills() }
            await connection.close()
            gate.open()
        }
    }
}

/// A clock whose pauses are over at once and noted. The limit of an attempt is a real one.
private final class Pauses: Sendable {
    private let noted = Mutex<[Duration]>([])
    var values: [Duration] { noted.withLock { $0 } }

    var clock: TransportClock {
        TransportClock(
            now: TransportClock.system.now,
            sleep: { [self] duration in
                if duration == .seconds(45) { return try await Task.sleep(for: duration) }
                noted.withLock { $0.append(duration) }
            })
    }
}
