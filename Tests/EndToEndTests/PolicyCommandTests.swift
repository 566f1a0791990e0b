import ApusBase
import ApusTestServer
import Foundation
import Testing

/// `apus policy`: explaining and testing the judgement of commands. Nothing is run.
@Suite struct PolicyCommandTests {
    @Test(arguments: [
        ("reading", "git diff | head -50"), ("nested", "echo $(rm -rf ~)"),
        ("wrapped", "sudo env A=1 timeout 5 sh -c 'git push && ls > /etc/x'"),
        ("syntax", "echo 'open"), ("script", "set -e\nfor f in a b; do\n  wc -l \"$f\" >> counts.txt\ndone\ncat <<E\n$(git push)\nE"),
    ])
    func anExplanationShowsParsePartsAndTier(name: String, command: String) async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("policy", "explain", command)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            var normaliser = Normaliser(home: stage.home, port: stage.server.port)
            expectGolden("policy-\(name).txt", normaliser.text(outcome.text))
            let json = try JSONValue(parsing: try await stage.apus("policy", "explain", "--json", command).text)
            expectGolden("policy-\(name).json", normaliser.text(json.serialized()) + "\n")
        }
    }

    @Test(arguments: [
        ("ls", "read-only", "run"), ("prettier --write a", "low", "stop"), ("make", "medium", "stop"), ("git push", "high", "stop"),
        ("curl https://x", "blocked", "refuse"), ("touch a", "read-only", "run"),
    ])
    func theListsOfTheSettingsCount(command: String, tier: String, decision: String) async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.change {
                $0["commandBlocklist"] = ["curl"]
                $0["commandAllowlist"] = ["touch"]
            }
            let outcome = try await stage.apus("policy", "explain", command, "--json", "--level", "read-only")
            let json = try JSONValue(parsing: outcome.text)
            #expect(json["tier"] == .string(tier), "\(outcome.everything)")
            #expect(json["decision"] == .string(decision))
            #expect(json["reason"]?.stringValue?.isEmpty == false)
            let parts = json["parts"]?.arrayValue ?? []
            #expect(
                !parts.isEmpty && parts.allSatisfy { $0["rule"] != nil && $0["tier"] != nil && $0["reason"] != nil && $0["command"] != nil }
            )
        }
    }

    @Test func aFileOfExpectationsIsCompared() async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.home.write(
                "# what we rely on\n\nread-only\tgit log -5\nhigh\tgit push\ndenied\trm -rf /\n{\"tier\": \"medium\", \"command\": \"cd a\\nmake\"}\n",
                to: "good.tsv")
            try stage.home.write("low\tgit push\nread-only\tls\n", to: "bad.tsv")
            let good = try await stage.apus("policy", "test", "good.tsv")
            #expect(good.status == .exited(0) && good.text.isEmpty, "\(good.everything)")
            #expect(good.diagnostics == "All 4 are as expected.\n")
            let bad = try await stage.apus("policy", "test", "bad.tsv")
            #expect(bad.status == .exited(1), "\(bad.everything)")
            #expect(bad.text == "bad.tsv:1: expected low, found high (git.push: sends commits elsewhere): git push\n")
        }
    }

    @Test(arguments: [
        (["explain"], "command"), (["explain", "ls", "--level", "max"], "\"max\" is not a level"),
        (["explain", "ls", "--risk", "none"], "not a risk"),
        (["test", "missing.tsv"], "missing.tsv"), (["test", "odd.tsv"], "odd.tsv:1"), (["test", "tier.tsv"], "\"fatal\" is no tier"),
    ])
    func aWrongCommandLineEndsWithTwo(arguments: [String], complaint: String) async throws {
        try await withStage(.anthropic, []) { stage in
            try stage.home.write("high git push\n", to: "odd.tsv")
            try stage.home.write("fatal\tls\n", to: "tier.tsv")
            let outcome = try await stage.executable.start(["policy"] + arguments, home: stage.home).finish()
            #expect(outcome.status == .exited(2) && outcome.stdout.isEmpty, "\(outcome.everything)")
            #expect(outcome.diagnostics.contains(complaint), "\(outcome.diagnostics)")
        }
    }
}
