import ApusBase
import ApusTestServer
import Testing

private let paths = ["/v1/messages", "/v1/chat/completions", "/v1/responses"]

/// What the wire does to a body.
@Suite struct StreamShapeTests {
    private func body(_ path: String, _ shape: StreamShape, _ pieces: [Fragment] = ["Hé", "llo"]) async throws -> RawResponse {
        try await withScriptedProvider([.stream(StreamedReply([.text(pieces)], shape: shape))]) { server in
            try await exchange(server.port, path, ["model": "m"])
        }
    }

    @Test(arguments: paths, [1, 2, 7, 64, 100_000])
    func rechunkingChangesNoByte(path: String, size: Int) async throws {
        let whole = try await body(path, StreamShape())
        // A cut inside a character makes text of the parts useless: the joined bytes are what counts.
        let bytes = try await withScriptedProvider([.text("Hé", "llo", shape: StreamShape(chunkBytes: size))]) { server in
            try await exchangeBytes(server.port, path, ["model": "m"])
        }
        let parts = try chunkBytes(bytes)
        #expect(parts.dropLast().allSatisfy { $0.count == size })
        #expect(String(decoding: parts.joined(), as: UTF8.self) == whole.body)
    }

    private func chunkBytes(_ response: [UInt8]) throws -> [[UInt8]] {
        let head = Array("\r\n\r\n".utf8)
        let start = try #require(response.indices.first { response[$0...].starts(with: head) }) + 4
        var rest = response[start...]
        var parts: [[UInt8]] = []
        while let line = rest.firstIndex(of: 13), let size = Int(String(decoding: rest[..<line], as: UTF8.self), radix: 16), size > 0 {
            parts.append(Array(rest[(line + 2)..<(line + 2 + size)]))
            rest = rest[(line + 4 + size)...]
        }
        return parts
    }

    @Test(arguments: paths)
    func oneEventAWriteUnlessSharedOnes(path: String) async throws {
        let apart = try await body(path, StreamShape())
        #expect(apart.chunks.allSatisfy { $0.hasSuffix("\n\n") && $0.dropLast(2).firstRange(of: "\n\n") == nil })
        let together = try await body(path, StreamShape(eventsPerWrite: 1000))
        #expect(together.chunks == [apart.body])
    }

    @Test(arguments: paths, [StreamShape.LineEnding.crlf, .cr])
    func lineEndings(path: String, ending: StreamShape.LineEnding) async throws {
        let plain = try await body(path, StreamShape())
        let other = try await body(path, StreamShape(lineEnding: ending))
        #expect(other.body == plain.body.replacing("\n", with: ending.rawValue))
    }

    @Test(arguments: paths)
    func commentsAndRawBytesStandWhereTheyWerePut(path: String) async throws {
        let response = try await body(path, StreamShape(), ["a", .comment("keep-alive"), .raw(Array("data: {nonsense\n\n".utf8)), "b"])
        let a = try #require(response.chunks.firstIndex { $0.contains(#":"a""#) })
        #expect(response.chunks[a + 1] == ": keep-alive\n\n")
        #expect(response.chunks[a + 2] == "data: {nonsense\n\n")
        #expect(response.chunks[a + 3].contains(#":"b""#))
    }

    @Test(arguments: paths, [ConnectionEnd.closed, .bodyEnded])
    func cutAfterBytes(path: String, end: ConnectionEnd) async throws {
        let whole = try await body(path, StreamShape())
        let cut = try await body(path, StreamShape(cut: .bytes(150, end)))
        #expect(cut.body == String(whole.body.prefix(150)))
        #expect(cut.isWhole == (end == .bodyEnded))
    }

    @Test(arguments: paths, [1, 3])
    func cutAfterEvents(path: String, count: Int) async throws {
        let whole = try await body(path, StreamShape())
        let cut = try await body(path, StreamShape(cut: .events(count, .closed)))
        #expect(cut.chunks == Array(whole.chunks.prefix(count)))
        #expect(!cut.isWhole)
    }

    @Test(arguments: paths, [1, 3])
    func aRepeatedPieceIsSentSoOften(path: String, together: Int) async throws {
        let plain = try await body(path, StreamShape(), ["a", "lorem ", "b"])
        let response = try await body(path, StreamShape(eventsPerWrite: together), ["a", .repeated("lorem ", times: 10), "b"])
        #expect(response.data.count { $0.contains(#":"lorem ""#) && !$0.contains("done") } == 10)
        #expect(response.data.count == plain.data.count + 9)
        #expect(response.isWhole)
        #expect(response.chunks.contains { $0.split(separator: #":"lorem ""#, omittingEmptySubsequences: false).count == together + 1 })
    }

    @Test func aRepeatedPieceCanBeCut() async throws {
        let pieces: [Fragment] = [.repeated("lorem ", times: 10)]
        let whole = try await body("/v1/messages", StreamShape(), pieces)
        for count in [0, 1, 3, 5, 12, 13] {
            let cut = try await body("/v1/messages", StreamShape(cut: .events(count, .closed)), pieces)
            #expect(cut.data == Array(whole.data.prefix(count)))
        }
        for count in [0, 300, 500, 501, 900, 2_000] {
            #expect(
                try await body("/v1/messages", StreamShape(cut: .bytes(count, .closed)), pieces).body == String(whole.body.prefix(count)))
        }
    }

    @Test(arguments: paths)
    func cutBetweenPieces(path: String) async throws {
        let cut = try await body(path, StreamShape(), ["shown", .cut(.closed), "never"])
        #expect(cut.body.contains("shown") && !cut.body.contains("never"))
        #expect(!cut.isWhole)
    }

    @Test(arguments: paths)
    func aResetIsSeenAsAReset(path: String) async throws {
        let gate = Gate()
        try await withScriptedProvider([.text("shown", .wait(gate), .cut(.reset))]) { server in
            try await RawClient.withConnection(to: server.port) { client in
                try await client.send(requestText(path, ["model": "m"]))
                let shown = try await client.bytes(upTo: "shown")
                #expect(shown.contains("200 OK"))
                gate.open()
                await #expect(throws: (any Error).self) { _ = try await client.rest() }
            }
            #expect(server.requests.map(\.ending) == [.cut])
        }
    }
}
