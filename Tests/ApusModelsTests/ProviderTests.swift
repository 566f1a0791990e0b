import ApusBase
import ApusCore
import ApusSettings
import Synchronization
import Testing

@testable import ApusModels

/// All providers over a real socket: what the decoders cannot show by themselves.
@Suite(.timeLimit(.minutes(5))) struct ProviderTests {
    private static let request = ModelRequest(system: "", messages: [.user(["Hi"])], tools: [])
    private static let chunks = [
        "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hel\"}}]}", "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"lo\"}}]}",
    ]
    private static let finish = "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}"
    private static let events: [ModelEvent] = [.itemStarted(index: 0, .text), .delta(index: 0, "Hel"), .delta(index: 0, "lo")]
    private static let end: [ModelEvent] = [.itemFinished(index: 0, .text("Hello")), .finished(.endOfTurn)]

    /// One response over one connection pool; returns what was received and the error, if any.
    private func respond(
        _ scripts: [ScriptedServer.Step]..., dialect: String = ChatCompletionsProvider.dialect, deadlines: HTTPDeadlines = HTTPDeadlines()
    ) async throws -> (events: [ModelEvent], error: ModelError?, request: String) {
        try await ScriptedServer.withScripts(scripts) { server in
            let http = HTTPStream()
            var endpoint = sampleEndpoint(dialect: dialect, baseURL: server.url)
            endpoint.deadlines = deadlines
            let provider: any ModelProvider =
                switch dialect {
                case MessagesProvider.dialect: MessagesProvider(endpoint, http: http)
                case ResponsesProvider.dialect: ResponsesProvider(endpoint, http: http)
                default: ChatCompletionsProvider(endpoint, http: http)
                }
            let received = Mutex<[ModelEvent]>([])
            var failure: ModelError?
            do throws(ModelError) {
                try await provider.respond(to: Self.request) { event in received.withLock { $0.append(event) } }
            } catch {
                failure = error
            }
            await http.close()
            return (received.withLock { $0 }, failure, server.requests.first ?? "")
        }
    }

    private func sse(_ data: [String]) -> String { data.map { "data: \($0)\n\n" }.joined() }

    @Test func chatAnswerIsStreamed() async throws {
        let (events, error, request) = try await respond([
            .send(head("200 OK", type: "text/event-stream", "transfer-encoding: chunked")),
            .trickle((Self.chunks + [Self.finish, "[DONE]"]).map { chunked("data: \($0)\n\n") }), .send("0\r\n\r\n"),
        ])
        #expect(events == Self.events + Self.end)
        #expect(error == nil)
        #expect(request.hasPrefix("POST /chat/completions HTTP/1.1\r\n"))
        #expect(request.contains("authorization: Bearer canary-key-123\r\n"))
    }

    @Test func messagesAnswerIsStreamed() async throws {
        let (events, error, request) = try await respond(
            [
                .send(head()),
                .send(
                    sse([
                        "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"Hello\"}}",
                        "{\"type\":\"content_block_stop\",\"index\":0}",
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}", "{\"type\":\"message_stop\"}",
                    ])),
            ], dialect: MessagesProvider.dialect)
        #expect(events == [.itemStarted(index: 0, .text), .delta(index: 0, "Hello")] + Self.end)
        #expect(error == nil)
        #expect(request.hasPrefix("POST /v1/messages HTTP/1.1\r\n"))
        #expect(request.contains("x-api-key: canary-key-123\r\n"))
    }

    @Test func responsesAnswerIsStreamed() async throws {
        let (events, error, request) = try await respond(
            [
                .send(head()),
                .send(
                    sse([
                        "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":\"Hello\"}",
                        "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}",
                    ])),
            ], dialect: ResponsesProvider.dialect)
        #expect(events == [.itemStarted(index: 0, .text), .delta(index: 0, "Hello")] + Self.end)
        #expect(error == nil)
        #expect(request.hasPrefix("POST /responses HTTP/1.1\r\n"))
        #expect(request.contains("authorization: Bearer canary-key-123\r\n"))
    }

    /// Waiting would take the idle limit of two minutes.
    @Test(.timeLimit(.minutes(5))) func serverThatHoldsTheConnectionAfterDoneIsNotWaitedFor() async throws {
        let (events, error, _) = try await respond([.send(head()), .send(sse(Self.chunks + [Self.finish, "[DONE]"]))])
        #expect(events == Self.events + Self.end)
        #expect(error == nil)
    }

    @Test func cutAfterTheFinishReasonIsAnEnd() async throws {
        let (events, error, _) = try await respond([
            .send(head(type: "text/event-stream", "transfer-encoding: chunked") + chunked(sse(Self.chunks + [Self.finish]))), .close,
        ])
        #expect(events == Self.events + Self.end)
        #expect(error == nil)
    }

    @Test func cutInTheMiddleKeepsWhatWasShown() async throws {
        for ending in [ScriptedServer.Step.close, .reset] {
            let (events, error, _) = try await respond([
                .send(head(type: "text/event-stream", "transfer-encoding: chunked") + chunked(sse(Self.chunks))), ending,
            ])
            #expect(events == Self.events)
            #expect(error?.kind == .streamBroken)
        }
    }

    @Test func connectionThatEndsEarlyWithoutChunkingIsBroken() async throws {
        let (events, error, _) = try await respond([.send(head()), .send(sse(Self.chunks)), .close])
        #expect(events == Self.events)
        #expect(error?.kind == .streamBroken)
    }

    @Test func stalledStreamTimesOut() async throws {
        let (events, error, _) = try await respond(
            [.send(head() + sse(Self.chunks))], deadlines: HTTPDeadlines(idle: .milliseconds(250)))
        #expect(events == Self.events)
        #expect(error?.kind == .timeout)
        #expect(error?.message.contains("sent nothing more within 0.25 seconds") == true)
    }

    @Test func statusErrorKeepsWordsMasksKeysAndReadsRetryAfter() async throws {
        let body = "{\"error\":{\"message\":\"Too fast, canary-key-123\"}}"
        let (events, error, _) = try await respond([
            .send(head("429 Too Many Requests", type: "application/json", "retry-after: 4", "content-length: \(body.utf8.count)") + body)
        ])
        #expect(events == [])
        #expect(error?.kind == .rateLimited)
        #expect(error?.retryAfter == .seconds(4))
        #expect(error?.message.contains("Too fast, ***. It asks to wait 4.0 seconds.") == true)
        #expect(String(describing: error).contains("canary") == false)
    }

    @Test func hugeErrorBodyIsBounded() async throws {
        let (_, error, _) = try await respond([
            .send(head("500 Oops", type: "text/plain")), .trickle(Array(repeating: String(repeating: "x", count: 65_536), count: 40)),
        ])
        #expect(error?.kind == .server)
        #expect((error?.message.count ?? 0) < 2_500)
    }

    @Test func statusWithABodyThatIsCutStillCounts() async throws {
        let (_, error, _) = try await respond([.send(head("401 Unauthorized", type: "text/plain", "content-length: 100") + "no"), .close])
        #expect(error?.kind == .authentication)
    }

    @Test func documentInsteadOfAStreamIsRead() async throws {
        let body = "{\"choices\":[{\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}]}"
        let (events, error, _) = try await respond([
            .send(head(type: "application/json", "content-length: \(body.utf8.count)") + body)
        ])
        #expect(events == [.itemStarted(index: 0, .text), .delta(index: 0, "Hello")] + Self.end)
        #expect(error == nil)
    }

    @Test func unreachableServerIsANetworkError() async throws {
        let closed = try ClosedPort()
        let http = HTTPStream()
        let provider = ChatCompletionsProvider(
            sampleEndpoint(dialect: ChatCompletionsProvider.dialect, baseURL: "http://127.0.0.1:\(closed.number)/v1"), http: http)
        let error = await #expect(throws: ModelError.self) { try await provider.respond(to: Self.request) { _ in } }
        #expect(error?.kind == .network)
        #expect(error?.message.contains("cannot be reached: connection refused") == true)
        await http.close()
    }

    @Test func cancellingWhileReceivingEndsTheResponse() async throws {
        try await ScriptedServer.withServer([.send(head() + sse(Self.chunks))]) { server in
            let http = HTTPStream()
            let provider = ChatCompletionsProvider(
                sampleEndpoint(dialect: ChatCompletionsProvider.dialect, baseURL: server.url), http: http)
            let (started, signal) = AsyncStream.makeStream(of: Void.self)
            let task = Task { () -> ModelError.Kind? in
                do throws(ModelError) {
                    try await provider.respond(to: Self.request) { event in if case .delta = event { signal.yield() } }
                    return nil
                } catch {
                    return error.kind
                }
            }
            for await _ in started { break }
            task.cancel()
            #expect(await task.value == .cancelled)
            await server.allClosed()
            await http.close()
        }
    }
}
