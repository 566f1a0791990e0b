import ApusBase
import ApusTestServer
import Foundation
import Testing

/// `--list-tools` (`droid-exec.md` §2.7).
@Suite struct ToolListTests {
    struct Row: Sendable {
        var flags: [String]
        var reading: String
        var editing: String
        var executing: String
        var delegating = "blocked"
    }

    @Test(arguments: [
        Row(flags: [], reading: "allowed", editing: "blocked", executing: "allowed"),
        Row(flags: ["--restrict-tools", "Read,Grep,Glob,LS"], reading: "allowed", editing: "blocked", executing: "blocked"),
        Row(flags: ["--disabled-tools", "Execute,Create,Edit"], reading: "allowed", editing: "blocked", executing: "blocked override"),
        Row(flags: ["--auto", "low"], reading: "allowed", editing: "allowed", executing: "allowed"),
        Row(
            flags: ["--auto", "low", "--restrict-tools", "Read,Grep,Glob,LS"], reading: "allowed", editing: "blocked",
            executing: "blocked"),
        Row(flags: ["--auto", "high"], reading: "allowed", editing: "allowed", executing: "allowed", delegating: "allowed"),
        Row(
            flags: ["--auto", "high", "--disabled-tools", "Execute,Create,Edit"], reading: "allowed", editing: "blocked override",
            executing: "blocked override", delegating: "allowed"),
    ])
    func theMatrixHolds(row: Row) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.executable.start(["exec", "--list-tools"] + row.flags, home: stage.home).finish()
            #expect(outcome.status == .exited(0) && outcome.stderr.isEmpty, "\(outcome.everything)")
            for tool in ["Read", "LS", "Grep", "Glob"] { #expect(status(of: tool, in: outcome.text) == row.reading, "\(outcome.text)") }
            for tool in ["Create", "Edit"] { #expect(status(of: tool, in: outcome.text) == row.editing, "\(outcome.text)") }
            #expect(status(of: "Execute", in: outcome.text) == row.executing, "\(outcome.text)")
            #expect(status(of: "Task", in: outcome.text) == row.delegating, "\(outcome.text)")

            let array = try JSONValue(
                parsing: try await stage.executable.start(["exec", "-o", "json", "--list-tools"] + row.flags, home: stage.home).finish()
                    .text)
            for tool in array.arrayValue ?? [] {
                let name = tool["llmId"]?.stringValue ?? ""
                #expect(tool["currentlyAllowed"] == .bool(status(of: name, in: outcome.text) == "allowed"))
            }
            #expect(stage.server.requests.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: stage.home.database))
        }
    }

    /// With options that would change something in a run (§1.3: the list beats everything else).
    @Test(arguments: [["-w", "fix", "p"], ["--use-spec", "p"], ["--use-spec", "--auto", "low"], ["--trust-project", "p"]])
    func nothingIsMadeForAListAndNoHookRuns(words: [String]) async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.home.write("one\n", to: "a.txt")
            try await stage.home.commitEverything()
            let hooks: JSONValue = ["SessionStart": [["hooks": [["type": "command", "command": "touch ran"]]]]]
            try hooks.serialized().write(toFile: "\(stage.home.apus)/hooks.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.executable.start(["exec", "--list-tools"] + words, home: stage.home).finish()
            #expect(outcome.status == .exited(0) && outcome.text.contains("  Read "), "\(outcome.everything)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: stage.home.root).filter { $0.contains("-wt-") } == [])
            #expect(try await stage.home.git(["branch", "--list"]) == "* main\n")
            #expect(!stage.home.has("ran") && stage.server.requests.isEmpty)
            #expect(!FileManager.default.fileExists(atPath: stage.home.database))
        }
    }

    private func status(of tool: String, in text: String) -> String? {
        let line = text.split(separator: "\n").first { $0.hasPrefix("  \(tool) ") }
        return line?.firstRange(of: "status: ").map { String(line?[$0.upperBound...] ?? "") }
    }

    @Test func everyFieldIsThere() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "--list-tools", "-o", "json")
            let execute = try JSONValue(parsing: outcome.text).arrayValue?.first { $0["llmId"] == "Execute" }
            let keys = try #require(execute?.objectValue).keys
            #expect(
                keys == ["id", "llmId", "displayName", "description", "category", "source", "defaultAllowed", "currentlyAllowed"])
            #expect(execute?["id"] == "execute-cli" && execute?["category"] == "execute" && execute?["source"] == "native")
            #expect(execute?["description"]?.stringValue?.isEmpty == false)
        }
    }

    @Test func theListIsThatOfTheModelAndNeedsNeitherKeyNorNetwork() async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.change { settings in
                settings["customModels"] = [
                    [
                        "id": "custom:far", "displayName": "Far", "model": "gpt", "provider": "openai",
                        "baseUrl": "http://192.0.2.1:9/v1", "apiKey": "x",
                    ]
                ]
            }
            let outcome = try await stage.apus("exec", "--list-tools", "-m", "custom:far")
            #expect(outcome.text.hasPrefix("Tools for custom:far at autonomy read-only:\n"), "\(outcome.everything)")
            #expect(status(of: "ApplyPatch", in: outcome.text) == "blocked")
            #expect(status(of: "Edit", in: outcome.text) == nil)
        }
    }

    @Test(arguments: [("gpt-5.4", "ApplyPatch"), ("claude-sonnet-4-5", "Edit")])
    func aWellKnownModelNeedsNoKey(model: String, tool: String) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "--list-tools", "-m", model)
            #expect(outcome.status == .exited(0) && outcome.stderr.isEmpty, "\(outcome.everything)")
            #expect(status(of: tool, in: outcome.text) == "blocked", "\(outcome.text)")
        }
    }

    @Test func anUnknownModelIsToldAsInARun() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "--list-tools", "-m", "nix")
            #expect(outcome.status == .exited(1))
            #expect(outcome.diagnostics.hasPrefix("Invalid model: nix\nAvailable built-in models:"), "\(outcome.everything)")
            #expect(outcome.text == "Invalid model: nix\n")
        }
    }
}
