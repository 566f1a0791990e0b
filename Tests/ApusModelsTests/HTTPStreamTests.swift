import NIOCore
import NIOPosix
import Testing

@testable import ApusModels

@Suite(.timeLimit(.minutes(5))) struct HTTPStreamTests {
    private func withStream<Value>(_ body: (HTTPStream) async throws -> Value) async throws -> Value {
        let stream = HTTPStream(connectLimit: .seconds(60))
        do {
            let value = try await body(stream)
            await stream.close()
            return value
        } catch {
            await stream.close()
            throw error
        }
    }

    private func all(_ exchange: HTTPExchange) async throws(HTTPStreamError) -> String {
        String(decoding: try await exchange.rest(limit: .max), as: UTF8.self)
    }

    @Test func sendsTheRequestAndReadsTheAnswerInPieces() async throws {
        let pieces = (0..<200).map { chunked("piece \($0)\n") }
        try await ScriptedServer.withServer([
            .send(head(type: "text/plain", "transfer-encoding: chunked", "x-a: b")), .trickle(pieces), .send("0\r\n\r\n"),
        ]) { server in
            try await withStream { stream in
                let exchange = try await stream.open(
                    HTTPStream.Request(url: server.url + "/p?q=1", headers: [("x-test", "yes")], body: Array("body".utf8)))
                #expect(exchange.status == 200)
                #expect(exchange.header("X-A") == "b")
                #expect(try await all(exchange) == (0..<200).map { "piece \($0)\n" }.joined())
            }
            let request = server.requests[0]
            #expect(request.hasPrefix("POST /p?q=1 HTTP/1.1\r\n"))
            #expect(request.contains("x-test: yes\r\n"))
            #expect(request.hasSuffix("\r\n\r\nbody"))
        }
    }

    @Test func largeAnswerWaitsForItsReader() async throws {
        let block = String(repeating: "0123456789abcdef", count: 4_096)
        try await ScriptedServer.withServer([
            .send(head("200 OK", type: "text/plain", "content-length: \(block.utf8.count * 64)")),
            .trickle(Array(repeating: block, count: 64)),
        ]) { server in
            try await withStream { stream in
                let exchange = try await stream.open(HTTPStream.Request(method: "GET", url: server.url))
                var total = 0
                var largest = 0
                while let piece = try await exchange.next() {
                    total += piece.count
                    largest = max(largest, piece.count)
                    await Task.yield()
                }
                #expect(total == block.utf8.count * 64)
                // The bound and one more read of the socket.
                #expect(largest <= 256 << 10)
            }
        }
    }

    @Test func connectionIsUsedAgainAfterDraining() async throws {
        let answer = head(type: "text/plain", "content-length: 4") + "done"
        try await ScriptedServer.withServer([.send(answer)], [.send(answer)]) { server in
            try await withStream { stream in
                for _ in 0..<2 {
                    let exchange = try await stream.open(HTTPStream.Request(method: "GET", url: server.url))
                    #expect(try await all(exchange) == "done")
                    exchange.drain()
                }
            }
            #expect(server.requests.count == 2)
        }
    }

    @Test func stalledAnswerEndsByTheIdleLimit() async throws {
        try await ScriptedServer.withServer([.send(head(type: "text/plain", "transfer-encoding: chunked") + chunked("some"))]) { server in
            try await withStream { stream in
                let deadlines = HTTPDeadlines(idle: .milliseconds(250))
                let exchange = try await stream.open(HTTPStream.Request(method: "GET", url: server.url), deadlines: deadlines)
                #expect(try await exchange.next() == Array("some".utf8))
                await #expect(throws: HTTPStreamError.timeout(.idle, .milliseconds(250))) { try await exchange.next() }
                await #expect(throws: HTTPStreamError.timeout(.idle, .milliseconds(250))) { try await exchange.next() }
                await server.allClosed()
            }
        }
    }

    @Test func silentServerEndsByTheFirstByteLimit() async throws {
        try await ScriptedServer.withServer([]) { server in
            try await withStream { stream in
                let deadlines = HTTPDeadlines(firstByte: .milliseconds(50))
                await #expect(throws: HTTPStreamError.timeout(.firstByte, .milliseconds(50))) {
                    try await stream.open(HTTPStream.Request(url: server.url), deadlines: deadlines)
                }
            }
            // Behind the stream's end: on a busy machine the limit may pass while it still connects, and then the connection is kept.
            await server.allClosed()
        }
    }

    @Test func totalLimitHoldsThroughout() async throws {
        try await ScriptedServer.withServer([.send(head(type: "text/plain", "transfer-encoding: chunked"))]) { server in
            try await withStream { stream in
                let deadlines = HTTPDeadlines(total: .milliseconds(80))
                await #expect(throws: HTTPStreamError.timeout(.total, .milliseconds(80))) {
                    let exchange = try await stream.open(HTTPStream.Request(url: server.url), deadlines: deadlines)
                    _ = try await exchange.next()
                }
            }
        }
    }

    @Test func cutAnswerGivesWhatCameAndThenFails() async throws {
        let start = head(type: "text/plain", "transfer-encoding: chunked") + chunked("some")
        for end in [ScriptedServer.Step.close, .reset] {
            try await ScriptedServer.withServer([.send(start), end]) { server in
                try await withStream { stream in
                    var text: [UInt8] = []
                    let error = await #expect(throws: HTTPStreamError.self) {
                        let exchange = try await stream.open(HTTPStream.Request(url: server.url))
                        while let piece = try await exchange.next() { text += piece }
                    }
                    guard case .cut? = error else {
                        Issue.record("\(String(describing: error))")
                        return
                    }
                    #expect(text == Array("some".utf8))
                }
            }
        }
    }

    @Test func refusedConnectionIsToldAtOnce() async throws {
        let closed = try ClosedPort()
        let port = closed.number
        try await withStream { stream in
            let error = await #expect(throws: HTTPStreamError.self) {
                try await stream.open(HTTPStream.Request(url: "http://127.0.0.1:\(port)"))
            }
            #expect(error == .unreachable("connection refused"))
        }
    }

    @Test(arguments: ["", "nonsense", "ftp://h/", "http://"])
    func badAddressIsNamed(_ url: String) async throws {
        try await withStream { stream in
            let error = await #expect(throws: HTTPStreamError.self) { try await stream.open(HTTPStream.Request(url: url)) }
            guard case .badURL? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }

    @Test func cancellingEndsTheWaitAndTheConnection() async throws {
        try await ScriptedServer.withServer([.send(head(type: "text/plain", "transfer-encoding: chunked") + chunked("some"))]) { server in
            try await withStream { stream in
                let (started, signal) = AsyncStream.makeStream(of: Void.self)
                let task = Task { () -> HTTPStreamError? in
                    do throws(HTTPStreamError) {
                        let exchange = try await stream.open(HTTPStream.Request(url: server.url))
                        _ = try await exchange.next()
                        signal.yield()
                        _ = try await exchange.next()
                        return nil
                    } catch {
                        return error
                    }
                }
                for await _ in started { break }
                task.cancel()
                #expect(await task.value == .cancelled)
                // A second on an idle machine; the idle limit would take two minutes.
                await server.allClosed()
            }
        }
    }

    @Test func forgottenStreamClosesItsConnections() async throws {
        let answer = head(type: "text/plain", "content-length: 4") + "done"
        try await ScriptedServer.withServer([.send(answer)]) { server in
            do {
                let stream = HTTPStream()
                let exchange = try await stream.open(HTTPStream.Request(url: server.url))
                #expect(try await all(exchange) == "done")
            }
            await server.allClosed()
        }
    }

    @Test func redirectIsNotFollowed() async throws {
        try await ScriptedServer.withServer([.send(head("307 Temporary Redirect", "location: /elsewhere", "content-length: 0"))]) {
            server in
            try await withStream { stream in
                let exchange = try await stream.open(HTTPStream.Request(url: server.url))
                #expect(exchange.status == 307)
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test func manyRequestsToOneHostRunAtOnce() async throws {
        let start = ScriptedServer.Step.send(head(type: "text/plain", "transfer-encoding: chunked"))
        let scripts = Array(repeating: [start], count: 40)
        try await ScriptedServer.withScripts(scripts) { server in
            try await withStream { stream in
                var exchanges: [HTTPExchange] = []
                for _ in 0..<40 { exchanges.append(try await stream.open(HTTPStream.Request(url: server.url))) }
                #expect(exchanges.count == 40)
                for exchange in exchanges { exchange.abandon() }
                await server.allClosed()
            }
        }
    }
}
