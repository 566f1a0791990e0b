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

/// Conversations that grow too long, on the real executable (`droid-exec.md` §6.2, appendix B 15).
@Suite struct CompactionTests {
    /// About 2,300 tokens.
    private static let long = (1...300).map { "line \($0) of the long text" }.joined(separator: "\n")

    private static func read(_ name: String, id: String) -> Reply { .toolCall("Read", ["file_path": .string(name)], id: id) }

    private static func isSummary(_ request: RecordedRequest) -> Bool { request.bodyText.contains("<conversation>") }

    /// Above the system prompt and the tools, which take about 3,400 tokens, and below those with the long text.
    private static let limit: JSONValue = 5_500

    /// A read whose request is above the limit by the provider's count.
    private static func read(_ name: String, id: String, counted tokens: Int) -> Reply {
        .blocks(.toolCall("Read", ["file_path": .string(name)], id: id), usage: TokenCounts(input: tokens))
    }

    private static func furnish(_ home: TemporaryHome) throws {
        try home.write(long, to: "long.txt")
        try home.write("alpha\n", to: "a.txt")
        try home.write("beta\n", to: "b.txt")
    }

    /// The first read is old when the provider refuses: the model has seen it. The second one is not.
    @Test(arguments: ProviderKind.allCases)
    func anOverflowIsFollowedByASummaryAndAnAnswer(kind: ProviderKind) async throws {
        let overflow = Reply.failure(status: 400, message: "This model's maximum context length is 8192 tokens.")
        let script: Script = [
            Self.read("long.txt", id: "call-1"), Self.read("a.txt", id: "call-2", counted: 6_000), overflow, .text("it was long"),
            .text("done"),
        ]
        try await withStage(kind, script) { stage in
            try Self.furnish(stage.home)
            let outcome = try await stage.apus("exec", "-o", "json", "read the long text")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["result"] == "done" && result["is_error"] == false)
            let requests = stage.server.modelRequests
            #expect(requests.map(Self.isSummary) == [false, false, false, true, false])
            #expect(requests[3].tells("read the long text") == false, "the prompt that is worked on is not summarised")
            #expect(requests[3].bodyText.contains("line 2 of the long text") && !requests[3].bodyText.contains("alpha"))
            let last = try #require(requests.last)
            #expect(last.tells("it was long", "read the long text", "alpha") && !last.bodyText.contains("line 2 of the long text"))
            #expect(!last.bodyText.contains("characters omitted"))

            let shown = try JSONValue(parsing: try await stage.show(try outcome.session()).stdout)
            #expect(shown["compaction"]?["trigger"] == "overflow" && shown["compaction"]?["removed"] == 1)
            #expect(shown.serialized().contains("line 2 of the long text"), "the transcript keeps everything")
        }
    }

    /// There is nothing but the newest result: its head and tail reach the model, nobody writes a summary, and it stays so behind a death.
    @Test(arguments: ProviderKind.allCases)
    func aCutResultIsTheSameBehindADeath(kind: ProviderKind) async throws {
        let gate = Gate()
        let overflow = Reply.failure(status: 400, message: "This model's maximum context length is 8192 tokens.")
        let script: Script = [
            Self.read("long.txt", id: "call-1"), overflow, .after(gate, .text("never heard")), .text("back again"), .text("and on"),
        ]
        try await withStage(kind, script) { stage in
            try Self.furnish(stage.home)
            let run = try stage.start("exec", "-o", "stream-json", "read the long text")
            try await gate.reached()
            run.send(SIGKILL)
            let outcome = try await run.finish()
            #expect(outcome.status == .killed(SIGKILL))
            gate.open()
            let session = try outcome.session()
            for (prompt, answer) in [("go on", "back again"), ("and then", "and on")] {
                let next = try await stage.apus("exec", "-o", "json", "-s", session, prompt)
                #expect(next.status == .exited(0), "\(next.everything)")
                #expect(try next.session() == session && next.result()["result"] == .string(answer))
            }
            let requests = stage.server.modelRequests
            #expect(requests.count == 5 && !requests.contains(where: Self.isSummary))
            let cut = try #require(Self.result(in: requests[2]))
            #expect(cut.contains("line 2 of the long text") && cut.contains("line 300 of the long text"))
            #expect(cut.contains("characters omitted") && !cut.contains("line 150 of the long text"))
            for request in requests[3...] {
                #expect(Self.result(in: request) == cut)
                #expect(request.tells("read the long text", "shown without their middle", "go on"))
            }
            let shown = try JSONValue(parsing: try await stage.show(session).stdout)
            #expect(shown["compaction"] == nil && shown.serialized().contains("line 150 of the long text"), "the log keeps it whole")
        }
    }

    /// The text of the one result that the request holds, in any dialect.
    private static func result(in request: RecordedRequest) -> String? {
        let texts = request.body.objects.flatMap { object in object.map { $0.value } }.compactMap { value -> String? in
            guard let text = value.stringValue, text.contains("line 1 of the long text") else { return nil }
            return text
        }
        return texts.count == 1 ? texts[0] : nil
    }

    /// What is said to the model first takes more than the limit: a summary with every request would not change that.
    @Test func aLimitBelowTheSystemPromptCostsNoSummary() async throws {
        let script: Script = [
            Self.read("long.txt", id: "call-1", counted: 3_500), Self.read("a.txt", id: "call-2", counted: 6_000),
            Self.read("b.txt", id: "call-3", counted: 6_100), .text("done"),
        ]
        try await withStage(.anthropic, script) { stage in
            try Self.furnish(stage.home)
            try stage.change { $0["compactionTokenLimit"] = 2_000 }
            let outcome = try await stage.apus("exec", "-o", "json", "read it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let requests = stage.server.modelRequests
            #expect(requests.count == 4 && !requests.contains(where: Self.isSummary))
            #expect(requests.last?.tells("line 2 of the long text", "line 300 of the long text", "alpha", "beta") == true)
        }
    }

    /// A second overflow in a row is told as it is.
    @Test func anOverflowThatASummaryDoesNotMendIsTold() async throws {
        let overflow = Reply.failure(status: 400, message: "prompt is too long: 210000 tokens > 200000 maximum")
        let script: Script = [
            Self.read("long.txt", id: "call-1"), Self.read("a.txt", id: "call-2", counted: 6_000), overflow, .text("short"), overflow,
        ]
        try await withStage(.anthropic, script) { stage in
            try Self.furnish(stage.home)
            let outcome = try await stage.apus("exec", "-o", "json", "read it")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["stop_reason"] == "provider_error")
            #expect(result["result"]?.stringValue?.contains("prompt is too long: 210000 tokens") == true)
        }
    }

    @Test func aLimitFromTheSettingsShortensBetweenPairsOfCallsAndResults() async throws {
        let calls = Reply.blocks(
            .toolCall("Read", ["file_path": "long.txt"], id: "call-1"), .toolCall("Read", ["file_path": "a.txt"], id: "call-2"))
        let next = Reply.blocks(
            .toolCall("Read", ["file_path": "b.txt"], id: "call-3"), .toolCall("Read", ["file_path": "a.txt"], id: "call-4"),
            usage: TokenCounts(input: 6_000))
        try await withStage(.anthropic, [calls, next, .text("first part"), .text("done")]) { stage in
            try Self.furnish(stage.home)
            try stage.change { $0["compactionTokenLimit"] = Self.limit }
            let outcome = try await stage.apus("exec", "-o", "json", "read them all")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["result"] == "done")
            let requests = stage.server.modelRequests
            #expect(requests.map(Self.isSummary) == [false, false, true, false])
            for request in requests { Self.checkPairs(request) }
            let last = try #require(requests.last)
            #expect(last.tells("first part", "read them all", "beta") && !last.bodyText.contains("line 2 of the long text"))
            let usage = try #require(result["usage"])
            #expect((usage["input_tokens"]?.integerValue ?? 0) >= 6_300, "the tokens of before and of the summaries are counted: \(usage)")
        }
    }

    /// Every call of an assistant's message has its result in the next message, and no result is without its call.
    private static func checkPairs(_ request: RecordedRequest) {
        func ids(_ message: JSONValue?, _ type: String, _ member: String) -> [String] {
            (message?["content"]?.arrayValue ?? []).filter { $0["type"]?.stringValue == type }.compactMap { $0[member]?.stringValue }
        }
        let messages = request.body["messages"]?.arrayValue ?? []
        for (place, message) in messages.enumerated() {
            let next = place + 1 < messages.count ? messages[place + 1] : nil
            let before = place > 0 ? messages[place - 1] : nil
            let calls = ids(message, "tool_use", "id")
            if !calls.isEmpty { #expect(ids(next, "tool_result", "tool_use_id") == calls) }
            let results = ids(message, "tool_result", "tool_use_id")
            if !results.isEmpty { #expect(ids(before, "tool_use", "id") == results) }
        }
    }

    @Test func aRunIsNotEndedByASummaryThatCannotBeHad() async throws {
        let script: Script = [
            Self.read("long.txt", id: "call-1"), Self.read("a.txt", id: "call-2", counted: 6_000), .unauthorized("no summaries today"),
            .text("done"),
        ]
        try await withStage(.anthropic, script) { stage in
            try Self.furnish(stage.home)
            try stage.change { $0["compactionTokenLimitPerModel"] = ["custom:scripted": Self.limit] }
            let outcome = try await stage.apus("exec", "-o", "json", "read it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["result"] == "done")
            let shown = try JSONValue(parsing: try await stage.show(try outcome.session()).stdout)
            #expect(shown["compaction"]?["truncation"] == true)
            let last = try #require(stage.server.modelRequests.last)
            #expect(last.tells("put together by machine", "Read: 1", "read it"))
        }
    }

    @Test func aRunThatIsKilledWhileTheSummaryIsWrittenLosesNothing() async throws {
        let gate = Gate()
        let script: Script = [
            Self.read("long.txt", id: "call-1"), Self.read("a.txt", id: "call-2", counted: 6_000), .after(gate, .text("never heard")),
            .text("the text was read"), .text("back again"),
        ]
        try await withStage(.anthropic, script) { stage in
            try Self.furnish(stage.home)
            try stage.change { $0["compactionTokenLimit"] = Self.limit }
            let run = try stage.start("exec", "-o", "stream-json", "read it")
            try await gate.reached()
            run.send(SIGKILL)
            let outcome = try await run.finish()
            #expect(outcome.status == .killed(SIGKILL))
            gate.open()
            let session = try outcome.session()
            let shown = try JSONValue(parsing: try await stage.show(session).stdout)
            #expect(shown["compaction"] == nil && shown.serialized().contains("line 2 of the long text"))

            let next = try await stage.apus("exec", "-o", "json", "-s", session, "go on")
            #expect(next.status == .exited(0), "\(next.everything)")
            #expect(try next.session() == session)
            #expect(try next.result()["result"] == "back again")
            let last = try #require(stage.server.modelRequests.last)
            #expect(last.tells("the text was read", "alpha", "go on") && !last.bodyText.contains("line 2 of the long text"))
        }
    }

    /// Programs that read the original's session files find the summary where it came.
    @Test func aSessionFileHasALineForTheSummary() async throws {
        let script: Script = [
            Self.read("long.txt", id: "call-1"), Self.read("a.txt", id: "call-2", counted: 6_000), .text("it was long"), .text("done"),
            .text("and on"),
        ]
        try await withStage(.anthropic, script) { stage in
            try Self.furnish(stage.home)
            try stage.change {
                $0["compactionTokenLimit"] = Self.limit
                $0["compat"] = ["sessionFiles": true]
            }
            let outcome = try await stage.apus("exec", "-o", "json", "read it")
            let session = try outcome.session()
            for round in 1...2 {
                let folder = "\(stage.home.factory)/sessions/-" + stage.home.work.dropFirst().replacing("/", with: "-")
                let lines = try String(contentsOfFile: "\(folder)/\(session).jsonl", encoding: .utf8).split(separator: "\n")
                let types = try lines.map { try JSONValue(parsing: String($0)) }
                let place = try #require(types.firstIndex { $0["type"] == "compaction_state" })
                #expect(types.count { $0["type"] == "compaction_state" } == 1)
                #expect(types[place]["summaryText"] == "it was long" && types[place]["removedCount"] == 1)
                #expect(types[..<place].contains { $0.serialized().contains("line 2 of the long text") }, "round \(round)")
                #expect(types[place...].contains { $0.serialized().contains("done") })
                if round == 1 { #expect(try await stage.apus("exec", "-s", session, "more").text == "and on\n") }
            }
        }
    }

    @Test func clientsOfADaemonSeeThatTheConversationWasShortened() async throws {
        let script: Script = [
            Self.read("long.txt", id: "call-1"), Self.read("a.txt", id: "call-2", counted: 6_000), .text("a summary"), .text("done"),
            Self.read("more.txt", id: "call-3"), Self.read("b.txt", id: "call-4", counted: 9_000), .text("done again"),
        ]
        try await withConnection(script) { stage, connection in
            try Self.furnish(stage.home)
            try stage.home.write(Self.long, to: "more.txt")
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let states = Collected<DroidWorkingState>()
                let compacted = Collected<SessionCompacted>()
                let settings = Collected<SettingsUpdated>()
                session.onNotification { notification in
                    switch notification {
                    case .droidWorkingStateChanged(let change): states.add(change.newState)
                    case .sessionCompacted(let value): compacted.add(value)
                    case .settingsUpdated(let value): settings.add(value)
                    default: break
                    }
                }
                var change = UpdateSessionSettingsParams()
                change.compactionTokenLimit = 5_500
                try await session.updateSettings(change)
                #expect(try await session.result(of: "Read it.").text == "done")
                #expect(compacted.values.count == 1 && compacted.values.first?.removedCount == 1)
                let place = try #require(states.values.firstIndex(of: .compactingConversation))
                #expect(states.values[(place + 1)...].first == .streamingAssistantMessage && states.values.last == .idle)

                change = UpdateSessionSettingsParams()
                change.compactionThresholdCheckEnabled = false
                try await session.updateSettings(change)
                #expect(try await session.result(of: "Once more.").text == "done again")
                #expect(compacted.values.count == 1, "nobody looks at the length any more")
                #expect(settings.values.last?.settings.compactionThresholdCheckEnabled == false)
                #expect(settings.values.last?.settings.compactionTokenLimit == 5_500)
                let breakdown = try await session.getContextBreakdown()
                #expect(breakdown.categories.reduce(0) { $0 + $1.tokens } == breakdown.usedTokens)
            }
        }
    }
}
