import ApusTestServer
import ApusTesting
import ApusTransport
import Testing

/// On sockets, as hang-ups and redirects are about them.
@Suite struct HTTPClientTransportTests {
    private let seen = Watched<[String]>([])

    private func server(_ answer: @escaping @Sendable (StubHTTPServer.Request, StubHTTPServer.Exchange) -> Void) async throws
        -> StubHTTPServer
    {
        try await StubHTTPServer.start(
            observe: { [seen] event in
                switch event {
                case .opened(let connection): seen.change { $0.append("opened \(connection)") }
                case .requested(let request): seen.change { $0.append("\(request.method) \(request.uri) \(request.connection)") }
                case .closed(let connection): seen.change { $0.append("closed \(connection)") }
                }
            }, answer: answer)
    }

    private func waitFor(_ fact: String) async throws { _ = try await within { [seen] in await seen.first { $0.contains(fact) } } }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func aRequestArrivesAsItIs() async throws {
        let requests = Watched<[StubHTTPServer.Request]>([])
        let server = try await server { request, exchange in
            requests.change { $0.append(request) }
            exchange.respond(203, [("X-Word", "yes")], "é")
        }
        let transport = HTTPClientTransport()
        let response = try await transport.send(
            HTTPRequest(
                method: "PATCH", url: server.url + "/a%2Fb/!~*'()?x=1",
                headers: [.init("X-One", "1"), .init("Content-Type", "text/plain")],
                body: Array("hé".utf8)))
        #expect(response.status == 203)
        #expect(response.header("x-word") == "yes")
        #expect(text(try await response.body.bytes(limit: 10)) == "é")
        let request = try #require(requests.value.first)
        #expect(request.method == "PATCH")
        #expect(request.uri == "/a%2Fb/!~*'()?x=1")
        #expect(request.body == "hé")
        #expect(request.values("x-one") == ["1"])
        #expect(request.values("content-length") == ["3"])
        #expect(request.values("origin").isEmpty)
        await transport.close()
        await server.stop()
    }

    @Test func aConnectionServesOneCallAfterAnother() async throws {
        let server = try await server { _, exchange in exchange.respond(200, [], "x") }
        let transport = HTTPClientTransport()
        for _ in 0..<3 { _ = try await transport.send(HTTPRequest(url: server.url + "/")).body.bytes(limit: 10) }
        #expect(seen.value == ["opened 1", "GET / 1", "GET / 1", "GET / 1"])
        await transport.close()
        try await waitFor("closed 1")
        await server.stop()
    }

    @Test func redirectsAreNotFollowed() async throws {
        let server = try await server { _, exchange in exchange.respond(302, [("Location", "/other")]) }
        let transport = HTTPClientTransport()
        #expect(try await transport.send(HTTPRequest(url: server.url + "/")).status == 302)
        #expect(!seen.value.contains { $0.contains("/other") })
        await transport.close()
        await server.stop()
    }

    @Test func piecesComeAsTheyAreSent() async throws {
        let exchanges = Watched<StubHTTPServer.Exchange?>(nil)
        let server = try await server { _, exchange in
            exchange.begin(200)
            exchanges.change { $0 = exchange }
        }
        let transport = HTTPClientTransport()
        let response = try await within { try await transport.send(HTTPRequest(url: server.url + "/")) }
        let exchange = try #require(exchanges.value)
        for piece in ["one", "two"] {
            exchange.write(piece)
            #expect(try await within { try await response.body.next() } == Array(piece.utf8))
        }
        exchange.end()
        #expect(try await within { try await response.body.next() } == nil)
        #expect(try await response.body.next() == nil)
        await transport.close()
        await server.stop()
    }

    @Test func lettingGoOfABodyClosesItsConnection() async throws {
        let server = try await server { _, exchange in
            exchange.begin(200)
            exchange.write("x")
        }
        let transport = HTTPClientTransport()
        do {
            let response = try await transport.send(HTTPRequest(url: server.url + "/"))
            #expect(try await response.body.next() == [UInt8(ascii: "x")])
        }
        try await waitFor("closed 1")
        await transport.close()
        await server.stop()
    }

    @Test(arguments: [false, true]) func cancellingClosesTheConnection(afterHead: Bool) async throws {
        let server = try await server { _, exchange in if afterHead { exchange.begin(200) } }
        let transport = HTTPClientTransport()
        let task = Task {
            let response = try await transport.send(HTTPRequest(url: server.url + "/"))
            _ = try await response.body.next()
        }
        try await waitFor("GET / 1")
        task.cancel()
        try await waitFor("closed 1")
        let result = await task.result
        #expect(throws: HTTPTransportError.cancelled) { try result.get() }
        await transport.close()
        await server.stop()
    }

    @Test func aBodyOverTheBoundClosesTheConnection() async throws {
        let server = try await server { _, exchange in
            exchange.begin(200)
            exchange.write("0123456789")
        }
        let transport = HTTPClientTransport()
        let response = try await transport.send(HTTPRequest(url: server.url + "/"))
        await #expect(throws: HTTPTransportError.bodyTooLong(limit: 9)) { try await response.body.bytes(limit: 9) }
        try await waitFor("closed 1")
        await transport.close()
        await server.stop()
    }

    @Test func aConnectionThatIsCutIsAnErrorAfterWhatCame() async throws {
        let exchanges = Watched<StubHTTPServer.Exchange?>(nil)
        let server = try await server { _, exchange in
            exchange.begin(200)
            exchange.write("x")
            exchanges.change { $0 = exchange }
        }
        let transport = HTTPClientTransport()
        let response = try await transport.send(HTTPRequest(url: server.url + "/"))
        #expect(try await response.body.next() == [UInt8(ascii: "x")])
        exchanges.value?.cut()
        await #expect(throws: HTTPTransportError.connectionLost("the server closed it before the end of its answer")) {
            try await within { try await response.body.next() }
        }
        await transport.close()
        await server.stop()
    }

    @Test func aServerThatHangsUpWithoutAnAnswerIsToldApartFromNone() async throws {
        let server = try await server { _, exchange in exchange.cut() }
        let transport = HTTPClientTransport()
        await #expect(throws: HTTPTransportError.connectionLost("the server closed it without an answer")) {
            try await transport.send(HTTPRequest(method: "POST", url: server.url + "/", body: []))
        }
        #expect(seen.value.count { $0.hasPrefix("POST") } == 1)
        await server.stop()
        let error = await #expect(throws: HTTPTransportError.self) { try await transport.send(HTTPRequest(url: server.url + "/")) }
        guard case .connectFailed = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        await transport.close()
    }

    @Test func whatCannotBeWrittenIsNotSent() async throws {
        let transport = HTTPClientTransport()
        let error = await #expect(throws: HTTPTransportError.self) {
            try await transport.send(HTTPRequest(url: "http://127.0.0.1:1/", headers: [.init("Authorization", "Bearer secret\r\nX: y")]))
        }
        #expect(error == .invalidRequest("the value of the header \"Authorization\" has a control character"))
        for url in ["", "no url", "ftp://127.0.0.1/"] {
            let error = await #expect(throws: HTTPTransportError.self) { try await transport.send(HTTPRequest(url: url)) }
            guard case .invalidRequest = error else {
                Issue.record("\(url): \(String(describing: error))")
                continue
            }
        }
        await transport.close()
        await #expect(throws: HTTPTransportError.closed) { try await transport.send(HTTPRequest(url: "http://127.0.0.1:1/")) }
        await transport.close()
    }

    @Test func aTransportThatIsForgottenClosesItsConnections() async throws {
        let server = try await server { _, exchange in exchange.respond(200, [], "x") }
        _ = try await HTTPClientTransport().send(HTTPRequest(url: server.url + "/")).body.bytes(limit: 10)
        try await waitFor("closed 1")
        await server.stop()
    }

    @Test func aStreamOutlivesAForgottenTransport() async throws {
        let exchanges = Watched<StubHTTPServer.Exchange?>(nil)
        let server = try await server { _, exchange in
            exchange.begin(200)
            exchanges.change { $0 = exchange }
        }
        let response = try await HTTPClientTransport().send(HTTPRequest(url: server.url + "/"))
        exchanges.value?.write("x")
        #expect(try await within { try await response.body.next() } == [UInt8(ascii: "x")])
        exchanges.value?.end()
        #expect(try await within { try await response.body.next() } == nil)
        await server.stop()
    }

    @Test func closingEndsWhatIsOpen() async throws {
        let server = try await server { _, exchange in exchange.begin(200) }
        let transport = HTTPClientTransport()
        let response = try await transport.send(HTTPRequest(url: server.url + "/"))
        await transport.close()
        try await waitFor("closed 1")
        await #expect(throws: HTTPTransportError.self) { try await within { try await response.body.next() } }
        await server.stop()
    }

    @Test func manyStreamsToOneHostAreOpenAtOnce() async throws {
        let server = try await server { _, exchange in exchange.begin(200) }
        let transport = HTTPClientTransport()
        let count = 40
        try await within {
            var open: [HTTPResponse] = []
            for _ in 0..<count { open.append(try await transport.send(HTTPRequest(url: server.url + "/"))) }
            #expect(open.count == count)
        }
        await transport.close()
        await server.stop()
    }
}
