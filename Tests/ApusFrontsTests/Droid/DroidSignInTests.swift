import ApusBase
import ApusCore
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// Signing in to MCP servers by the droid protocol (`droid.md` §3.4, §5.3).
@Suite struct DroidSignInTests {
    private static let pending = MCPPendingSignIn(server: "issues", url: "https://as.test/authorize?x=1", message: "Open it.", state: "st")

    @Test(arguments: [
        (MCPSignInOutcome.succeeded, true, "success"), (.cancelled, false, "cancelled"), (.failed("No."), false, "failed"),
    ])
    func aSignInIsToldAnsweredAndEnded(outcome: MCPSignInOutcome, isSuccess: Bool, word: String) async throws {
        let house = DroidHouse(ScriptedModel())
        try await house.serving { client in
            try await client.open()
            _ = await house.signIns.streams.first { $0["s1"] != nil }
            async let answer = client.call("authenticate_mcp_server", ["sessionId": "s1", "serverName": "issues"])
            house.signIns.streams.value["s1"]?.yield(.required(Self.pending))
            let required = try await client.notification("mcp_auth_required")
            #expect(required["serverName"] == "issues" && required["authUrl"] == "https://as.test/authorize?x=1")
            #expect(required["message"] == "Open it." && required["state"] == "st")
            // Answered while the sign-in still waits.
            try await client.call(
                "submit_mcp_auth_code", ["sessionId": "s1", "serverName": "issues", "code": "c", "state": "st"])
            #expect(
                try await client.code(
                    "submit_mcp_auth_code", ["sessionId": "s1", "serverName": "issues", "code": "c", "state": "other"]) == -32_602)
            house.signIns.outcomes.change { $0 = [outcome] }
            let answered = try await answer
            #expect(answered["success"] == .bool(isSuccess))
            house.signIns.streams.value["s1"]?.yield(.completed(server: "issues", outcome))
            let completed = try await client.notification("mcp_auth_completed")
            #expect(completed["serverName"] == "issues" && completed["outcome"] == .string(word))
            #expect(completed["message"]?.stringValue?.isEmpty == false)
            #expect(house.signIns.calls.value.contains("answer issues code(\"c\") s1"))
        }
    }

    @Test func theOtherMethodsReachTheirServer() async throws {
        let house = DroidHouse(ScriptedModel())
        try await house.serving(.exec) { client in
            try await client.open()
            try await client.call("cancel_mcp_auth", ["serverName": "issues"])
            try await client.call("clear_mcp_auth", ["serverName": "issues"])
            try await client.call("submit_mcp_auth_error", ["serverName": "issues", "error": "access_denied", "state": "st"])
            #expect(try await client.code("authenticate_mcp_server", ["serverName": "nobody"]) == -32_004)
            let session = try #require(house.signIns.calls.value.first?.split(separator: " ").last)
            #expect(
                house.signIns.calls.value == [
                    "cancel issues \(session)", "sign out issues \(session)",
                    "answer issues refused(error: \"access_denied\", description: nil) \(session)",
                ])
        }
    }
}
