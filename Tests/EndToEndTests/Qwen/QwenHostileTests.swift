import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Clients that mean ill or speak oddly, and what the front answers them, on the real executable.
@Suite struct QwenHostileTests {
    private static func statuses(_ text: String) -> [String] {
        text.matches(of: #/HTTP/1\.1 (\d{3})\b/#).map { String($0.output.1) }
    }

    /// What a connection is answered to these bytes.
    private static func exchange(_ served: QwenServed, _ text: String) async throws -> String {
        let peer = try await RawPeer.connect(port: served.server.port)
        try await peer.send(text.replacing("HOST", with: "127.0.0.1:\(served.server.port)"))
        return try await peer.all()
    }

    @Test func slowHeadsKeepNobodyElseOut() async throws {
        try await withQwen([.text("Hello.")]) { served in
            let session = try await served.session()
            let reading = try await served.listen(session)
            var slow: [RawPeer] = []
            func begin(_ count: Int) async throws {
                for _ in 0..<count {
                    let peer = try await RawPeer.connect(port: served.server.port)
                    try await peer.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1")
                    slow.append(peer)
                }
            }
            try await begin(100)
            #expect(try await served.prompt(session).body == ["stopReason": "end_turn"])
            #expect(try await reading.event("turn_complete").id != nil)
            // More than one address may hold: others are served, and so is this one when the time for a head is over.
            try await begin(40)
            let other = try await RawPeer.connect(port: served.server.port, from: "127.0.0.2")
            try await other.send("GET /health HTTP/1.1\r\nHost: 127.0.0.1:\(served.server.port)\r\nConnection: close\r\n\r\n")
            #expect(try QwenAnswer(try await other.all()).text == #"{"status":"ok"}"#)
            for peer in slow { #expect(!(try await peer.all(within: .seconds(60))).hasPrefix("HTTP/1.1 200")) }
            #expect(try await served.call("GET /health").status == 200)
            // Who was there all the time has lost nothing.
            #expect(try await served.call("DELETE /session/\(session)").status == 204)
            #expect(try await reading.whole().last?.type == "session_closed")
        }
    }

    @Test func requestsInOnePieceAreAnsweredInTheirOrder() async throws {
        try await withQwen { served in
            let text = try await Self.exchange(
                served,
                "GET /health HTTP/1.1\r\nHost: HOST\r\n\r\nPOST /session HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 2\r\n\r\n{}GET /workspace/%2F/sessions HTTP/1.1\r\nHost: HOST\r\n\r\n"
                    + "GET /health HTTP/1.1\r\nHost: evil\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
            #expect(Self.statuses(text) == ["200", "400", "200", "403", "404"], "\(text)")
            #expect(text.contains(#"{"sessions":[]}"#))
        }
    }

    @Test func bodiesMayBeAnnouncedOrComeInChunks() async throws {
        try await withQwen { served in
            let body = JSONValue.object(["cwd": .string(served.work)]).serialized()
            let start = "POST /session HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\nContent-Type: application/json\r\n"
            let chunks = body.map { "1\r\n\($0)\r\n" }.joined() + "0\r\nTrailer: x\r\n\r\n"
            let first = try QwenAnswer(try await Self.exchange(served, start + "Transfer-Encoding: chunked\r\n\r\n" + chunks))
            #expect(first.status == 200 && first.body["attached"] == false, "\(first.text)")
            let announced = start + "Content-Length: \(body.utf8.count)\r\nExpect: 100-continue\r\n\r\n" + body
            let second = try QwenAnswer(try await Self.exchange(served, announced))
            #expect(second.status == 200 && second.body["sessionId"] == first.body["sessionId"], "\(second.text)")
            // Who waits for the word gets it.
            let peer = try await served.ask(
                "POST /session", headers: ["Content-Type: application/json", "Content-Length: \(body.utf8.count)", "Expect: 100-continue"])
            _ = try await peer.received { String(decoding: $0, as: UTF8.self).hasSuffix("HTTP/1.1 100 Continue\r\n\r\n") }
            try await peer.send(body)
            #expect(try QwenAnswer(try await peer.all()).body["sessionId"] == first.body["sessionId"])
        }
    }

    @Test func tooMuchInChunksIsRefusedAsWell() async throws {
        try await withQwen { served in
            let peer = try await RawPeer.connect(port: served.server.port, staysOpen: true)
            try await peer.send(
                "POST /session HTTP/1.1\r\nHost: 127.0.0.1:\(served.server.port)\r\nConnection: close\r\n"
                    + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = Array("100000\r\n".utf8) + [UInt8](repeating: 0x20, count: 1 << 20) + Array("\r\n".utf8)
            for _ in 0..<10 { try await peer.send(chunk) }
            try await peer.send("1\r\n \r\n0\r\n\r\n")
            let answer = try QwenAnswer(try await peer.all())
            #expect(answer.status == 413 && answer.body == ["error": "Request body too large (max 10 MB)"])
            await peer.close()
            #expect(try await served.listed().isEmpty)
        }
    }

    @Test func theFirstVersionOfHTTPIsAnsweredWithoutChunks() async throws {
        try await withQwen { served in
            let health = try await Self.exchange(served, "GET /health HTTP/1.0\r\nHost: HOST\r\n\r\n")
            #expect(try QwenAnswer(health).text == #"{"status":"ok"}"#)
            #expect(!health.lowercased().contains("transfer-encoding"))
            let session = try await served.session()
            let peer = try await RawPeer.connect(port: served.server.port)
            try await peer.send("GET /session/\(session)/events HTTP/1.0\r\nHost: 127.0.0.1:\(served.server.port)\r\n\r\n")
            _ = try await peer.received { String(decoding: $0, as: UTF8.self).hasSuffix("\r\n\r\nretry: 3000\n\n") }
            await peer.close()
        }
    }
}
