import ApusTesting
import ApusTransport
import Testing

@testable import DroidSDK

@Suite struct ErrorTests {
    @Test(arguments: [nil, ""]) func withoutAKeyNothingIsDialled(key: String?) async {
        let connecting = DaemonConnecting(
            options: ConnectDaemonOptions(apiKey: key), clock: .system, ensureLocal: { _ in throw AbortError("started something") })
        let error = await #expect(throws: ConnectionError.self) { try await connecting.connect() }
        #expect(error?.message == "Daemon authentication failed: Parse error")
    }

    @Test func aRefusedKeyIsSaid() async throws {
        let daemon = ScriptedDaemon()
        daemon.on("authenticate") { _ in .error(code: -32_001, message: "Invalid key", data: nil) }
        async let served: Void = daemon.run()
        let error = await #expect(throws: ConnectionError.self) { try await DaemonConnection.open(daemon.client, apiKey: "x") }
        #expect(error?.message == "Daemon authentication failed: Invalid key")
        daemon.cut()
        await served
    }

    @Test func authenticationSendsTheKeyAndTheCaller() async throws {
        try await withScriptedDaemon { _, daemon in
            let text = try await daemon.params("authenticate").text
            #expect(text == #"{"apiKey":"fk-1","caller":"droid-sdk"}"#)
        }
    }

    @Test func aTokenStandsInForTheKey() async throws {
        let daemon = ScriptedDaemon()
        async let served: Void = daemon.run()
        let connection = try await DaemonConnection.open(daemon.client, .token("jwt"), clock: .system)
        #expect(try await daemon.params("authenticate").text == #"{"token":"jwt","caller":"droid-sdk"}"#)
        await connection.close()
        daemon.cut()
        await served
    }

    @Test func authenticationTimesOut() async throws {
        let time = ManualTime()
        let daemon = ScriptedDaemon()
        daemon.on("authenticate") { _ in .silence }
        async let served: Void = daemon.run()
        let connection = Task { try await DaemonConnection.open(daemon.client, .apiKey("x"), clock: .manual(time)) }
        try await time.sleeps(1)
        time.advance(by: .seconds(30))
        let error = await #expect(throws: ConnectionError.self) { try await connection.value }
        #expect(error?.message == "Daemon authentication timed out after 30000ms")
        daemon.cut()
        await served
    }

    @Test func retriesGoRoundConnectingAndAuthenticating() async throws {
        let time = ManualTime()
        let attempts = Watched(0)
        let connecting = DaemonConnecting(
            options: ConnectDaemonOptions(apiKey: "k", url: "ws://x", maxRetries: 2), clock: .manual(time),
            transport: { _, _, _ in
                attempts.change { $0 += 1 }
                return DeadTransport()
            })
        let connection = Task { try await connecting.connect() }
        for _ in 0..<2 {
            try await time.sleeps(attempts.value) { $0 == .seconds(2) }
            time.advance(by: .seconds(2))
        }
        let error = await #expect(throws: ConnectionError.self) { try await connection.value }
        #expect(error?.message == "nobody there")
        #expect(attempts.value == 3)
        #expect(time.requestedSleeps == [.seconds(2), .seconds(2)])
    }

    @Test func anUnknownSessionHasItsOwnError() async throws {
        try await withScriptedDaemon { connection, daemon in
            daemon.on("load_session") { _ in .error(code: -32_004, message: "Session not found", data: ["sessionId": "missing-9"]) }
            let error = await #expect(throws: SessionNotFoundError.self) { try await connection.resumeSession("missing-9") }
            #expect(error?.message == "Session not found: missing-9")
        }
    }

    @Test func otherErrorsKeepTheirCodeAndData() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            daemon.on("rename_session") { _ in .error(code: -32_099, message: "odd", data: ["x": 1]) }
            await #expect(throws: ProtocolError(code: -32_099, message: "odd", data: ["x": 1])) {
                try await session.renameSession(title: "t")
            }
        }
    }

    static let acknowledgements: [(JSON, Bool)] = [
        (["success": false], false), (["success": true], true), (["accepted": true], true), ([:], true),
    ]

    @Test(arguments: acknowledgements)
    func anAcknowledgementIsASuccess(answer: JSON, success: Bool) async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            daemon.on("rename_session") { _ in .result(answer) }
            let renamed = try await session.renameSession(title: "t")
            #expect(renamed == success)
        }
    }

    @Test func withoutASessionAClientSaysSo() async throws {
        try await withScriptedDaemon { connection, _ in
            let error = await #expect(throws: SessionError.self) { try await connection.makeClient().interruptSession() }
            #expect(error?.message == "No active session. Call initializeSession or loadSession first.")
        }
    }

    @Test func closedThingsSaySo() async throws {
        try await withScriptedDaemon { connection, _ in
            let client = connection.makeClient()
            client.close()
            let one = await #expect(throws: ConnectionError.self) { try await client.listOpenedSessions() }
            #expect(one?.message == "Daemon client has been closed. Create a new DaemonClient instance.")
            let session = try await connection.createSession()
            await session.close()
            let two = await #expect(throws: ConnectionError.self) { try await session.interrupt() }
            #expect(two?.message == "Daemon session has been closed. Create a new session to continue.")
            await connection.close()
            let three = await #expect(throws: ConnectionError.self) { try await connection.createSession() }
            #expect(three?.message == "Daemon connection has been closed. Call connectDaemon() to create a new connection.")
        }
    }

    @Test func aLostConnectionFailsTurnsAndRequestsAtOnce() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            daemon.on("list_skills") { _ in .silence }
            let turn = Task { try await session.result(of: "x") }
            _ = try await daemon.requests("add_user_message")
            let request = Task { try await session.listSkills() }
            _ = try await daemon.requests("list_skills")
            daemon.cut()
            let ofTurn = await #expect(throws: ConnectionError.self) { try await turn.value }
            #expect(ofTurn?.message == "WebSocket closed (code: 1006, reason: )")
            let ofRequest = await #expect(throws: ConnectionError.self) { try await request.value }
            #expect(ofRequest?.message == "Transport error: WebSocket closed (code: 1006, reason: )")
            let later = await #expect(throws: ConnectionError.self) { try await session.renameSession(title: "t") }
            #expect(later?.message == "Transport error: WebSocket closed (code: 1006, reason: )")
        }
    }

    static let timeouts: [(String, Duration, @Sendable (DaemonSession) async throws -> Void)] = [
        ("list_skills", .seconds(30), { _ = try await $0.listSkills() }),
        ("compact_session", .seconds(240), { _ = try await $0.compactSession() }),
        ("authenticate_mcp_server", .seconds(30), { _ = try await $0.authenticateMcpServer("s") }),
        (
            "execute_rewind", .seconds(60),
            {
                _ = try await $0.client.executeRewind(
                    ExecuteRewindParams(messageId: "m", filesToRestore: [], filesToDelete: [], forkTitle: "f"))
            }
        ),
        ("load_session", .seconds(60), { _ = try await $0.client.loadSession(LoadSessionParams(sessionId: "s")) }),
        (
            "initialize_session", .seconds(60),
            {
                _ = try await $0.client.initializeSession(InitializeSessionParams(machineId: "default", cwd: "."))
            }
        ),
    ]

    @Test(arguments: timeouts.indices) func aMethodHasItsTimeout(row: Int) async throws {
        let (method, limit, call) = ErrorTests.timeouts[row]
        let time = ManualTime()
        try await withScriptedDaemon(clock: .manual(time)) { connection, daemon in
            let session = try await connection.createSession()
            daemon.on(method) { _ in .silence }
            let before = time.requestedSleeps.count { $0 == limit }
            let called = Task { try await call(session) }
            try await time.sleeps(before + 1) { $0 == limit }
            time.advance(by: limit)
            let error = await #expect(throws: TimeoutError.self) { try await called.value }
            #expect(error?.message == "Request daemon.\(method) timed out after \(limit.wholeMilliseconds)ms")
        }
    }

    @Test(arguments: [
        (ProcessExitError(exitCode: 0, signal: nil), "Droid process exited normally"),
        (ProcessExitError(exitCode: 3, signal: nil), "Droid process exited unexpectedly (exit code 3)"),
        (ProcessExitError(exitCode: nil, signal: 9), "Droid process was killed (SIGKILL)"),
    ]) func anEndedProcessIsDescribed(error: ProcessExitError, text: String) {
        #expect(error.message == text)
    }
}

private struct DeadTransport: DroidClientTransport {
    func connect() async throws { throw ConnectionError("nobody there") }
    func send(_ message: String) async throws {}
    var messages: DroidTransportMessages { DroidTransportMessages { nil } }
    func close() async {}
}
