import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import Synchronization
import Testing

/// A port as its clients see it: real sockets, a front that echoes.
@Suite struct SocketListenerTests {
    /// Runs `body` beside a listener on a free port.
    static func withListener(
        _ change: @Sendable (inout ListenerSetting) -> Void = { _ in }, table: ConnectionTable? = nil,
        serve: (@Sendable (WebSocketConnection, @escaping @Sendable () -> Void) async -> Void)? = nil,
        _ body: @Sendable (SocketListener) async throws -> Void
    ) async throws {
        var setting = ListenerSetting(port: 0)
        change(&setting)
        let listener = try await SocketListener.open(setting, table: table ?? ConnectionTable(limits: setting.limits)) { Array("{}".utf8) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run(serve ?? echo) }
            try await body(listener)
            group.cancelAll()
        }
    }

    @Sendable private static func echo(_ connection: WebSocketConnection, _ accept: @escaping @Sendable () -> Void) async {
        accept()
        for await frame in connection.frames {
            // A peer that has gone reads no echo.
            guard (try? await connection.send([frame])) != nil else { return }
        }
    }

    @Test(arguments: ["/", "/some/path?x=1"])
    func framesGoThereAndBack(path: String) async throws {
        try await Self.withListener { listener in
            let peer = try await WebSocketPeer.open(port: listener.port, path: path)
            try await peer.send("héllo")
            #expect(try await peer.next()?.text == "héllo")
            let long = String(repeating: "x", count: 300_000)
            try await peer.send(long)
            #expect(try await peer.next()?.text == long)
            try await peer.raw.send(WebSocketPeer.frame(8, [3, 232]))
            #expect(try await peer.closeCode() == 1000)
            #expect(try await peer.raw.received { _ in false }.isOver)
        }
    }

    @Test func framesThatComeWithTheHandshakeAreNotLost() async throws {
        try await Self.withListener { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            let frame = WebSocketPeer.frame(1, Array("early".utf8))
            try await raw.send(Array(WebSocketPeer.handshake(port: listener.port).utf8) + frame)
            let echoed = [0x81, 5] + Array("early".utf8)
            #expect(try await raw.received { $0.firstRange(of: echoed) != nil }.isOver == false)
        }
    }

    @Test func compressionIsNotAgreedOn() async throws {
        try await Self.withListener { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            let offer = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"]
            try await raw.send(WebSocketPeer.handshake(port: listener.port, headers: offer))
            let answer = try await raw.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
            let head = String(decoding: answer.bytes, as: UTF8.self).lowercased()
            #expect(head.hasPrefix("http/1.1 101"))
            #expect(!head.contains("sec-websocket-extensions"))
            #expect(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
        }
    }

    @Test(arguments: [
        ("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", "200"), ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "404"),
        ("GET /health HTTP/1.1\r\n\r\n", "400"), ("GET /health HTTP/1.1\r\nHost: attacker.test\r\n\r\n", "421"),
        ("GET /health HTTP/1.1\r\nHost: LOCALHOST.:1\r\n\r\n", "200"),
        ("GET /health HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n\r\n", "403"),
        ("POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "404"), ("hello\r\n\r\n", "400"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nX: \(String(repeating: "x", count: 20_000))\r\n\r\n", "431"),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n", "501"),
    ])
    func requestsAreAnsweredOnceAndTheConnectionEnds(request: String, status: String) async throws {
        try await Self.withListener { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            try await raw.send(request)
            let answer = try await raw.all()
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
            #expect(answer.ranges(of: "HTTP/1.1 ").count == 1, "\(answer)")
        }
    }

    @Test func aHeadThatDribblesInIsCutOff() async throws {
        try await Self.withListener({ $0.limits.head = .milliseconds(20) }) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            // On a busy machine the time is over before this is sent.
            try? await raw.send("GET /health HTTP/1.1\r\nHost: loc")
            #expect(try await raw.all().hasPrefix("HTTP/1.1 408 "))
        }
    }

    @Test func oneAddressCannotTakeEveryPlace() async throws {
        try await Self.withListener(
            { $0.limits.unauthenticatedPerAddress = 2 },
            serve: { connection, accept in
                for await frame in connection.frames where frame == Array("key".utf8) {
                    accept()
                    guard (try? await connection.send([frame])) != nil else { return }
                }
            }
        ) { listener in
            let first = try await WebSocketPeer.open(port: listener.port)
            let second = try await WebSocketPeer.open(port: listener.port)
            let third = try await RawPeer.connect(port: listener.port)
            #expect(try await third.all().hasPrefix("HTTP/1.1 503 "))
            // A place is free again when a key was shown, or the connection is over.
            try await first.send("key")
            #expect(try await first.next()?.text == "key")
            let fourth = try await WebSocketPeer.open(port: listener.port)
            await second.raw.close()
            await fourth.raw.close()
            try await opened(listener.port)
        }
    }

    private func opened(_ port: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while true {
            do { return await (try WebSocketPeer.open(port: port)).raw.close() } catch {
                if ContinuousClock.now > deadline { throw error }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    @Test func theHouseHasABound() async throws {
        try await Self.withListener({ $0.limits.connections = 1 }) { listener in
            let first = try await WebSocketPeer.open(port: listener.port)
            let second = try await RawPeer.connect(port: listener.port)
            #expect(try await second.all().hasPrefix("HTTP/1.1 503 "))
            try await first.send("still here")
            #expect(try await first.next()?.text == "still here")
        }
    }

    @Test(arguments: [
        (WebSocketPeer.frame(1, [UInt8](repeating: 0x61, count: 2_000)), 1009), (WebSocketPeer.frame(1, [0xFF]), 1007),
        (WebSocketPeer.frame(1, [0x61], isMasked: false), 1002), (WebSocketPeer.frame(9, [], first: 0), 1002),
        (WebSocketPeer.frame(8, [1]), 1002), (WebSocketPeer.frame(3, []), 1002), (WebSocketPeer.frame(0, []), 1002),
    ])
    func badFramesAreClosedWithTheirCode(bytes: [UInt8], code: Int) async throws {
        try await Self.withListener({ $0.limits.messageBytes = 1_000 }) { listener in
            let peer = try await WebSocketPeer.open(port: listener.port)
            try await peer.raw.send(bytes)
            #expect(try await peer.closeCode() == code)
            #expect(try await peer.raw.received { _ in false }.isOver)
        }
    }

    @Test func aStrangerCannotFillTheMemory() async throws {
        try await Self.withListener(
            { $0.limits.unauthenticatedBytes = 4_096 },
            serve: { connection, _ in
                for await _ in connection.frames {}
            }
        ) { listener in
            let peer = try await WebSocketPeer.open(port: listener.port)
            // The beginning of a frame of a megabyte.
            let whole = WebSocketPeer.frame(1, [UInt8](repeating: 0x61, count: 1 << 20))
            peer.raw.push(Array(whole.prefix(8_192)))
            #expect(try await peer.closeCode() == 1008)
        }
    }

    @Test func drainingTellsEverybodyAndReturnsWhenTheyAreGone() async throws {
        try await Self.withListener { listener in
            let peers = [try await WebSocketPeer.open(port: listener.port), try await WebSocketPeer.open(port: listener.port)]
            for peer in peers {
                try await peer.send("in")
                _ = try await peer.next()
            }
            async let drained: Void = listener.drain(within: .seconds(60))
            for peer in peers {
                #expect(try await peer.closeCode() == 1001)
                try await peer.raw.send(WebSocketPeer.frame(8, [3, 233]))
            }
            await drained
            #expect(listener.connectionCount == 0)
            await #expect(throws: (any Error).self) { try await WebSocketPeer.open(port: listener.port) }
        }
    }

    @Test func aPeerThatDoesNotSayFarewellIsCutOff() async throws {
        try await Self.withListener({ $0.limits.close = .seconds(60) }) { listener in
            let peer = try await WebSocketPeer.open(port: listener.port)
            try await peer.send("in")
            _ = try await peer.next()
            await listener.drain(within: .milliseconds(10))
            #expect(try await peer.raw.received { _ in false }.isOver)
        }
    }

    @Test func cancellingEndsEverythingAtOnce() async throws {
        let seen = Mutex<WebSocketPeer?>(nil)
        try await Self.withListener { listener in
            let peer = try await WebSocketPeer.open(port: listener.port)
            try await peer.send("in")
            _ = try await peer.next()
            seen.withLock { $0 = peer }
        }
        let peer = try #require(seen.withLock { $0 })
        #expect(try await peer.raw.received { _ in false }.isOver)
    }

    @Test func aSlowReaderHoldsItsSenderAndNobodyElse() async throws {
        let pieces = 64
        try await Self.withListener(
            { $0.limits.outboxBytes = 1 << 16 },
            serve: { connection, accept in
                accept()
                for await frame in connection.frames {
                    let piece = [UInt8](repeating: 0x61, count: frame == Array("much".utf8) ? 1 << 18 : 2)
                    for _ in 0..<(piece.count > 2 ? pieces : 1) { guard (try? await connection.send([piece])) != nil else { return } }
                }
            }
        ) { listener in
            let slow = try await WebSocketPeer.open(port: listener.port)
            try await slow.raw.stopReading()
            try await slow.send("much")
            let quick = try await WebSocketPeer.open(port: listener.port)
            try await quick.send("little")
            #expect(try await quick.next()?.payload.count == 2)
            try await slow.raw.readOn()
            for _ in 0..<pieces { #expect(try await slow.message()?.payload.count == 1 << 18) }
        }
    }

    @Test func aTakenPortIsNamed() async throws {
        try await Self.withListener { listener in
            let error = await #expect(throws: ListenerError.self) {
                try await SocketListener.open(ListenerSetting(port: listener.port), table: ConnectionTable()) { [] }
            }
            #expect(error?.reason == .inUse)
            #expect(error?.description.contains("\(listener.port)") == true)
        }
    }
}
