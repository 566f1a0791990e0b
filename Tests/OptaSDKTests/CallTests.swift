import ApusTesting
import ApusTransport
import Foundation
import Testing

@testable import OptaSDK

/// Calls that concern no row of the documentation: errors, deadlines, cancellation, background processes, operations, models.
struct CallTests {
    @Test func errorsHaveStatusBodyCodeAndIssues() async throws {
        let daemon = StubDaemon()
        daemon.queue(
            400,
            #"{"error":"Invalid request body","details":[{"code":"invalid_type","expected":"string","path":["overrides",0],"message":"Required"}]}"#
        )
        daemon.queue(409, #"{"error":"Session state conflict: context has been modified since last seen"}"#)
        daemon.queue(
            413,
            #"{"statusCode":413,"code":"FST_ERR_CTP_BODY_TOO_LARGE","error":"Payload Too Large","message":"Request body is too large"}"#)
        daemon.queue(502, "<html>")
        let client = daemon.client()
        var errors: [DaemonHTTPError] = []
        for _ in 0..<4 {
            errors.append(try #require(await #expect(throws: DaemonHTTPError.self) { try await client.submitTurn("s", content: "x") }))
        }
        #expect(errors.map(\.status) == [400, 409, 413, 502])
        #expect(errors[0].issues.map(\.path) == [["overrides", "0"]])
        #expect(errors[0].message == "POST /v3/sessions/:sessionId/turns: Invalid request body; overrides.0: Required")
        #expect(errors[1].message.hasSuffix("since last seen"))
        #expect(errors[2].code == "FST_ERR_CTP_BODY_TOO_LARGE")
        #expect(errors[2].message.hasSuffix("Request body is too large"))
        #expect(errors[3].body == .text("<html>"))
        #expect(errors[3].message.hasSuffix("HTTP 502"))
    }

    @Test(arguments: [(false, Duration.seconds(8)), (true, Duration.seconds(120))])
    func callsHaveADeadline(isOperation: Bool, limit: Duration) async throws {
        let time = ManualTime()
        let daemon = StubDaemon { _ throws(HTTPTransportError) in
            do { try await Task.sleep(for: .seconds(3_600)) } catch { throw .cancelled }
            throw .cancelled
        }
        let client = daemon.client(clock: .manual(time))
        let task = Task { if isOperation { _ = try await client.runOperation("doctor") } else { _ = try await client.metrics() } }
        try await time.sleeps(1) { $0 == limit }
        time.advance(by: limit)
        let result = try await within { await task.result }
        let call = isOperation ? "POST /v3/operations/:id" : "GET /v3/metrics"
        #expect(throws: DaemonTimeoutError(call: call, timeout: limit)) { try result.get() }
    }

    @Test func cancellingATaskEndsItsCall() async throws {
        let began = Watched(false)
        let daemon = StubDaemon { _ throws(HTTPTransportError) in
            began.change { $0 = true }
            do { try await Task.sleep(for: .seconds(3_600)) } catch { throw .cancelled }
            throw .cancelled
        }
        let client = daemon.client()
        let task = Task { try await client.submitTurn("s", content: "x") }
        _ = try await within { await began.first { $0 } }
        task.cancel()
        let result = await task.result
        #expect(throws: CancellationError.self) { try result.get() }
    }

    @Test(arguments: ["evil.example/x", "user@evil.example", "a b", "h?x"]) func aHostThatIsNoneIsNotDialled(host: String) async throws {
        let daemon = StubDaemon()
        let client = daemon.client(host: host)
        let error = await #expect(throws: DaemonConnectionError.self) { try await client.metrics() }
        #expect(error?.wasSent == false)
        await #expect(throws: DaemonConnectionError.self) { try await client.sockets.connect(sessionID: "s") }
        #expect(daemon.lines.isEmpty)
    }

    @Test func withTLSEverythingGoesOverIt() async throws {
        let daemon = StubDaemon { _ in .json(200, #"{"daemonId":"d","ts":"t"}"#) }
        let trust = ServerTrust.certificates(file: "/ca.pem")
        let access = DaemonAccess(host: "box", port: 9_999, token: "t", tls: trust)
        let client = daemon.client(endpoint: DaemonEndpoint(access))
        _ = try await client.metrics()
        #expect(daemon.lines == ["GET https://box:9999/v3/metrics"])
        _ = try await client.sockets.connect(sessionID: "s")
        #expect(daemon.sockets.value.map(\.access) == [access])
        #expect(access.webSocketURL == "wss://box:9999")
        #expect(DaemonAccess(host: "::1", port: 1, token: "").webSocketURL == "ws://[::1]:1")
        #expect(DaemonAccess(host: "::1", port: 1, token: "").httpURL == "http://[::1]:1")
    }

    @Test func aRefusedTokenIsTriedAgainOnlyWithANewOne() async throws {
        let daemon = StubDaemon()
        daemon.queue(401, #"{"error":"Unauthorized"}"#)
        daemon.queue(200, #"{"daemonId":"d","ts":"t","runtime":{}}"#)
        daemon.queue(401, #"{"error":"Unauthorized"}"#)
        let endpoint = DaemonEndpoint(DaemonAccess(host: "127.0.0.1", port: 9_999, token: "old")) {
            DaemonAccess(host: "127.0.0.1", port: 9_999, token: "new")
        }
        let client = daemon.client(endpoint: endpoint)
        #expect(try await client.metrics().daemonID == "d")
        #expect(daemon.seen.value.map { $0.headers["authorization"] } == ["Bearer old", "Bearer new"])
        let error = await #expect(throws: DaemonHTTPError.self) { try await client.metrics() }
        #expect(error?.status == 401)
        #expect(daemon.lines.count == 3)
    }

    @Test func backgroundProcessesAreCalledByTheirRoutes() async throws {
        let daemon = StubDaemon()
        let process = #"{"processId":"p1","sessionId":"s","pid":7,"command":"sleep 9","cwd":"/w","state":"running","exitCode":null}"#
        daemon.queue(201, #"{"process":\#(process)}"#)
        daemon.queue(200, #"{"processes":[\#(process)]}"#)
        daemon.queue(200, #"{"process":\#(process)}"#)
        daemon.queue(
            200, #"{"process":\#(process),"chunks":[{"seq":3,"ts":"t","stream":"stderr","text":"x"}],"nextSeq":3,"hasMore":true}"#)
        daemon.queue(200, #"{"killed":true,"process":\#(process)}"#)
        let client = daemon.client()
        let started = try await client.startBackground("s", command: "sleep 9", timeout: .seconds(2))
        #expect(started.id == "p1")
        #expect(started.state == .running)
        #expect(try await client.listBackground("s") == [started])
        #expect(try await client.backgroundStatus("p1") == started)
        let output = try await client.backgroundOutput("p1", afterSeq: 2, limit: 5, stream: .stderr)
        #expect(output.chunks.map(\.text) == ["x"])
        #expect(output.nextSeq == 3)
        #expect(output.hasMore)
        #expect(try await client.killBackground("p1", signal: .kill))
        #expect(
            daemon.seen.value.map(\.description) == [
                #"POST /v3/background/start {"sessionId":"s","command":"sleep 9","timeoutMs":2000}"#, "GET /v3/background?sessionId=s",
                "GET /v3/background/p1/status", "GET /v3/background/p1/output?afterSeq=2&limit=5&stream=stderr",
                #"POST /v3/background/p1/kill {"signal":"SIGKILL"}"#,
            ])
    }

    @Test func operationsAndModelsAreCalledByTheirRoutes() async throws {
        let daemon = StubDaemon()
        daemon.queue(200, #"{"operations":[{"id":"config.get","title":"t","description":"d","safety":"read"}]}"#)
        daemon.queue(200, #"{"ok":true,"id":"a/b","safety":"dangerous","result":{"x":1}}"#)
        daemon.queue(
            403, #"{"ok":false,"id":"x","safety":"dangerous","error":{"code":"dangerous_confirmation_required","message":"Confirm."}}"#)
        daemon.queue(200, #"{"models":[{"model_id":"m","status":"loaded","is_default":true}]}"#)
        daemon.queue(200, #"[{"repo_id":"r/m","local_path":"/x","size_bytes":1}]"#)
        let client = daemon.client()
        #expect(try await client.listOperations().map(\.safety) == [.read])
        #expect(try await client.runOperation("a/b", input: ["k": 1], confirmDangerous: true) == ["x": 1])
        #expect(daemon.last?.description == #"POST /v3/operations/a%2Fb {"input":{"k":1},"confirmDangerous":true}"#)
        let error = await #expect(throws: DaemonHTTPError.self) { try await client.runOperation("x") }
        #expect(daemon.last?.body == [:])
        #expect(error?.code == "dangerous_confirmation_required")
        #expect(error?.message == "POST /v3/operations/:id: Confirm.")
        #expect(try await client.models().map(\.isDefault) == [true])
        #expect(try await client.availableModels().map(\.id) == ["r/m"])
    }

    @Test func modelsAreLoadedFetchedAndDeletedByTheirRoutes() async throws {
        let daemon = StubDaemon()
        daemon.queue(200, #"{"model_id":"m","status":"download_required","confirmation_token":"k"}"#)
        daemon.queue(200, #"{"model_id":"m","status":"downloading","download_id":"d"}"#)
        daemon.queue(200, #"{"download_id":"d","repo_id":"o/m","status":"queued"}"#)
        daemon.queue(200, #"{"downloads":[{"download_id":"d","status":"done"}],"count":1,"includeInactive":true}"#)
        daemon.queue(200, #"{"downloads":[],"count":0,"includeInactive":false}"#)
        daemon.queue(200, #"{"downloadId":"d","repoId":"o/m","progress_percent":5}"#)
        daemon.queue(200, #"{"ok":true}"#)
        daemon.queue(200, #"{"ok":true}"#)
        daemon.queue(
            200,
            #"{"total_unified_memory_gb":64.5,"used_gb":10,"available_gb":54.5,"threshold_percent":90,"models":{"m":{"memory_gb":8,"loaded":true}}}"#
        )
        daemon.queue(200, #"{"status":"ok","models":[]}"#)
        daemon.queue(501, #"{"error":"no","code":"not_supported"}"#)
        let client = daemon.client()
        let load = try await client.loadModel("m", autoDownload: false)
        #expect(load.status == .downloadRequired)
        let confirmed = try await client.confirmModelLoad(try #require(load.confirmationToken))
        #expect(confirmed.status == .downloading)
        #expect(confirmed.downloadID == "d")
        #expect(try await client.downloadModel("o/m").repoID == "o/m")
        #expect(try await client.modelDownloads(includeInactive: true).map(\.status) == ["done"])
        #expect(try await client.modelDownloads().isEmpty)
        #expect(try await client.modelDownload("d").repoID == "o/m")
        try await client.deleteModel("o/m")
        try await client.unloadModel("m")
        let memory = try await client.modelMemory()
        #expect([memory.total, memory.used, memory.available, memory.thresholdPercent] == [64.5, 10, 54.5, 90])
        #expect(memory.models["m"] == DaemonModelMemory.Share(used: 8, isLoaded: true))
        #expect(try await client.modelServerStatus()["status"] == "ok")
        let error = await #expect(throws: DaemonHTTPError.self) { try await client.loadModel("m") }
        #expect(error?.code == "not_supported")
        #expect(
            daemon.seen.value.map(\.description) == [
                #"POST /v3/lmx/models/load {"modelId":"m","autoDownload":false}"#,
                #"POST /v3/lmx/models/load/confirm {"confirmationToken":"k"}"#, #"POST /v3/lmx/models/download {"repoId":"o/m"}"#,
                "GET /v3/lmx/models/downloads?includeInactive=true", "GET /v3/lmx/models/downloads",
                "GET /v3/lmx/models/download/d/progress", "DELETE /v3/lmx/models/o%2Fm", #"POST /v3/lmx/models/unload {"modelId":"m"}"#,
                "GET /v3/lmx/memory", "GET /v3/lmx/status", #"POST /v3/lmx/models/load {"modelId":"m"}"#,
            ])
    }

    @Test(arguments: [(200, true, false), (409, false, true), (404, false, false)])
    func answersToPermissionsAreResults(status: Int, ok: Bool, conflict: Bool) async throws {
        let daemon = StubDaemon { _ in .json(status, #"{"ok":\#(ok),"conflict":\#(conflict),"message":"m"}"#) }
        let result = try await daemon.client().resolvePermission("s", requestID: "perm_1", .deny)
        #expect(result.ok == ok)
        #expect(result.conflict == conflict)
        #expect(
            daemon.last?.description == #"POST /v3/sessions/s/permissions/perm_1 {"requestId":"perm_1","decision":"deny","decidedBy":"c"}"#)
    }

    @Test func commandsThatTheDaemonRefusesAreErrors() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        ws.on(.event) { _ in }
        let socket = try await daemon.socket(0)
        await socket.send(#"{"error":"Event replay failed","message":"m","afterSeq":0}"#)
        let task = Task { try await ws.submitTurn("s", content: "x") }
        _ = try await socket.next()
        await socket.send(#"{"error":"Session not found: s"}"#)
        let result = await task.result
        #expect(throws: DaemonCommandError(command: "turn.submit", reason: "Session not found: s")) { try result.get() }
        let lost = Task { try await ws.submitTurn("s", content: "x") }
        _ = try await socket.next()
        socket.close(1_006)
        let end = await lost.result
        #expect(throws: DaemonConnectionError.self) { try end.get() }
        await ws.close()
    }

    /// Its answer is due all the same, and the next command's is not taken for it.
    @Test func aCommandThatIsCancelledWhileItIsSentHoldsNobodyUp() async throws {
        let daemon = StubDaemon()
        let ws = daemon.client(clock: .impatient).connectWebSocket(sessionID: "s")
        ws.on(.event) { _ in }
        let socket = try await daemon.socket(0)
        socket.takesMessages.change { $0 = false }
        let submitting = Task { try await ws.submitTurn("s", content: "x") }
        _ = try await within { await socket.sending.first { $0 == 1 } }
        submitting.cancel()
        await #expect(throws: CancellationError.self) { try await submitting.value }
        async let cancelled = ws.cancel("s", turnID: "T")
        socket.takesMessages.change { $0 = true }
        #expect(try await socket.next()?["type"] == "turn.submit")
        await socket.send(#"{"type":"ack","action":"turn.submit","turnId":"T","queued":0}"#)
        #expect(try await socket.next()?["type"] == "turn.cancel")
        await socket.send(#"{"type":"ack","action":"turn.cancel","cancelled":{"cancelledQueued":0,"cancelledActive":true}}"#)
        #expect(try await cancelled.cancelledActive)
        await ws.close()
    }

    @Test func closingASessionWaitsForNoCommandOfASocketThatIsReplaced() async throws {
        let daemon = StubDaemon { _ in .json(404, #"{"error":"Session not found"}"#) }
        let client = daemon.client(clock: .impatient)
        let ws = client.connectWebSocket(sessionID: "s")
        ws.on(.event) { _ in }
        let socket = try await daemon.socket(0)
        let submitting = Task { try await ws.submitTurn("s", content: "x") }
        #expect(try await socket.next()?["type"] == "turn.submit")
        ws.hub.feed("s")?.connectAgain()
        try await client.close("s")
        #expect(try await socket.next() == nil)
        let end = await submitting.result
        #expect(throws: DaemonConnectionError.self) { try end.get() }
        #expect(daemon.sockets.value.count == 1)
        await ws.close()
    }

    @Test func withoutASocketCommandsGoOverHTTP() async throws {
        let daemon = StubDaemon()
        daemon.queue(202, #"{"turnId":"T","queued":0}"#)
        let ws = daemon.client().connectWebSocket(sessionID: "s")
        #expect(try await ws.submitTurn("s", content: "x").id == "T")
        #expect(daemon.lines == ["POST /v3/sessions/s/turns"])
        await ws.close()
    }
}
