import ApusTesting
import NIOCore
import NIOPosix
import NIOWebSocket
import Testing

@testable import ApusTransport

@Suite struct WebSocketClientTests {
    private func client(
        _ port: Int, path: String = "", retries: Int = 0, timeout: Duration = .seconds(5), clock: TransportClock = .system,
        incomingLimit: Int = 64 << 20
    ) -> WebSocketClient {
        WebSocketClient(
            url: "ws://127.0.0.1:\(port)\(path)",
            schedule: ConnectSchedule(retries: retries, attemptTimeout: timeout) { .milliseconds(500 * (1 << $0)) },
            closeReason: "Client disconnect", clock: clock, incomingLimit: incomingLimit)
    }

    private func manual(_ time: ManualTime) -> TransportClock {
        TransportClock(now: { .milliseconds(time.now) }, sleep: { try await time.sleep(for: $0) })
    }

    @Test func messagesGoBothWaysAndTheCloseIsOrderly() async throws {
        try await within {
            let server = try await SocketServer.start()
            let client = self.client(server.port, path: "/some/path?x=1")
            try await client.connect()
            try await client.send(Array("hello".utf8))
            _ = await server.seen.first { $0.texts == ["hello"] }
            try await server.send("one")
            try await server.send("two", opcode: .binary)
            try await server.send("th", fin: false)
            try await server.send("ree", opcode: .continuation)
            for expected in ["one", "two", "three"] {
                #expect(try await client.receive() == Array(expected.utf8))
            }
            try await server.send("ping!", opcode: .ping)
            _ = await server.seen.first { $0.pongs == ["ping!"] }
            await client.close()
            let seen = await server.seen.first { !$0.closes.isEmpty }
            #expect(seen.closes == ["1000 Client disconnect"])
            #expect(seen.uri == "/some/path?x=1")
            #expect(
                seen.headers == ["connection", "host", "sec-websocket-key", "sec-websocket-version", "upgrade"]
                    || seen.headers == ["connection", "content-length", "host", "sec-websocket-key", "sec-websocket-version", "upgrade"])
            #expect(try await client.receive() == nil)
            await server.stop()
        }
    }

    @Test func headersGoWithTheRequestAndPongsAreHeard() async throws {
        try await within {
            let server = try await SocketServer.start()
            let client = WebSocketClient(
                url: "ws://127.0.0.1:\(server.port)/", headers: [HTTPRequest.Header("Authorization", "Bearer t")],
                schedule: ConnectSchedule(retries: 0, attemptTimeout: .seconds(5)) { _ in .zero }, closeReason: "bye")
            await #expect(throws: TransportError.notConnected) { try await client.ping() }
            try await client.connect()
            #expect(client.framesHeard == 0)
            try await client.ping()
            _ = await server.seen.first { $0.pings == 1 }
            try await server.send("", opcode: .pong)
            try await server.send("x")
            #expect(try await client.receive() == Array("x".utf8))
            #expect(client.framesHeard == 2)
            #expect(server.seen.value.headers.contains("authorization"))
            await client.close()
            await server.stop()
        }
    }

    @Test func aHeaderWithAControlCharacterIsNotSent() async throws {
        let client = WebSocketClient(
            url: "ws://127.0.0.1:1/", headers: [HTTPRequest.Header("Authorization", "Bearer se\r\ncret")],
            schedule: ConnectSchedule(retries: 0, attemptTimeout: .seconds(5)) { _ in .zero }, closeReason: "bye")
        let error = TransportError.connectFailed("the value of the header \"Authorization\" has a control character")
        await #expect(throws: error) { try await client.connect() }
    }

    @Test func whatTheServerSaidAtTheEndIsKept() async throws {
        try await within {
            let server = try await SocketServer.start()
            let client = self.client(server.port)
            try await client.connect()
            try await server.send("last")
            try await server.close(4_001, "go away")
            #expect(try await client.receive() == Array("last".utf8))
            await #expect(throws: TransportError.closed(code: 4_001, reason: "go away")) { try await client.receive() }
            await #expect(throws: TransportError.closed(code: 4_001, reason: "go away")) { try await client.receive() }
            await client.close()
            await server.stop()
        }
    }

    @Test func aCutConnectionIs1006() async throws {
        try await within {
            let server = try await SocketServer.start()
            let client = self.client(server.port)
            try await client.connect()
            try await server.cut()
            let error = await #expect(throws: TransportError.self) { try await client.receive() }
            #expect(error?.description == "WebSocket closed (code: 1006, reason: )")
            await client.close()
            await server.stop()
        }
    }

    @Test func aServerThatRefusesIsAFailure() async throws {
        try await within {
            let server = try await SocketServer.start(upgrades: false)
            let client = self.client(server.port)
            await #expect(throws: TransportError.self) { try await client.connect() }
            await server.stop()
        }
    }

    @Test func attemptsFollowTheSchedule() async throws {
        try await within {
            let time = ManualTime()
            let port = try TCPProbe.freePort()
            let client = self.client(port, retries: 3, clock: self.manual(time))
            let connecting = Task { try await client.connect() }
            for retry in 0..<3 {
                let pause = Duration.milliseconds(500 * (1 << retry))
                try await time.sleeps(1) { $0 == pause }
                time.advance(by: pause)
            }
            let error = await #expect(throws: TransportError.self) { try await connecting.value }
            #expect(error?.description.hasPrefix("WebSocket connection failed: ") == true)
            #expect(time.requestedSleeps.filter { $0 != .seconds(5) } == [.milliseconds(500), .seconds(1), .seconds(2)])
        }
    }

    @Test func anAttemptHasADeadline() async throws {
        try await within {
            let time = ManualTime()
            // Accepts and never speaks.
            let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0).get()
            let port = silent.localAddress?.port ?? 0
            let client = self.client(port, timeout: .seconds(7), clock: self.manual(time))
            let connecting = Task { try await client.connect() }
            try await time.sleeps(1) { $0 == .seconds(7) }
            time.advance(by: .seconds(7))
            let error = await #expect(throws: TransportError.self) { try await connecting.value }
            #expect(error?.description == "WebSocket connection timeout after 7000ms: ws://127.0.0.1:\(port)")
            try await silent.close()
        }
    }

    @Test func aServerThatNeverSaysGoodbyeIsLeft() async throws {
        try await within {
            let server = try await SocketServer.start(answersClose: false)
            let time = ManualTime()
            let client = self.client(server.port, clock: self.manual(time))
            try await client.connect()
            let closing = Task { await client.close() }
            try await time.sleeps(1) { $0 == .seconds(5) }
            _ = await server.seen.first { !$0.closes.isEmpty }
            time.advance(by: .seconds(5))
            await closing.value
            await server.stop()
        }
    }

    @Test func twiceIsRefusedAndSendingNeedsAConnection() async throws {
        try await within {
            let server = try await SocketServer.start()
            let client = self.client(server.port)
            await #expect(throws: TransportError.notConnected) { try await client.send([]) }
            try await client.connect()
            await #expect(throws: TransportError.alreadyConnected) { try await client.connect() }
            await client.close()
            await server.stop()
        }
    }

    @Test func whoReadsSlowlyHoldsTheServerBackAndLosesNothing() async throws {
        try await within {
            let server = try await SocketServer.start()
            let client = self.client(server.port, incomingLimit: 1 << 10)
            try await client.connect()
            let text = String(repeating: "x", count: 1_000)
            for number in 0..<40 { try await server.send("\(number) \(text)") }
            for number in 0..<40 {
                let message = try await client.receive()
                #expect(message.map { String(decoding: $0, as: UTF8.self) } == "\(number) \(text)")
            }
            await client.close()
            await server.stop()
        }
    }
}
