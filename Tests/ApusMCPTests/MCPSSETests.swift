import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusMCP

/// The older transport of two addresses.
@Suite struct MCPSSETests {
    private func older(_ fixture: HTTPFixture) -> MCPServerConfiguration {
        MCPServerConfiguration(
            name: "one", transport: .sse(url: fixture.url, headers: [.init(name: "X-Key", value: "k")]))
    }

    /// Answers posted messages in the stream.
    private func serve(_ request: HTTPFixture.Request, _ feed: HTTPFixture.Feed, endpoint: String) -> HTTPFixture.Reply {
        if request.method == "GET" {
            feed.push(endpoint, event: "endpoint")
            return .feed(feed)
        }
        guard case .whole(200, _, let body) = plainServer(request, revision: "2024-11-05") else { return .status(202) }
        feed.push("no JSON at all")
        feed.push(body)
        return .status(202)
    }

    @Test(arguments: ["/messages?id=1", "messages?id=1"]) func toolsAreListedAndCalledThroughTheStream(endpoint: String) async throws {
        let feed = HTTPFixture.Feed()
        try await HTTPFixture.with({ serve($0, feed, endpoint: endpoint) }) { fixture in
            try await withPool { pool in
                await pool.connect([older(fixture)], to: session)
                #expect(
                    await pool.status(of: session) == [
                        MCPServerStatus(name: "one", phase: .connected, source: .session, transport: "sse", toolCount: 1)
                    ])
                let result = try await pool.run("one___echo")
                #expect(result == ToolResult(.succeeded, #"{"text":"hi"}"#))
            }
            #expect(fixture.requests.filter { $0.method == "POST" }.allSatisfy { $0.path == "/messages?id=1" })
            #expect(fixture.requests.allSatisfy { $0.headers["x-key"] == "k" })
        }
    }

    @Test(arguments: ["https://elsewhere.test/messages", "//elsewhere.test/messages", "http://127.0.0.1:1/messages", "http://u@127.0.0.1/"])
    func anEndpointOfAnotherServerGetsNothing(endpoint: String) async throws {
        let feed = HTTPFixture.Feed()
        try await HTTPFixture.with({ serve($0, feed, endpoint: endpoint) }) { fixture in
            try await withPool { pool in
                await pool.connect([older(fixture)], to: session)
                let status = try #require(await pool.status(of: session).first)
                #expect(status.phase == .failed)
                #expect(status.error?.contains("which is not on the same server") == true, "\(status.error ?? "")")
            }
            #expect(fixture.requests.map(\.method) == ["GET"])
        }
    }

    @Test(arguments: [
        (HTTPFixture.Reply.status(404), "answered HTTP 404"), (.json(["a": 1]), "it answered no stream of events"),
        (.events([]), "the stream of events ended"), (.endless(type: "text/event-stream"), "sent an event larger than 1048576 bytes"),
    ])
    func whatIsNoSuchServerFailsWithASentence(reply: HTTPFixture.Reply, words: String) async throws {
        try await HTTPFixture.with({ _ in reply }) { fixture in
            try await withPool { pool in
                await pool.connect([older(fixture)], to: session)
                let error = try #require(await pool.status(of: session).first?.error)
                #expect(error.contains(words), "\(error)")
            }
        }
    }
}
