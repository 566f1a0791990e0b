import ApusTesting
import ApusTransport
import Testing

@testable import QwenSDK

/// Subscriptions without resuming (`qwen-serve.md` §5.2, §5.3; assertions 59 and 61 of §9.2).
struct EventStreamTests {
    @Test func nothingIsSentBeforeTheFirstEventIsAskedFor() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1))
        let stream = daemon.client().subscribeEvents("a/b", lastEventID: 0, maxQueued: 16, clientId: "c")
        var events = stream.makeAsyncIterator()
        #expect(daemon.lines.isEmpty)
        #expect(try await events.next()?.id == 1)
        #expect(daemon.lines == ["GET /session/a%2Fb/events?maxQueued=16"])
        #expect(daemon.last?.headers == ["accept": "text/event-stream", "last-event-id": "0", "x-qwen-client-id": "c"])
        #expect(try await events.next() == nil)
        #expect(try await events.next() == nil)
        #expect(daemon.lines.count == 1)
    }

    @Test func withoutACursorNoneIsSent() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1))
        _ = try await daemon.client(token: "t").subscribeEvents("s").all()
        #expect(daemon.last?.headers == ["accept": "text/event-stream", "authorization": "Bearer t"])
        #expect(daemon.lines == ["GET /session/s/events"])
    }

    @Test func everyLoopIsASubscriptionOfItsOwn() async throws {
        let daemon = StubDaemon()
        daemon.queue(stream: frame(1))
        daemon.queue(stream: frame(2))
        let stream = daemon.client().subscribeEvents("s")
        #expect(try await stream.all().map(\.id) == [1])
        #expect(try await stream.all().map(\.id) == [2])
    }

    @Test func framesBecomeEvents() async throws {
        let daemon = StubDaemon()
        daemon.queue(
            stream: "retry: 3000\n\n", frame(7, "odd_type", "[1]", by: "client_1"), ": heartbeat\n\n",
            frame(nil, "stream_error", #"{"error":"e"}"#))
        let events = try await daemon.client().subscribeEvents("s").all()
        #expect(
            events == [
                DaemonEvent(id: 7, type: "odd_type", data: [1], originatorClientId: "client_1"),
                DaemonEvent(type: "stream_error", data: ["error": "e"]),
            ])
        #expect(events[0].kind == .unknown)
    }

    /// Assertion 59.
    @Test func whatIsNoEventStreamIsRefused() async throws {
        for (type, body) in [("application/json", "application/json"), ("", "")] {
            let daemon = StubDaemon { _ in HTTPResponse(status: 200, headers: type.isEmpty ? [] : [.init("Content-Type", type)], text: "{}")
            }
            let error = await #expect(throws: DaemonHTTPError.self) { try await daemon.client().subscribeEvents("s").all() }
            #expect(error?.status == 200)
            #expect(error?.body == .text(body))
            #expect(error?.message.contains("text/event-stream") == true)
        }
        let daemon = StubDaemon { _ in
            HTTPResponse(status: 200, headers: [.init("content-type", "TEXT/Event-Stream; charset=utf-8")], text: "")
        }
        #expect(try await daemon.client().subscribeEvents("s").all().isEmpty)
    }

    @Test func whatTheDaemonRefusesIsThrown() async throws {
        let daemon = StubDaemon { _ in
            .json(
                429, #"{"error":"EventBus subscriber limit reached (64)","code":"subscriber_limit_exceeded","limit":64}"#,
                [.init("Retry-After", "5")])
        }
        let error = await #expect(throws: DaemonHTTPError.self) { try await daemon.client().subscribeEvents("s").all() }
        #expect(error?.status == 429)
        #expect(error?.code == "subscriber_limit_exceeded")
        #expect(error?.retryAfter == .seconds(5))
        #expect(error?.message == "GET /session/:id/events: EventBus subscriber limit reached (64)")
    }

    @Test func aLostConnectionIsAnErrorAfterWhatCame() async throws {
        let daemon = StubDaemon()
        let body = MemoryHTTPBody()
        body.push(frame(1))
        body.finish(.connectionLost("cut"))
        daemon.queue(body)
        var events = daemon.client().subscribeEvents("s").makeAsyncIterator()
        #expect(try await events.next()?.id == 1)
        await #expect(throws: DaemonConnectionError("GET /session/:id/events: the connection was lost: cut")) { try await events.next() }
        #expect(try await events.next() == nil)
    }

    @Test func aDaemonThatIsNotThereIsTold() async throws {
        let daemon = StubDaemon { _ throws(HTTPTransportError) in throw .connectFailed("refused") }
        let error = await #expect(throws: DaemonConnectionError.self) { try await daemon.client().subscribeEvents("s").all() }
        #expect(error == DaemonConnectionError("GET /session/:id/events: cannot connect: refused", wasSent: false))
    }

    @Test func aFrameWithoutEndIsAnErrorAndClosesTheConnection() async throws {
        let daemon = StubDaemon()
        let isClosed = Watched(false)
        let body = MemoryHTTPBody { isClosed.change { $0 = true } }
        body.push(frame(1))
        for _ in 0..<17 { body.push([UInt8](repeating: 0x78, count: 1 << 20)) }
        daemon.queue(body)
        var events = daemon.client().subscribeEvents("s").makeAsyncIterator()
        #expect(try await events.next()?.id == 1)
        await #expect(throws: SSEFramingError(limit: 16_777_216)) { try await events.next() }
        #expect(isClosed.value)
        #expect(try await events.next() == nil)
    }

    /// Assertion 63.
    @Test func leavingTheLoopClosesTheConnection() async throws {
        let daemon = StubDaemon()
        let isClosed = Watched(false)
        let body = MemoryHTTPBody { isClosed.change { $0 = true } }
        body.push(frame(1) + frame(2))
        daemon.queue(body)
        for try await event in daemon.client().subscribeEvents("s") {
            #expect(event.id == 1)
            #expect(!isClosed.value)
            break
        }
        _ = try await within { await isClosed.first { $0 } }
    }

    @Test(arguments: [false, true]) func cancellingEndsTheStreamWithoutAnError(isOpen: Bool) async throws {
        let daemon = StubDaemon()
        let isClosed = Watched(false)
        let body = MemoryHTTPBody { isClosed.change { $0 = true } }
        body.push(frame(1))
        let gate = Watched(0)
        daemon.queue { _ throws(HTTPTransportError) in
            if isOpen { return .events(body) }
            gate.change { $0 += 1 }
            do { try await Task.sleep(for: .seconds(3_600)) } catch { throw .cancelled }
            return .events(body)
        }
        let stream = daemon.client(timeout: nil).subscribeEvents("s", resume: .automatic)
        let task = Task {
            var count = 0
            for try await _ in stream {
                count += 1
                gate.change { $0 += 1 }
            }
            return count
        }
        _ = try await within { await gate.first { $0 == 1 } }
        task.cancel()
        #expect(try await task.value == (isOpen ? 1 : 0))
        if isOpen { _ = try await within { await isClosed.first { $0 } } }
        #expect(daemon.lines.count == 1)
    }

    @Test func theTimeOutIsAboutTheHeadersOnly() async throws {
        let time = ManualTime()
        let daemon = StubDaemon()
        let body = MemoryHTTPBody()
        daemon.queue(body)
        var events = daemon.client(timeout: .seconds(3), clock: .manual(time)).subscribeEvents("s").makeAsyncIterator()
        body.push(frame(1))
        #expect(try await events.next()?.id == 1)
        time.advance(by: .seconds(3_600))
        body.push(frame(2))
        body.finish()
        #expect(try await events.next()?.id == 2)
        #expect(time.sleeperCount == 0)
    }

    @Test func aDaemonThatDoesNotOpenTheStreamIsLate() async throws {
        let time = ManualTime()
        let daemon = StubDaemon { _ throws(HTTPTransportError) in
            do { try await Task.sleep(for: .seconds(3_600)) } catch { throw .cancelled }
            throw .cancelled
        }
        let stream = daemon.client(timeout: .seconds(3), clock: .manual(time)).subscribeEvents("s")
        let task = Task { try await stream.all() }
        try await time.sleeps(1)
        time.advance(by: .seconds(3))
        let result = try await within { await task.result }
        #expect(throws: DaemonTimeoutError(call: "GET /session/:id/events", timeout: .seconds(3))) { try result.get() }
    }
}
