import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Foundation
import Synchronization
import Testing

@testable import ApusFronts

struct OptaOperationTests {
    @Test func thePageHasEveryOperationAndNoOther() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let page = try String(contentsOf: root.appending(path: "docs/protocols/opta-extensions.md"), encoding: .utf8)
        let rows = page.split(separator: "\n").compactMap { row -> String? in
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map { $0.split(separator: " ").joined(separator: " ") }
            guard cells.count == 6, ["read", "dangerous"].contains(cells[2]) else { return nil }
            return cells[1...3].joined(separator: " ")
        }
        #expect(rows == OptaOperation.all.map { "`\($0.name.rawValue)` \($0.safety.rawValue) \($0.scope.rawValue)" })
    }

    @Test func everyOperationHasItsDescriptorOnce() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call("GET", "/v3/operations", key: "observer")
            #expect(reply.status == 200)
            let ids = reply.body["operations"]?.arrayValue?.compactMap { $0["id"]?.stringValue }
            #expect(ids == OptaOperation.Name.allCases.map(\.rawValue))
            for operation in reply.body["operations"]?.arrayValue ?? [] {
                #expect(operation.objectValue?.map(\.key) == ["id", "title", "description", "safety"])
            }
        }
    }

    static let questions: [(String, JSONValue?, HouseQuestion)] = [
        ("doctor", nil, HouseQuestion.health), ("daemon.status", [:], .status),
        ("daemon.logs", ["input": ["lines": 3]], .log(lines: 3)), ("daemon.logs", [:], .log(lines: 200)),
        ("config.list", ["input": [:]], .settings(nil)), ("config.get", ["input": ["key": "exec"]], .settings("exec")),
        ("models.list", [:], .models), ("keys.list", [:], .keys),
    ]

    @Test(arguments: questions)
    func whatTheHouseKnowsIsAskedOfIt(id: String, body: JSONValue?, question: HouseQuestion) async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call("POST", "/v3/operations/\(id)", body)
            #expect(reply.status == 200)
            #expect(
                reply.body == ["ok": true, "id": .string(id), "safety": "read", "result": ["asked": .string("\(question)")]])
            #expect(house.house.asked.value == [question])
        }
    }

    static let wrongInputs: [(String, JSONValue, String, String)] = [
        ("nothing", [:], "Invalid operation id", "invalid_enum_value"),
        ("doctor", ["input": ["x": 1]], "Invalid request body", "unrecognized_keys"),
        ("doctor", ["x": 1], "Invalid request body", "unrecognized_keys"),
        ("doctor", ["input": 3], "Invalid request body", "invalid_type"),
        ("doctor", ["confirmDangerous": "yes"], "Invalid request body", "invalid_type"),
        ("config.get", [:], "Invalid request body", "invalid_type"),
        ("daemon.logs", ["input": ["lines": 0]], "Invalid request body", "too_small"),
        ("sessions.search", ["input": ["query": ""]], "Invalid request body", "too_small"),
        ("sessions.delete", ["confirmDangerous": true], "Invalid request body", "invalid_type"),
    ]

    @Test(arguments: wrongInputs)
    func wrongInputIsRefused(id: String, body: JSONValue, error: String, code: String) async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call("POST", "/v3/operations/\(id)", body)
            #expect(reply.status == 400)
            #expect(reply.body["error"] == .string(error))
            #expect(reply.body["details"]?.arrayValue?.map { $0["code"] } == [.string(code)])
            #expect(house.house.asked.value.isEmpty)
        }
    }

    @Test func aDangerousOneWantsToBeMeant() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            for body in [["input": ["sessionId": "s"]], ["input": ["sessionId": "s"], "confirmDangerous": false]] as [JSONValue] {
                let reply = await house.call("POST", "/v3/operations/sessions.delete", body)
                #expect(reply.status == 403)
                #expect(reply.body["ok"] == false)
                #expect(reply.body["safety"] == "dangerous")
                #expect(reply.body["error"]?["code"] == "dangerous_confirmation_required")
            }
            let before = try await house.engine.peek("s")
            #expect(before.archivedAt == nil)
            let reply = await house.call(
                "POST", "/v3/operations/sessions.delete", ["input": ["sessionId": "s"], "confirmDangerous": true])
            #expect(reply.status == 200)
            #expect(reply.body["result"] == ["sessionId": "s", "deleted": true, "logKept": true])
            let after = try await house.engine.peek("s")
            #expect(after.archivedAt != nil)
            let opened = await house.engine.opened()
            #expect(opened.isEmpty)
            #expect(house.desk.state.withLock { $0.ended } == ["s"])
        }
    }

    static let failures: [(String, JSONValue, Int, String)] = [
        ("config.get", ["input": ["key": "nothing"]], 404, "not_found"),
        ("daemon.logs", ["input": ["lines": 13]], 500, "execution_failed"),
        ("sessions.get", ["input": ["sessionId": "nobody"]], 404, "not_found"),
        ("sessions.export", ["input": ["sessionId": "nobody"]], 404, "not_found"),
        ("mcp.list", ["input": ["sessionId": "nobody"]], 404, "not_found"),
        ("sessions.delete", ["input": ["sessionId": "nobody"], "confirmDangerous": true], 404, "not_found"),
    ]

    @Test(arguments: failures)
    func aFailureHasItsCode(id: String, body: JSONValue, status: Int, code: String) async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call("POST", "/v3/operations/\(id)", body)
            #expect(reply.status == status)
            #expect(reply.body["ok"] == false)
            #expect(reply.body["id"] == .string(id))
            #expect(reply.body["error"]?["code"] == .string(code))
        }
    }

    @Test func sessionsAreListedShownFoundAndExported() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let list = await house.call("POST", "/v3/operations/sessions.list", ["input": ["limit": 3]])
            #expect(
                list.body["result"] == [
                    "sessions": [
                        [
                            "sessionId": "found", "title": "A title", "cwd": "/w", "createdAt": "2023-11-14T22:13:20.000Z",
                            "updatedAt": "2023-11-14T22:13:20.500Z", "messageCount": 3, "archivedAt": .null,
                        ]
                    ], "hasMore": true,
                ])
            let found = await house.call("POST", "/v3/operations/sessions.search", ["input": ["query": "words"]])
            #expect(found.body["result"]?["sessions"]?.arrayValue?.first?["total"] == 7)
            let shown = await house.call("POST", "/v3/operations/sessions.get", ["input": ["sessionId": "s"]])
            #expect(shown.body["result"]?["sessionId"] == "s")
            #expect(shown.body["result"]?["activeTurnId"] == .null)
            let exported = await house.call("POST", "/v3/operations/sessions.export", ["input": ["sessionId": "s"]])
            #expect(exported.body["result"]?.objectValue?.keys == ["session", "messages", "todos", "usage"])
            #expect(exported.body["result"]?["session"] == shown.body["result"])
        }
    }

    /// What the engine keeps for itself names keys and files, and is not for whoever may only look.
    @Test func anExportHasWhatClientsCouldSeeAndNothingElse() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let created = await house.call(
                "POST", "/v3/sessions", ["sessionId": "told", "messages": [["role": "user", "content": "Hi"]]])
            #expect(created.status == 201)
            let exported = await house.call(
                "POST", "/v3/operations/sessions.export", ["input": ["sessionId": "told"]], key: "observer")
            #expect(exported.status == 200)
            #expect(exported.body["result"]?["messages"] == [["role": "user", "content": "Hi"]])
            #expect(
                exported.body["result"]?["usage"]
                    == ["inputTokens": 0, "outputTokens": 0, "cacheReadTokens": 0, "cacheCreationTokens": 0])
            #expect(exported.body["result"]?["todos"] == [])
        }
    }

    /// It looks at the whole machine.
    @Test func theDoctorExaminesOnceForAllWhoAskMeanwhile() async throws {
        let house = OptaExtensionHouse()
        let gate = Gate()
        house.house.gate.change { $0 = gate }
        try await house.running {
            try await withThrowingTaskGroup(of: JSONValue.self) { group in
                for _ in 0..<8 { group.addTask { await house.call("POST", "/v3/operations/doctor", key: "observer").body } }
                try await gate.reached()
                // As often as they like: nobody else examines anything.
                for _ in 0..<200 { await Task.yield() }
                #expect(house.house.asked.value == [.health])
                gate.open()
                let bodies = try await group.reduce(into: [JSONValue]()) { $0.append($1) }
                #expect(bodies.count == 8 && bodies.allSatisfy { $0["ok"] == true })
            }
            // Whoever had not asked by then begins another, and one at a time.
            let before = house.house.asked.value.count
            _ = await house.call("POST", "/v3/operations/doctor")
            #expect(house.house.asked.value.count == before + 1)
        }
    }

    static let scopes: [(String, String, Int)] = [
        ("doctor", "observer", 200), ("daemon.logs", "approver", 403), ("daemon.logs", "admin", 200), ("keys.list", "prompter", 403),
        ("keys.list", "admin", 200), ("sessions.delete", "approver", 403), ("sessions.delete", "admin", 403), ("doctor", "nobody", 401),
    ]

    @Test(arguments: scopes)
    func eachAsksForItsScope(id: String, key: String, status: Int) async throws {
        let house = OptaExtensionHouse()
        try await house.running { #expect(await house.call("POST", "/v3/operations/\(id)", key: key).status == status) }
    }
}
