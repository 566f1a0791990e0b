import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 42 to 44 on the real executable: background processes and operations.
@Suite struct OptaConformanceExtensionTests {
    private static func start(_ served: OptaServed, _ session: String, _ more: JSONValue) async throws -> String {
        let body: JSONValue = ["sessionId": .string(session)]
        let answer = try await served.call("POST /v3/background/start", body.merged(with: more))
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer.body["process"]?["processId"]?.stringValue)
    }

    private static func ended(_ served: OptaServed, _ id: String) async throws -> JSONValue {
        var process = JSONValue.null
        try await eventually(within: .seconds(60)) {
            process = try #require(try await served.call("GET /v3/background/\(id)/status").body["process"])
            return process["state"] != "running"
        }
        return process
    }

    @Test(.opta(42)) func bothStreamsOfAProcessAreKeptAndToldToTheSession() async throws {
        try await withOptaServed { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            let command: JSONValue = ["command": "sh -c 'echo out; echo err >&2'", "label": "both"]
            let id = try await Self.start(served, session, command)
            let process = try await Self.ended(served, id)
            #expect(id.count == 8 && process["state"] == "completed" && process["exitCode"] == 0 && process["label"] == "both")
            #expect(process["sessionId"] == .string(session) && process["cwd"] == .string(served.stage.home.work))
            #expect(process["timeoutMs"] == 300_000 && OptaServed.isDate(process["startedAt"]) && OptaServed.isDate(process["endedAt"]))
            let output = try await served.call("GET /v3/background/\(id)/output").body
            for (stream, text) in [("stdout", "out\n"), ("stderr", "err\n")] {
                let said = output["chunks"]?.arrayValue?.filter { $0["stream"] == .string(stream) }.compactMap { $0["text"]?.stringValue }
                #expect(said?.joined() == text)
                let alone = try await served.call("GET /v3/background/\(id)/output?stream=\(stream)").body
                #expect(alone["chunks"]?.arrayValue?.allSatisfy { $0["stream"] == .string(stream) } == true && alone["hasMore"] == false)
            }

            let second = try await Self.start(served, session, ["command": "sleep 1000"])
            let list = try await served.call("GET /v3/background?sessionId=\(session)").body["processes"]?.arrayValue
            #expect(list?.map { $0["processId"] } == [.string(id), .string(second)])
            let killed = try await served.call("POST /v3/background/\(second)/kill")
            #expect(killed.status == 200 && killed.body["killed"] == true, "\(killed.text)")
            #expect(try await Self.ended(served, second)["state"] == "killed")
            #expect(try await served.call("POST /v3/background/\(second)/kill", [:]).body["killed"] == false)

            // On the socket, and in the log.
            var states: [JSONValue] = []
            let told = try await ear.frames { frame in
                if frame["event"] == "background.status" { states.append(frame["payload"]?["reason"] ?? nil) }
                return frame["payload"]?["reason"] == "killed"
            }
            #expect(states.first == "started" && Set(states).isSuperset(of: ["completed", "killed"]), "\(states)")
            let outputs = told.payloads("background.output")
            #expect(outputs.allSatisfy { $0["processId"] == .string(id) && $0["sessionId"] == .string(session) })
            #expect(Set(outputs.map { $0["stream"] }) == ["stdout", "stderr"])
            let logged = try await served.events(session)
            #expect(
                logged.filter { $0["event"]?.stringValue?.hasPrefix("background.") == true }
                    == told.filter { $0["event"]?.stringValue?.hasPrefix("background.") == true })
        }
    }

    @Test(.opta(43)) func boundsOfProcessesAreJudged() async throws {
        try await withOptaServed { served in
            let session = try await served.session()
            let valid: JSONValue = ["sessionId": .string(session), "command": "true"]
            for (more, place) in [
                (["timeoutMs": -1], "timeoutMs"), (["timeoutMs": 86_400_001], "timeoutMs"), (["timeoutMs": "x"], "timeoutMs"),
                (["command": ""], "command"), (["command": 7], "command"), (["sessionId": ""], "sessionId"), (["label": 7], "label"),
            ] as [(JSONValue, String)] {
                let answer = try await served.call("POST /v3/background/start", valid.merged(with: more))
                #expect(answer.status == 400 && answer.body["error"] == "Invalid body", "\(more): \(answer.text)")
                #expect(answer.body["details"]?[0]?["path"] == [.string(place)], "\(more): \(answer.text)")
            }
            let nowhere = try await served.call("POST /v3/background/start", valid.merged(with: ["sessionId": "none"]))
            #expect(nowhere.status == 404 && nowhere.body == ["error": "Session not found: none"])
            let id = try await Self.start(served, session, ["command": "sh -c 'for i in 1 2 3; do echo $i; done'", "timeoutMs": "3000"])
            let process = try await Self.ended(served, id)
            #expect(process["timeoutMs"] == 3_000)
            for query in ["limit=0", "limit=501", "limit=x", "stream=none", "afterSeq=-1", "afterSeq=1.5"] {
                let answer = try await served.call("GET /v3/background/\(id)/output?\(query)")
                #expect(answer.status == 400 && answer.body["details"]?.arrayValue?.count == 1, "\(query): \(answer.text)")
            }
            for query in ["", "?limit=1", "?limit=500&stream=both", "?stream=stderr", "?afterSeq=99"] {
                #expect(try await served.call("GET /v3/background/\(id)/output\(query)").status == 200, "\(query)")
            }
            for signal in ["SIGHUP", "TERM", ""] {
                let answer = try await served.call("POST /v3/background/\(id)/kill", ["signal": .string(signal)])
                #expect(answer.status == 400 && answer.body["error"] == "Invalid body", "\(signal): \(answer.text)")
            }
            for signal in ["SIGTERM", "SIGKILL", "SIGINT"] {
                let late = try await served.call("POST /v3/background/\(id)/kill", ["signal": .string(signal)])
                #expect(late.status == 200 && late.body["killed"] == false)
            }
            for line in ["GET /v3/background/none/status", "GET /v3/background/none/output", "POST /v3/background/none/kill"] {
                let answer = try await served.call(line)
                #expect(answer.status == 404 && answer.body == ["error": "Background process not found"], "\(line)")
            }
            let late = try await Self.start(served, session, ["command": "sleep 1000", "timeoutMs": 1])
            #expect(try await Self.ended(served, late)["state"] == "timeout")
        }
    }

    @Test(.opta(44)) func operationsAreConfirmedAndTheirInputIsStrict() async throws {
        try await withOptaServed { served in
            let session = try await served.session(["title": "To be deleted"])
            let list = try #require(try await served.call("GET /v3/operations").body["operations"]?.arrayValue)
            #expect(list.allSatisfy { $0.objectValue?.keys == ["id", "title", "description", "safety"] } && list.count > 5)
            let input: JSONValue = ["input": ["sessionId": .string(session)]]
            let refused = try await served.call("POST /v3/operations/sessions.delete", input)
            #expect(refused.status == 403 && refused.body["ok"] == false && refused.body["safety"] == "dangerous", "\(refused.text)")
            #expect(refused.body["error"]?["code"] == "dangerous_confirmation_required")
            #expect(try await served.call("GET /v3/sessions/\(session)").status == 200)
            for (body, path) in [
                (["input": ["sessionId": .string(session), "other": 1]], ["input"]), (["other": 1], []), (["input": 7], ["input"]),
                (["input": [:]], ["input", "sessionId"]), (["confirmDangerous": "yes", "input": ["sessionId": "x"]], ["confirmDangerous"]),
            ] as [(JSONValue, [JSONValue])] {
                let answer = try await served.call("POST /v3/operations/sessions.get", body)
                #expect(answer.status == 400 && answer.body["error"] == "Invalid request body", "\(body): \(answer.text)")
                #expect(answer.body["details"]?[0]?["path"] == .array(path), "\(body): \(answer.text)")
            }
            let unknown = try await served.call("POST /v3/operations/no.such", [:])
            #expect(unknown.status == 400 && unknown.body["error"] == "Invalid operation id" && unknown.body["details"] != nil)
            // What the original lists and cannot do (C9).
            let got = try await served.call("POST /v3/operations/sessions.get", input)
            #expect(got.status == 200 && got.body["ok"] == true && got.body["id"] == "sessions.get", "\(got.text)")
            let missing = try await served.call("POST /v3/operations/sessions.get", ["input": ["sessionId": "none"]])
            #expect(missing.status == 404 && missing.body["error"]?["code"] == "not_found")
            let deleted = try await served.call("POST /v3/operations/sessions.delete", input.merged(with: ["confirmDangerous": true]))
            #expect(deleted.status == 200 && deleted.body["ok"] == true, "\(deleted.text)")
        }
    }
}
