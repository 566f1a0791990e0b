import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// Several connections, several sessions, and those who leave.
struct DroidSharingTests {
    private static func asking() -> DroidHouse {
        DroidHouse(
            ScriptedModel(.init(.call("c1", "Execute", ["command": "ls"])), .text("Done")), tools: [.execute()],
            policy: .askingAboutCommands)
    }

    @Test func twoConnectionsSeeOneTurnAndTheSecondMayAnswer() async throws {
        let house = Self.asking()
        try await house.running {
            try await house.connected { first in
                try await house.connected { second in
                    try await first.open()
                    _ = try await second.load()
                    try await first.prompt("go", "m1")
                    let id = try #require(try await first.asked()["id"]?.stringValue)
                    #expect(try await second.asked()["id"] == .string(id))
                    second.answer(id, ["selectedOption": "proceed_once"])
                    for client in [first, second] {
                        #expect(try await client.ended("m1")["reason"] == "completed")
                        #expect(
                            client.told("permission_resolved")
                                == [
                                    [
                                        "type": "permission_resolved", "requestId": .string(id), "toolUseIds": ["c1"],
                                        "selectedOption": "proceed_once",
                                    ]
                                ])
                    }
                    #expect(
                        first.types().filter { $0 != "daemon.request_permission" }
                            == second.types().filter { $0 != "daemon.request_permission" })
                    // Too late, and from nobody: both change nothing.
                    first.answer(id, ["selectedOption": "cancel"])
                    first.answer("perm_unknown", ["selectedOption": "cancel"])
                    #expect(try await first.call("interrupt_session", ["sessionId": "s1"]) == [:])
                }
            }
        }
    }

    @Test func aWatcherWithoutAHandlerDoesNotDecide() async throws {
        let house = Self.asking()
        try await house.running {
            try await house.connected { first in
                try await house.connected { watcher in
                    try await first.open()
                    try await first.prompt("go", "m1")
                    let id = try #require(try await first.asked()["id"]?.stringValue)
                    // As `interruptSession` does before it interrupts.
                    let loaded = try await watcher.load()
                    #expect(loaded["pendingPermissions"]?[0]?["requestId"] == .string(id))
                    #expect(loaded["workingState"] == "waiting_for_tool_confirmation" && loaded["isAgentLoopInProgress"] == true)
                    _ = try await watcher.asked()
                    watcher.answer(id, ["selectedOption": "cancel"])
                    watcher.write(
                        #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","type":"response","id":"\#(id)","error":{"code":-32603,"message":"no"}}"#
                    )
                    _ = try await watcher.call("validate_working_directory", ["workingDirectory": "/w"])
                    first.answer(id, ["selectedOption": "proceed_once"])
                    #expect(try await first.ended("m1")["reason"] == "completed")
                }
            }
        }
    }

    @Test(arguments: [
        (#"{"selectedOption":"cancel"}"#, "cancel"), (#"{"selectedOption":"proceed_edit","editedSpecContent":"x"}"#, "cancel"),
        (#"{"selectedOption":"proceed_new_session"}"#, "cancel"), (#"{"selectedOption":"whatever"}"#, "cancel"), (#"{}"#, "cancel"),
    ])
    func aNoAndWhatIsNoAnswerEndTheTurn(answer: String, outcome: String) async throws {
        let result = try JSONValue(parsing: answer)
        try await Self.asking().serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            client.answer(try #require(try await client.asked()["id"]?.stringValue), result)
            #expect(try await client.ended("m1")["reason"] == "permission_rejected")
            #expect(client.told("permission_resolved").map { $0["selectedOption"]?.stringValue } == [outcome])
            #expect(client.told("tool_result").map { $0["isError"] } == [true])
            #expect(client.told("error") == [])
        }
    }

    @Test func aPendingPermissionWaitsForTheNextClient() async throws {
        let house = Self.asking()
        try await house.running {
            try await house.connected { client in
                try await client.open()
                try await client.prompt("go", "m1")
                _ = try await client.asked()
            }
            try await house.connected { client in
                let loaded = try await client.load()
                let pending = try #require(loaded["pendingPermissions"]?[0])
                #expect(pending["toolUses"]?[0]?["confirmationType"] == "exec")
                let id = try #require(try await client.asked()["id"]?.stringValue)
                #expect(pending["requestId"] == .string(id))
                client.answer(id, ["selectedOption": "proceed_once"])
                try await client.ended("m1")
                let shown = try await client.load()
                #expect(shown["pendingPermissions"] == [] && shown["session"]?["messages"]?.arrayValue?.count == 4)
            }
        }
    }

    @Test func theLastViewerWhoLeavesGivesTheSessionUp() async throws {
        let house = DroidHouse(ScriptedModel())
        try await house.running {
            try await house.connected { first in
                try await first.open()
                try await house.connected { second in
                    _ = try await second.load()
                    try await first.call("close_session", ["sessionId": "s1"])
                    #expect(house.maintenance.retired.value == [])
                }
                #expect(house.maintenance.retired.value == ["s1"])
                #expect(house.servers.attached.value == ["s1: ", "s1 detached"])
            }
        }
    }

    @Test func aSessionThatRanWhenItsLastViewerLeftIsGivenUpLater() async throws {
        let gate = Gate()
        let house = DroidHouse(ScriptedModel(.init(.stand(gate), .text(["x"]))))
        try await house.running {
            try await house.connected { client in
                try await client.open("busy")
                try await client.prompt("go", "m1", in: "busy")
                _ = try await client.notification("create_message", in: "busy")
                try await client.call("close_session", ["sessionId": "busy"])
                #expect(house.maintenance.retired.value == [])
                let recorder = Recorder(try await house.engine.follow("busy", after: 0))
                gate.open()
                try await recorder.read(untilEndOf: "m1")
                try await client.open("other")
                // The turn is stored as ended a moment before nothing runs any more.
                while !house.maintenance.retired.value.contains("busy") {
                    try await client.call("close_session", ["sessionId": "other"])
                    _ = try await client.load("other")
                }
                #expect(house.servers.attached.value.contains("busy detached"))
            }
        }
    }

    @Test func aSecondLoadOnOneConnectionSharesItsSubscription() async throws {
        let gate = Gate()
        try await DroidHouse(ScriptedModel(.init(.text(["a"]), .stand(gate), .text(["b"])))).serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            _ = try await client.notification("assistant_text_complete")
            #expect(try await client.load()["isAgentLoopInProgress"] == true)
            gate.open()
            try await client.ended("m1")
            #expect(client.told("assistant_text_delta").map { $0["textDelta"] } == ["a", "b"])
            #expect(client.told("assistant_text_delta").map { $0["blockIndex"] } == [0, 1])
        }
    }

    @Test func aViewThatBeginsInTheMiddleGetsTheRestAndTheWholeMessage() async throws {
        let gate = Gate()
        let house = DroidHouse(ScriptedModel(.init(.text(["a"]), .stand(gate), .text(["b"]))))
        try await house.running {
            try await house.connected { first in
                try await first.open()
                try await first.prompt("go", "m1")
                _ = try await first.notification("assistant_text_complete")
                try await house.connected { second in
                    #expect(try await second.load()["session"]?["messages"]?.arrayValue?.count == 1)
                    gate.open()
                    try await second.ended("m1")
                    #expect(second.told("assistant_text_delta").map { $0["blockIndex"] } == [1])
                    #expect(
                        second.told("create_message").map { $0["message"]?["content"] }
                            == [[["type": "text", "text": "a"], ["type": "text", "text": "b"]]])
                }
            }
        }
    }

    @Test func messagesOfARunningTurnWaitTheirTurn() async throws {
        let gate = Gate()
        let model = ScriptedModel(.init(.stand(gate), .text(["a"])), .text("b"))
        try await DroidHouse(model).serving { client in
            try await client.open()
            try await client.prompt("one", "m1")
            try await client.prompt("two", "m2")
            let loaded = try await client.load()
            #expect(loaded["queuedMessages"]?[0]?["text"] == "two" && loaded["queuedMessages"]?[0]?["requestId"] == "m2")
            gate.open()
            try await client.ended("m2")
            let ends = client.types().filter { $0 == "idle" || $0 == "agent_turn_completed" || $0 == "create_message" }
            #expect(
                ends == [
                    "create_message", "create_message", "idle", "agent_turn_completed", "create_message", "create_message", "idle",
                    "agent_turn_completed",
                ])
        }
    }

    @Test func aPipeThatEndsInterruptsItsTurn() async throws {
        let house = DroidHouse(ScriptedModel(.init(.stand(Gate()))))
        let seen = Watched<[String]>([])
        try await house.running {
            try await house.connected(.exec) { client in
                try await client.open()
                try await client.prompt("go", "m1")
                _ = try await client.notification("create_message")
                client.hangUp()
                try await client.ended("m1")
                seen.change { $0 = client.types() }
            }
        }
        #expect(seen.value.suffix(2) == ["idle", "agent_turn_completed"])
        #expect(house.maintenance.retired.value == ["s1"])
    }

    @Test func requestsBeforeTheEndOfAPipeAreAnswered() async throws {
        try await DroidHouse(ScriptedModel()).running(.exec) { client in
            let id = client.ask("list_models")
            client.hangUp()
            _ = try await client.response(id)
        }
    }
}

extension DroidHouse {
    fileprivate func running(_ family: DroidFamily, _ body: @escaping @Sendable (DroidClient) async throws -> Void) async throws {
        try await serving(family, body)
    }
}
