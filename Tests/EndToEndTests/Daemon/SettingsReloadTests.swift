import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// A settings file that is edited under a running daemon.
@Suite struct SettingsReloadTests {
    @Test func anotherModelIsThereForASessionThatRuns() async throws {
        let script: Script = [
            .text("of the first"), .text("of the second"), .command("printf %s-%s sk-second secret-value", id: "c"), .text("end"),
        ]
        try await withConnection(script) { stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.autonomyLevel = .high
            try await connection.withSession(options) { session in
                #expect(try await session.result(of: "One.").text == "of the first")
                let base = stage.stage.server.baseURL
                try stage.stage.change { settings in
                    let second: JSONValue = [
                        "id": "custom:second", "displayName": "Second", "model": "second-model", "provider": "anthropic",
                        "baseUrl": .string(base), "apiKey": "sk-second-secret-value",
                    ]
                    settings["customModels"] = .array((settings["customModels"]?.arrayValue ?? []) + [second])
                }
                var change = UpdateSessionSettingsParams()
                change.modelId = "custom:second"
                try await eventually {
                    do {
                        try await session.updateSettings(change)
                        return true
                    } catch is any DroidError {
                        return false
                    }
                }
                #expect(try await session.result(of: "Two.").text == "of the second")
                let second = try #require(stage.stage.server.modelRequests.last)
                #expect(second.tells(#""model":"second-model""#))
                #expect(second.header("x-api-key") == "sk-second-secret-value")
                // The new key is one that nobody is shown.
                _ = try await session.result(of: "Three.")
                let answered = try #require(stage.stage.server.modelRequests.last)
                #expect(!answered.tells("sk-second-secret-value") && answered.tells("***"))
            }
        }
    }

    @Test func aFileThatIsBrokenLeavesTheDaemonAsItIs() async throws {
        try await withConnection([.text("one"), .text("two")]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                _ = try await session.result(of: "One.")
                try "{\"customModels\": [".write(toFile: stage.home.apus + "/settings.json", atomically: true, encoding: .utf8)
                try await eventually { stage.daemon.stderrSoFar.contains("The settings stay as they were.") }
                #expect(try await session.result(of: "Two.").text == "two")
            }
        }
    }
}
