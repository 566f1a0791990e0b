import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import QwenWire
import Testing

struct QwenVoteTests {
    private func asking(_ setting: QwenSetting = QwenHouse.bound, time: any TimeSource = StillTime()) -> QwenHouse {
        QwenHouse(
            ScriptedModel { request, number in
                number % 2 == 0
                    ? ScriptedModel.Reply(.call(CallID("c\(number)"), "Execute", ["command": "ls"])) : .text("done")
            }, setting, tools: [.execute()], policy: .askingAboutCommands, time: time)
    }

    private static func vote(_ option: String?) -> JSONValue {
        option.map { ["outcome": ["outcome": "selected", "optionId": .string($0)]] } ?? ["outcome": ["outcome": "cancelled"]]
    }

    /// A session in which a permission request is open, with its id.
    private func opened(
        _ house: QwenHouse, _ body: @escaping @Sendable (String, String, QwenListener, Task<QwenReply, Never>) async throws -> Void
    ) async throws {
        try await house.running {
            let (session, _) = try await house.session()
            try await house.listening(session, after: "0") { listener in
                let prompt = Task { await house.prompt(session) }
                let request = try await listener.event("permission_request")
                try await body(session, try #require(request.data["requestId"]?.stringValue), listener, prompt)
            }
        }
    }

    /// Levels have words here where a plan is approved, and nowhere else.
    @Test func aPlanIsAskedAboutWithItsOwnOptions() async throws {
        let exit = ScriptedTool(
            Plan.tool, says: "Spec approved.",
            access: { input throws(ToolInputError) in
                guard let plan = Plan(input: input) else { throw ToolInputError("There is no plan.") }
                return .plan(plan)
            })
        let house = QwenHouse(
            ScriptedModel(.init(.call("p1", Plan.tool, ["plan": "do it"])), .text("done")), QwenHouse.bound, tools: [exit],
            policy: ScriptedPolicy { _ in .ask(required: nil, rule: "p", reason: "carrying out a plan") })
        try await house.running {
            let (session, _) = try await house.session()
            try await house.engine.change(SessionID(session), settings: SessionSettings(interaction: .spec))
            try await house.listening(session, after: "0") { listener in
                let prompt = Task { await house.prompt(session) }
                let data = try await listener.event("permission_request").data
                #expect(data["toolCall"]?["rawInput"] == ["plan": "do it"])
                #expect(
                    data["options"]?.arrayValue?.map { [$0["optionId"]?.stringValue, $0["kind"]?.stringValue] } == [
                        ["proceed_auto_run_low", "allow_always"], ["proceed_auto_run_medium", "allow_always"],
                        ["proceed_auto_run_high", "allow_always"], ["proceed_once", "allow_once"], ["cancel", "reject_once"],
                    ])
                let id = try #require(data["requestId"]?.stringValue)
                #expect(await house.call("POST", "/permission/" + id, Self.vote("proceed_new_session")).status == 400)
                #expect(await house.call("POST", "/permission/" + id, Self.vote("proceed_auto_run_low")).status == 200)
                #expect(await prompt.value.body == ["stopReason": "end_turn"])
                let settings = try await house.engine.peek(SessionID(session)).settings
                #expect(settings.interaction == .auto && settings.autonomy == .low)
            }
        }
    }

    @Test func aRequestShowsTheCallAndWhatMayBeAnswered() async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            let data = try #require(listener.all.last).data
            #expect(data["sessionId"] == .string(session))
            #expect(data["toolCall"]?["title"] == "Execute: ls")
            #expect(data["toolCall"]?["kind"] == "execute")
            #expect(data["toolCall"]?["status"] == "pending")
            #expect(data["toolCall"]?["rawInput"] == ["command": "ls"])
            #expect(
                data["options"]?.arrayValue?.compactMap { $0["optionId"]?.stringValue } == [
                    "proceed_always", "proceed_always_tool", "proceed_always_command", "proceed_once", "cancel",
                ])
            #expect(
                data["options"]?.arrayValue?.compactMap { $0["kind"]?.stringValue } == [
                    "allow_always", "allow_always", "allow_always", "allow_once", "reject_once",
                ])
            #expect(await house.call("GET", "/health?deep=1").body["pendingPermissions"] == 1)
            #expect(await house.call("POST", "/permission/" + id, Self.vote("proceed_once")).status == 200)
            #expect(await prompt.value.body == ["stopReason": "end_turn"])
            let names = listener.all.names
            #expect(names.contains("tool_call"))
            #expect(listener.all.first { $0.data["status"] == "completed" }?.data["rawOutput"]?["text"] == "a.txt")
        }
    }

    @Test(arguments: [
        "{}", #"{"outcome":"selected"}"#, #"{"outcome":{"outcome":"selected"}}"#, #"{"outcome":{"outcome":"selected","optionId":""}}"#,
        #"{"outcome":{"outcome":"perhaps"}}"#, #"{"outcome":{"outcome":"selected","optionId":7}}"#,
    ])
    func whatIsNoVoteIsRefused(body: String) async {
        let reply = await QwenHouse().call("POST", "/permission/perm_1", bytes: Array(body.utf8))
        #expect(reply.status == 400)
        #expect(
            reply.body == [
                "error": "`outcome` must be `{ outcome: \"cancelled\" }` or `{ outcome: \"selected\", optionId: string }`"
            ])
    }

    @Test func anUnknownRequestIsTold() async throws {
        let house = QwenHouse()
        let (session, _) = try await house.session()
        let global = await house.call("POST", "/permission/perm_1", Self.vote(nil))
        #expect(global.status == 404)
        #expect(global.body == ["error": "No pending permission request", "requestId": "perm_1"])
        let local = await house.call("POST", "/session/\(session)/permission/perm_1", Self.vote(nil))
        #expect(local.status == 404)
        #expect(
            local.body == [
                "error": "No pending permission request for session", "sessionId": .string(session), "requestId": "perm_1",
            ])
    }

    @Test func anOptionThatWasNotOfferedLeavesTheRequestOpen() async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            for option in ["proceed_auto_run", "nonsense"] {
                let reply = await house.call("POST", "/permission/" + id, Self.vote(option))
                #expect(reply.status == 400)
                #expect(
                    reply.body == [
                        "error": .string(
                            "Permission \(id): optionId \"\(option)\" is not in the set of options the agent offered."),
                        "code": "invalid_option_id", "requestId": .string(id), "optionId": .string(option),
                    ])
            }
            #expect(await house.call("POST", "/permission/" + id, Self.vote("proceed_once")).body == [:])
            _ = await prompt.value
        }
    }

    @Test func ofTwoVotesOneCountsAndAllHearThatTheOtherWasLate() async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            async let first = house.call("POST", "/session/\(session)/permission/" + id, Self.vote("proceed_once"))
            async let second = house.call("POST", "/session/\(session)/permission/" + id, Self.vote("proceed_once"))
            let statuses = await [first.status, second.status].sorted()
            #expect(statuses == [200, 404])
            let late = try await listener.event("permission_already_resolved")
            #expect(late.data["requestId"] == .string(id))
            #expect(late.data["outcome"] == ["outcome": "selected", "optionId": "proceed_once"])
            _ = await prompt.value
        }
    }

    @Test(arguments: [nil, "cancel", "proceed_once", "proceed_always_command"])
    func theOutcomeIsToldAsItWasGiven(option: String?) async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            #expect(await house.call("POST", "/permission/" + id, Self.vote(option)).status == 200)
            let resolved = try await listener.event("permission_resolved")
            let outcome: JSONValue = option.map { ["outcome": "selected", "optionId": .string($0)] } ?? ["outcome": "cancelled"]
            #expect(resolved.data == ["requestId": .string(id), "outcome": outcome])
            // A no is for the model to read: the turn goes on.
            #expect(await prompt.value.body == ["stopReason": "end_turn"])
        }
    }

    @Test func theVoterStandsOnWhatItDecided() async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            let client = try await house.session().client
            let reply = await house.call("POST", "/session/\(session)/permission/" + id, Self.vote("proceed_once"), client: client)
            #expect(reply.status == 200)
            let resolved = try await listener.event("permission_resolved")
            #expect(client != nil && resolved.originatorClientId == client)
            _ = await prompt.value
        }
    }

    @Test func aVoteThroughAnotherSessionTouchesNothing() async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            let other = try await house.session(["sessionScope": "thread"]).id
            let reply = await house.call("POST", "/session/\(other)/permission/" + id, Self.vote("proceed_once"))
            #expect(reply.status == 404)
            #expect(reply.body["sessionId"] == .string(other))
            #expect(await house.call("POST", "/session/\(session)/permission/" + id, Self.vote("proceed_once")).status == 200)
            _ = await prompt.value
        }
    }

    @Test func cancellingResolvesWhatIsOpenBeforeTheTurnEnds() async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            #expect(await house.call("POST", "/session/\(session)/cancel", [:]).status == 204)
            #expect(await prompt.value.body == ["stopReason": "cancelled"])
            let events = try await listener.until { $0.type == "turn_complete" }
            let resolved = try #require(events.firstIndex { $0.type == "permission_resolved" })
            #expect(events[resolved].data["outcome"] == ["outcome": "cancelled"])
            #expect(resolved < events.count - 1)
        }
    }

    @Test func hangingUpResolvesWhatIsOpen() async throws {
        let house = asking()
        try await opened(house) { session, id, listener, prompt in
            prompt.cancel()
            _ = await prompt.value
            let resolved = try await listener.event("permission_resolved")
            #expect(resolved.data["outcome"] == ["outcome": "cancelled"])
            #expect(await house.call("POST", "/permission/" + id, Self.vote("proceed_once")).status == 404)
        }
    }

    @Test func afterItsDeadlineARequestCountsAsCancelled() async throws {
        let time = ManualTime()
        let house = asking(time: time)
        try await opened(house) { session, id, listener, prompt in
            try await time.sleeps(1) { $0 == .seconds(300) }
            time.advance(by: .seconds(300))
            let resolved = try await listener.event("permission_resolved")
            #expect(resolved.data["outcome"] == ["outcome": "cancelled"])
            #expect(await prompt.value.body == ["stopReason": "end_turn"])
        }
    }

    @Test func withoutADeadlineARequestWaits() async throws {
        var setting = QwenHouse.bound
        setting.permissionDeadline = nil
        let house = asking(setting)
        try await opened(house) { session, id, _, prompt in
            let open = try await house.engine.peek(SessionID(session)).openApprovals
            #expect(open.count == 1 && open.first?.expiresAt == nil)
            #expect(await house.call("POST", "/permission/" + id, Self.vote(nil)).status == 200)
            _ = await prompt.value
        }
    }

    @Test func questionsOfTheAgentAreAnsweredAsPermissions() async throws {
        let tool = ScriptedTool("AskUser", access: { _ in .session }) { _, context in
            let items = [
                UserQuestion.Item(index: 1, topic: "Storage", question: "Which?", options: ["a", "b"]),
                UserQuestion.Item(index: 2, topic: "Name", question: "What name?", options: []),
            ]
            let answer = await context.askUser(items)
            return ToolResult(.succeeded, answer?.items.map { "\($0.index)=\($0.answer)" }.joined(separator: " ") ?? "nobody")
        }
        let house = QwenHouse(
            ScriptedModel { _, number in number == 0 ? ScriptedModel.Reply(.call("c1", "AskUser", ["questionnaire": "x"])) : .text("ok") },
            tools: [tool])
        try await opened(house) { session, id, listener, prompt in
            let data = try #require(listener.all.last).data
            #expect(id.hasPrefix("ask_"))
            #expect(data["toolCall"]?["rawInput"]?["questions"]?[1]?["question"] == "What name?")
            let reply = await house.call(
                "POST", "/session/\(session)/permission/" + id,
                [
                    "outcome": ["outcome": "selected", "optionId": "proceed_once"], "answers": ["Which?": "b", "1": "Apus"],
                ])
            #expect(reply.status == 200, "\(reply)")
            #expect(await prompt.value.status == 200)
            let events = try await listener.until { $0.type == "turn_complete" }
            #expect(events.first { $0.data["status"] == "completed" }?.data["rawOutput"]?["text"] == "1=b 2=Apus")
            #expect(events.first { $0.type == "permission_resolved" }?.data["requestId"] == .string(id))
        }
    }

    // MARK: Client ids

    @Test func aClientThatTheSessionDoesNotKnowIsRefused() async throws {
        let house = QwenHouse()
        let (session, client) = try await house.session()
        let known = try #require(client)
        for id in ["client_nobody", "client_" + randomUUIDText()] {
            let reply = await house.prompt(session, client: id)
            #expect(reply.status == 400)
            #expect(
                reply.body == [
                    "error": .string("Client id \"\(id)\" is not registered for session \(session)"), "code": "invalid_client_id",
                    "sessionId": .string(session), "clientId": .string(id),
                ])
            #expect(await house.call("POST", "/session/\(session)/permission/p", Self.vote(nil), client: id).status == 400)
            #expect(await house.call("POST", "/session/\(session)/heartbeat", [:], client: id).status == 400)
        }
        for id in ["", "a b", String(repeating: "a", count: 129)] {
            let reply = await house.call("POST", "/session/\(session)/heartbeat", [:], client: id)
            #expect(reply.body["error"] == "`X-Qwen-Client-Id` must be a non-empty token of 128 characters or fewer")
        }
        let reply = await house.call("POST", "/session/\(session)/heartbeat", [:], client: known)
        #expect(reply.body == ["sessionId": .string(session), "clientId": .string(known), "lastSeenAt": 1_700_000_000_000])
        let silent = await house.call("POST", "/session/\(session)/heartbeat", [:])
        #expect(silent.body == ["sessionId": .string(session), "lastSeenAt": 1_700_000_000_000])
        // On the way in an unknown id is replaced, a known one kept.
        #expect(await house.call("POST", "/session", [:], client: known).body["clientId"] == .string(known))
        let fresh = await house.call("POST", "/session", [:], client: "client_nobody").body["clientId"]?.stringValue
        #expect(fresh?.hasPrefix("client_") == true && fresh != "client_nobody")
    }
}
