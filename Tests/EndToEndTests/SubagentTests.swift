import ApusBase
import ApusTestServer
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Subagents in runs of the real executable (`droid-exec.md` §5.9).
@Suite struct SubagentTests {
    /// In every request of a subagent, and in no other.
    private static let child = RequestMatcher.body(contains: "You work as a subagent")

    private static func task(_ kind: String, _ prompt: String, id: String, more: JSONObject = [:]) -> Block {
        var input: JSONObject = ["subagent_type": .string(kind), "description": "a piece of work", "prompt": .string(prompt)]
        for (name, value) in more { input[name] = value }
        return .toolCall("Task", .object(input), id: id)
    }

    private static func execute(_ command: String, id: String = "child-call") -> Reply {
        .toolCall("Execute", ["command": .string(command), "riskLevel": "high", "riskLevelReason": "a test"], id: id)
    }

    /// Replies to subagents, those with a marker first, then those to the session that asks.
    private static func script(children: [(marker: String?, reply: Reply)], parent: Reply...) -> Script {
        Script(
            children.map { marker, reply in
                ScriptStep(reply, when: marker.map { child.and(.body(contains: $0)) } ?? child)
            } + parent.map { ScriptStep($0) })
    }

    private func children(of session: String, _ stage: Stage) async throws -> [JSONValue] {
        try await stage.show(session).result()["children"]?.arrayValue ?? []
    }

    @Test(arguments: ProviderKind.allCases)
    func twoSubagentsWorkSideBySideAndTheirMessagesAreTheResults(kind: ProviderKind) async throws {
        let gate = Gate()
        let script = Self.script(
            children: [("ALPHA", .after(gate, .text("alpha is found"))), ("BETA", .after(gate, .text("beta is mended")))],
            parent: .blocks(Self.task("explorer", "find ALPHA", id: "call-1"), Self.task("worker", "mend BETA", id: "call-2")),
            .text("both are done"))
        try await withStage(kind, script) { stage in
            let run = try stage.start("exec", "-o", "stream-json", "--auto", "high", "do both")
            // Neither has an answer before both have asked.
            try await gate.reached(by: 2, within: .seconds(120))
            gate.open()
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let lines = try outcome.lines()
            #expect(lines.last?["finalText"] == "both are done")
            let results = lines.withSortedResults.ofType("tool_result").compactMap { $0["value"]?.stringValue }
            #expect(results.count == 2)
            #expect(results[0].hasPrefix("session_id: ") && results[0].hasSuffix("\n\nalpha is found"), "\(results)")
            #expect(results[1].hasPrefix("session_id: ") && results[1].hasSuffix("\n\nbeta is mended"), "\(results)")
            // Calls inside of subagents are no part of this stream.
            #expect(lines.ofType("tool_call").count == 2)
            #expect(stage.server.modelRequests.last?.tells("alpha is found", "beta is mended") == true)

            let session = try outcome.session()
            let runs = try await children(of: session, stage)
            #expect(runs.compactMap { $0["end"]?["reason"] } == ["completed", "completed"])
            let listed = try JSONValue(parsing: try await stage.apus("sessions", "list", "--json").text).arrayValue ?? []
            #expect(listed.count == 3)
            let own = listed.filter { $0["callingSessionId"]?.stringValue == session }
            #expect(Set(own.compactMap { $0["callingToolUseId"]?.stringValue }) == ["call-1", "call-2"])
            #expect(Set(own.compactMap { $0["id"] }) == Set(runs.compactMap { $0["session"] }))
        }
    }

    @Test func theExplorerHasNothingThatWrites() async throws {
        let script = Self.script(
            children: [(nil, .toolCall("Create", ["file_path": "made", "content": "x"], id: "child-call")), (nil, .text("cannot"))],
            parent: .blocks(Self.task("explorer", "write it", id: "call-1")), .text("so be it"))
        try await withStage(.anthropic, script) { stage in
            let outcome = try await stage.apus("exec", "--auto", "high", "try")
            #expect(outcome.text == "so be it\n", "\(outcome.everything)")
            #expect(!stage.home.has("made"))
            let requests = stage.server.modelRequests.filter { $0.bodyText.contains("You work as a subagent") }
            let offered = requests.first?.body["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
            #expect(offered.contains("Read") && offered.contains("TodoWrite"))
            for name in ["Create", "Edit", "Execute", "FetchUrl", "Task", "AskUser"] { #expect(!offered.contains(name), "\(name)") }
            #expect(requests.last?.tells("Tool Create is not available in this session") == true)
        }
    }

    @Test func theLevelOfTheSettingsIsKeptAndNothingIsStoppedByIt() async throws {
        let script = Self.script(
            children: [(nil, Self.execute("touch made")), (nil, .text("was refused"))],
            parent: .blocks(Self.task("worker", "touch it", id: "call-1")), .text("told"))
        try await withStage(.anthropic, script) { stage in
            try stage.change { $0["subagentAutonomyLevel"] = "off" }
            let outcome = try await stage.apus("exec", "--auto", "high", "try")
            #expect(outcome.status == .exited(0) && outcome.text == "told\n", "\(outcome.everything)")
            #expect(!stage.home.has("made"))
            let requests = stage.server.modelRequests
            #expect(requests.contains { $0.bodyText.contains("You work as a subagent") && $0.bodyText.contains("Error: not permitted") })
            #expect(requests.last?.tells("session_id: ", "was refused") == true)
        }
    }

    @Test func aSubagentHasNoMoreThanARunBelowHighHas() async throws {
        let script = Self.script(
            children: [(nil, .toolCall("Create", ["file_path": "made", "content": "x"], id: "child-call")), (nil, .text("only read"))],
            parent: .blocks(Self.task("worker", "write it", id: "call-1")), .text("told"))
        try await withStage(.anthropic, script) { stage in
            let strict = try await stage.apus("exec", "--auto", "medium", "try")
            #expect(strict.status == .exited(1), "\(strict.everything)")
            #expect(strict.everything.contains("--auto high"), "\(strict.everything)")
        }
        try await withStage(.anthropic, script) { stage in
            try stage.change { $0["exec"] = ["strictTaskGate": false] }
            let open = try await stage.apus("exec", "try")
            #expect(open.text == "told\n", "\(open.everything)")
            #expect(!stage.home.has("made"))
        }
    }

    @Test func whatTheRunMayNotUseItsSubagentsMayNotEither() async throws {
        let script = Self.script(
            children: [(nil, .text("seen"))], parent: .blocks(Self.task("worker", "look", id: "call-1")), .text("told"))
        try await withStage(.anthropic, script) { stage in
            let outcome = try await stage.apus(
                "exec", "--auto", "high", "--restrict-tools", "Task,Read,Create", "--disabled-tools", "Create", "try")
            #expect(outcome.text == "told\n", "\(outcome.everything)")
            let request = stage.server.modelRequests.first { $0.bodyText.contains("You work as a subagent") }
            #expect(request?.body["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["Read"])
        }
    }

    @Test func anUnknownKindIsAnErrorWithTheCatalogue() async throws {
        try await withStage(.anthropic, [.blocks(Self.task("wroker", "x", id: "call-1")), .text("oh")]) { stage in
            try stage.home.write("---\nname: reviewer\ndescription: Reviews.\n---\nYou review.", to: ".factory/droids/reviewer.md")
            try stage.home.write("---\nname: Bad Name\n---\nNo.", to: ".factory/droids/bad.md")
            let outcome = try await stage.apus("exec", "--auto", "high", "try")
            #expect(outcome.text == "oh\n", "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("bad.md is not loaded: \"Bad Name\" is no name"))
            #expect(stage.server.modelRequests.first?.tells("reviewer: Reviews.") == true, "custom droids are told")
            #expect(
                stage.server.modelRequests.last?.tells("There is no subagent_type", "- explorer: ", "- reviewer: Reviews.", "- worker: ")
                    == true)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3"))
    func aDroidThatListsAServerReallyGetsItsTools() async throws {
        let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Peers/mcp_stdio_fixture.py").path
        let servers: JSONValue = ["mcpServers": ["notes": ["command": "/usr/bin/python3", "args": [.string(fixture), "plain"]]]]
        let script = Self.script(
            children: [
                ("WITHSERVER", .toolCall("notes___echo", ["text": "from the droid"], id: "child-call")), ("WITHSERVER", .text("echoed")),
                ("WITHOUT", .text("nothing")),
            ],
            parent: .blocks(Self.task("noter", "WITHSERVER", id: "call-1")), .blocks(Self.task("plain", "WITHOUT", id: "call-2")),
            .text("done"))
        try await withStage(.anthropic, script) { stage in
            try servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            try stage.home.write("---\nname: noter\ntools: [Read]\nmcpServers: [notes]\n---\nYou take notes.", to: ".apus/droids/noter.md")
            try stage.home.write("---\nname: plain\nmcpServers: []\n---\nYou have none.", to: ".apus/droids/plain.md")
            let outcome = try await stage.apus("exec", "--auto", "high", "echo")
            #expect(outcome.text == "done\n", "\(outcome.everything)")
            let requests = stage.server.modelRequests.filter { $0.bodyText.contains("You work as a subagent") }
            func tools(_ request: RecordedRequest?) -> [String] {
                request?.body["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
            }
            let noter = requests.first { $0.bodyText.contains("You take notes.") }
            #expect(tools(noter).contains("notes___echo") && tools(noter).contains("Read") && !tools(noter).contains("Execute"))
            #expect(requests.last { $0.bodyText.contains("You take notes.") }?.tells("from the droid", "from the droid") == true)
            let plain = requests.first { $0.bodyText.contains("You have none.") }
            #expect(tools(plain).contains("Execute") && !tools(plain).contains { $0.hasPrefix("notes___") })
        }
    }

    @Test func anInterruptEndsTheWholeTree() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        let script = Self.script(
            children: [(nil, Self.execute(tree.command))], parent: .blocks(Self.task("worker", "grow", id: "call-1")))
        try await withStage(.anthropic, script) { stage in
            let run = try stage.start("exec", "-o", "stream-json", "--auto", "high", "grow")
            try await tree.hasGrown(within: .seconds(120))
            run.send(SIGINT)
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(130), "\(outcome.everything)")
            try await tree.isGone(within: .seconds(120))
            let runs = try await children(of: try outcome.session(), stage)
            #expect(runs.compactMap { $0["end"]?["reason"] } == ["interrupted"])
        }
    }

    @Test func aKilledRunLeavesAnHonestResultAndRepeatsNothing() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        let script = Self.script(
            children: [(nil, Self.execute("echo once >> count; " + tree.command))],
            parent: .blocks(Self.task("worker", "grow", id: "call-1")), .text("back again"))
        try await withStage(.anthropic, script) { stage in
            let run = try stage.start("exec", "-o", "stream-json", "--auto", "high", "grow")
            try await tree.hasGrown(within: .seconds(120))
            run.send(SIGKILL)
            let outcome = try await run.finish()
            #expect(outcome.status == .killed(SIGKILL))
            try await tree.isGone(within: .seconds(120))
            let session = try outcome.session()
            let next = try await stage.apus("exec", "-s", session, "still there?")
            #expect(next.text == "back again\n", "\(next.everything)")

            let runs = try await children(of: session, stage)
            #expect(runs.compactMap { $0["end"]?["reason"] } == ["ownerDied"], "\(runs)")
            let child = try #require(runs.first?["session"]?.stringValue)
            let last = try #require(stage.server.modelRequests.last)
            #expect(last.tells("the subagent \(child) ran for this call", "still there?"), "\(last.bodyText)")
            let state = try await stage.show(child).result()
            #expect(state["lastTurn"]?["reason"] == "ownerDied" && state["header"]?["caller"]?["session"]?.stringValue == session)
            #expect(try stage.home.read("count") == "once\n")
            // The subagent asked once, and is not asked for again.
            #expect(stage.server.modelRequests.count { $0.bodyText.contains("You work as a subagent") } == 1)
        }
    }

    @Test func aRunWaitsForWhatWorksInTheBackground() async throws {
        let gate = Gate()
        let script = Self.script(
            children: [(nil, .after(gate, .text("late, but here")))],
            parent: .blocks(Self.task("explorer", "look", id: "call-1", more: ["run_in_background": true])), .text("begun"))
        try await withStage(.anthropic, script) { stage in
            let run = try stage.start("exec", "-o", "stream-json", "--auto", "high", "--timeout", "600", "look")
            try await gate.reached(within: .seconds(120))
            try await eventually("the run's own turn has ended", within: .seconds(120)) { stage.server.modelRequests.count == 3 }
            gate.open()
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.lines().last?["finalText"] == "begun")
            let runs = try await children(of: try outcome.session(), stage)
            #expect(runs.first?["end"]?["preview"] == "late, but here" && runs.first?["background"] == true)
        }
    }

    // MARK: --droid

    @Test func aRunMayBeADroidItself() async throws {
        try await withStage(.anthropic, [.text("reviewed")]) { stage in
            try stage.home.write(
                "---\nname: reviewer\ntools: [Read, Execute, Create]\n---\nYou review, and nothing else.", to: ".apus/droids/reviewer.md")
            let outcome = try await stage.apus(
                "exec", "--droid", "reviewer", "--disabled-tools", "Execute", "--append-system-prompt", "Be brief.", "look")
            #expect(outcome.text == "reviewed\n", "\(outcome.everything)")
            let request = try #require(stage.server.modelRequests.first)
            #expect(request.tells("You review, and nothing else."))
            #expect(request.bodyText.contains("Be brief.") && !request.bodyText.contains("You work as a subagent"))
            #expect(request.body["tools"]?.arrayValue?.compactMap { $0["name"]?.stringValue } == ["Read", "Create", "TodoWrite", "Skill"])
        }
    }

    @Test func theListOfToolsIsThatOfTheDroid() async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.home.write("---\nname: reader\ntools: [Read]\n---\nYou read.", to: ".apus/droids/reader.md")
            let outcome = try await stage.apus("exec", "--list-tools", "-o", "json", "--auto", "high", "--droid", "reader")
            let allowed = try JSONValue(parsing: outcome.text).arrayValue?.filter { $0["currentlyAllowed"] == true }
            #expect(
                allowed?.compactMap { $0["llmId"]?.stringValue }.filter { $0 != "Skill" } == ["Read", "TodoWrite"], "\(outcome.everything)")
        }
    }

    @Test func aDroidThatThereIsNotEndsTheRunWithThoseThereAre() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "--droid", "nobody", "look")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(
                outcome.diagnostics.contains("No droid named \"nobody\". Known: explorer, worker.\n- explorer: "), "\(outcome.everything)")
            #expect(stage.server.requests.isEmpty)
        }
    }
}
