import ApusBase
import ApusTestServer
import Testing

/// What a user reads when a provider fails, for every class of failure and every provider: a golden file each.
@Suite struct ErrorClassTests {
    private static func failure(_ status: Int, _ message: String, type: String? = nil, _ headers: [(String, String)] = []) -> Reply {
        .failure(status: status, type: type, message: message, headers: headers)
    }

    /// Not worth another attempt: the end of the run.
    private static let final: [(name: String, reply: Reply)] = [
        ("400", failure(400, "max_tokens: must be positive")),
        ("400 context", failure(400, "This model's maximum context length is 8192 tokens.")),
        ("401", failure(401, "invalid api key")), ("402", failure(402, "Your credit balance is too low.")),
        ("403", failure(403, "This key may not use this model.")), ("404", failure(404, "model: scripted-model")),
        ("413", failure(413, "Request exceeds the maximum size.")), ("422", failure(422, "tools.0.name: field required")),
        ("429 quota", failure(429, "You exceeded your current quota.", type: "insufficient_quota")),
        ("302", .body(status: 302, headers: [("location", "http://elsewhere.test/")], [])),
        ("web page", .body(status: 200, headers: [("content-type", "text/html")], Array("<html><title>Sign in</title></html>".utf8))),
        ("error in the stream", .text(.error(type: "invalid_request_error", message: "The prompt was refused."))),
    ]

    /// Worth another attempt.
    private static let passing: [(name: String, reply: Reply)] = [
        ("408", failure(408, "Request timed out")), ("409", failure(409, "Conflict")), ("429", failure(429, "Slow down")),
        ("429 with a wait", failure(429, "Slow down", [("retry-after", "1")])), ("500", .serverError),
        ("502", .body(status: 502, headers: [("content-type", "text/html")], Array("<html><title>Bad Gateway</title></html>".utf8))),
        ("503", failure(503, "The engine is overloaded")), ("529", .overloaded), ("hung up", .hangUp(.closed)),
        ("empty", .blocks()), ("cut", .blocks(.between(.cut(.closed)))),
        ("error in the stream", .text(.error(type: "overloaded_error", message: "Overloaded"))),
    ]

    @Test(arguments: ProviderKind.allCases)
    func everyFinalErrorSaysWhatToDo(kind: ProviderKind) async throws {
        try await withStage(kind, Script(replies: Self.final.map(\.reply))) { stage in
            var normaliser = Normaliser(home: stage.home, port: stage.server.port)
            var table = ""
            for (place, row) in Self.final.enumerated() {
                let outcome = try await stage.apus("exec", "-o", "json", "hello")
                #expect(outcome.status == .exited(1), "\(row.name): \(outcome.everything)")
                let result = try outcome.result()
                #expect(result["stop_reason"] == "provider_error", "\(row.name)")
                #expect(stage.server.modelRequests.count == place + 1, "\(row.name) is not retried")
                table += "\(row.name): \(normaliser.text(result["result"]?.stringValue ?? ""))\n"
            }
            expectGolden("errors-final.\(kind.rawValue).txt", table)
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func everyPassingErrorIsToldAndTriedAgain(kind: ProviderKind) async throws {
        let replies = Self.passing.flatMap { [$0.reply, .text("served")] }
        try await withStage(kind, Script(replies: replies)) { stage in
            var normaliser = Normaliser(home: stage.home, port: stage.server.port)
            var table = ""
            for row in Self.passing {
                let outcome = try await stage.apus("exec", "hello")
                #expect(outcome.text == "served\n", "\(row.name): \(outcome.everything)")
                let said = outcome.diagnostics.split(separator: "\n").first { $0.hasPrefix("Attempt 1 failed: ") } ?? "nothing"
                table += "\(row.name): \(normaliser.text(String(said)))\n"
            }
            expectGolden("errors-passing.\(kind.rawValue).txt", table)
        }
    }
}
