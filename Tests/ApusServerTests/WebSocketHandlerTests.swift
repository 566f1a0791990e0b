import ApusTestServer
import ApusTesting
import NIOCore
import NIOEmbedded
import NIOWebSocket
import Testing

@testable import ApusServer

/// Deadlines, pings and the close handshake, with a clock that the tests turn.
@Suite struct WebSocketHandlerTests {
    /// Keeps what is written and when it has gone in the test's hands.
    private final class Wire: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        var isStuck = false
        /// Bytes after which it is stuck.
        var room = Int.max
        private var waiting: [EventLoopPromise<Void>] = []

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            room -= unwrapOutboundIn(data).readableBytes
            if room < 0 { isStuck = true }
            context.write(data, promise: isStuck ? nil : promise)
            if isStuck, let promise { waiting.append(promise) }
        }

        /// The peer has made room for the next piece, or for all.
        func take(all: Bool = false) {
            for promise in all ? waiting : Array(waiting.prefix(1)) {
                waiting.removeFirst()
                promise.succeed()
            }
        }

        var isEmpty: Bool { waiting.isEmpty }

        func handlerRemoved(context: ChannelHandlerContext) { for promise in waiting { promise.fail(ChannelError.ioOnClosedChannel) } }
    }

    private struct Bench: Sendable {
        let channel: NIOAsyncTestingChannel
        let connection: WebSocketConnection
        private let wire: NIOLoopBound<Wire>
        /// Written and not looked at.
        private let rest = Watched<[UInt8]>([])

        init(_ change: @Sendable (inout ListenerLimits) -> Void = { _ in }) async throws {
            var limits = ListenerLimits()
            change(&limits)
            let channel = NIOAsyncTestingChannel()
            self.channel = channel
            let connection = WebSocketConnection(channel: channel, limits: limits)
            self.connection = connection
            let kept = limits
            wire = try await channel.testingEventLoop.submit {
                let (wire, pace) = (Wire(), PeerPace())
                try channel.pipeline.syncOperations.addHandlers([
                    wire, pace, WebSocketFrameEncoder(), ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: kept.messageBytes)),
                    WebSocketHandler(connection, pace, limits: kept),
                ])
                return NIOLoopBound(wire, eventLoop: channel.eventLoop)
            }.get()
            try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
        }

        func receive(_ opcode: WebSocketOpcode, _ text: String = "") async throws {
            try await receive(opcode, Array(text.utf8))
        }

        func receive(_ opcode: WebSocketOpcode, _ bytes: [UInt8]) async throws {
            try await receive(WebSocketPeer.frame(UInt8(webSocketOpcode: opcode), bytes)[...])
        }

        func receive(_ bytes: ArraySlice<UInt8>) async throws { try await channel.writeInbound(ByteBuffer(bytes: bytes)) }

        /// Whole frames.
        func frames() async throws -> [WebSocketPeer.Frame] {
            await channel.testingEventLoop.run()
            while let bytes = try await channel.readOutbound(as: ByteBuffer.self) { rest.change { $0 += Array(buffer: bytes) } }
            var all: [WebSocketPeer.Frame] = []
            rest.change { rest in
                var place = 0
                while let (frame, end) = WebSocketPeer.parse(rest, at: place) {
                    all.append(frame)
                    place = end
                }
                rest.removeFirst(place)
            }
            return all
        }

        /// Everything written so far: opcode and payload; of a close frame its code.
        func written() async throws -> [String] {
            try await frames().map { frame in
                switch frame.opcode {
                case 8: "close \(frame.code ?? 0)"
                case 9: "ping"
                case 10: "pong \(frame.text)"
                default: frame.text
                }
            }
        }

        var isOpen: Bool { channel.isActive }
        func pass(_ time: TimeAmount) async { await channel.testingEventLoop.advanceTime(by: time) }
        func onWire<Value: Sendable>(_ body: @escaping @Sendable (Wire) -> Value) async throws -> Value {
            try await channel.testingEventLoop.submit { [wire] in body(wire.value) }.get()
        }
        func authenticate() async {
            connection.authenticated()
            await channel.testingEventLoop.run()
        }
        func finish() async { _ = try? await channel.finish() }
    }

    @Test func messagesReachTheFrontAndAnswersTheWireInOrder() async throws {
        let bench = try await Bench()
        try await bench.receive(.text, "one")
        try await bench.receive(.binary, "two")
        try await bench.receive(.connectionClose, [3, 232])
        var read: [String] = []
        for await frame in bench.connection.frames { read.append(String(decoding: frame, as: UTF8.self)) }
        #expect(read == ["one", "two"])
        await bench.finish()
    }

    @Test func whatIsSentIsOneTextFrameEach() async throws {
        let bench = try await Bench()
        try await bench.connection.send([Array("a".utf8), Array("b".utf8)])
        try await bench.connection.send([Array("c".utf8)])
        #expect(try await bench.written() == ["a", "b", "c"])
        await bench.finish()
    }

    @Test func pingsAreAnsweredWithTheirPayload() async throws {
        let bench = try await Bench()
        try await bench.receive(.ping, "are you there")
        #expect(try await bench.written() == ["pong are you there"])
        await bench.finish()
    }

    @Test func theCloseHandshakeEchoesTheCodeAndEnds() async throws {
        let bench = try await Bench()
        try await bench.receive(.connectionClose, [0x0F, 0xA0])
        #expect(try await bench.written() == ["close 4000"])
        #expect(!bench.isOpen)
        await #expect(throws: (any Error).self) { try await bench.connection.send([[1]]) }
    }

    @Test func whoShowsNoKeyIsClosed() async throws {
        let bench = try await Bench { $0.authentication = .seconds(30) }
        await bench.pass(.seconds(29))
        #expect(try await bench.written() == [])
        await bench.pass(.seconds(1))
        #expect(try await bench.written().contains("close 1008"))
        await bench.pass(.seconds(2))
        #expect(!bench.isOpen)
    }

    @Test func whoHasShownAKeyStaysWhileItAnswersPings() async throws {
        let bench = try await Bench()
        await bench.authenticate()
        for _ in 0..<5 {
            await bench.pass(.seconds(30))
            #expect(try await bench.written() == ["ping"])
            try await bench.receive(.pong)
            await bench.pass(.seconds(30))
        }
        #expect(bench.isOpen)
        await bench.finish()
    }

    @Test func aHalfOpenConnectionIsClosed() async throws {
        let bench = try await Bench()
        await bench.authenticate()
        await bench.pass(.seconds(30))
        #expect(try await bench.written() == ["ping"])
        await bench.pass(.seconds(29))
        #expect(bench.isOpen)
        await bench.pass(.seconds(1))
        #expect(!bench.isOpen)
        #expect(bench.connection.ending == .silent)
        var read = 0
        for await _ in bench.connection.frames { read += 1 }
        #expect(read == 0)
    }

    @Test func wherePingsComeOftenerThanTheirDeadlineTheyGoOn() async throws {
        let bench = try await Bench { $0.pongDeadline = .seconds(60) }
        await bench.authenticate()
        for _ in 0..<4 {
            await bench.pass(.seconds(30))
            #expect(try await bench.written() == ["ping"])
            try await bench.receive(.pong)
        }
        for _ in 0..<2 {
            await bench.pass(.seconds(30))
            #expect(try await bench.written() == ["ping"])
        }
        await bench.pass(.seconds(29))
        #expect(bench.isOpen)
        await bench.pass(.seconds(1))
        #expect(!bench.isOpen)
        #expect(bench.connection.ending == .silent)
    }

    @Test func aMessageThatTakesMinutesToComeIsASignOfLife() async throws {
        let bench = try await Bench()
        await bench.authenticate()
        let whole = WebSocketPeer.frame(1, [UInt8](repeating: 0x61, count: 1_000))
        for place in stride(from: 0, to: whole.count, by: 100) {
            try await bench.receive(whole[place..<min(place + 100, whole.count)])
            await bench.pass(.seconds(25))
        }
        var iterator = bench.connection.frames.makeAsyncIterator()
        #expect(await iterator.next()?.count == 1_000)
        #expect(bench.isOpen)
        await bench.finish()
    }

    @Test func aMessageThatTakesMinutesToGoIsOneFrameAndTheReaderIsWaitedFor() async throws {
        let bench = try await Bench()
        await bench.authenticate()
        try await bench.onWire { $0.isStuck = true }
        let message = [UInt8](repeating: 0x61, count: 20 * PeerPace.pieceBytes)
        try await bench.connection.send([message])
        for _ in 0..<10 {
            await bench.pass(.seconds(25))
            try await bench.onWire { $0.take() }
        }
        #expect(bench.isOpen)
        // The last pieces, and the ping that stood behind them all that time.
        while try await !bench.onWire({ $0.isEmpty }) { try await bench.onWire { $0.take(all: true) } }
        let frames = try await bench.frames()
        #expect(frames.map(\.opcode) == [1, 9])
        #expect(frames.first?.payload == message && frames.first?.isFinal == true)
        try await bench.receive(.pong)
        await bench.pass(.seconds(30))
        #expect(bench.isOpen)
        await bench.finish()
    }

    /// Two deadlines were set for the second batch, and one of them never taken back.
    @Test func aBatchThatWaitsBehindOneThatWentAtOnceHasOneDeadline() async throws {
        let bench = try await Bench()
        await bench.authenticate()
        let batch = [UInt8](repeating: 0x61, count: 256 << 10)
        try await bench.onWire { $0.room = 300 << 10 }
        try await bench.connection.send([batch, batch])
        #expect(try await bench.frames().count == 2)
        #expect(try await !bench.onWire { $0.isEmpty })
        try await bench.onWire {
            $0.take(all: true)
            ($0.room, $0.isStuck) = (.max, false)
        }
        for _ in 0..<4 {
            await bench.pass(.seconds(15))
            try await bench.receive(.pong)
        }
        #expect(bench.connection.ending == nil && bench.isOpen)
        await bench.finish()
    }

    @Test func whoStopsTakingInTheMiddleIsStillEnded() async throws {
        let bench = try await Bench()
        await bench.authenticate()
        try await bench.onWire { $0.isStuck = true }
        try await bench.connection.send([[UInt8](repeating: 0x61, count: 20 * PeerPace.pieceBytes)])
        await bench.pass(.seconds(20))
        try await bench.onWire { $0.take() }
        await bench.pass(.seconds(29))
        #expect(bench.connection.ending == nil)
        await bench.pass(.seconds(1))
        #expect(bench.connection.ending == .tooSlow)
        await bench.finish()
    }

    @Test func whatTheKernelTakesAtOnceIsNoSignOfLife() async throws {
        let bench = try await Bench()
        await bench.authenticate()
        for _ in 0..<12 {
            try await bench.connection.send([[UInt8](repeating: 0x61, count: 2 * PeerPace.pieceBytes)])
            await bench.pass(.seconds(5))
        }
        #expect(!bench.isOpen)
        #expect(bench.connection.ending == .silent)
    }

    @Test func aPeerThatTakesNothingIsTold1013AndClosed() async throws {
        let bench = try await Bench { limits in
            limits.slowReader = .seconds(20)
            limits.outboxBytes = 10
        }
        await bench.authenticate()
        try await bench.onWire { $0.isStuck = true }
        // Over the bound: this one waits, and is let go when the connection is over.
        let sent = Task { try await bench.connection.send([[UInt8](repeating: 0x61, count: 20)]) }
        while try await bench.frames().isEmpty {}
        await bench.pass(.seconds(19))
        #expect(try await bench.written() == [])
        await bench.pass(.seconds(1))
        #expect(try await bench.written() == ["close 1013"])
        #expect(bench.connection.ending == .tooSlow)
        await #expect(throws: (any Error).self) { try await sent.value }
        await bench.pass(.seconds(2))
        #expect(!bench.isOpen)
    }

    @Test func nothingIsReadWhileTheFrontIsBehind() async throws {
        let bench = try await Bench { $0.inboxMessages = 2 }
        try await bench.receive(.text, "1")
        try await bench.receive(.text, "2")
        // The inbox is full; what the kernel already gave is taken all the same, and nothing is lost.
        try await bench.receive(.text, "3")
        var iterator = bench.connection.frames.makeAsyncIterator()
        for expected in ["1", "2", "3"] { #expect(await iterator.next() == Array(expected.utf8)) }
        await bench.finish()
    }

    @Test func closingDropsWhatWasNotTakenAndSendsWhatWaits() async throws {
        let bench = try await Bench()
        try await bench.receive(.text, "never run")
        try await bench.connection.send([Array("last words".utf8)])
        bench.connection.close(.policy("The key was revoked."))
        #expect(try await bench.written() == ["last words", "close 1008"])
        var read = 0
        for await _ in bench.connection.frames { read += 1 }
        #expect(read == 0)
        try await bench.receive(.text, "too late")
        try await bench.receive(.connectionClose, [3, 240])
        await bench.channel.testingEventLoop.run()
        #expect(!bench.isOpen)
    }

    /// Who is to have nothing more gets what the kernel has, one word and the end, whatever it reads.
    @Test func cuttingThrowsAwayWhatWaitsAndEndsSoon() async throws {
        let bench = try await Bench { $0.outboxBytes = 4 }
        await bench.authenticate()
        try await bench.onWire { $0.isStuck = true }
        // The first is on its way, the second waits, and its sender with it.
        let messages = [[UInt8](repeating: 0x61, count: 300_000), Array("not for you".utf8)]
        let sent = Task { try await bench.connection.send(messages) }
        while try await bench.frames().isEmpty {}
        bench.connection.cut(Array("that was all".utf8), CloseReason(4001, "unauthorized"))
        #expect(try await bench.written() == ["that was all", "close 4001"])
        await #expect(throws: (any Error).self) { try await sent.value }
        await bench.pass(.milliseconds(400))
        #expect(bench.isOpen)
        await bench.pass(.milliseconds(100))
        #expect(!bench.isOpen)
    }

    @Test func theFirstReasonStays() async throws {
        let bench = try await Bench()
        bench.connection.close(.goingAway)
        bench.connection.close(.normal)
        #expect(try await bench.written() == ["close 1001"])
        await bench.pass(.seconds(2))
        #expect(!bench.isOpen)
    }
}
