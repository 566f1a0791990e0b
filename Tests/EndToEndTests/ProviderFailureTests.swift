import ApusBase
import ApusTestServer
import Testing

/// A provider that fails, in all the ways it has.
@Suite struct ProviderFailureTests {
    @Test(arguments: ProviderKind.allCases)
    func twoServerErrorsAreRetriedUnseen(kind: ProviderKind) async throws {
        try await withStage(kind, [.serverError, .serverError, .text("fine now")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "try")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.lines().kinds == ["system", "message user", "message assistant", "completion"])
            let bodies = stage.server.modelRequests.map(\.body)
            #expect(bodies.count == 3 && bodies.allSatisfy { $0 == bodies[0] }, "a retry asks the same again")
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func aRefusedKeyEndsTheRunWithTheProvidersMessage(kind: ProviderKind) async throws {
        try await withStage(kind, [.unauthorized("invalid x-api-key given")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "hello")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["subtype"] == "failure")
            #expect(result["is_error"] == true)
            #expect(result["stop_reason"] == "provider_error")
            #expect(result["result"]?.stringValue?.contains("invalid x-api-key given") == true, "\(outcome.everything)")
            #expect(stage.server.modelRequests.count == 1, "401 is not retried")
            #expect(!outcome.everything.contains("test-key"))
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func aRefusedKeyIsTheTextInTextFormatAndTheLastLineOfAStream(kind: ProviderKind) async throws {
        try await withStage(kind, [.unauthorized("no entry"), .unauthorized("no entry")]) { stage in
            let text = try await stage.apus("exec", "hello")
            #expect(text.status == .exited(1))
            #expect(text.text.contains("no entry"), "\(text.everything)")
            let stream = try await stage.apus("exec", "-o", "stream-json", "hello")
            #expect(try stream.lines().kinds == ["system", "message user", "error", "result"])
        }
    }

    @Test func retryAfterIsWaitedFor() async throws {
        try await withStage(.anthropic, [.rateLimited(retryAfter: 2), .text("served")]) { stage in
            let start = ContinuousClock.now
            let outcome = try await stage.apus("exec", "hello")
            #expect(outcome.text == "served\n", "\(outcome.everything)")
            #expect(ContinuousClock.now - start >= .seconds(2))
        }
    }

    @Test(
        arguments: ProviderKind.allCases,
        [Fragment.cut(.closed), .cut(.bodyEnded), .error(type: "overloaded_error", message: "Overloaded")])
    func whatWasShownBeforeABreakStaysAndTheRetryIsANewItem(kind: ProviderKind, cut: Fragment) async throws {
        try await withStage(kind, [.text("half an ans", cut), .text("a whole answer")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "tell me")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let lines = try outcome.lines()
            #expect(lines.last?["finalText"] == "a whole answer")
            let texts = lines.ofType("message").filter { $0["role"] == "assistant" }
            #expect(texts.last?["text"] == "a whole answer")
            #expect(Set(texts.compactMap { $0["id"]?.stringValue }).count == texts.count, "each has an id of its own")

            let shown = try await stage.show(try outcome.session())
            let state = try JSONValue(parsing: shown.stdout)
            let partial = state.objects.filter { $0.contains { $0.value == "half an ans" } }
            #expect(!partial.isEmpty, "\(shown.text)")
            let interrupted = state.objects.filter { object in
                let text = JSONValue.object(object).serialized()
                return text.contains("half an ans") && text.contains("nterrupted") && !text.contains("a whole answer")
            }
            #expect(!interrupted.isEmpty, "\(shown.text)")
            #expect(state.objects.contains { $0.contains { $0.value == "a whole answer" } })
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func aStreamCutInsideAToolCallRunsNothingAndIsRetried(kind: ProviderKind) async throws {
        let half = Block.toolCall(id: "call-1", name: "Create", input: ["{\"file_path\":\"a.txt\",", .cut(.closed)])
        let whole = Reply.toolCall("Create", ["file_path": "b.txt", "content": "x"], id: "call-2")
        try await withStage(kind, [.blocks(half), whole, .text("done")]) { stage in
            let outcome = try await stage.apus("exec", "--auto", "low", "create")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(!stage.home.has("a.txt"))
            #expect(stage.home.has("b.txt"))
        }
    }

    @Test(
        arguments: [
            StreamShape(chunkBytes: 1), StreamShape(chunkBytes: 7), StreamShape(lineEnding: .crlf), StreamShape(omitsDone: true),
        ])
    func anOddButWholeStreamIsUnderstood(shape: StreamShape) async throws {
        for kind in ProviderKind.allCases {
            let replies: [Reply] = [
                .blocks(.toolCall("Read", ["file_path": "ä.txt"], id: "call-1", piecesOf: 2), usage: nil, shape: shape),
                .text("wör", .comment("still here"), "ld", usage: nil, shape: shape),
            ]
            try await withStage(kind, Script(replies: replies)) { stage in
                try stage.home.write("umlaut", to: "ä.txt")
                let outcome = try await stage.apus("exec", "read")
                #expect(outcome.text == "wörld\n", "\(outcome.everything)")
                #expect(stage.server.modelRequests.count == 2)
            }
        }
    }

    @Test func anUnknownModelIsNamedOnStderrAndInTheResult() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "-m", "custom:nobody", "hello")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("Invalid model: custom:nobody"))
            #expect(try outcome.result()["is_error"] == true)
            #expect(stage.server.modelRequests.isEmpty)
        }
    }
}
