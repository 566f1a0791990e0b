import ApusTestServer
import ApusTesting
import ApusTransport
import Testing

@testable import QwenSDK

/// What only a socket shows: time-outs and hang-ups (assertions 60, 62 and 63 of `qwen-serve.md` §9.2).
struct SocketTests {
    private let seen = Watched<[String]>([])

    private func server(_ answer: @escaping @Sendable (StubHTTPServer.Request, StubHTTPServer.Exchange) -> Void) async throws
        -> StubHTTPServer
    {
        try await StubHTTPServer.start(
            observe: { [seen] event in
                switch event {
                case .opened: break
                case .requested(let request): seen.change { $0.append("\(request.method) \(request.uri)") }
                case .closed: seen.change { $0.append("closed") }
                }
            }, answer: answer)
    }

    private func waitFor(_ fact: String) async throws { _ = try await within { [seen] in await seen.first { $0.contains(fact) } } }

    private static let stream: [(String, String)] = [("Content-Type", "text/event-stream")]

    @Test func theDefaultTimeOutIsHalfAMinute() {
        #expect(DaemonClient(baseURL: "http://h").fetchTimeout == .seconds(30))
        #expect(DaemonClient(baseURL: "http://h", fetchTimeout: .zero).fetchTimeout == nil)
        #expect(DaemonClient(baseURL: "http://h", fetchTimeout: .seconds(-1)).fetchTimeout == nil)
    }

    /// Assertion 60.
    @Test(arguments: [false, true]) func theTimeOutCoversHeadersAndBody(sendsHead: Bool) async throws {
        let server = try await server { _, exchange in
            guard sendsHead else { return }
            exchange.begin(200, [("Content-Type", "application/json"), ("Content-Length", "100")])
            exchange.write("{\"status\":")
        }
        let client = DaemonClient(baseURL: server.url, token: "", fetchTimeout: .milliseconds(200))
        await #expect(throws: DaemonTimeoutError(call: "GET /health", timeout: .milliseconds(200))) {
            try await within { try await client.health() }
        }
        try await waitFor("closed")
        await client.close()
        await server.stop()
    }

    @Test func anOpenStreamAndAPromptOutliveTheTimeOut() async throws {
        let time = ManualTime()
        let exchanges = Watched<[StubHTTPServer.Exchange]>([])
        let server = try await server { request, exchange in
            if request.method == "GET" {
                exchange.begin(200, Self.stream)
                exchange.write(frame(1))
            }
            exchanges.change { $0.append(exchange) }
        }
        let client = DaemonClient(baseURL: server.url, token: nil, transport: HTTPClientTransport(), clock: .manual(time))
        async let result = client.prompt("s", prompt: ["x"])
        _ = try await within { await exchanges.first { $0.count == 1 } }
        var events = client.subscribeEvents("s").makeAsyncIterator()
        #expect(try await events.next()?.id == 1)
        time.advance(by: .seconds(86_400))
        exchanges.value[0].respond(200, [("Content-Type", "application/json")], #"{"stopReason":"end_turn"}"#)
        exchanges.value[1].write(frame(2))
        #expect(try await result.stopReason == .endTurn)
        #expect(try await events.next()?.id == 2)
        await client.close()
        await server.stop()
    }

    /// Assertion 62.
    @Test func idsAndSlashesArriveEncoded() async throws {
        let server = try await server { _, exchange in exchange.respond(204) }
        let client = DaemonClient(baseURL: server.url + "//", token: "")
        try await client.cancel("a/b c?é'")
        #expect(seen.value == ["POST /session/a%2Fb%20c%3F%C3%A9'/cancel"])
        await client.close()
        await server.stop()
    }

    /// Assertion 63.
    @Test func leavingTheLoopClosesTheConnection() async throws {
        let server = try await server { _, exchange in
            exchange.begin(200, Self.stream)
            exchange.write("retry: 3000\n\n" + frame(1) + frame(2))
        }
        let client = DaemonClient(baseURL: server.url, token: "")
        for try await event in client.subscribeEvents("s", lastEventID: 0) {
            #expect(event.id == 1)
            break
        }
        try await waitFor("closed")
        await client.close()
        await server.stop()
    }

    @Test func cancellingAStreamClosesItsConnection() async throws {
        let server = try await server { _, exchange in
            exchange.begin(200, Self.stream)
            exchange.write("retry: 3000\n\n")
        }
        let client = DaemonClient(baseURL: server.url, token: "")
        let task = Task { try await client.subscribeEvents("s").all() }
        try await waitFor("GET /session/s/events")
        task.cancel()
        #expect(try await within { try await task.value }.isEmpty)
        try await waitFor("closed")
        await client.close()
        await server.stop()
    }

    @Test func cancellingAPromptHangsUp() async throws {
        let server = try await server { _, _ in }
        let client = DaemonClient(baseURL: server.url, token: "")
        let task = Task { try await client.prompt("s", prompt: ["x"]) }
        try await waitFor("POST /session/s/prompt")
        task.cancel()
        let result = try await within { await task.result }
        #expect(throws: CancellationError.self) { try result.get() }
        try await waitFor("closed")
        #expect(!seen.value.contains { $0.hasSuffix("/cancel") })
        await client.close()
        await server.stop()
    }

    @Test func aConnectionThatEndsIsTold() async throws {
        let server = try await server { _, exchange in exchange.cut() }
        let client = DaemonClient(baseURL: server.url, token: "")
        let lost = await #expect(throws: DaemonConnectionError.self) { try await client.health() }
        #expect(lost?.wasSent == true)
        await server.stop()
        let refused = await #expect(throws: DaemonConnectionError.self) { try await client.health() }
        #expect(refused?.wasSent == false)
        await client.close()
        await #expect(throws: DaemonConnectionError("GET /health: the client was closed", wasSent: false)) { try await client.health() }
    }

    @Test func aClientForTheLengthOfAClosureIsClosedBehindIt() async throws {
        struct Thrown: Error {}
        let server = try await server { _, exchange in exchange.respond(200, [], #"{"status":"ok"}"#) }
        let kept = Watched<DaemonClient?>(nil)
        await #expect(throws: Thrown.self) {
            try await withDaemonClient(baseURL: server.url, token: "") { client in
                _ = try await client.health()
                kept.change { $0 = client }
                throw Thrown()
            }
        }
        try await waitFor("closed")
        await #expect(throws: DaemonConnectionError.self) { try await kept.value?.health() }
        let status = try await withDaemonClient(baseURL: server.url, token: "") { try await $0.health().status }
        #expect(status == "ok")
        await server.stop()
    }

    @Test func aBaseThatIsNoURLFailsTheCall() async throws {
        for url in ["", "nonsense", "ftp://h"] {
            let error = await #expect(throws: DaemonConnectionError.self) { try await DaemonClient(baseURL: url, token: "").health() }
            #expect(error?.wasSent == false)
        }
    }
}
