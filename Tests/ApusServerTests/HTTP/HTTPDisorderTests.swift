import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import ApusTesting
import Testing

/// Whatever peers do, nothing of them is left, and everybody else is served.
@Suite struct HTTPDisorderTests {
    /// The same on every run of one seed.
    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let pieces = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n", "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe",
        "POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\n" + String(repeating: "x", count: 5_000),
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "5\r\nhel",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", "abc", "GET / HTTP/1.0\r\n\r\n",
        "nonsense\r\n\r\n",
        "GET /stream HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHo",
    ]

    private struct Count { var admitted = 0, running = 0 }

    private static func service(_ count: Watched<Count>) -> ScriptedService {
        ScriptedService(
            admission: { head in
                if head.path == "/no" { return .refused(HTTPAnswer(401, .bytes(Array("no|".utf8)))) }
                return .admitted(ScriptedService.somebody, bodyBytes: 100)
            },
            answer: { head, body in
                count.change {
                    $0.admitted += 1
                    $0.running += 1
                }
                defer { count.change { $0.running -= 1 } }
                // Until the peer hangs up.
                if head.path == "/wait" { _ = await Gate().pass() }
                guard head.path == "/stream" else { return HTTPAnswer(200, .bytes(Array(ScriptedService.shown(head, body).utf8))) }
                return HTTPAnswer(
                    200,
                    .stream { sink in
                        count.change { $0.running += 1 }
                        defer { count.change { $0.running -= 1 } }
                        while (try? await sink.send([[UInt8](repeating: 0x61, count: 3_000)])) != nil { await Task.yield() }
                    })
            })
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func nothingIsLeft(seed: UInt64) async throws {
        let count = Watched(Count())
        try await withHTTP(Self.service(count), { $0.limits.close = .milliseconds(50) }) { listener in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<60 {
                    group.addTask {
                        var dice = Dice(state: seed &* 1_000 &+ UInt64(index))
                        guard let peer = try? await RawPeer.connect(port: listener.port, staysOpen: .random(using: &dice)) else { return }
                        if index % 2 == 0 {
                            try await peer.send(Self.pieces[0])
                            _ = try await peer.received { !$0.isEmpty }
                        }
                        for _ in 0..<Int.random(in: 1...6, using: &dice) {
                            // Ended by the other side, which is one of the things that happen.
                            guard let piece = Self.pieces.randomElement(using: &dice), (try? await peer.send(piece)) != nil else { break }
                            if Int.random(in: 0..<8, using: &dice) == 0 { try? await peer.endOutput() }
                        }
                        await peer.close()
                    }
                }
                try await group.waitForAll()
            }
            try await within {
                while listener.connectionCount > 0 { try await Task.sleep(for: .milliseconds(2)) }
                _ = await count.first { $0.running == 0 }
            }
            #expect(count.value.admitted >= 30)
            let peer = try await RawPeer.connect(port: listener.port)
            try await peer.send("GET /well HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await peer.text(endingWith: "|") == onWire("200 OK", "GET /well |"))
        }
    }
}
