import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// A turn says where it works for as long as it does.
@Suite(.timeLimit(.minutes(5))) struct EngineOccupationTests {
    @Test func aTurnOccupiesItsDirectoryFromBeginningToEnd() async throws {
        let said = Watched<[String]>([])
        let tool = ScriptedTool("Look") { _, _ in
            said.change { $0.append("works") }
            return ToolResult(.succeeded, "seen")
        }
        let model = ScriptedModel(.init(.call("c1", "Look", [:])), .text("done"), .text("again"))
        let house = EngineHouse(model, tools: [tool], policy: ScriptedPolicy()) {
            $0.occupy = { directory in
                said.change { $0.append("in \(directory)") }
                return { said.change { $0.append("out") } }
            }
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            _ = try await within { await said.first { $0.last == "out" } }
            try await house.engine.change("s", settings: SessionSettings(workingDirectory: "/elsewhere"))
            try await house.submit("go", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
        }
        #expect(said.value == ["in /w", "works", "out", "in /elsewhere", "out"])
    }

    /// A lock that is had too late is given up at once.
    @Test func anInterruptDoesNotWaitForTheDirectory() async throws {
        let (said, lock, gate) = (Watched<[String]>([]), OneShot<Bool>(), Gate())
        let house = EngineHouse(ScriptedModel(.init(.stand(gate)))) {
            $0.occupy = { _ in
                said.change { $0.append("waits") }
                _ = await lock.given()
                return { said.change { $0.append("out") } }
            }
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            _ = try await within { await said.first { $0 == ["waits"] } }
            try await within { await house.engine.interrupt("s") }
            #expect(try await house.end(of: "t1")?.reason == .interrupted)
            #expect(said.value == ["waits"])
            lock.give(true)
            _ = try await within { await said.first { $0 == ["waits", "out"] } }
        }
    }

    /// Whoever closes a session may count on it.
    @Test func anInterruptedTurnHasLeftWhenItsSessionIsClosed() async throws {
        let (said, gate) = (Watched<[String]>([]), Gate())
        let tool = ScriptedTool("Look") { _, _ in
            _ = await gate.pass()
            return ToolResult(.interrupted, "ended")
        }
        let house = EngineHouse(ScriptedModel(.init(.call("c1", "Look", [:]))), tools: [tool], policy: ScriptedPolicy()) {
            $0.occupy = { _ in { said.change { $0.append("out") } } }
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await gate.reached(by: 1)
            try await within { await house.engine.close("s") }
            #expect(said.value == ["out"])
        }
    }
}
