import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Known secrets never become events: model, store and clients see the same, redacted bytes (security S20).
@Suite struct SecretTests {
    private static let canary = "canary-4f9d2b7c61e0"

    @Test func aKnownSecretInAFileReachesNeitherModelNorStoreNorOutput() async throws {
        let replies: [Reply] = [
            .blocks(
                .toolCall("Read", ["file_path": "leak.txt"], id: "call-1"),
                .toolCall("Execute", ["command": "cat leak.txt", "riskLevel": "low", "riskLevelReason": "reads"], id: "call-2")),
            .text("seen"),
        ]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            try stage.home.write("before \(Self.canary) after\n", to: "leak.txt")
            let outcome = try await stage.apus("exec", "-o", "stream-json", "read it", environment: ["DEPLOY_TOKEN": Self.canary])
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(!outcome.everything.contains(Self.canary))
            #expect(outcome.text.contains("before *** after"))
            let last = try #require(stage.server.modelRequests.last)
            #expect(last.tells("before *** after", "before *** after"))
            #expect(!last.tells(Self.canary))
            for file in try FileManager.default.subpathsOfDirectory(atPath: stage.home.apus) {
                // Folders have no bytes.
                guard let bytes = FileManager.default.contents(atPath: "\(stage.home.apus)/\(file)") else { continue }
                #expect(bytes.range(of: Data(Self.canary.utf8)) == nil, "\(file) holds the secret")
            }
        }
    }

    @Test func aSecretOfOurEnvironmentIsNotHandedToACommand() async throws {
        let replies: [Reply] = [
            .toolCall("Execute", ["command": "env", "riskLevel": "low", "riskLevelReason": "reads"], id: "call-1"), .text("seen"),
        ]
        try await withStage(.anthropic, Script(replies: replies)) { stage in
            let outcome = try await stage.apus(
                "exec", "-o", "stream-json", "--auto", "high", "print it",
                environment: ["DEPLOY_TOKEN": Self.canary, "LD_LIBRARY_PATH": "/nowhere", "BASH_ENV": "/nowhere/rc"])
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let value = try #require(outcome.text.split(separator: "\n").first { $0.contains("tool_result") })
            #expect(value.contains("PATH="))
            for name in ["DEPLOY_TOKEN", "LD_LIBRARY_PATH", "BASH_ENV"] { #expect(!value.contains(name)) }
        }
    }
}
