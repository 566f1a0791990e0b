import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import OptaWire
import Synchronization
import Testing

@testable import ApusFronts

struct OptaBackgroundTests {
    private let process: JSONValue = [
        "processId": "Ab3dEf9h", "sessionId": "s", "pid": 7, "command": "npm run dev", "label": "dev", "cwd": "/w", "state": "running",
        "exitCode": .null, "startedAt": "2023-11-14T22:13:19.000Z", "endedAt": .null, "runtimeMs": 1_000, "timeoutMs": 300_000,
    ]

    @Test func aProcessIsStartedAndFoundAgain() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call(
                "POST", "/v3/background/start", ["sessionId": "s", "command": "npm run dev", "label": "dev", "more": 1])
            #expect(reply.status == 201)
            #expect(reply.body == ["process": process])
            var expected = ProcessCommand(session: "s", command: "npm run dev", label: "dev", timeout: .seconds(300))
            expected.bounds = OptaSetting.Background().bounds
            #expect(house.desk.state.withLock { $0.started } == [expected])
            for path in ["/v3/background/Ab3dEf9h/status", "/v3/background/Ab3dEf9h/status?sessionId=s"] {
                let status = await house.call("GET", path)
                #expect(status.status == 200)
                #expect(status.body == ["process": process])
            }
            for path in ["/v3/background", "/v3/background?sessionId=s"] {
                #expect(await house.call("GET", path).body == ["processes": [process]])
            }
        }
    }

    static let timeouts: [(JSONValue, Duration?)] = [
        (JSONValue.integer(0), Duration?.none), (.string("3000"), .milliseconds(3_000)), (.string(" 0x10 "), .milliseconds(16)),
        (.integer(86_400_000), .seconds(86_400)), (.string(""), nil), (.null, nil), (.double(2.0), .milliseconds(2)),
    ]

    @Test(arguments: timeouts)
    func aTimeoutIsReadAsJavaScriptReadsNumbers(value: JSONValue, timeout: Duration?) async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call("POST", "/v3/background/start", ["sessionId": "s", "command": "x", "timeoutMs": value])
            #expect(reply.status == 201)
            #expect(house.desk.state.withLock { $0.started.map(\.timeout) } == [timeout])
        }
    }

    static let wrongBodies: [(JSONValue, String, String, String)] = [
        (["command": "x"], "invalid_type", "sessionId", "Required"),
        (["sessionId": "s"], "invalid_type", "command", "Required"),
        (["sessionId": "s", "command": ""], "too_small", "command", "String must contain at least 1 character(s)"),
        (["sessionId": "s", "command": 3], "invalid_type", "command", "Expected string, received number"),
        (["sessionId": "s", "command": "x", "label": .null], "invalid_type", "label", "Expected string, received null"),
        (
            ["sessionId": "s", "command": "x", "timeoutMs": -1], "too_small", "timeoutMs", "Number must be greater than or equal to 0"
        ),
        (
            ["sessionId": "s", "command": "x", "timeoutMs": 86_400_001], "too_big", "timeoutMs",
            "Number must be less than or equal to 86400000"
        ),
        (["sessionId": "s", "command": "x", "timeoutMs": "soon"], "invalid_type", "timeoutMs", "Expected number, received nan"),
        (["sessionId": "s", "command": "x", "timeoutMs": 1.5], "invalid_type", "timeoutMs", "Expected integer, received float"),
        (["sessionId": "s", "command": "x", "cwd": "/missing"], "custom", "cwd", "No such directory: /missing"),
    ]

    @Test(arguments: wrongBodies)
    func aWrongBodyIsRefusedByItsFault(body: JSONValue, code: String, key: String, message: String) async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call("POST", "/v3/background/start", body)
            #expect(reply.status == 400)
            #expect(reply.body["error"] == "Invalid body")
            let issues = try #require(reply.body["details"]?.arrayValue)
            #expect(issues.map { $0["code"] } == [.string(code)])
            #expect(issues.map { $0["path"] } == [[.string(key)]])
            #expect(issues.map { $0["message"] } == [.string(message)])
            #expect(house.desk.state.withLock { $0.started.isEmpty })
        }
    }

    @Test func theDirectoryIsThatOfTheSessionOrBelowIt() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            for directory in ["web", "/elsewhere", ""] {
                let body: JSONValue = ["sessionId": "s", "command": "x", "cwd": .string(directory)]
                #expect(await house.call("POST", "/v3/background/start", body).status == 201)
            }
            #expect(house.desk.state.withLock { $0.started.map(\.workingDirectory) } == ["/w/web", "/elsewhere", nil])
        }
    }

    static let refusals: [(ProcessDeskError, Int, String)] = [
        (ProcessDeskError.tooMany(limit: 5), 409, "Max concurrent processes (5) reached"),
        (.refused("Command blocked by policy: x"), 403, "Command blocked by policy: x"),
        (.notStarted("No program named \"x\" in PATH."), 500, "Background process failed to start: x"),
        (.badCommand("The command has a ' without its end."), 400, "Invalid body"), (.closing, 503, "Apus is shutting down"),
    ]

    @Test(arguments: refusals)
    func whatTheDeskRefusesHasItsWords(fault: ProcessDeskError, status: Int, error: String) async throws {
        let house = OptaExtensionHouse()
        house.desk.state.withLock { $0.fault = fault }
        try await house.running {
            let reply = await house.call("POST", "/v3/background/start", ["sessionId": "s", "command": "x"])
            #expect(reply.status == status)
            #expect(reply.body["error"] == .string(error))
        }
    }

    @Test func whatIsNotThereIsNotFound() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let start = await house.call("POST", "/v3/background/start", ["sessionId": "nobody", "command": "x"])
            #expect(start.status == 404)
            #expect(start.body == ["error": "Session not found: nobody"])
            let list = await house.call("GET", "/v3/background?sessionId=nobody")
            #expect(list.status == 404)
            #expect(list.body == ["error": "Session not found: nobody"])
            _ = await house.call("POST", "/v3/background/start", ["sessionId": "s", "command": "x"])
            let others: [(String, String)] = [
                ("GET", "/v3/background/zzzzzzzz/status"), ("GET", "/v3/background/Ab3dEf9h/status?sessionId=other"),
                ("GET", "/v3/background/zzzzzzzz/output"), ("POST", "/v3/background/zzzzzzzz/kill"),
            ]
            for (method, path) in others {
                let reply = await house.call(method, path)
                #expect(reply.status == 404, "\(path)")
                #expect(reply.body == ["error": "Background process not found"])
            }
            let empty = await house.call("GET", "/v3/background//status")
            #expect(empty.status == 400)
            #expect(empty.body == ["error": "Invalid process id"])
        }
    }

    @Test func outputComesInPagesByStreamAndNumber() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            _ = await house.call("POST", "/v3/background/start", ["sessionId": "s", "command": "x"])
            house.desk.state.withLock { state in
                state.chunks = (1...4).map {
                    ProcessChunk(seq: $0, time: 1_700_000_000_000, stream: $0 % 2 == 0 ? .stderr : .stdout, text: "\($0)\n")
                }
            }
            let all = await house.call("GET", "/v3/background/Ab3dEf9h/output")
            #expect(all.status == 200)
            #expect(all.body["chunks"]?.arrayValue?.compactMap { $0["seq"]?.integerValue } == [1, 2, 3, 4])
            #expect(
                all.body["chunks"]?.arrayValue?.first
                    == ["seq": 1, "ts": "2023-11-14T22:13:20.000Z", "stream": "stdout", "text": "1\n"])
            #expect(all.body["nextSeq"] == 4)
            #expect(all.body["hasMore"] == false)
            #expect(all.body["process"]?["processId"] == "Ab3dEf9h")
            let page = await house.call("GET", "/v3/background/Ab3dEf9h/output?afterSeq=1&limit=1&stream=stderr")
            #expect(page.body["chunks"]?.arrayValue?.compactMap { $0["seq"]?.integerValue } == [2])
            #expect(page.body["nextSeq"] == 2)
            #expect(page.body["hasMore"] == true)
            let beyond = await house.call("GET", "/v3/background/Ab3dEf9h/output?afterSeq=9")
            #expect(beyond.body["chunks"] == [])
            #expect(beyond.body["nextSeq"] == 9)
        }
    }

    @Test(arguments: ["limit=0", "limit=501", "limit=x", "afterSeq=-1", "afterSeq=1.5", "stream=stdin"])
    func aWrongQueryIsRefused(query: String) async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            _ = await house.call("POST", "/v3/background/start", ["sessionId": "s", "command": "x"])
            let reply = await house.call("GET", "/v3/background/Ab3dEf9h/output?" + query)
            #expect(reply.status == 400)
            #expect(reply.body["error"] == "Invalid query")
            #expect(reply.body["details"]?.arrayValue?.count == 1)
        }
    }

    @Test func aProcessIsKilledByTheSignalThatWasNamed() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            _ = await house.call("POST", "/v3/background/start", ["sessionId": "s", "command": "npm run dev", "label": "dev"])
            for body in [nil, ["signal": "SIGINT"], ["signal": "SIGKILL"]] as [JSONValue?] {
                let reply = await house.call("POST", "/v3/background/Ab3dEf9h/kill", body)
                #expect(reply.status == 200)
                #expect(reply.body == ["killed": true, "process": process])
            }
            #expect(house.desk.state.withLock { $0.killed } == ["SIGTERM", "SIGINT", "SIGKILL"].map { "Ab3dEf9h \($0)" })
            let wrong = await house.call("POST", "/v3/background/Ab3dEf9h/kill", ["signal": "SIGHUP"])
            #expect(wrong.status == 400)
            #expect(wrong.body["details"]?.arrayValue?.first?["code"] == "invalid_enum_value")
            house.desk.state.withLock { $0.processes[0].state = .completed }
            #expect(await house.call("POST", "/v3/background/Ab3dEf9h/kill").body["killed"] == false)
        }
    }

    static let scopes: [(String, String, String, Int)] = [
        ("POST", "/v3/background/start", "prompter", 403), ("POST", "/v3/background/start", "approver", 403),
        ("POST", "/v3/background/start", "admin", 400), ("POST", "/v3/background/x/kill", "observer", 403),
        ("POST", "/v3/background/x/kill", "prompter", 404), ("GET", "/v3/background", "observer", 200),
        ("GET", "/v3/background/x/output", "nobody", 401),
    ]

    @Test(arguments: scopes)
    func eachRouteAsksForItsScope(method: String, path: String, key: String, status: Int) async throws {
        let house = OptaExtensionHouse()
        try await house.running { #expect(await house.call(method, path, key: key).status == status) }
    }

    // MARK: Events

    @Test func aChangeIsToldWithItsReason() {
        let process = SessionProcess(
            id: "p", session: "s", pid: 7, command: "x", workingDirectory: "/w", state: .killed, startedAt: 1_700_000_000_000,
            endedAt: 1_700_000_002_500, timeoutMilliseconds: 0)
        let told = OptaProcess.payload(ProcessChange(process, .killed, previous: .running, signal: "SIGTERM"))
        #expect(
            told == [
                "process": [
                    "processId": "p", "sessionId": "s", "pid": 7, "command": "x", "cwd": "/w", "state": "killed", "exitCode": .null,
                    "startedAt": "2023-11-14T22:13:20.000Z", "endedAt": "2023-11-14T22:13:22.500Z", "runtimeMs": 2_500, "timeoutMs": 0,
                ], "reason": "killed", "previousState": "running", "signal": "SIGTERM",
            ])
    }

    @Test func everyChunkIsAnEventAndWhatIsLeftOutIsOne() throws {
        let chunks = (1...2).map { ProcessChunk(seq: $0, time: 1_700_000_000_000, stream: .stdout, text: "\($0)") }
        let told = OptaProcess.payloads(ProcessOutput(process: "p", pid: 7, chunks: chunks, lastSeq: 2, time: 0), in: "s")
        #expect(
            told
                == [1, 2].map { (number: Int64) in
                    [
                        "processId": "p", "sessionId": "s", "pid": 7, "seq": .integer(number), "ts": "2023-11-14T22:13:20.000Z",
                        "stream": "stdout", "text": .string("\(number)"),
                    ]
                })
        let left = OptaProcess.payloads(
            ProcessOutput(process: "p", pid: 7, chunks: [], untoldBytes: 12, lastSeq: 9, time: 1_700_000_000_000), in: "s")
        #expect(left.map { $0["seq"] } == [9])
        let text = try #require(left.first?["text"]?.stringValue)
        #expect(text.contains("12 bytes"))
    }

    @Test func everyClientOfTheSessionHearsOfIt() {
        var mapper = OptaMapper(SessionState(id: "s"), daemon: "daemon_golden01", defaultModel: "m")
        let process = SessionProcess(id: "p", session: "s", pid: 7, command: "x", workingDirectory: "/w", startedAt: 5)
        let chunks = (1...4).map { ProcessChunk(seq: $0, time: 6, stream: .stderr, text: "\($0)") }
        let notices: [SessionNotice] = [
            .processChanged(ProcessChange(process, .started)),
            .processWrote(ProcessOutput(process: "p", pid: 7, chunks: chunks, lastSeq: 4, time: 6)),
        ]
        let told = notices.enumerated().flatMap { index, notice in
            mapper.envelopes(for: Event(number: Int64(index + 1), time: 7, kind: .noticed(notice)))
        }
        #expect(told.map(\.event) == ["background.status"] + Array(repeating: "background.output", count: 4))
        #expect(told.map(\.seq) == [4, 8, 9, 10, 11])
        #expect(told.map { $0.payload["seq"] } == [nil, 1, 2, 3, 4])
    }
}
