import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct OptaPermissionTests {
    private static func asking(
        access: ListenerAccess = .noKeys, time: any TimeSource = StillTime(), tool: ScriptedTool = .execute()
    ) -> OptaHouse {
        OptaHouse(
            ScriptedModel { _, number in
                number % 2 == 0 ? .init(.call(CallID("c\(number)"), "Execute", ["command": "ls", "deep": ["a": [1]]])) : .text("done")
            }, access: access, tools: [tool], policy: .askingAboutCommands, time: time)
    }

    private static func answer(_ decision: String, to id: String) -> JSONValue {
        ["requestId": .string(id), "decision": .string(decision), "decidedBy": "me"]
    }

    private static func resolve(_ house: OptaHouse, _ id: String, _ decision: String = "allow", in session: String = "s") async
        -> OptaReply
    {
        await house.call("POST", "/v3/sessions/\(session)/permissions/\(id)", answer(decision, to: id))
    }

    /// A session in which a request is open, with its id.
    private func opened(
        _ house: OptaHouse, _ body: @escaping @Sendable (String, OptaPeer) async throws -> Void
    ) async throws {
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                let request = try await peer.event("permission.request")
                try await body(try #require(request.payload["requestId"]?.stringValue), peer)
            }
        }
    }

    @Test func aRequestShowsTheWholeCallAndAnAnswerLetsItRun() async throws {
        let house = Self.asking()
        try await opened(house) { id, peer in
            #expect(id.hasPrefix("perm_") && id.count == 15)
            let request = try #require(peer.events.last)
            #expect(request.payload["toolName"] == "Execute")
            #expect(request.payload["args"] == ["command": "ls", "deep": ["a": [1]]])
            let reply = await Self.resolve(house, id)
            #expect(reply.status == 200)
            #expect(reply.body == ["ok": true, "conflict": false])
            let events = try await peer.event("turn.done")
            let tools = peer.events.filter { $0.event.hasPrefix("permission") || $0.event.hasPrefix("tool") }
            #expect(tools.names == ["permission.request", "permission.resolved", "tool.start", "tool.end"])
            #expect(tools[1].payload["decision"] == "allow" && tools[1].payload["requestId"] == .string(id))
            let turn = try #require(request.payload["turnId"])
            #expect(
                tools[2].payload == ["turnId": turn, "name": "Execute", "id": "c0", "args": #"{"command":"ls","deep":{"a":[1]}}"#])
            #expect(tools[3].payload == ["turnId": turn, "name": "Execute", "id": "c0", "result": "a.txt"])
            #expect(events.payload["stats"]?["toolCalls"] == 1)
        }
    }

    @Test func aCallThatIsDeniedHasNoEventsOfItsOwnAndTheTurnGoesOn() async throws {
        let house = Self.asking()
        try await opened(house) { id, peer in
            #expect(await Self.resolve(house, id, "deny").status == 200)
            let done = try await peer.event("turn.done")
            #expect(!peer.events.contains { $0.event.hasPrefix("tool.") })
            #expect(peer.events.contains { $0.event == "permission.resolved" && $0.payload["decision"] == "deny" })
            #expect(done.payload["stats"]?["toolCalls"] == 0)
            #expect(peer.events.text == "done")
        }
    }

    @Test func oneOfTwoAnswersCountsAndTheOtherIsAConflict() async throws {
        let house = Self.asking()
        try await opened(house) { id, peer in
            async let yes = Self.resolve(house, id, "allow")
            async let no = Self.resolve(house, id, "deny")
            let replies = await [yes, no]
            #expect(replies.map(\.status).sorted() == [200, 409])
            #expect(
                replies.first { $0.status == 409 }?.body
                    == ["ok": false, "conflict": true, "message": "Permission request already resolved"])
            let resolved = try await peer.event("permission.resolved")
            let wasYes = replies[0].status == 200
            #expect(resolved.payload["decision"] == (wasYes ? "allow" : "deny"))
            try await peer.event("turn.done")
            #expect(peer.events.contains { $0.event == "tool.start" } == wasYes)
        }
    }

    @Test func anAnswerIsRememberedForTwoMinutes() async throws {
        let time = ManualTime()
        let house = Self.asking(time: time)
        try await opened(house) { id, peer in
            #expect(await Self.resolve(house, id).status == 200)
            time.advance(by: .seconds(119))
            #expect(await Self.resolve(house, id).status == 409)
            time.advance(by: .seconds(1))
            let late = await Self.resolve(house, id)
            #expect(late.status == 404)
            #expect(late.body == ["ok": false, "conflict": false, "message": "Unknown permission request"])
        }
    }

    @Test func whatNobodyAnswersIsDeniedAfterTwoMinutesAndNotBefore() async throws {
        let time = ManualTime()
        let house = Self.asking(time: time)
        try await opened(house) { id, peer in
            try await time.sleeps(1) { $0 == .seconds(120) }
            time.advance(by: .milliseconds(119_999))
            #expect(await house.engine.openApprovals(in: "s").count == 1)
            time.advance(by: .milliseconds(1))
            #expect(try await peer.event("permission.resolved").payload["decision"] == "deny")
            let late = await Self.resolve(house, id)
            #expect(late.status == 404)
            #expect(late.body["message"] == "Unknown permission request")
            try await peer.event("turn.done")
        }
    }

    @Test func cancellingATurnThatWaitsEndsItAtOnce() async throws {
        let house = Self.asking()
        try await opened(house) { id, peer in
            #expect(await house.call("POST", "/v3/sessions/s/cancel", ["writerId": "w"]).body["cancelledActive"] == true)
            let events = try await peer.until { $0.event == "turn.error" }
            #expect(events.suffix(3).map(\.event) == ["session.cancelled", "permission.resolved", "turn.error"])
            #expect(events.suffix(2).first?.payload["decision"] == "deny")
            #expect(await Self.resolve(house, id).status == 404)
        }
    }

    @Test func pathAndBodyMustNameTheSameRequest() async throws {
        let house = Self.asking()
        try await opened(house) { id, _ in
            let reply = await house.call("POST", "/v3/sessions/s/permissions/perm_other", Self.answer("allow", to: id))
            #expect(reply.status == 400)
            #expect(reply.body["error"] == "Invalid body")
            #expect(reply.body["details"]?[0]?["path"] == ["requestId"])
            #expect(await house.engine.openApprovals(in: "s").count == 1)
            #expect(await Self.resolve(house, id).status == 200)
        }
    }

    @Test func aRequestBelongsToItsSession() async throws {
        let house = Self.asking()
        try await opened(house) { id, _ in
            try await house.session("other")
            #expect(await Self.resolve(house, id, in: "other").body["message"] == "Unknown permission request")
            let none = await Self.resolve(house, id, in: "nobody")
            #expect(none.status == 404)
            #expect(none.body == ["ok": false, "conflict": false, "message": "Session not found"])
            #expect(await house.engine.openApprovals(in: "s").count == 1)
            #expect(await Self.resolve(house, id).status == 200)
        }
    }

    @Test(
        arguments: [
            (["requestId": "p", "decision": "perhaps", "decidedBy": "me"], "decision"),
            (["requestId": "p", "decision": "allow", "decidedBy": ""], "decidedBy"),
            (["requestId": "", "decision": "allow", "decidedBy": "me"], "requestId"),
            (["requestId": "p", "decision": "allow"], "decidedBy"),
            (["requestId": "p", "approved": true, "decidedBy": "me"], "decision"),
        ] as [(JSONValue, String)])
    func whatIsNoAnswerIsNamed(body: JSONValue, key: String) async {
        let reply = await OptaHouse().call("POST", "/v3/sessions/s/permissions/p", body)
        #expect(reply.status == 400)
        #expect(reply.body["error"] == "Invalid body")
        #expect(reply.body["details"]?.arrayValue?.map { $0["path"]?[0] } == [.string(key)])
    }

    @Test func aToolThatFailsSaysSoInItsResult() async throws {
        let tool = ScriptedTool("Execute", access: { _ in .read([]) }) { _, _ in ToolResult(.failed, "no such file") }
        let house = Self.asking(tool: tool)
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                #expect(try await peer.event("tool.end").payload["result"] == "Error: no such file")
                try await peer.event("turn.done")
            }
        }
    }

    @Test func aCallOfAToolThatIsNotThereIsToldAsOneThatFailed() async throws {
        let house = OptaHouse(ScriptedModel { _, number in number == 0 ? .init(.call("c", "Nope", [:])) : .text("done") })
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                let events = try await peer.until { $0.event == "tool.end" }
                #expect(events.suffix(2).map(\.event) == ["tool.start", "tool.end"])
                #expect(events.last?.payload["result"]?.stringValue?.hasPrefix("Error: ") == true)
                #expect(try await peer.event("turn.done").payload["stats"]?["toolCalls"] == 1)
            }
            #expect(await house.call("GET", "/v3/sessions/s").body["toolCallCount"] == 1)
        }
    }
}
