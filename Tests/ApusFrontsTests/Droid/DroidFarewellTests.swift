import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import Testing

/// What clients hear when their daemon ends.
struct DroidFarewellTests {
    /// Every sleep lasts until it is cancelled.
    private struct LongTime: TimeSource {
        var now: Timestamp { 1_700_000_000_000 }
        func sleep(for duration: Duration) async throws(CancellationError) {
            do { try await Task.sleep(for: .seconds(86_400)) } catch { throw CancellationError() }
        }
    }

    private static func end(_ house: DroidHouse) async {
        house.front.stop()
        await house.engine.shutdown()
        await house.front.farewell(within: .seconds(60))
    }

    @Test func aTurnThatEndsBeforeItsFirstWordIsToldWhole() async throws {
        let house = DroidHouse(ScriptedModel(.init(.stand(Gate()))), time: LongTime())
        try await house.serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            try await house.model.asked(1)
            #expect(client.types() == [])
            await Self.end(house)
            // Not waited for: what comes later finds the connection closed.
            #expect(
                client.types() == [
                    "create_message", "streaming_assistant_message", "session_title_updated", "session_token_usage_changed", "idle",
                    "agent_turn_completed",
                ])
            #expect(client.told("agent_turn_completed").map { $0["reason"] } == ["cancelled"])
        }
    }

    @Test func aTurnThatWaitsForAnAnswerHasNoEndAndItsClientIsToldWhy() async throws {
        let house = DroidHouse(
            ScriptedModel(.init(.call("c1", "Execute", ["command": "ls"]))), tools: [.execute()], policy: .askingAboutCommands,
            resumesTurns: true)
        // Not `serving`: its engine is left with a turn that is open.
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await house.engine.run() }
            try await house.connected { client in
                try await client.open()
                try await client.prompt("go", "m1")
                _ = try await client.asked()
                await Self.end(house)
                #expect(client.types().suffix(3) == ["daemon.request_permission", "error", "idle"])
                #expect(client.told("error").map { $0["message"]?.stringValue?.contains("goes on when a daemon runs again") } == [true])
                #expect(client.told("agent_turn_completed") == [])
            }
            try await group.waitForAll()
        }
    }

    @Test func aClientThatTakesNothingDelaysNobody() async throws {
        struct StuckSink: FrameSink {
            let gate: Gate
            func send(_ frames: [[UInt8]]) async throws(ConnectionOver) { if await !gate.pass() { throw ConnectionOver() } }
        }
        let gate = Gate()
        let house = DroidHouse(ScriptedModel())
        try await house.running {
            try await house.connected(sink: StuckSink(gate: gate)) { client in
                client.ask("list_opened_sessions")
                try await gate.reached()
                house.front.stop()
                await house.engine.shutdown()
                // The clock of this house is over at once.
                await house.front.farewell(within: .seconds(1))
                gate.open()
            }
        }
    }
}
