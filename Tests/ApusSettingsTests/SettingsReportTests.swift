import ApusBase
import ApusSettings
import Testing

@Suite struct SettingsReportTests {
    private let directory = TemporaryDirectory()

    private func report() throws -> SettingsReport {
        let places = SettingsPlaces(
            paths: CompatibilityPaths(userHome: directory.path, apusHome: directory.path + "/.apus"),
            systemDirectories: [directory.path + "/etc"], workingDirectory: directory.path + "/p")
        return SettingsReport(try SettingsLayers(places, environment: [:], trust: .none).read())
    }

    @Test func saysWhoWinsAndWhoIsOverridden() throws {
        let machine = directory.write("{\"sessionDefaultSettings\": {\n\"model\": \"custom:m\"}}", to: "etc/settings.json")
        let own = directory.write("{\n// mine\n\"model\": \"custom:a\"}", to: ".apus/settings.json")
        #expect(
            try report().text(for: "model") == """
                model = "custom:m"
                  The default model: an id, custom:… or auto.
                  wins: \(machine):2 (system) as sessionDefaultSettings.model
                  overridden: \(own):3 (user): "custom:a"
                """)
    }

    @Test func listsNameEveryFileThatAddsSomething() throws {
        let one = directory.write("{\"commandBlocklist\":[\"a\"]}", to: ".apus/settings.json")
        let two = directory.write("{\"commandBlocklist\":[\"a\"]}", to: ".factory/settings.json")
        #expect(
            try report().text(for: "commandBlocklist") == """
                commandBlocklist = ["a"]
                  Commands that never run, whatever the level.
                  contributes: \(one):1 (user): ["a"]
                  overridden: \(two):1 (compatibility): ["a"]
                """)
    }

    @Test func membersAreLockedByTheFirstAndTheirListsUnited() throws {
        directory.write("{\"sandbox\":{\"enabled\":true,\"denyRead\":[\"a\"]}}", to: ".apus/settings.json")
        directory.write("{\"sandbox\":{\"enabled\":false,\"denyRead\":[\"b\"],\"mode\":\"x\"}}", to: ".factory/settings.json")
        #expect(
            try report().entries(named: "sandbox")?.first?.value == ["enabled": true, "denyRead": ["a", "b"], "mode": "x"])
    }

    @Test func builtInValuesAndGroupsAreShown() throws {
        let entries = try report().entries(named: "exec")
        #expect(entries?.map(\.key.path) == ["exec.requireTrust", "exec.streamJsonTerminal", "exec.strictTaskGate"])
        #expect(try report().text(for: "exec.requireTrust")?.hasPrefix("exec.requireTrust = true (built in)\n") == true)
        #expect(try report().text(for: "exe") == nil)
        #expect(try report().json(for: "nothing") == nil)
    }

    @Test func secretsAreNotShown() throws {
        directory.write(
            """
            {"customModels":[{"model":"m","baseUrl":"https://u:canary@h/v1","apiKey":"canary","provider":"openai",
             "extraHeaders":{"X":"canary"},"extraArgs":{"auth_token":"canary"}},
             {"model":"n","baseUrl":"https://h/v1","apiKey":"${KEY}","provider":"openai"}]}
            """, to: ".apus/settings.json")
        let text = try #require(try report().text())
        let json = try #require(try report().json()).serialized()
        #expect(!text.contains("canary") && !json.contains("canary"))
        #expect(
            text.contains("customModels = [\"custom:m-0\",\"custom:n-1\"]") && text.contains("${KEY}") && text.contains("https://***@h/v1"))
    }

    @Test func overviewListsFilesAndWhatTheySay() throws {
        let own = directory.write("{\"model\":\"m\",\"theme\":\"dark\"}", to: ".apus/settings.json")
        let broken = directory.write("{", to: ".factory/settings.json")
        let shared = directory.write("{\"model\":\"x\"}", to: "p/.apus/settings.json")
        let report = try report()
        #expect(
            report.text() == """
                \(shared) (project): skipped: not trusted
                \(own) (user): read
                \(broken) (compatibility): skipped: broken

                model = "m"
                  wins: \(own):1 (user)
                theme = "dark"
                  Accepted and without effect.
                  wins: \(own):1 (user)

                \(report.warnings.joined(separator: "\n"))
                """)
        #expect(report.warnings.count == 2)
        let files = report.json()?["files"]?.arrayValue
        #expect(files?.map { $0["state"]?.stringValue } == ["untrusted", "read", "broken"])
        #expect(files?[0]["keys"] == ["model"])
        #expect(
            report.json()?["settings"]?[0] == [
                "key": "model", "value": "m", "builtIn": false, "use": "used",
                "from": [["path": .string(own), "line": 1, "kind": "user", "key": "model", "standing": "wins", "value": "m"]],
            ])
    }

    @Test func nothingAtAllIsSaidToo() throws {
        #expect(try report().text() == "No settings file was found; everything is as built in.")
    }
}
