import ApusBase
import ApusTestServer
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Golden files for every scene and format. Whatever the provider, the output is the same.
@Suite struct GoldenTests {
    @Test(arguments: Scene.all, ProviderKind.allCases)
    func text(scene: Scene, kind: ProviderKind) async throws {
        try await play(scene, kind, format: "text") { outcome, normaliser in
            expectGolden("\(scene.name).txt", normaliser.text(outcome.text))
        }
    }

    @Test(arguments: Scene.all, ProviderKind.allCases)
    func json(scene: Scene, kind: ProviderKind) async throws {
        try await play(scene, kind, format: "json") { outcome, normaliser in
            expectGolden("\(scene.name).json", normaliser.lines([try outcome.result()]))
        }
    }

    @Test(arguments: Scene.all, ProviderKind.allCases)
    func streamJSON(scene: Scene, kind: ProviderKind) async throws {
        try await play(scene, kind, format: "stream-json") { outcome, normaliser in
            expectGolden("\(scene.name).stream.jsonl", normaliser.lines(try outcome.lines().withSortedResults))
        }
    }

    @Test(arguments: [("text", "txt"), ("json", "json"), ("stream-json", "stream.jsonl")], ProviderKind.allCases)
    func interrupted(format: (name: String, suffix: String), kind: ProviderKind) async throws {
        let input: JSONValue = ["command": "touch started; sleep 1000", "riskLevel": "high", "riskLevelReason": "a test"]
        try await withStage(kind, [.toolCall("Execute", input, id: "call-1")]) { stage in
            let run = try stage.start("exec", "-o", format.name, "--auto", "high", "wait")
            try await eventually("the tool runs", within: .seconds(60)) { stage.home.has("started") }
            run.send(SIGINT)
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(130), "\(outcome.everything)")
            var normaliser = Normaliser(home: stage.home, port: stage.server.port)
            let shown = format.name == "text" ? normaliser.text(outcome.text) : normaliser.lines(try outcome.lines())
            // A shell's end that was not seen in time is told as 130: on a busy machine either is right.
            let code = shown.replacing("exited with code 130]", with: "exited with code 143]")
            expectGolden("interrupted.\(format.suffix)", code)
        }
    }

    private func play(
        _ scene: Scene, _ kind: ProviderKind, format: String, _ check: (Outcome, inout Normaliser) throws -> Void
    ) async throws {
        try await withStage(kind, Script(replies: scene.replies)) { stage in
            try Scene.furnish(stage.home)
            let arguments = ["exec", "-o", format] + scene.options + [scene.prompt]
            let outcome = try await stage.executable.start(arguments, home: stage.home).finish()
            #expect(outcome.status == .exited(scene.exitCode), "\(outcome.everything)")
            #expect(stage.server.modelRequests.count == scene.replies.count, "\(outcome.everything)")
            var normaliser = Normaliser(home: stage.home, port: stage.server.port)
            try check(outcome, &normaliser)
        }
    }
}
