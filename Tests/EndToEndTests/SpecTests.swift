import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Spec mode, from the command line and over the droid protocol (`droid-exec.md` §6.1, `droid.md` §4.1).
@Suite struct SpecTests {
    private static let plan = "# Greet\n\n1. Create `hello.txt`.\n"
    private static let handIn = Reply.toolCall("ExitSpecMode", ["plan": .string(plan), "title": "Greet"], id: "plan-1")

    private static func create(_ path: String, id: String) -> Reply {
        .toolCall("Create", ["file_path": .string(path), "content": "hello\n"], id: id)
    }

    /// A second model on the same server.
    private static func addPlanner(to stage: Stage, provider: String = "anthropic") throws {
        try stage.change { settings in
            let entry: JSONValue = [
                "id": "custom:planner", "displayName": "Planner", "model": "planner-model", "provider": .string(provider),
                "baseUrl": .string(provider == "anthropic" ? stage.server.baseURL : stage.server.versionedBaseURL), "apiKey": "test-key",
            ]
            settings["customModels"] = .array((settings["customModels"]?.arrayValue ?? []) + [entry])
        }
    }

    private static func tools(_ request: RecordedRequest) -> Set<String> {
        Set(request.body["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? [])
    }

    // MARK: The command line

    @Test func aRunWithALevelPlansReadingOnlyAndThenCarriesItsPlanOut() async throws {
        let script: Script = [
            .toolCall("Read", ["file_path": "notes.txt"], id: "read-1"), Self.create("early.txt", id: "create-1"), Self.handIn,
            Self.create("hello.txt", id: "create-2"), .text("Done."),
        ]
        try await withStage(.anthropic, script) { stage in
            try stage.home.write("notes\n", to: "notes.txt")
            try Self.addPlanner(to: stage)
            let outcome = try await stage.apus(
                "exec", "--use-spec", "--spec-model", "custom:planner", "--auto", "low", "-o", "stream-json", "Greet.")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let lines = try outcome.lines()
            #expect(lines.last?["finalText"] == "Done.")
            let results = lines.ofType("tool_result")
            #expect(results.map { $0["isError"] } == [false, true, false, false])
            #expect(results[1]["error"]?["message"]?.stringValue?.contains("not permitted while you are planning") == true)
            #expect(results[2]["value"]?.stringValue?.hasPrefix("Spec approved. Planning is over") == true)
            #expect(outcome.diagnostics.contains("blocked: Create \"early.txt\" — while planning: writing "))
            #expect(!stage.home.has("early.txt"))
            #expect(try stage.home.read("hello.txt") == "hello\n")

            let requests = stage.server.modelRequests
            #expect(
                requests.map { $0.body["model"]?.stringValue } == [
                    "planner-model", "planner-model", "planner-model", "scripted-model", "scripted-model",
                ])
            #expect(Self.tools(requests[0]).isDisjoint(with: ["Create", "Edit", "ApplyPatch"]))
            #expect(Self.tools(requests[0]).isSuperset(of: ["Read", "Execute", "FetchUrl", "ExitSpecMode"]))
            #expect(Self.tools(requests[3]).contains("Create") && !Self.tools(requests[3]).contains("ExitSpecMode"))
            #expect(requests[0].bodyText.contains("You are planning."))
        }
    }

    @Test(arguments: [true, false]) func withoutALevelThePlanIsTheAnswer(isHandedIn: Bool) async throws {
        let script: Script = isHandedIn ? [Self.handIn] : [.text(Fragment.piece(Self.plan))]
        try await withStage(.anthropic, script) { stage in
            let outcome = try await stage.apus("exec", "--use-spec", "-o", "json", "Greet.")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["result"] == .string(Self.plan) && result["is_error"] == false && result["stop_reason"] == "completed")
            #expect(Self.tools(stage.server.modelRequests[0]).isDisjoint(with: ["Create", "FetchUrl"]))
        }
    }

    @Test func aSessionThatWasLeftPlanningPlansOnUntilItIsGivenALevel() async throws {
        let script: Script = [Self.handIn, .text("Still planning."), Self.create("hello.txt", id: "create-1"), .text("Done.")]
        try await withStage(.anthropic, script) { stage in
            let session = try await stage.apus("exec", "--use-spec", "-o", "json", "Greet.").session()
            _ = try await stage.apus("exec", "-s", session, "And in French?")
            let last = try await stage.apus("exec", "-s", session, "--auto", "low", "Do it.")
            #expect(last.text == "Done.\n", "\(last.everything)")
            let offered = stage.server.modelRequests.map { Self.tools($0).contains("ExitSpecMode") }
            #expect(offered == [true, true, false, false])
            #expect(stage.server.modelRequests[2].tells(Self.plan.replacing("\n", with: "\\n"), "Planning is over"))
            #expect(stage.home.has("hello.txt"))
        }
    }

    /// Both are asked for: the level counts once the plan is there.
    @Test func aResumedSessionPlansAgainWhenItIsToldTo() async throws {
        try await withStage(.anthropic, [.text("hello"), Self.handIn, .text("Done.")]) { stage in
            let session = try await stage.apus("exec", "-o", "json", "Hi.").session()
            let outcome = try await stage.apus("exec", "-s", session, "--use-spec", "--auto", "low", "Greet.")
            #expect(outcome.text == "Done.\n", "\(outcome.everything)")
            #expect(stage.server.modelRequests.map { Self.tools($0).contains("ExitSpecMode") } == [false, true, false])
        }
    }

    @Test func anApprovedPlanIsSavedAsItIs() async throws {
        try await withStage(.anthropic, [Self.handIn, .text("Done."), Self.handIn]) { stage in
            try stage.change { $0["specSaveDir"] = "docs/plans" }
            let outcome = try await stage.apus("exec", "--use-spec", "--auto", "low", "Greet.")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            // A plan that nobody has approved is not kept.
            _ = try await stage.apus("exec", "--use-spec", "Greet.")
            let files = try FileManager.default.contentsOfDirectory(atPath: "\(stage.home.work)/docs/plans")
            #expect(files.count == 1 && files[0].wholeMatch(of: #/\d{4}-\d\d-\d\d-greet\.md/#) != nil, "\(files)")
            #expect(try stage.home.read("docs/plans/\(files[0])") == Self.plan)
            #expect(stage.server.modelRequests[1].bodyText.contains("It was saved as "))
        }
    }

    @Test func aPlanOfAMegabyteIsRefusedAndTheRunGoesOn() async throws {
        let huge = Reply.toolCall("ExitSpecMode", ["plan": .string(String(repeating: "step\n", count: 210_000))], id: "plan-0")
        try await withStage(.anthropic, [huge, Self.handIn]) { stage in
            let outcome = try await stage.apus("exec", "--use-spec", "-o", "json", "Greet.")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["result"] == .string(Self.plan))
            #expect(stage.server.modelRequests[1].bodyText.contains("262144 are the most"))
        }
    }

    @Test func modelsThatDoNotGoTogetherAreNotMixed() async throws {
        try await withStage(.anthropic, [.text("the plan")]) { stage in
            try Self.addPlanner(to: stage, provider: "openai")
            let outcome = try await stage.apus("exec", "--use-spec", "--spec-model", "custom:planner", "Greet.")
            #expect(outcome.text == "the plan\n", "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("The spec model custom:planner is ignored beside custom:scripted"))
            #expect(stage.server.modelRequests.map { $0.body["model"]?.stringValue } == ["scripted-model"])
        }
    }

    @Test func thePlannerIsTheOneOfTheSettingsUnlessItIsNamed() async throws {
        try await withStage(.anthropic, [.text("the plan"), .text("no plan")]) { stage in
            try Self.addPlanner(to: stage)
            try stage.change { $0["sessionDefaultSettings"] = ["specModeModel": "custom:planner"] }
            #expect(try await stage.apus("exec", "--use-spec", "Greet.").text == "the plan\n")
            // Named for a later time only.
            #expect(try await stage.apus("exec", "--spec-model", "custom:planner", "Greet.").text == "no plan\n")
            #expect(stage.server.modelRequests.map { $0.body["model"]?.stringValue } == ["planner-model", "scripted-model"])
        }
    }

    /// `--spec-model` without `--use-spec` is for the time when the session plans.
    @Test func aPlannerThatWasNamedEarlierPlansLater() async throws {
        try await withStage(.anthropic, [.text("no plan"), .text("the plan")]) { stage in
            try Self.addPlanner(to: stage)
            let first = try await stage.apus("exec", "--spec-model", "custom:planner", "-o", "json", "Greet.")
            #expect(first.status == .exited(0) && first.diagnostics.isEmpty, "\(first.everything)")
            #expect(try await stage.apus("exec", "-s", try first.session(), "--use-spec", "Plan.").text == "the plan\n")
            #expect(stage.server.modelRequests.map { $0.body["model"]?.stringValue } == ["scripted-model", "planner-model"])
        }
    }

    @Test func aPlannerThatDoesNotExistEndsTheRunBeforeItBegins() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "--use-spec", "--spec-model", "custom:nobody", "Greet.")
            #expect(outcome.status == .exited(1) && outcome.diagnostics.contains("custom:nobody"), "\(outcome.everything)")
            #expect(stage.server.requests.isEmpty)
        }
    }

    // MARK: The droid protocol

    /// A plan, changed by the user, and then what it says.
    @Test func aPlanIsEditedOverTheProtocolAndCarriedOut() async throws {
        let edited = "# Greet\n\nCreate `bonjour.txt` instead.\n"
        let script: Script = [
            Self.create("early.txt", id: "create-0"), Self.handIn, Self.create("bonjour.txt", id: "create-1"), .text("Fait."),
        ]
        try await withConnection(script) { stage, connection in
            let asked = Collected<RequestPermissionParams>()
            var options = DaemonSessionOptions(cwd: stage.work)
            options.autonomyLevel = .low
            options.permissionHandler = { params in
                asked.add(params)
                return .proceedEdit(edited)
            }
            let session = try await connection.createSession(options)
            try await session.enterSpecMode()
            let messages = try await session.stream("Greet.").all()
            #expect(messages.result?.text == "Fait." && messages.result?.isError == false)
            #expect(asked.values.count == 1)
            let use = try #require(asked.values.first?.toolUses.first)
            guard case .exitSpecMode(let shown) = use.details else { Issue.record("\(use.details)"); return }
            #expect(shown.plan == Self.plan && shown.title == "Greet")
            #expect(stage.home.has("bonjour.txt") && !stage.home.has("early.txt"))
            #expect(stage.stage.server.modelRequests[2].tells("The user has changed the plan", "bonjour.txt` instead"))
            #expect(try await connection.resumeSession(session.sessionId).loaded?.settings.interactionMode == .auto)
        }
    }

    @Test func aPlanThatWaitsSurvivesAKilledDaemon() async throws {
        try await withStage(.anthropic, [Self.handIn, Self.create("hello.txt", id: "create-1"), .text("Done.")]) { stage in
            let first = try await DaemonStage.start(on: stage)
            let connection = try await first.connect()
            let asked = Gate()
            var options = DaemonSessionOptions(cwd: first.work)
            options.interactionMode = .spec
            options.permissionHandler = { _ in
                asked.open()
                try await Task.sleep(for: .seconds(600))
                return .cancel
            }
            let session = try await connection.createSession(options)
            try await session.send("Greet.")
            try await eventually { asked.isOpen }
            await connection.close()
            first.daemon.send(SIGKILL)
            _ = try await first.daemon.finish()

            let second = try await first.restarted()
            let other = try await second.connect()
            let seen = Collected<RequestPermissionParams>()
            let resumed = try await other.resumeSession(
                session.sessionId,
                options: DaemonResumeOptions(permissionHandler: { params in
                    seen.add(params)
                    return .proceedAutoRunLow
                }))
            #expect(resumed.loaded?.pendingPermissions?.count == 1 && resumed.loaded?.settings.interactionMode == .spec)
            try await eventually { stage.home.has("hello.txt") }
            #expect(seen.values.map { $0.toolUses.first?.toolUse.name } == ["ExitSpecMode"])
            await other.close()
            try await second.stop()
        }
    }
}
