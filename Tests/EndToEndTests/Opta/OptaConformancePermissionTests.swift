import ApusBase
import ApusFronts
import ApusTestServer
import Foundation
import Testing

/// Assertions 29 to 33 on the real executable: permission requests and their answers.
@Suite struct OptaConformancePermissionTests {
    private static let unknown: JSONValue = ["ok": false, "conflict": false, "message": "Unknown permission request"]
    private static let conflict: JSONValue = ["ok": false, "conflict": true, "message": "Permission request already resolved"]

    /// A session in which a permission request is open.
    private static func ask(_ served: OptaServed, _ marker: String) async throws -> (
        session: String, ear: OptaEar, asked: JSONValue, id: String
    ) {
        let session = try await served.session()
        let ear = try await served.listen(session)
        _ = try await served.submit(session, OptaServed.turn(marker))
        let asked = try #require(try await ear.event("permission.request")["payload"])
        return (session, ear, asked, try #require(asked["requestId"]?.stringValue))
    }

    @Test(.opta(29, 30, 32, 33)) func ofTwoAnswersOneCountsAndRequestsAreIndependent() async throws {
        let script = Script.conversations(
            ["alpha", "bravo", "charlie"].map { ("marker-\($0)", [.command("touch \($0).txt"), .text("Done.")]) })
        try await withOptaServed(script) { served in
            let (one, ear, asked, first) = try await Self.ask(served, "marker-alpha")
            let (two, other, _, second) = try await Self.ask(served, "marker-bravo")
            #expect(first.wholeMatch(of: /perm_[A-Za-z0-9_-]{10}/) != nil && second.hasPrefix("perm_") && first != second)
            #expect(asked["toolName"] == "Execute" && asked["turnId"]?.stringValue?.isEmpty == false)
            #expect(asked["args"] == ["command": "touch alpha.txt", "riskLevel": "low", "riskLevelReason": "a test"])
            // Whoever comes late sees what is open.
            let late = try await served.listen(one)
            #expect(try await late.event("permission.request")["payload"] == asked)

            let path = "POST /v3/sessions/\(one)/permissions/\(first)"
            for (body, place) in [
                ([:], "requestId"), (["requestId": "", "decision": "allow", "decidedBy": "x"], "requestId"),
                (["requestId": .string(first), "decision": "always", "decidedBy": "x"], "decision"),
                (["requestId": .string(first), "decision": true, "decidedBy": "x"], "decision"),
                (["requestId": .string(first), "decision": "allow", "decidedBy": ""], "decidedBy"),
                (["requestId": .string(first), "decision": "allow"], "decidedBy"),
                (OptaServed.vote(second), "requestId"),
            ] as [(JSONValue, String)] {
                let answer = try await served.call(path, body)
                #expect(answer.status == 400 && answer.body["error"] == "Invalid body", "\(body): \(answer.text)")
                #expect(answer.body["details"]?[0]?["path"] == [.string(place)], "\(body): \(answer.text)")
            }
            // A request of another session, and none at all.
            for id in [second, "perm_0123456789"] {
                let answer = try await served.vote(one, id, "allow")
                #expect(answer.status == 404 && answer.body == Self.unknown, "\(answer.text)")
            }
            let nowhere = try await served.vote("none", first, "allow")
            #expect(nowhere.status == 404 && nowhere.body["message"] == "Session not found")

            async let yes = served.vote(one, first, "allow")
            async let no = served.vote(one, first, "deny")
            let (allowed, denied) = try await (yes, no)
            #expect([allowed.status, denied.status].sorted() == [200, 409])
            let winner = allowed.status == 200 ? "allow" : "deny"
            #expect((winner == "allow" ? allowed : denied).body == ["ok": true, "conflict": false])
            #expect((winner == "allow" ? denied : allowed).body == Self.conflict)
            for reader in [ear, late] {
                let told = try await reader.turns(1)
                #expect(told.payloads("permission.resolved").map { $0["decision"] } == [.string(winner)])
                #expect(told.names.contains("tool.start") == (winner == "allow"))
            }
            #expect(served.stage.home.has("alpha.txt") == (winner == "allow"))
            #expect(try await served.vote(one, first, "allow").body == Self.conflict)

            // The other one still waits, and hears no on a socket.
            let resolve: JSONValue = ["type": "permission.resolve", "sessionId": .string(two)]
            try await other.send(resolve.merged(with: OptaServed.vote(second, "deny")))
            let heard = try await other.turns(1)
            #expect(heard.payloads("permission.resolved").map { $0["decision"] } == ["deny"])
            #expect(!heard.names.contains("tool.start") && !heard.names.contains("tool.end"))
            let ack = try #require(heard.first { $0["event"] == nil })
            #expect(ack == ["type": "ack", "action": "permission.resolve", "result": ["ok": true, "conflict": false]])
            #expect(!served.stage.home.has("bravo.txt"))

            let (three, third, _, id) = try await Self.ask(served, "marker-charlie")
            #expect(try await served.vote(three, id, "allow").status == 200)
            let done = try await third.turns(1)
            let start = try #require(done.payloads("tool.start").first)
            #expect(start["name"] == "Execute" && start["id"] == "call-1")
            let arguments = try JSONValue(parsing: try #require(start["args"]?.stringValue))
            #expect(arguments["command"] == "touch charlie.txt" && done.payloads("tool.end").first?["result"]?.stringValue != nil)
            #expect(served.stage.home.has("charlie.txt"))
        }
    }

    @Test(.opta(31, 32)) func unansweredIsDeniedAfterItsTimeAndAnswersAreForgottenAfterTheirs() async throws {
        // What holds where nothing else is said.
        let usual = OptaSetting(daemonID: "daemon_x", directory: "/")
        #expect(usual.permissionDeadline == .seconds(120) && usual.permissionMemory == .seconds(120))
        let script = Script.conversations(
            ["alpha", "bravo"].map { ("marker-\($0)", [.command("touch \($0).txt"), .text("Done.")]) })
        try await withOptaServed(script, ["--opta-permission-timeout-ms", "1000"]) { served in
            let (session, ear, _, id) = try await Self.ask(served, "marker-alpha")
            let told = try await ear.turns(1)
            #expect(told.payloads("permission.resolved").map { $0["decision"] } == ["deny"])
            #expect(told.last?["event"] == "turn.done" && !served.stage.home.has("alpha.txt"))
            let late = try await served.vote(session, id, "allow")
            #expect(late.status == 404 && late.body == Self.unknown)
            let all = try await served.events(session)
            let times = try ["permission.request", "permission.resolved"].map { name in
                try Date(
                    try #require(all.named(name).first?["ts"]?.stringValue),
                    strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
            }
            // Counted from when it is asked, a moment before that is in the log.
            #expect(times[1].timeIntervalSince(times[0]) > 0.5)
        }
        // Long enough for an answer on a busy machine, and short enough to wait for its end.
        try await withOptaServed(script, ["--opta-permission-timeout-ms", "8000"]) { served in
            let (session, ear, _, id) = try await Self.ask(served, "marker-bravo")
            #expect(try await served.vote(session, id, "allow").status == 200)
            _ = try await ear.turns(1)
            // First a conflict, and unknown in the end.
            try await eventually(within: .seconds(60)) {
                let answer = try await served.vote(session, id, "allow")
                #expect([404: Self.unknown, 409: Self.conflict][answer.status] == answer.body, "\(answer.text)")
                return answer.status == 404
            }
        }
    }
}

extension JSONValue {
    /// An object with the members of both.
    func merged(with other: JSONValue) -> JSONValue {
        var object = objectValue ?? [:]
        for (name, value) in other.objectValue ?? [:] { object[name] = value }
        return .object(object)
    }
}
