import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// The stdio host without its two ends.
struct DroidPipeTests {
    private struct Ended: Sendable {
        var code: Int32
        var said: [String]
    }

    private func pipe(
        _ house: DroidHouse, defaults: SessionSettings = SessionSettings(), start: DroidPipe.Start = .none,
        stop: AsyncStream<Int32> = AsyncStream { _ in }, _ body: @escaping @Sendable (DroidClient) async throws -> Void
    ) async throws -> Ended {
        let client = DroidClient(.exec)
        let said = Watched<[String]>([])
        let pipe = DroidPipe(house.frontServices, version: "test", defaults: defaults, start: start) { text in
            said.change { $0.append(text) }
        }
        let code = try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { await pipe.run(client.frames, to: client, stop: stop) }
            group.addTask {
                try await within { try await body(client) }
                return nil
            }
            var code: Int32?
            for try await one in group { code = one ?? code }
            return try #require(code)
        }
        return Ended(code: code, said: said.value)
    }

    @Test func theEndOfItsInputIsAGoodEnd() async throws {
        let house = DroidHouse(ScriptedModel(.text("Hi")))
        try await house.running {
            let end = try await pipe(house) { client in
                try await client.open()
                try await client.prompt("go", "m1")
                try await client.ended("m1")
                try await client.call("close_session", ["reason": "other"])
                client.hangUp()
            }
            #expect(end.code == 0 && end.said == [])
        }
    }

    @Test func aSignalEndsTheTurnAndTellsIt() async throws {
        let house = DroidHouse(ScriptedModel(.init(.stand(Gate()))))
        let (stop, signal) = AsyncStream<Int32>.makeStream()
        try await house.running {
            let end = try await pipe(house, stop: stop) { client in
                try await client.open()
                try await client.prompt("go", "m1")
                _ = try await client.notification("create_message")
                signal.yield(15)
                #expect(try await client.ended("m1")["reason"] == "cancelled")
            }
            #expect(end.code == 143)
        }
    }

    @Test func theCommandLineSaysWhatANewSessionHas() async throws {
        let house = DroidHouse(ScriptedModel(), tools: [.execute()], maximumAutonomy: .medium)
        let defaults = SessionSettings(
            effort: .low, autonomy: .high, labels: [SessionLabel(name: "ci")], systemPromptAddition: "Be brief",
            tools: ToolSelection(disabled: ["Execute"]))
        try await house.running {
            _ = try await pipe(house, defaults: defaults) { client in
                let made = try await client.open()
                #expect(
                    made["settings"]
                        == [
                            "modelId": "scripted", "reasoningEffort": "low", "interactionMode": "auto", "autonomyLevel": "medium",
                            "systemPrompt": ["type": "preset", "preset": "droid", "append": "Be brief"], "tags": [["name": "ci"]],
                        ])
                #expect(try await client.open("s2", ["autonomyLevel": "off"])["settings"]?["autonomyLevel"] == "off")
                client.hangUp()
            }
            #expect(try await house.engine.open("s1").settings.tools == ToolSelection(disabled: ["Execute"]))
        }
    }

    @Test func aSessionNamedAtTheStartIsTheCurrentOne() async throws {
        let house = DroidHouse(ScriptedModel { _, _ in .text("Hi") })
        try await house.running {
            _ = try await house.engine.create(NewSession(id: "first-session", workingDirectory: "/w"))
            _ = try await pipe(house, start: .load("first-se")) { client in
                try await client.call("interrupt_session")
                try await client.prompt("go", "m1")
                try await client.ended("m1", in: "first-session")
                // It may be loaded all the same.
                _ = try await client.load("first-session")
                client.hangUp()
            }
            let copies = Watched<[JSONValue]>([])
            _ = try await pipe(house, start: .fork("first-session")) { client in
                try await client.prompt("again", "m2")
                let end = try await client.frame { $0["params"]?["notification"]?["turnId"] == "m2" }
                copies.change { $0 = [end["params"]?["sessionId"] ?? .null] }
                client.hangUp()
            }
            #expect(copies.value.first != "first-session")
            let missing = try await pipe(house, start: .load("nobody")) { $0.hangUp() }
            #expect(missing.code == 1 && missing.said == ["Session not found: nobody"])
        }
    }
}

extension DroidHouse {
    fileprivate var frontServices: FrontServices {
        FrontServices(
            sessions: engine, index: memory, models: model, tools: FixedTools([]), time: StillTime(), clients: clients)
    }
}
