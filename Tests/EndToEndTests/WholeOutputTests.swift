import ApusBase
import ApusTestServer
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Outputs that are longer than a result, kept whole in private files.
@Suite struct WholeOutputTests {
    private static let canary = "canary-4f9d2b7c61e0"
    private static let replies: [Reply] = [
        .toolCall(
            "Execute",
            ["command": "seq 1 20000; cat leak.txt; seq 1 20000", "riskLevel": "high", "riskLevelReason": "a test"], id: "call-1"),
        .text("seen"),
    ]

    /// The text of the one tool result.
    private func run(_ stage: Stage, temporary: String) async throws -> String {
        try stage.home.write("before \(Self.canary) after\n", to: "leak.txt")
        let outcome = try await stage.apus(
            "exec", "-o", "stream-json", "--auto", "high", "count", environment: ["TMPDIR": temporary, "DEPLOY_TOKEN": Self.canary])
        #expect(outcome.status == .exited(0), "\(outcome.diagnostics)")
        return try #require(try outcome.lines().ofType("tool_result").first?["value"]?.stringValue)
    }

    private func folder(_ path: String, mode: Int = 0o700) throws {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    @Test func theWholeOutputIsPrivateAndHoldsNoSecret() async throws {
        try await withStage(.anthropic, Script(replies: Self.replies)) { stage in
            let temporary = "\(stage.home.root)/tmp"
            try folder(temporary)
            let text = try await run(stage, temporary: temporary)
            let path = String(try #require(text.firstMatch(of: /\[The full output is in (\/[^\]]+)\]/)).output.1)
            let numbers = (1...20_000).map { "\($0)\n" }.joined()
            #expect(try String(contentsOfFile: path, encoding: .utf8) == numbers + "before *** after\n" + numbers)
            #expect(try mode(path) == 0o600)
            #expect(path.hasPrefix("\(temporary)/apus-\(geteuid())/"))
            #expect(try mode("\(temporary)/apus-\(geteuid())") == 0o700)
        }
    }

    /// Somebody else got there first, with a link or with a folder that they can read.
    @Test(arguments: ["link", "open"])
    func aFolderThatIsNotOursAloneGetsNothing(trap: String) async throws {
        try await withStage(.anthropic, Script(replies: Self.replies)) { stage in
            let temporary = "\(stage.home.root)/tmp"
            let elsewhere = "\(stage.home.root)/elsewhere"
            try folder(temporary)
            try folder(elsewhere)
            let place = "\(temporary)/apus-\(geteuid())"
            if trap == "link" {
                try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: elsewhere)
            } else {
                try folder(place)
                #expect(chmod(place, 0o755) == 0)
            }
            let text = try await run(stage, temporary: temporary)
            #expect(text.contains("[The full output could not be kept: "), "\(text.suffix(300))")
            #expect(try FileManager.default.contentsOfDirectory(atPath: elsewhere) == [])
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == [])
        }
    }

    @Test func aStartRemovesWhatIsOlderThanThreeDays() async throws {
        try await withStage(.anthropic, [.text("hello")]) { stage in
            let place = "\(stage.home.root)/tmp/apus-\(geteuid())"
            try folder(place)
            for (name, days) in [("old.log", 4.0), ("young.log", 2.0)] {
                let path = "\(place)/\(name)"
                #expect(FileManager.default.createFile(atPath: path, contents: Data("x".utf8)))
                try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -days * 86_400)], ofItemAtPath: path)
            }
            let outcome = try await stage.apus("exec", "hello", environment: ["TMPDIR": "\(stage.home.root)/tmp"])
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: place) == ["young.log"])
        }
    }
}
