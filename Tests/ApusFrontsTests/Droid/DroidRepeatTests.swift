import ApusBase
import ApusCore
import ApusTesting
import Testing

/// A prompt that is submitted again under its own id.
struct DroidRepeatTests {
    @Test func theEndOfAFinishedTurnIsToldAgainToWhoAsks() async throws {
        let house = DroidHouse(ScriptedModel(.init(.text(["a"]), .usage(Usage(inputTokens: 7))), .text("b")))
        try await house.running {
            try await house.connected { first in
                try await first.open()
                for id in ["m1", "m2"] {
                    try await first.prompt("say \(id)", id)
                    try await first.ended(id)
                }
                try await house.connected { second in
                    _ = try await second.load()
                    // The last one, and one before it.
                    for id in ["m2", "m1"] {
                        try await second.prompt("say \(id)", id)
                        #expect(try await second.ended(id) == first.ended(id).setting("cumulativeTokenUsage", of: first.ended("m2")))
                    }
                    let cycle = ["session_token_usage_changed", "streaming_assistant_message", "idle", "agent_turn_completed"]
                    #expect(second.types() == cycle + cycle)
                }
                #expect(first.told("agent_turn_completed").count == 2)
                // Also to the connection that has heard of it before; nothing is run again.
                try await first.prompt("say m2", "m2")
                try await first.count(3) { $0["params"]?["notification"]?["type"] == "agent_turn_completed" }
            }
        }
        #expect(house.model.requests.count == 2)
    }

    @Test func theEndOfATurnThatRunsIsToldOnce() async throws {
        let gate = Gate()
        let house = DroidHouse(ScriptedModel(.init(.stand(gate), .text(["a"])), .text("b")))
        try await house.serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            try await house.model.asked(1)
            try await client.prompt("go", "m1")
            gate.open()
            try await client.ended("m1")
            try await client.prompt("next", "m2")
            try await client.ended("m2")
            #expect(client.told("agent_turn_completed").map { $0["turnId"] } == ["m1", "m2"])
        }
    }

    @Test func anEndThatIsToldAgainBesideARunningTurnIsNotIdle() async throws {
        let gate = Gate()
        let house = DroidHouse(ScriptedModel(.text("a"), .init(.stand(gate), .text(["b"]))))
        try await house.serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            try await client.ended("m1")
            try await client.prompt("next", "m2")
            try await house.model.asked(2)
            try await client.prompt("go", "m1")
            try await client.count(2) { $0["params"]?["notification"]?["turnId"] == "m1" }
            #expect(client.types().count { $0 == "idle" } == 1)
            gate.open()
            try await client.ended("m2")
        }
    }
}

extension JSONValue {
    /// With one member as another object has it.
    fileprivate func setting(_ key: String, of other: JSONValue) -> JSONValue {
        guard case .object(var object) = self else { return self }
        object[key] = other[key]
        return .object(object)
    }
}
