import ApusBase
import ApusTestServer
import Testing

/// A session that goes on with a model of another provider: the transcript stays valid, and what only its own provider can read is left out.
@Suite struct MixedModelTests {
    private static func configure(_ stage: Stage, _ kinds: [ProviderKind]) throws {
        try stage.change { settings in
            settings["customModels"] = .array(
                kinds.enumerated().map { place, kind -> JSONValue in
                    [
                        "id": .string("custom:m\(place)"), "displayName": .string("M\(place)"), "model": .string("model-\(place)"),
                        "provider": .string(kind.rawValue), "apiKey": "test-key",
                        "baseUrl": .string(kind == .anthropic ? stage.server.baseURL : stage.server.versionedBaseURL),
                    ]
                })
            settings["model"] = "custom:m0"
        }
    }

    private static let signature = "c2lnbmVkQnlUaGVGaXJzdA"

    @Test(arguments: ProviderKind.allCases, ProviderKind.allCases)
    func aTranscriptIsValidForEveryNextProvider(first: ProviderKind, next: ProviderKind) async throws {
        let script: Script = [
            .blocks(
                .reasoning(["Look ", "around."], signature: Self.signature), .text(["Looking."]),
                .toolCall("Read", ["file_path": "a.txt"], id: "call-1"), .toolCall("LS", [:], id: "call-2")),
            .text("seen"), .toolCall("Read", ["file_path": "b.txt"], id: "call-3"), .text("and b"),
        ]
        try await withStage(.anthropic, script) { stage in
            try stage.home.write("alpha\n", to: "a.txt")
            try stage.home.write("beta\n", to: "b.txt")
            try Self.configure(stage, [first, next])
            let begun = try await stage.apus("exec", "-o", "json", "look around")
            #expect(begun.status == .exited(0), "\(begun.everything)")
            let outcome = try await stage.apus("exec", "-o", "json", "-s", try begun.session(), "-m", "custom:m1", "-r", "low", "and now b")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["result"] == "and b")
            let requests = stage.server.modelRequests
            #expect(requests.count == 4)
            for request in requests.suffix(2) {
                #expect(request.tells("look around", "alpha", "seen", "and now b"))
                #expect(request.body["model"] == "model-1")
                if first != next { #expect(!request.bodyText.contains(Self.signature), "nobody else can read it") }
                Self.checkPairs(request)
            }
            #expect(requests.last?.tells("and now b", "beta") == true)
        }
    }

    /// Each call has one result behind it, and each result its call before it.
    private static func checkPairs(_ request: RecordedRequest) {
        var open: [String] = []
        var count = 0
        func called(_ id: String?) {
            guard let id else { return }
            open.append(id)
            count += 1
        }
        func answered(_ id: String?) {
            guard let id else { return }
            #expect(open.contains(id), "the result of \(id) has no call")
            open.removeAll { $0 == id }
        }
        for entry in (request.body["messages"] ?? request.body["input"])?.arrayValue ?? [] {
            // Chat completions, responses, messages.
            for call in entry["tool_calls"]?.arrayValue ?? [] { called(call["id"]?.stringValue) }
            if entry["role"] == "tool" { answered(entry["tool_call_id"]?.stringValue) }
            if entry["type"] == "function_call" { called(entry["call_id"]?.stringValue) }
            if entry["type"] == "function_call_output" { answered(entry["call_id"]?.stringValue) }
            for block in entry["content"]?.arrayValue ?? [] {
                if block["type"] == "tool_use" { called(block["id"]?.stringValue) }
                if block["type"] == "tool_result" { answered(block["tool_use_id"]?.stringValue) }
            }
        }
        #expect(open.isEmpty && count >= 2, "calls without results: \(open)")
    }
}
