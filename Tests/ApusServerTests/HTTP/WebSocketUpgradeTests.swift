import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import ApusTesting
import Testing

/// A request that goes on as a WebSocket, on a port that also answers requests.
@Suite struct WebSocketUpgradeTests {
    @Sendable static func echo(_ session: WebSocketSession) async {
        for await message in session.messages {
            // A peer that has gone reads no echo.
            guard (try? await session.sink.send([message])) != nil else { return }
        }
    }

    private static func service(
        _ serve: @escaping @Sendable (WebSocketSession) async -> Void = echo
    ) -> ScriptedService {
        var service = ScriptedService()
        service.upgrading = { head in
            switch head.path {
            case "/ws": .accepted(serve)
            case "/no": .refused(HTTPAnswer(403, .bytes(Array("not here".utf8))))
            default: .none
            }
        }
        return service
    }

    private static func open(_ listener: HTTPListener, headers: [String] = []) async throws -> WebSocketPeer {
        try await WebSocketPeer.open(port: listener.port, path: "/ws?x=1", headers: headers)
    }

    // MARK: - The handshake

    @Test func theAnswerAgreesOnNothingElse() async throws {
        try await withHTTP(Self.service()) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            let offers = ["Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat"]
            try await raw.send(WebSocketPeer.handshake(port: listener.port, path: "/ws", headers: offers))
            #expect(
                try await raw.text(endingWith: "\r\n\r\n")
                    == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                    + "Connection: upgrade\r\n\r\n")
        }
    }

    @Test func textAndBinaryMessagesGoThereAndBack() async throws {
        try await withHTTP(Self.service()) { listener in
            let peer = try await Self.open(listener)
            try await peer.send("héllo")
            #expect(try await peer.next()?.text == "héllo")
            try await peer.raw.send(WebSocketPeer.frame(2, [0xFF, 0, 1]))
            #expect(try await peer.next()?.payload == [0xFF, 0, 1])
            let long = String(repeating: "x", count: 300_000)
            try await peer.send(long)
            #expect(try await peer.next()?.text == long)
            try await peer.raw.send(WebSocketPeer.frame(8, [3, 232]))
            #expect(try await peer.closeCode() == 1000)
            #expect(try await peer.raw.received { _ in false }.isOver)
        }
    }

    /// However the bytes fall apart, and with a request ahead of them.
    @Test(arguments: [0, 1, 2, 5, 9])
    func framesBehindTheHandshakeAreNotLost(together: Int) async throws {
        try await withHTTP(Self.service()) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            let frames = WebSocketPeer.frame(1, Array("early".utf8)) + WebSocketPeer.frame(1, Array("bird".utf8))
            let ahead = "GET /first HTTP/1.1\r\nHost: a\r\n\r\n" + WebSocketPeer.handshake(port: listener.port, path: "/ws")
            try await raw.send(Array(ahead.utf8) + frames.prefix(together))
            _ = try await raw.received { String(decoding: $0, as: UTF8.self).contains("HTTP/1.1 101 ") }
            try await raw.send(Array(frames.dropFirst(together)))
            let echoed: [UInt8] = [0x81, 5] + Array("early".utf8) + [0x81, 4] + Array("bird".utf8)
            let (bytes, isOver) = try await raw.received { $0.firstRange(of: echoed) != nil }
            #expect(!isOver && bytes.starts(with: Array("HTTP/1.1 200 OK".utf8)))
        }
    }

    @Test func whatTheServiceRefusesIsAnsweredAndTheConnectionEnds() async throws {
        try await withHTTP(Self.service()) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            try await raw.send(WebSocketPeer.handshake(port: listener.port, path: "/no"))
            #expect(try await raw.wholeText() == onWire("403 Forbidden", "not here", connection: "close"))
        }
    }

    @Test(arguments: [
        (["Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "426"),
        (["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "426"), (["Sec-WebSocket-Version: 13"], "400"),
        (["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBs"], "400"),
        (["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbX?sZSBub25jZQ=="], "400"),
        (
            [
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            ], "400"
        ), (["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Content-Length: 5"], "400"),
    ])
    func aHandshakeThatIsNoneIsToldSo(headers: [String], status: String) async throws {
        try await withHTTP(Self.service()) { listener in
            for (path, status) in [("/ws", status), ("/plain", "200"), ("/no", "403")] {
                let raw = try await RawPeer.connect(port: listener.port)
                let lines = ["GET \(path) HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: keep-alive, Upgrade"] + headers
                try await raw.send(lines.joined(separator: "\r\n") + "\r\n\r\n" + "hello")
                let answer = try await raw.wholeText()
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(path): \(answer)")
                #expect(answer.contains("upgrade: websocket\r\nsec-websocket-version: 13\r\n") == (status == "426"))
                #expect(answer.ranges(of: "HTTP/1.1 ").count == 1)
            }
        }
    }

    /// Halves of an upgrade are none: the request is answered as the one that it is.
    @Test(arguments: [
        "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n", "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n",
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n",
        "GET /ws HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
        "HEAD /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
        "POST /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n",
    ])
    func whatAsksForNoWebSocketIsAnOrdinaryRequest(head: String) async throws {
        try await withHTTP(Self.service()) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            try await raw.send(
                head + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
            let (answer, _) = try await raw.received { $0.firstRange(of: Array("\r\n\r\n".utf8)) != nil }
            #expect(answer.starts(with: Array("HTTP/1.1 200 ".utf8)), "\(String(decoding: answer, as: UTF8.self))")
        }
    }

    @Test func aPostThatAsksToUpgradeHasItsBody() async throws {
        try await withHTTP(Self.service()) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            let frame = WebSocketPeer.frame(1, Array("smuggled".utf8))
            let head = WebSocketPeer.handshake(port: listener.port, path: "/ws", headers: ["Content-Length: 2"])
            try await raw.send(Array(("POST" + head.dropFirst(3) + "ab").utf8) + frame)
            #expect(try await raw.wholeText() == onWire("200 OK", "POST /ws?x=1 ab|".replacing("?x=1", with: ""), connection: "close"))
        }
    }

    @Test func aHandshakeThatDribblesInIsCutOff() async throws {
        try await withHTTP(Self.service(), { $0.limits.head = .milliseconds(20) }) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            // On a busy machine the time is over before this is sent.
            try? await raw.send(String(WebSocketPeer.handshake(port: listener.port, path: "/ws").dropLast(3)))
            #expect(try await raw.wholeText().hasPrefix("HTTP/1.1 408 "))
        }
    }

    // MARK: - Bounds

    @Test func aMessageMayHaveTenMebibytesAndNotAByteMore() async throws {
        let limit = 10 << 20
        try await withHTTP(
            Self.service { session in
                for await message in session.messages {
                    guard (try? await session.sink.send([Array("\(message.count)".utf8)])) != nil else { return }
                }
            }, { $0.limits.messageBytes = limit }
        ) { listener in
            let piece = [UInt8](repeating: 0x61, count: 1 << 20)
            for (last, code) in [(piece, nil), (piece + [0x61], 1009)] as [([UInt8], Int?)] {
                let peer = try await Self.open(listener)
                peer.raw.push(WebSocketPeer.frame(1, piece, first: 0))
                for _ in 0..<8 { peer.raw.push(WebSocketPeer.frame(0, piece, first: 0)) }
                peer.raw.push(WebSocketPeer.frame(0, last))
                if let code {
                    #expect(try await peer.closeCode() == code)
                } else {
                    #expect(try await peer.next()?.text == "\(limit)")
                }
                await peer.raw.close()
            }
            let peer = try await Self.open(listener)
            // Its length alone is too much.
            try await peer.raw.send(Array(WebSocketPeer.frame(2, [UInt8](repeating: 0, count: limit + 1)).prefix(14)))
            #expect(try await peer.closeCode() == 1009)
        }
    }

    @Test(arguments: [
        (WebSocketPeer.frame(1, [0x61], isMasked: false), 1002), (WebSocketPeer.frame(1, [0x61], first: 0xC0), 1002),
        (WebSocketPeer.frame(0, [0x61]), 1002), (WebSocketPeer.frame(3, [0x61]), 1002),
        (WebSocketPeer.frame(9, [0x61], first: 0), 1002), (WebSocketPeer.frame(9, [UInt8](repeating: 0, count: 126)), 1002),
        (WebSocketPeer.frame(1, [0x61], first: 0) + WebSocketPeer.frame(1, [0x61]), 1002), (WebSocketPeer.frame(8, [3]), 1002),
        (WebSocketPeer.frame(1, [0xFF]), 1007),
    ])
    func aFrameThatIsNoneEndsTheConnection(bytes: [UInt8], code: Int) async throws {
        try await withHTTP(Self.service()) { listener in
            let peer = try await Self.open(listener)
            try await peer.raw.send(bytes)
            #expect(try await peer.closeCode() == code)
        }
    }

    @Test func whyItWasEndedIsTold() async throws {
        let told = Watched<[CloseReason]>([])
        let listener = try await HTTPListener.open(ListenerSetting(port: 0), table: ConnectionTable())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run(Self.service()) { _, reason in told.change { $0.append(reason) } } }
            let polite = try await Self.open(listener)
            try await polite.raw.send(WebSocketPeer.frame(8, [3, 232]))
            #expect(try await polite.closeCode() == 1000)
            let rude = try await Self.open(listener)
            try await rude.raw.send(WebSocketPeer.frame(0, [0x61]))
            #expect(try await rude.closeCode() == 1002)
            await rude.raw.close()
            _ = try await within { await told.first { !$0.isEmpty } }
            #expect(told.value.map(\.code) == [1002])
            group.cancelAll()
        }
    }

    @Test func aPeerThatNeverReadsHoldsItsSenderAndIsEnded() async throws {
        let sent = Watched(0)
        let ending = Watched(false)
        try await withHTTP(
            Self.service { session in
                let frame = [UInt8](repeating: 0x61, count: 64 << 10)
                _ = session.messages.makeAsyncIterator()
                while (try? await session.sink.send([frame])) != nil { sent.change { $0 += 1 } }
                ending.change { $0 = true }
            },
            {
                $0.limits.outboxBytes = 256 << 10
                $0.limits.slowReader = .milliseconds(200)
                $0.limits.close = .seconds(60)
            }
        ) { listener in
            let peer = try await Self.open(listener)
            try await peer.raw.stopReading()
            _ = try await within { await ending.first { $0 } }
            // What the kernel takes is not ours to bound.
            #expect(sent.value < 1_000)
            try await peer.raw.readOn()
            #expect(try await peer.closeCode() == 1013)
        }
    }

    /// A front that has not looked at the key yet, or has refused it, reads nothing.
    @Test func whoIsNotVouchedForIsAStranger() async throws {
        let gate = Gate()
        try await withHTTP(
            Self.service { session in
                _ = await gate.pass()
                await Self.echo(session)
            }, { $0.limits.unauthenticatedPerAddress = 1 }
        ) { listener in
            let first = try await Self.open(listener)
            first.raw.push(WebSocketPeer.frame(2, [UInt8](repeating: 1, count: 600 << 10)))
            let second = try await RawPeer.connect(port: listener.port)
            #expect(try await second.all().hasPrefix("HTTP/1.1 503 "))
            gate.open()
            // More than a stranger may send: nothing of it was read before.
            #expect(try await first.next()?.payload.count == 600 << 10)
            let third = try await Self.open(listener)
            try await third.send("in")
            #expect(try await third.next()?.text == "in")
        }
    }

    @Test func whoIsNeverVouchedForIsClosed() async throws {
        try await withHTTP(
            Self.service { session in _ = await Gate().pass() }, { $0.limits.authentication = .milliseconds(20) }
        ) { listener in
            let peer = try await Self.open(listener)
            #expect(try await peer.closeCode() == 1008)
        }
    }

    // MARK: - The end

    @Test func aFrontMaySayWhyAndClose() async throws {
        try await withHTTP(
            Self.service { session in
                try? await session.sink.send([Array(#"{"error":"Unauthorized"}"#.utf8)])
                session.close(4001, "unauthorized")
                session.close(4000, "the first reason stays")
            }
        ) { listener in
            let peer = try await Self.open(listener)
            #expect(try await peer.next()?.text == #"{"error":"Unauthorized"}"#)
            #expect(try await peer.next()?.payload == [0x0F, 0xA1] + Array("unauthorized".utf8))
        }
    }

    @Test func theConnectionEndsWithItsFront() async throws {
        try await withHTTP(Self.service { session in try? await session.sink.send([Array("bye".utf8)]) }) { listener in
            let peer = try await Self.open(listener)
            #expect(try await peer.next()?.text == "bye")
            #expect(try await peer.closeCode() == 1000)
        }
    }

    /// The deadlines of requests are none of a WebSocket's.
    @Test func itOutlivesWhatBoundsARequest() async throws {
        try await withHTTP(
            Self.service(),
            {
                $0.limits.http.idle = .milliseconds(1)
                $0.limits.http.probe = .milliseconds(1)
                $0.limits.pingInterval = .milliseconds(50)
            }
        ) { listener in
            let peer = try await Self.open(listener)
            #expect(try await peer.next()?.opcode == 9)
            try await peer.send("still here")
            #expect(try await peer.message()?.text == "still here")
        }
    }

    @Test(arguments: [false, true])
    func whoeverGoesEndsItsMessages(closesOnlyItsSide: Bool) async throws {
        let isOver = Watched(false)
        try await withHTTP(
            Self.service { session in
                await Self.echo(session)
                isOver.change { $0 = true }
            }
        ) { listener in
            let peer = try await Self.open(listener)
            try await peer.send("a")
            #expect(try await peer.next()?.text == "a")
            if closesOnlyItsSide { try await peer.raw.endOutput() } else { await peer.raw.close() }
            _ = try await within { await isOver.first { $0 } }
        }
    }

    @Test func drainingSays1001AndStoppingEndsEverything() async throws {
        try await withHTTP(Self.service()) { listener in
            let peer = try await Self.open(listener)
            try await peer.send("a")
            #expect(try await peer.next()?.text == "a")
            async let code = peer.closeCode()
            async let over: Void = listener.drain(within: .seconds(30))
            #expect(try await code == 1001)
            await peer.raw.close()
            await over
            #expect(listener.connectionCount == 0)
        }
    }

    @Test func stoppingAtOnceCancelsTheFront() async throws {
        let (isIn, isCancelled) = (Watched(false), Watched(false))
        try await withHTTP(
            Self.service { _ in
                isIn.change { $0 = true }
                _ = await Gate().pass()
                isCancelled.change { $0 = Task.isCancelled }
            }
        ) { listener in
            _ = try await Self.open(listener)
            _ = try await within { await isIn.first { $0 } }
        }
        #expect(isCancelled.value)
    }

    @Test func nobodyGoesOnWhileTheListenerWindsDown() async throws {
        let (gate, isAsked) = (Gate(), Watched(false))
        var service = ScriptedService()
        service.upgrading = { _ in
            isAsked.change { $0 = true }
            _ = await gate.pass()
            return .accepted(Self.echo)
        }
        try await withHTTP(service) { listener in
            let raw = try await RawPeer.connect(port: listener.port)
            try await raw.send(WebSocketPeer.handshake(port: listener.port, path: "/ws"))
            _ = try await within { await isAsked.first { $0 } }
            async let over: Void = listener.drain(within: .seconds(30))
            while await Self.accepts(listener.port) { await Task.yield() }
            gate.open()
            #expect(try await raw.wholeText().hasPrefix("HTTP/1.1 503 "))
            await over
        }
    }

    private static func accepts(_ port: Int) async -> Bool {
        // Whatever keeps it from connecting: the port is closed.
        guard let raw = try? await RawPeer.connect(port: port) else { return false }
        await raw.close()
        return true
    }
}
