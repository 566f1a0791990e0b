import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ApusTransport

@Suite struct LoopbackListenerTests {
    private static let token = "secret"

    private func request(
        _ body: String, host: String = "127.0.0.1", token: String = token, path: String = "/mcp", _ more: String = ""
    ) -> String {
        "POST \(path) HTTP/1.1\r\nHost: \(host)\r\nAuthorization: Bearer \(token)\r\n\(more)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func with<Value>(
        _ limits: LoopbackListener.Limits = .init(),
        _ handle: @escaping LoopbackListener.Handler = { body, _ in .init(status: 200, body: body) },
        _ body: (LoopbackListener) async throws -> Value
    ) async throws -> Value {
        let listener = try await LoopbackListener.open(path: "/mcp", token: Self.token, limits: limits, handle: handle)
        do {
            let value = try await body(listener)
            await listener.close()
            return value
        } catch {
            await listener.close()
            throw error
        }
    }

    /// What comes back on one connection until it is closed or `count` heads have come.
    private func exchange(_ text: String, with listener: LoopbackListener, heads count: Int = 1) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(
            host: "127.0.0.1", port: listener.port
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { input, output in
            try await output.write(ByteBuffer(string: text))
            var got = ""
            for try await piece in input {
                got += String(buffer: piece)
                if got.ranges(of: "HTTP/1.1 ").count >= count, got.hasSuffix("!") { break }
            }
            return got
        }
    }

    @Test(arguments: [
        ("127.0.0.1", 200), ("127.0.0.1:1234", 200), ("localhost", 200), ("LOCALHOST:80", 200), ("[::1]:5", 200), ("attacker.test", 403),
        ("127.0.0.1.attacker.test", 403), ("localhost.", 403), ("127.0.0.1:80@x", 403), ("", 403), ("[::1].x", 403),
    ])
    func onlyLoopbackNamesAreAnswered(host: String, status: Int) async throws {
        let got = try await with { try await exchange(request("!", host: host, "Connection: close\r\n"), with: $0) }
        #expect(got.hasPrefix("HTTP/1.1 \(status) "), "\(got)")
    }

    @Test func aConnectionIsUsedAgain() async throws {
        let got = try await with { try await exchange(request("a!") + "", with: $0) }
        #expect(got.hasSuffix("\r\n\r\na!"))
    }

    @Test func aBodyThatIsTooLargeIsRefusedAnnouncedOrNot() async throws {
        let limits = LoopbackListener.Limits(bodyBytes: 10)
        let announced = try await with(limits) { try await exchange(request("12345678901"), with: $0) }
        #expect(announced.hasPrefix("HTTP/1.1 413 "))
        let chunked = """
            POST /mcp HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\nTransfer-Encoding: chunked\r\n\r\n\
            8\r\n12345678\r\n8\r\n12345678\r\n
            """
        let streamed = try await with(limits) { try await exchange(chunked, with: $0) }
        #expect(streamed.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func aSecondRequestBeforeTheAnswerEndsTheConnection() async throws {
        let got = try await with(
            .init(),
            { _, _ in
                try? await Task.sleep(for: .seconds(600))
                return .init(status: 200)
            }
        ) { try await exchange(request("a") + request("b"), with: $0) }
        #expect(got == "")
    }

    @Test func aClientThatGoesAwayCancelsWhatIsBeingAnsweredForIt() async throws {
        let (events, tell) = AsyncStream<String>.makeStream()
        let handle: LoopbackListener.Handler = { _, _ in
            tell.yield("begun")
            // Ends by cancellation alone.
            try? await Task.sleep(for: .seconds(3_600))
            tell.yield(Task.isCancelled ? "cancelled" : "slept")
            return .init(status: 200)
        }
        try await with(.init(), handle) { listener in
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: listener.port).get()
            try await channel.writeAndFlush(ByteBuffer(string: request("x")))
            var seen: [String] = []
            for await event in events {
                seen.append(event)
                if event == "begun" { try await channel.close() } else { break }
            }
            #expect(seen == ["begun", "cancelled"])
        }
    }

    @Test func closingCutsWhatIsOpen() async throws {
        let (begun, tell) = AsyncStream<Void>.makeStream()
        let listener = try await LoopbackListener.open(path: "/mcp", token: Self.token) { _, _ in
            tell.yield()
            try? await Task.sleep(for: .seconds(3_600))
            return .init(status: 200)
        }
        async let answer = exchange(request("x"), with: listener)
        for await _ in begun { break }
        await listener.close()
        let got = try? await answer
        #expect(got == "" || got == nil)
    }
}
