import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import ApusTesting
import Testing

/// Answers as they stand on the wire, whole ones and streams.
@Suite struct HTTPAnswerTests {
    private static func asking(_ service: ScriptedService, _ request: String) async throws -> String {
        let kept = Watched("")
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send(request)
            let text = try await peer.wholeText()
            kept.change { $0 = text }
        }
        return kept.value
    }

    private static let last = "HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"

    @Test func answersHaveTheirLengthAndTheirFields() async throws {
        let service = ScriptedService(answer: { _, _ in
            HTTPAnswer(503, fields: [("Retry-After", "5"), ("Content-Length", "77"), ("connection", "upgrade")], .bytes([0x78]))
        })
        let expected = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\ncontent-length: 1\r\nconnection: close\r\n\r\nx"
        #expect(try await Self.asking(service, "GET / \(Self.last)") == expected)
        // Of HEAD the same without the body.
        #expect(try await Self.asking(service, "HEAD / \(Self.last)") == String(expected.dropLast()))
    }

    @Test(arguments: [HTTPAnswer(204), HTTPAnswer(204, .bytes([0x78])), HTTPAnswer(304, .stream { _ in })])
    func statusesWithoutABodyHaveNone(answer: HTTPAnswer) async throws {
        let service = ScriptedService(answer: { _, _ in answer })
        let text = try await Self.asking(service, "GET / \(Self.last)")
        #expect(text.hasSuffix("\r\nconnection: close\r\n\r\n"), "\(text)")
        #expect(!text.contains("content-length"))
        #expect(!text.contains("transfer-encoding"))
    }

    @Test func anAnswerWithNothingInItSaysSo() async throws {
        #expect(
            try await Self.asking(ScriptedService(answer: { _, _ in HTTPAnswer(202) }), "GET / \(Self.last)")
                == onWire("202 Accepted", "", connection: "close"))
    }

    @Test func everyAnswerHasADate() async throws {
        try await withHTTP { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET / \(Self.last)")
            #expect(try await peer.all().contains(/\r\ndate: (Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]+ \d{4} [\d:]{8} GMT\r\n/))
        }
    }

    @Test func fieldsCannotBreakOutOfTheHead() async throws {
        let service = ScriptedService(answer: { _, _ in HTTPAnswer(200, fields: [("x", "y\r\nset-cookie: z")], .bytes([])) })
        #expect(try await Self.asking(service, "GET / \(Self.last)") == "")
    }

    // MARK: - Streams

    private static let streamHead = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nconnection: keep-alive\r\n\r\n"

    @Test func framesAreWrittenAtOnceAndTheConnectionGoesOnBehindThem() async throws {
        let gates = [Gate(), Gate()]
        let service = ScriptedService(answer: { head, body in
            guard head.path == "/stream" else { return HTTPAnswer(200, .bytes(Array(ScriptedService.shown(head, body).utf8))) }
            return HTTPAnswer(
                200,
                .stream { sink in
                    _ = await gates[0].pass()
                    // The peer stays, so sending works.
                    try? await sink.send([Array("one".utf8)])
                    _ = await gates[1].pass()
                    try? await sink.send([Array("two".utf8), [], Array("three".utf8)])
                })
        })
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await peer.text(endingWith: "\r\n\r\n") == Self.streamHead)
            gates[0].open()
            let first = Self.streamHead + "3\r\none\r\n"
            #expect(try await peer.text(endingWith: "one\r\n") == first)
            gates[1].open()
            let whole = first + "3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n" + onWire("200 OK", "GET /next |")
            #expect(try await peer.text(endingWith: "|") == whole)
        }
    }

    @Test func forOldClientsAStreamEndsWithItsConnection() async throws {
        let service = ScriptedService(answer: { _, _ in
            // The peer stays, so sending works.
            HTTPAnswer(200, .stream { try? await $0.send([Array("a".utf8), Array("b".utf8)]) })
        })
        let request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        #expect(try await Self.asking(service, request) == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nab")
    }

    @Test func ofAStreamHEADGetsTheHead() async throws {
        let service = ScriptedService(answer: { _, _ in HTTPAnswer(200, .stream { _ in Issue.record("nobody wants it") }) })
        #expect(try await Self.asking(service, "HEAD / \(Self.last)") == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
    }

    /// Sends until it may not, counting.
    private static func flood(_ sent: Watched<Int>, _ ended: Watched<String>) -> ScriptedService {
        ScriptedService(answer: { _, _ in
            HTTPAnswer(
                200,
                .stream { sink in
                    do {
                        while true {
                            try await sink.send([[UInt8](repeating: 0x61, count: 10_000)])
                            sent.change { $0 += 10_000 }
                        }
                    } catch {
                        ended.change { $0 = Task.isCancelled ? "cancelled" : "over" }
                    }
                })
        })
    }

    @Test func aSlowReaderHoldsItsSenderAndLosesNothing() async throws {
        let sent = Watched(0)
        let size = 64
        let gate = Gate()
        let service = ScriptedService(answer: { _, _ in
            HTTPAnswer(
                200,
                .stream { sink in
                    for _ in 0..<size {
                        guard (try? await sink.send([[UInt8](repeating: 0x61, count: 1 << 18)])) != nil else { return }
                        sent.change { $0 += 1 }
                    }
                    _ = await gate.pass()
                })
        })
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.stopReading()
            try await peer.send("GET / \(Self.last)")
            // The others are not held.
            let quick = try await RawPeer.connect(port: listener.port)
            try await quick.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await quick.received { $0.count > size << 18 }
            #expect(sent.value < 2 * size)
            try await peer.readOn()
            gate.open()
            let text = try await peer.all()
            #expect(text.utf8.count(where: { $0 == 0x61 }) >= size << 18)
            #expect(text.hasSuffix("\r\n0\r\n\r\n"))
        }
    }

    @Test func aReaderThatTakesNothingIsCutOff() async throws {
        let (sent, ended) = (Watched(0), Watched(""))
        try await withHTTP(Self.flood(sent, ended), { $0.limits.slowReader = .milliseconds(50) }) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.stopReading()
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try await within { await ended.first { !$0.isEmpty } }
            // What the kernels took, and no more.
            #expect(sent.value < 64 << 20)
        }
    }

    @Test(arguments: [false, true])
    func aStreamEndsWhenItsPeerHasGone(endsOneSide: Bool) async throws {
        let ended = Watched(false)
        let service = ScriptedService(answer: { _, _ in
            HTTPAnswer(
                200,
                .stream { sink in
                    _ = await Gate().pass()
                    await #expect(throws: ConnectionOver.self) { try await sink.send([[0x61]]) }
                    ended.change { $0 = true }
                })
        })
        try await withHTTP(service) { listener in
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await peer.text(endingWith: "\r\n\r\n") == Self.streamHead)
            if endsOneSide { try await peer.endOutput() } else { await peer.close() }
            _ = try await within { await ended.first { $0 } }
        }
    }
}
