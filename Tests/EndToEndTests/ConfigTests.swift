import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Settings of a project, and what `apus config` says of them (`droid-exec.md` §5.2).
@Suite struct ConfigTests {
    private static let lowered = "--auto low was lowered to read-only by maxAutonomyLevel in the settings."
    private static let skipped = "Not applied, because this project is not trusted: "

    @Test func aProjectsSettingsAreInertUntilTheyAreTrustedAsTheyAre() async throws {
        try await withStage(.anthropic, .always(.text("heard"))) { stage in
            try stage.home.write(#"{"maxAutonomyLevel": "off"}"#, to: ".apus/settings.json")
            func run(_ options: String..., environment: [String: String] = [:]) async throws -> String {
                let child = try stage.executable.start(
                    ["exec", "--auto", "low", "p"] + options, home: stage.home, environment: environment)
                return try await child.finish().diagnostics
            }
            #expect(try await run().hasPrefix(Self.skipped))
            #expect(try await run("--trust-project") == Self.lowered + "\n")
            #expect(try await run(environment: ["APUS_TRUST_PROJECT": "1"]) == Self.lowered + "\n")
            #expect(try await run().hasPrefix(Self.skipped), "for one run only")

            let trusted = try await stage.apus("trust")
            #expect(trusted.text == "Trusted: \(stage.home.work)/.apus/settings.json\n", "\(trusted.everything)")
            #expect(try await run() == Self.lowered + "\n")

            try stage.home.write(#"{"maxAutonomyLevel": "off", "commandAllowlist": ["rm"]}"#, to: ".apus/settings.json")
            #expect(try await run().hasPrefix(Self.skipped), "another file than the one that was trusted")
            _ = try await stage.apus("config", "trust")
            _ = try await stage.apus("config", "trust", "--forget")
            #expect(try await run().hasPrefix(Self.skipped))
        }
    }

    @Test func explainingNamesFileLineAndWhatIsOverridden() async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.home.write("{\n  // for this project\n  \"model\": \"custom:near\",\n}\n", to: ".apus/settings.json")
            _ = try await stage.apus("config", "trust")
            let outcome = try await stage.apus("config", "explain", "model", "--json")
            let shown = try JSONValue(parsing: outcome.text)
            #expect(shown["settings"]?[0]?["value"] == "custom:near", "\(outcome.everything)")
            let text = try await stage.apus("config", "explain", "model").text
            #expect(text.contains("\(stage.home.work)/.apus/settings.json:3"), "\(text)")
            #expect(text.contains("custom:scripted"), "what it overrides: \(text)")
        }
    }

    @Test(arguments: [
        ("{\"maxAutonomyLevl\": \"off\"}", "maxAutonomyLevel"), ("{\n\"maxAutonomyLevel\": 7}", "settings.json:2"),
        ("{", "settings.local.json"),
    ])
    func aMistakeIsNamedAndTheRunGoesOn(text: String, hint: String) async throws {
        try await withStage(.anthropic, [.text("heard")]) { stage in
            try text.write(toFile: "\(stage.home.apus)/settings.local.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.apus("exec", "p")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains(hint.replacing("settings.json", with: "settings.local.json")), "\(outcome.diagnostics)")
        }
    }

    @Test func anUnknownKeyIsAWrongCommandLine() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("config", "explain", "modl")
            #expect(outcome.status == .exited(2) && outcome.stdout.isEmpty, "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("Did you mean model?"))
        }
    }
}
