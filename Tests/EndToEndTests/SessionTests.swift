import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Sessions across processes.
@Suite struct SessionTests {
    @Test(arguments: ProviderKind.allCases)
    func continuingTellsTheWholeHistoryToTheModel(kind: ProviderKind) async throws {
        let replies: [Reply] = [
            .blocks(
                .reasoning("thought-one", signature: "signature-one"), .text("text-before-call"),
                .toolCall("Read", ["file_path": "notes.txt"], id: "call-1")),
            .text("answer-one"), .text("answer-two"), .text("answer-three"),
        ]
        try await withStage(kind, Script(replies: replies)) { stage in
            try stage.home.write("contents-of-notes\n", to: "notes.txt")
            let first = try await stage.apus("exec", "-o", "json", "question-one")
            let session = try first.session()
            let second = try await stage.apus("exec", "-o", "stream-json", "-s", session, "question-two")
            #expect(second.status == .exited(0), "\(second.everything)")
            #expect(try second.session() == session)
            // History is not shown again.
            #expect(try second.lines().kinds == ["system", "message user", "message assistant", "completion"])
            let third = try await stage.apus("exec", "-s", String(session.prefix(13)), "question-three")
            #expect(third.text == "answer-three\n", "\(third.everything)")

            let requests = stage.server.modelRequests
            try #require(requests.count == 4)
            #expect(
                requests[2].tells(
                    "question-one", "text-before-call", "call-1", "contents-of-notes", "answer-one", "question-two"))
            #expect(requests[3].tells("question-one", "contents-of-notes", "answer-one", "question-two", "answer-two", "question-three"))
            #expect(requests[3].endsWithPrompt("question-three"))
            if kind == .anthropic { #expect(requests[3].tells("thought-one", "signature-one")) }
        }
    }

    /// So that a client can go back to before the prompt.
    @Test func aRunKeepsTheFilesItChangesAsTheyWere() async throws {
        let replies: [Reply] = [
            .blocks(.toolCall("Read", ["file_path": "notes.txt"], id: "c1")),
            .blocks(.toolCall("Edit", ["file_path": "notes.txt", "old_str": "before", "new_str": "after"], id: "c2")),
            .blocks(.toolCall("Create", ["file_path": "new.txt", "content": "new"], id: "c3")), .text("done"),
        ]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            try stage.home.write("before\n", to: "notes.txt")
            let session = try await stage.apus("exec", "--auto", "low", "-o", "json", "change it").session()
            let shown = try JSONValue(parsing: try await stage.show(session).text)
            let kept = (shown["snapshots"]?.arrayValue ?? []).map { snapshot -> [String?] in
                let content = snapshot["content"]?.stringValue.map { "\(stage.home.apus)/blobs/\($0.prefix(2))/\($0)" }
                return [
                    snapshot["path"]?.stringValue.map { URL(fileURLWithPath: $0).lastPathComponent },
                    content.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) },
                ]
            }
            #expect(kept == [["notes.txt", "before\n"], ["new.txt", nil]])
        }
    }

    @Test func aForkHasTheHistoryAndLeavesItsSourceAsItWas() async throws {
        try await withStage(.anthropic, [.text("answer-one"), .text("answer-two"), .text("answer-three")]) { stage in
            let source = try await stage.apus("exec", "-o", "json", "question-one").session()
            let before = try await stage.show(source)
            #expect(before.status == .exited(0), "\(before.everything)")
            let fork = try await stage.apus("exec", "-o", "json", "--fork", source, "question-two")
            #expect(fork.status == .exited(0), "\(fork.everything)")
            let copy = try fork.session()
            #expect(copy != source)
            #expect(try await stage.show(source).stdout == before.stdout)
            #expect(stage.server.modelRequests.last?.tells("question-one", "answer-one", "question-two") == true)

            // Both go on, each for itself.
            let next = try await stage.apus("exec", "-s", source, "question-three")
            #expect(next.text == "answer-three\n")
            let last = try #require(stage.server.modelRequests.last)
            #expect(last.tells("question-one", "answer-one", "question-three") && !last.tells("question-two"))
            let shown = try await stage.show(copy)
            #expect(shown.text.contains("answer-two") && !shown.text.contains("answer-three"))
        }
    }

    @Test func aForkWithoutAPromptOnlyMakesTheCopy() async throws {
        try await withStage(.anthropic, [.text("answer-one")]) { stage in
            let source = try await stage.apus("exec", "-o", "json", "question-one").session()
            let text = try await stage.apus("exec", "--fork", source)
            #expect(text.status == .exited(0), "\(text.everything)")
            let copy = text.text.trimmingCharacters(in: .newlines)
            #expect(try await stage.show(copy).text.contains("answer-one"))
            let object = try await stage.apus("exec", "-o", "json", "--fork", source)
            let result = try object.result()
            #expect(result["subtype"] == "success")
            #expect(result["result"] == "")
            #expect(Set([source, copy, result["session_id"]?.stringValue]).count == 3)
            #expect(stage.server.modelRequests.count == 1)
        }
    }

    @Test(arguments: ["-s", "--fork"])
    func anUnknownSessionIsNamed(option: String) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", option, "0000-nobody", "hello")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("Session not found: 0000-nobody"))
            let result = try outcome.result()
            #expect(result["subtype"] == "failure")
            #expect(result["result"] == "Session not found: 0000-nobody")
            #expect(stage.server.modelRequests.isEmpty)
        }
    }

    @Test func showingAnUnknownSessionNamesIt() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("sessions", "show", "0000-nobody", "--json")
            #expect(outcome.status == .exited(1))
            #expect(outcome.stdout.isEmpty)
            #expect(outcome.diagnostics.contains("Session not found: 0000-nobody"))
        }
    }

    @Test func aSessionInUseIsRefusedWithTheProcessThatHasIt() async throws {
        let gate = Gate()
        try await withStage(.anthropic, [.text("one ", .wait(gate), "and a half")]) { stage in
            let owner = try stage.start("exec", "-o", "stream-json", "question-one")
            try await gate.reached()
            try await eventually("the first line is out", within: .seconds(60)) { owner.stdoutSoFar.contains("\n") }
            let line = try #require(owner.stdoutSoFar.split(separator: "\n").first)
            let session = try #require(try JSONValue(parsing: String(line))["session_id"]?.stringValue)

            let second = try await stage.apus("exec", "-o", "json", "-s", session, "question-two")
            #expect(second.status == .exited(1), "\(second.everything)")
            let sentence = "Session \(session) is in use by pid \(owner.pid)"
            #expect(second.diagnostics.contains(sentence))
            #expect(try second.result()["result"] == .string(sentence))

            gate.open()
            let first = try await owner.finish()
            #expect(first.status == .exited(0), "\(first.everything)")
            #expect(try first.lines().last?["finalText"] == "one and a half")
        }
    }

    @Test func fiftyRunsAtOnceOnOneHomeAllSucceed() async throws {
        // The marker is in the prompt alone; what a listing of the folder may show bears other names.
        let runs = (0..<50).map { $0 < 10 ? "0\($0)" : "\($0)" }
        let script = Script.conversations(
            runs.map { run in
                let call = Reply.toolCall("Read", ["file_path": .string("papers/\(run).txt")], id: "call-\(run)", piecesOf: 6)
                return ("marker-\(run)", [call, .text("done ", .piece(run))])
            })
        try await withStage(.anthropic, script) { stage in
            for run in runs { try stage.home.write("contents-of-\(run)\n", to: "papers/\(run).txt") }
            let children = try runs.map { try stage.start("exec", "-o", "stream-json", "go, marker-\($0)") }
            for (run, child) in zip(runs, children) {
                let outcome = try await child.finish(within: .seconds(180))
                #expect(outcome.status == .exited(0), "\(run): \(outcome.everything)")
                let lines = try outcome.lines()
                #expect(lines.kinds == ["system", "message user", "tool_call", "tool_result", "message assistant", "completion"])
                #expect(lines.ofType("tool_result").first?["value"]?.stringValue?.contains("contents-of-\(run)") == true)
                #expect(lines.last?["finalText"] == .string("done \(run)"))
            }
            #expect(stage.server.requests.allSatisfy { $0.wasExpected && $0.ending == .complete })
            let listed = try await stage.apus("sessions", "list", "--json", "--limit", "100")
            #expect(try JSONValue(parsing: listed.stdout).arrayValue?.count == 50, "\(listed.everything)")
        }
    }

    @Test func aNewRunLeavesTheTurnOfALiveNeighbourAlone() async throws {
        let gate = Gate()
        let script = Script.conversations([("neighbour", [.text("slow ", .wait(gate), "answer")]), ("newcomer", [.text("quick")])])
        try await withStage(.anthropic, script) { stage in
            let neighbour = try stage.start("exec", "the neighbour")
            try await gate.reached()
            let newcomer = try await stage.apus("exec", "a newcomer")
            #expect(newcomer.text == "quick\n", "\(newcomer.everything)")
            gate.open()
            let outcome = try await neighbour.finish()
            #expect(outcome.text == "slow answer\n", "\(outcome.everything)")
        }
    }

    @Test(arguments: [Damage.newer, .garbage, .truncated])
    func aStoreThatCannotBeReadGivesOneSentenceAndStaysAsItIs(damage: Damage) async throws {
        try await withStage(.anthropic, [.text("answer-one"), .text("answer-two")]) { stage in
            let session = try await stage.apus("exec", "-o", "json", "question-one").session()
            let shown = try await stage.show(session)
            let store = URL(fileURLWithPath: stage.home.database)
            try StoreFile.settle(store.path)
            let good = try Data(contentsOf: store)
            try damage.befall(store)
            let bad = try Data(contentsOf: store)
            #expect(bad != good)
            for arguments in [["exec", "-o", "json", "-s", session, "question-two"], ["exec", "-o", "json", "new"]] {
                let outcome = try await stage.executable.start(arguments, home: stage.home).finish()
                #expect(outcome.status == .exited(1), "\(outcome.everything)")
                let result = try outcome.result()["result"]?.stringValue ?? ""
                #expect(result.contains(stage.home.database) && result.contains(damage.word), "\(outcome.everything)")
                #expect(outcome.diagnostics.split(separator: "\n").count == 1, "one sentence: \(outcome.everything)")
            }
            #expect(try Data(contentsOf: store) == bad)
            // Nothing was lost: with its own bytes back the store goes on.
            try good.write(to: store)
            #expect(try await stage.show(session).stdout == shown.stdout)
            let next = try await stage.apus("exec", "-s", session, "question-two")
            #expect(next.text == "answer-two\n", "\(next.everything)")
        }
    }

    /// What befalls the store's file.
    enum Damage: Sendable, CaseIterable {
        case newer, garbage, truncated

        /// What the sentence must say.
        var word: String {
            switch self {
            case .newer: "newer"
            case .garbage: "is not a session store"
            case .truncated: "damaged"
            }
        }

        func befall(_ store: URL) throws {
            let data = try Data(contentsOf: store)
            switch self {
            case .newer: try StoreFile.makeNewer(store.path)
            case .garbage: try Data(repeating: 0x5a, count: data.count).write(to: store)
            case .truncated: try data.prefix(data.count / 2 + 17).write(to: store)
            }
        }
    }
}
