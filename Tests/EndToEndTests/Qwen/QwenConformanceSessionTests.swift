import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 12 to 23 and 30 on the real executable: making sessions and listing them.
@Suite struct QwenConformanceSessionTests {
    /// 12, 14: exactly these members, in both shapes
    @Test func theAnswersHaveExactlyTheirMembers() async throws {
        try await withQwen { served in
            let first = try await served.call("POST /session", ["cwd": .string(served.work + "/")])
            #expect(first.body.objectValue?.keys == ["sessionId", "workspaceCwd", "attached"])
            #expect(first.body["workspaceCwd"] == .string(served.work) && first.body["attached"] == false)
            #expect(try await served.stop().status == .exited(0))
            let bound = try await QwenServed.start(served.stage, ["--workspace", served.work])
            defer { bound.server.process.send(SIGKILL) }
            let second = try await bound.call("POST /session", [:])
            #expect(second.body.objectValue?.keys == ["sessionId", "workspaceCwd", "attached", "clientId", "createdAt"])
            #expect(second.body["clientId"]?.stringValue?.hasPrefix("client_") == true)
        }
    }

    /// 13
    @Test func aDirectoryMustBeOneAndWithAWorkspaceThatOne() async throws {
        try await withQwen { served in
            for cwd in ["relative", 7, .null, [:], ""] as [JSONValue] {
                let answer = try await served.call("POST /session", ["cwd": cwd])
                #expect(answer.status == 400 && answer.body == ["error": "`cwd` is required and must be an absolute path"], "\(cwd)")
            }
            try served.stage.home.write("", to: "file")
            for path in ["\(served.work)/file", "\(served.work)/file/below"] {
                let answer = try await served.call("POST /session", ["cwd": .string(path)])
                #expect(answer.status == 400 && answer.body == ["error": "`cwd` must be a directory"], "\(path)")
            }
            #expect(try await served.stop().status == .exited(0))
            let bound = try await QwenServed.start(served.stage, ["--workspace", served.work])
            defer { bound.server.process.send(SIGKILL) }
            for (cwd, error) in [
                (.null, "`cwd` must be a string absolute path when provided"), (7, "`cwd` must be a string absolute path when provided"),
                ([:], "`cwd` must be a string absolute path when provided"), ("", "`cwd` must be an absolute path when provided"),
                ("a/b", "`cwd` must be an absolute path when provided"),
                (.string("/" + String(repeating: "a", count: 4_096)), "`cwd` exceeds the 4096-character limit"),
            ] as [(JSONValue, String)] {
                let answer = try await bound.call("POST /session", ["cwd": cwd])
                #expect(answer.status == 400 && answer.body == ["error": .string(error)], "\(cwd)")
            }
            let foreign = try await bound.call("POST /session", ["cwd": "/"])
            #expect(foreign.status == 400 && foreign.body["code"] == "workspace_mismatch")
            #expect(foreign.body["boundWorkspace"] == .string(served.work) && foreign.body["requestedWorkspace"] == "/")
            #expect(try await bound.listed().isEmpty)
        }
    }

    /// 15, 17
    @Test func parallelCreatesOfAWorkspaceAreOneSessionAndOthersAreOthers() async throws {
        try await withQwen { served in
            let cwd = JSONValue.object(["cwd": .string(served.work)])
            let answers = try await withThrowingTaskGroup(of: QwenAnswer.self) { group in
                for _ in 0..<16 { group.addTask { try await served.call("POST /session", cwd) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 200 })
            #expect(Set(answers.map { $0.body["sessionId"] }).count == 1)
            #expect(answers.count { $0.body["attached"] == false } == 1)
            let other = try await served.session(["cwd": .string(served.stage.home.scratch)])
            #expect(answers[0].body["sessionId"] != .string(other))
            #expect(try await served.listed().count == 1)
        }
    }

    /// 20, 21
    @Test func aModelIsSwitchedWhenAttachingAndABadOneIsToldOnTheStream() async throws {
        try await withQwen([], models: ["custom:second"]) { served in
            let session = try await served.session(["modelServiceId": "no-such-model"])
            let ear = try await served.listen(session)
            let failed = try await ear.event("model_switch_failed")
            #expect(failed.data["sessionId"] == .string(session) && failed.data["requestedModelId"] == "no-such-model")
            #expect(failed.data["error"]?.stringValue?.isEmpty == false)
            #expect(try await served.listed().count == 1)
            #expect(try await served.session(["modelServiceId": "custom:second"]) == session)
            let switched = try await ear.event("model_switched")
            #expect(switched.data == ["sessionId": .string(session), "modelId": "custom:second"])
            // Attaching without one changes nothing.
            #expect(try await served.session() == session)
            #expect(try await served.call("DELETE /session/\(session)").status == 204)
            let all = try await ear.whole().types
            #expect(all.filter { $0.hasPrefix("model_") } == ["model_switch_failed", "model_switched"])
        }
    }

    /// 22
    @Test func threadsAreAlwaysNewAndNeverAttachedTo() async throws {
        try await withQwen { served in
            let (one, two) = (try await served.session(["sessionScope": "thread"]), try await served.session(["sessionScope": "thread"]))
            let single = try await served.session(["sessionScope": "single"])
            let third = try await served.session(["sessionScope": "thread"])
            #expect(Set([one, two, single, third]).count == 4)
            #expect(try await served.session() == single)
            for scope in ["other", "", .null, 7] as [JSONValue] {
                let answer = try await served.call("POST /session", ["cwd": .string(served.work), "sessionScope": scope])
                #expect(answer.status == 400 && answer.body["code"] == "invalid_session_scope", "\(scope)")
            }
        }
    }

    /// 23
    @Test func theCapHoldsForNewSessionsAndNeverForAttaching() async throws {
        try await withQwen([], ["--max-sessions", "2"]) { served in
            let single = try await served.session()
            let thread = try await served.session(["sessionScope": "thread"])
            for body in [
                ["cwd": .string(served.work), "sessionScope": "thread"], ["cwd": .string(served.stage.home.scratch)],
            ] as [JSONValue] {
                let answer = try await served.call("POST /session", body)
                #expect(answer.status == 503 && answer.fields["retry-after"] == "5")
                #expect(answer.body == ["error": "Session limit reached (2)", "code": "session_limit_exceeded", "limit": 2])
            }
            #expect(try await served.session() == single)
            #expect(try await served.call("DELETE /session/\(thread)").status == 204)
            _ = try await served.session(["sessionScope": "thread"])
        }
    }

    /// 23: twenty by default, none with 0
    @Test(arguments: [([], 20), (["--max-sessions", "0"], nil)] as [([String], Int?)])
    func withoutAFlagTheCapIsTwenty(words: [String], cap: Int?) async throws {
        try await withQwen([], words) { served in
            for _ in 0..<20 { _ = try await served.session(["sessionScope": "thread"]) }
            let more = try await served.call("POST /session", ["cwd": .string(served.work), "sessionScope": "thread"])
            #expect(more.status == (cap == nil ? 200 : 503))
            if let cap { #expect(more.body["limit"] == .integer(Int64(cap))) }
        }
    }

    /// 30
    @Test func listsHaveTheirMembersAndDirectoriesAreThoseOfTheDisk() async throws {
        try await withQwen { served in
            let encoded = served.work.replacing("/", with: "%2F")
            #expect(try await served.call("GET /workspace/\(encoded)/sessions?size=20").text == #"{"sessions":[]}"#)
            let session = try await served.session()
            for path in [encoded, encoded + "%2F"] {
                let answer = try await served.call("GET /workspace/\(path)/sessions")
                #expect(answer.body == ["sessions": [["sessionId": .string(session), "workspaceCwd": .string(served.work)]]])
            }
            let relative = try await served.call("GET /workspace/relative/sessions")
            #expect(relative.status == 400 && relative.body == ["error": "`:id` must decode to an absolute workspace path"])
        }
    }
}
