import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// Plans in the words of the protocol (`droid.md` §4.1, `droid-exec.md` §6.1).
struct DroidSpecTests {
    private static let input: JSONValue = ["plan": "# Build\ndo it", "title": "Build", "optionNames": ["fast", "safe"]]

    private static func house(_ replies: ScriptedModel.Reply...) -> DroidHouse {
        DroidHouse(
            ScriptedModel { _, number in number < replies.count ? replies[number] : .fail(.invalidRequest) }, tools: [exit()],
            policy: ScriptedPolicy { action in
                if case .plan = action { .ask(required: nil, rule: "p", reason: "carrying out a plan") } else { .allow(rule: "r") }
            }, maximumAutonomy: .medium)
    }

    private static func exit() -> ScriptedTool {
        ScriptedTool(
            Plan.tool, effect: .idempotent,
            access: { input throws(ToolInputError) in
                guard let plan = Plan(input: input), !plan.text.isEmpty else { throw ToolInputError("There is no plan.") }
                return .plan(plan)
            }, run: { input, _ in ToolResult(.succeeded, "approved: \(Plan(input: input)?.text ?? "")") })
    }

    private static func planning(
        _ next: ScriptedModel.Reply = .fail(.invalidRequest),
        body: @escaping @Sendable (DroidClient, JSONValue, String) async throws -> Void
    ) async throws {
        let house = house(.init(.call("p1", Plan.tool, input)), next)
        try await house.serving { client in
            try await client.open("s1", ["interactionMode": "spec"])
            try await client.prompt("go", "m1")
            let request = try await client.asked()
            try await body(client, try #require(request["params"]), try #require(request["id"]?.stringValue))
        }
    }

    @Test func aPlanIsAskedAboutWithItsTextAndItsOptions() async throws {
        try await Self.planning(.text("Done")) { client, params, id in
            let use = try #require(params["toolUses"]?[0])
            #expect(use["confirmationType"] == "exit_spec_mode")
            #expect(
                use["details"]
                    == ["type": "exit_spec_mode", "plan": "# Build\ndo it", "title": "Build", "optionNames": ["fast", "safe"]])
            #expect(
                params["options"]?.arrayValue?.compactMap { $0["value"]?.stringValue } == [
                    "proceed_once", "proceed_auto_run_low", "proceed_auto_run_medium", "proceed_new_session", "proceed_new_session_low",
                    "proceed_new_session_medium", "proceed_edit", "cancel",
                ])
            client.answer(id, ["selectedOption": "proceed_auto_run_low"])
            let end = try await client.ended("m1")
            #expect(end["reason"] == "completed")
            let settings = try #require(client.told("settings_updated").first?["settings"])
            #expect(settings["interactionMode"] == "auto" && settings["autonomyLevel"] == "low")
            let told = client.types().filter { ["settings_updated", "permission_resolved", "tool_result"].contains($0) }
            #expect(told == ["settings_updated", "permission_resolved", "tool_result"])
            #expect(client.told("permission_resolved").map { $0["selectedOption"] } == ["proceed_auto_run_low"])
        }
    }

    @Test func anEditedPlanIsTheOneThatCounts() async throws {
        try await Self.planning(.text("Done")) { client, _, id in
            client.answer(id, ["selectedOption": "proceed_edit", "editedSpecContent": "only this"])
            let end = try await client.ended("m1")
            #expect(end["reason"] == "completed")
            #expect(client.told("tool_result").first?["content"]?.stringValue?.hasPrefix("approved: only this") == true)
            #expect(try await client.load()["settings"]?["interactionMode"] == "auto")
        }
    }

    @Test func aWordWithTheNoHasTheModelPlanOn() async throws {
        try await Self.planning(.text("Thinking again.")) { client, _, id in
            client.answer(id, ["selectedOption": "cancel", "comment": "smaller"])
            let end = try await client.ended("m1")
            #expect(end["reason"] == "completed")
            #expect(client.told("tool_result").first?["content"]?.stringValue?.contains("smaller") == true)
            #expect(try await client.load()["settings"]?["interactionMode"] == "spec")
        }
    }

    /// Otherwise a client with a fault would have the model plan for ever.
    @Test(arguments: [
        #"{"selectedOption":"cancel"}"#, #"{"selectedOption":"proceed_always"}"#, #"{"selectedOption":"proceed_edit"}"#,
        #"{"selectedOption":"proceed_edit","editedSpecContent":""}"#, #"{"selectedOption":"proceed_once","editedSpecContent":"x"}"#,
        #"{"selectedOption":"proceed_auto_run_high"}"#, #"{"selectedOption":"whatever"}"#, #"{}"#,
    ])
    func aBareNoAndWhatIsNoAnswerEndTheTurn(answer: String) async throws {
        let result = try JSONValue(parsing: answer)
        try await Self.planning { client, _, id in
            client.answer(id, result)
            let end = try await client.ended("m1")
            #expect(end["reason"] == "permission_rejected")
            #expect(client.told("permission_resolved").map { $0["selectedOption"] } == ["cancel"])
            #expect(try await client.load()["settings"]?["interactionMode"] == "spec")
        }
    }

    @Test(arguments: ["proceed_new_session", "proceed_new_session_low", "proceed_new_session_medium"])
    func aPlanForANewSessionHandsTheTurnOver(option: String) async throws {
        try await Self.planning { client, _, id in
            client.answer(id, ["selectedOption": .string(option)])
            let end = try await client.ended("m1")
            #expect(end["reason"] == "spec_handoff")
            #expect(client.told("permission_resolved").map { $0["selectedOption"] } == [.string(option)])
            #expect(client.told("tool_result").map { $0["isError"] } == [false])
            #expect(client.told("error") == [] && client.told("settings_updated") == [])
        }
    }

    @Test func aSessionThatRejectsEveryRequestIsNotAskedAboutPlans() async throws {
        let house = Self.house(.init(.call("p1", Plan.tool, Self.input)), .text("the plan"))
        try await house.serving { client in
            try await client.open("s1", ["interactionMode": "spec", "autoRejectPermissionRequests": true])
            try await client.prompt("go", "m1")
            let end = try await client.ended("m1")
            #expect(end["reason"] == "completed")
            #expect(!client.types().contains("daemon.request_permission"))
            // The plan is the answer.
            #expect(client.told("tool_result").map { $0["isError"] } == [false])
        }
    }

    /// The session may do more from then on, as with a higher level.
    @Test(
        arguments: [("off", [.prompter], true), ("low", [.prompter], false), ("low", [.prompter, .approver], true)]
            as [(
                String, Set<ClientScope>, Bool
            )])
    func whoEndsThePlanningOfASessionWithALevelMayApprove(level: String, scopes: Set<ClientScope>, isAllowed: Bool) async throws {
        let keys = TestKeys(["k": ClientIdentity(name: "bot", scopes: scopes)])
        let house = Self.house()
        try await house.running {
            try await house.connected { owner in
                try await owner.open("s1", ["interactionMode": "spec", "autonomyLevel": .string(level)])
                try await house.connected(access: .credentials(keys)) { client in
                    try await client.call("authenticate", ["caller": "x", "apiKey": "k"])
                    let id = client.ask("update_session_settings", ["sessionId": "s1", "interactionMode": "auto"])
                    #expect((try await client.response(id)["error"]?["code"] != -32_001) == isAllowed)
                }
            }
        }
    }

    @Test func theWayOutIsListedForASessionThatPlans() async throws {
        let house = Self.house()
        try await house.serving { client in
            func names(_ params: JSONValue) async throws -> [String] {
                try await client.call("list_tools", params)["tools"]?.arrayValue?.compactMap { $0["llmId"]?.stringValue } ?? []
            }
            let listed = try await names(["interactionMode": "spec"])
            #expect(listed.contains(Plan.tool))
        }
    }

    @Test func theSettingsNameThePlannerOfSessionsWhoseClientNamesNone() {
        var settings = SessionSettings(interaction: .spec)
        PlannerDefaults(model: "m2", effort: .high).fill(&settings)
        #expect(settings.specModel == "m2" && settings.specEffort == .high)
        PlannerDefaults(model: "m3", effort: .low).fill(&settings)
        #expect(settings.specModel == "m2" && settings.specEffort == .high)
    }
}
