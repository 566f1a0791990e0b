import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// What a client hears when its daemon is told to end.
@Suite struct DaemonFarewellTests {
    /// The signal comes in the moment that is left to a client between the answer to its prompt and the first word of the turn.
    @Test func aPromptThatWasJustTakenHasItsEndBeforeTheConnectionHas() async throws {
        try await withDaemon { daemon in
            let key = try await daemon.localKey()
            let peer = try await daemon.connect(key)
            let opened = try await peer.call(
                "daemon.initialize_session", ["machineId": "m", "cwd": .string(daemon.home.work), "token": .string(key)], id: "2")
            let session = try #require(opened["sessionId"])
            _ = try await peer.call(
                "daemon.add_user_message", ["sessionId": session, "text": "read a.txt", "messageId": "m1"], id: "3")
            daemon.process.send(SIGTERM)
            var told: [String] = []
            while let frame = try await peer.message(), frame.opcode == 1 {
                let notification = try JSONValue(parsing: frame.text)["params"]?["notification"]
                told.append(notification?["newState"]?.stringValue ?? notification?["type"]?.stringValue ?? "")
            }
            #expect(told.contains("create_message") && told.suffix(2) == ["idle", "agent_turn_completed"], "\(told)")
            #expect(try await daemon.process.finish().status == .exited(0))
        }
    }

    @Test func promptsThatWaitedRunAtTheNextStartWithoutAnybodyAsking() async throws {
        let gate = Gate()
        defer { gate.open() }
        let script: Script = [.blocks(.text([.piece("first"), .wait(gate)])), .blocks(.text([.piece("second")]))]
        try await withStage(.anthropic, script) { stage in
            let daemon = try await DaemonStage.start(on: stage)
            let connection = try await daemon.connect()
            let session = try await connection.createSession(DaemonSessionOptions(cwd: daemon.work))
            try await session.send("One.")
            try await session.send("Two.")
            try await eventually { stage.server.requests.count == 1 }
            try await daemon.stop()
            let next = try await daemon.restarted()
            try await eventually { stage.server.requests.count == 2 }
            try await eventually { try await stage.show(session.sessionId).text.contains("second") }
            try await next.stop()
            await connection.close()
        }
    }
}
