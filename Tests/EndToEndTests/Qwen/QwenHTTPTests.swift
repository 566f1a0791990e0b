import ApusTestServer
import Foundation
import Testing

/// HTTP as it stands on the wire, on the real executable. What is asked for is nowhere: the routes have tests of their own.
@Suite struct QwenHTTPTests {
    /// The statuses of all answers, interim ones included.
    private static func statuses(_ text: String) -> [String] {
        text.matches(of: #/HTTP/1\.1 (\d{3})\b/#).map { String($0.output.1) }
    }

    private static let bomb = String(repeating: "X-Bomb: y\r\n", count: 500)

    @Test(arguments: [
        (
            "GET /nowhere HTTP/1.1\r\nHost: HOST\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: HOST\r\n\r\nGET /nowhere HTTP/1.0\r\nHost: HOST\r\n\r\n",
            ["404", "404", "404"]
        ),
        ("GET /nowhere HTTP/1.0\r\nHost: HOST\r\n\r\n", ["404"]), ("GET / HTTP/1.1\r\nHost: HOST\r\n\(bomb)\r\n", ["431"]),
        ("GET /\(String(repeating: "x", count: 40_000)) HTTP/1.1\r\nHost: HOST\r\n\r\n", ["431"]),
        ("GET / HTTP/1.1\r\nHost: HOST\r\nnonsense\r\n\r\n", ["400"]), ("\r\n\r\n\u{0}\u{1}\r\n\r\n", ["400"]),
        ("POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", ["400"]),
        ("POST /nowhere HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n{}\r\n0\r\n\r\n", ["404"]),
        ("POST /nowhere HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", ["404"]),
        ("GET /nowhere HTTP/1.1\r\nHost: HOST\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", ["404"]),
    ])
    func everyConnectionGetsItsAnswersAndEnds(request: String, expected: [String]) async throws {
        try await withQwenServer { server async throws in
            let peer = try await RawPeer.connect(port: server.port)
            try await peer.send(request.replacing("HOST", with: "127.0.0.1:\(server.port)"))
            let text = try await peer.all()
            #expect(Self.statuses(text) == expected, "\(text)")
        }
    }

    @Test func whoSendsMuchIsRefusedWhenAllOfItIsSent() async throws {
        try await withQwenServer { server async throws in
            let peer = try await RawPeer.connect(port: server.port, staysOpen: true)
            let size = 11_000_000
            try await peer.send("POST /nowhere HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: \(size)\r\n\r\n")
            try await peer.send([UInt8](repeating: 0x20, count: size))
            #expect(Self.statuses(try await peer.all()) == ["404"])
            await peer.close()
        }
    }
}
