import ApusBase
import ApusTestServer
import Testing

/// A model that does not get on: the same call again and again (R-LOOP-03), or nothing to see (R-LOOP-04).
@Suite struct LoopTests {
    private static func read(_ path: String, _ number: Int) -> Reply {
        .toolCall("Read", ["file_path": .string(path)], id: "call-\(number)")
    }

    @Test(arguments: ProviderKind.allCases)
    func theSameCallWithTheSameResultIsRemindedOfAndThenStopped(kind: ProviderKind) async throws {
        try await withStage(kind, Script(replies: (1...6).map { Self.read("notes.txt", $0) })) { stage in
            try Scene.furnish(stage.home)
            let outcome = try await stage.apus("exec", "-o", "json", "read it")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["stop_reason"] == "loop_detected")
            #expect(result["subtype"] == "failure")
            #expect(result["result"] == "The model made the same call 5 times in a row with the same result.")
            #expect(result["num_turns"] == 5)
            let reminder = "You have made the same call 3 times with the same result."
            #expect(stage.server.modelRequests.map { $0.tells(reminder) } == [false, false, false, true, true])
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func twoCallsInTurnAreNoLoop(kind: ProviderKind) async throws {
        let calls = (1...8).map { Self.read($0.isMultiple(of: 2) ? "notes.txt" : "sub/one.txt", $0) }
        try await withStage(kind, Script(replies: calls + [.text("both read")])) { stage in
            try Scene.furnish(stage.home)
            let outcome = try await stage.apus("exec", "compare them")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.text == "both read\n")
            #expect(!stage.server.modelRequests.contains { $0.tells("You have made the same call") })
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func reasoningAloneIsAskedForAnAnswer(kind: ProviderKind) async throws {
        let thought = Reply.blocks(.reasoning(["hm"], signature: "c2lnbmVk"))
        try await withStage(kind, [thought, .text("there")]) { stage in
            let outcome = try await stage.apus("exec", "think")
            #expect(outcome.text == "there\n", "\(outcome.everything)")
            #expect(stage.server.modelRequests.last?.tells("Your last response had no text and no tool call.") == true)
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func threeAnswersWithNothingInThemAreTheEnd(kind: ProviderKind) async throws {
        let thought = Reply.blocks(.reasoning(["hm"], signature: "c2lnbmVk"))
        try await withStage(kind, [thought, thought, thought]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "think")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["stop_reason"] == "loop_detected")
            #expect(result["result"] == "The model gave no answer 3 times in a row.")
        }
    }
}
