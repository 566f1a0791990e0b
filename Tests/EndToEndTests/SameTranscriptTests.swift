import ApusBase
import ApusTestServer
import Testing

/// The same conversation is stored the same, whichever provider had it.
@Suite struct SameTranscriptTests {
    @Test(arguments: Scene.all)
    func everyProviderLeavesTheSameTranscript(scene: Scene) async throws {
        var transcripts: [String] = []
        for kind in ProviderKind.allCases { transcripts.append(try await transcript(of: scene, kind)) }
        #expect(transcripts[0].contains(scene.prompt))
        for (kind, transcript) in zip(ProviderKind.allCases, transcripts) { #expect(transcript == transcripts[0], "\(kind)") }
    }

    private func transcript(of scene: Scene, _ kind: ProviderKind) async throws -> String {
        try await withStage(kind, Script(replies: scene.replies)) { stage in
            try Scene.furnish(stage.home)
            let arguments = ["exec", "-o", "json"] + scene.options + [scene.prompt]
            let outcome = try await stage.executable.start(arguments, home: stage.home).finish()
            #expect(outcome.status == .exited(scene.exitCode), "\(outcome.everything)")
            let shown = try JSONValue(parsing: try await stage.show(try outcome.session()).text)
            let entries = try #require(shown["transcript"]?.arrayValue).filter { $0["type"] != "context" }
            var normaliser = Normaliser(home: stage.home, port: stage.server.port)
            return normaliser.lines(entries.map { essence(of: $0) })
        }
    }

    /// Without what is new in every run, and without what only one provider can read again.
    private func essence(of value: JSONValue) -> JSONValue {
        let passing: Set = ["id", "message", "turn", "opaque"]
        switch value {
        case .object(let object):
            return .object(
                JSONObject(
                    object.filter { !passing.contains($0.key) }.map { key, member in
                        // Calls that ran side by side end in any order.
                        key == "outcomes" ? (key, sorted(essence(of: member))) : (key, essence(of: member))
                    }))
        case .array(let elements): return .array(elements.map(essence))
        default: return value
        }
    }

    private func sorted(_ outcomes: JSONValue) -> JSONValue {
        .array((outcomes.arrayValue ?? []).sorted { ($0["call"]?.stringValue ?? "") < ($1["call"]?.stringValue ?? "") })
    }
}
