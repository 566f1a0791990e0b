import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusMCP

@Suite struct MCPHTTPTests {
    @Test func theHandshakeTheListAndTheCallAreRequestsOfTheirOwn() async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url, headers: [("Authorization", "Bearer t")])], to: session)
                #expect(
                    await pool.status(of: session) == [
                        MCPServerStatus(name: "one", phase: .connected, source: .session, transport: "http", toolCount: 1)
                    ])
                let result = try await pool.run("one___echo")
                #expect(result == ToolResult(.succeeded, #"{"text":"hi"}"#))
            }
            let posts = fixture.requests.filter { $0.method == "POST" }
            #expect(posts.map(\.rpc) == ["initialize", "notifications/initialized", "tools/list", "tools/call"])
            #expect(posts.allSatisfy { $0.headers["authorization"] == "Bearer t" })
            #expect(posts.allSatisfy { $0.headers["accept"] == "application/json, text/event-stream" })
            #expect(posts.allSatisfy { $0.headers["mcp-session-id"] == nil })
            #expect(posts.map { $0.headers["mcp-protocol-version"] } == [nil] + Array(repeating: "2025-11-25", count: 3))
        }
    }

    @Test func aSessionIdIsSentBackAndGivenUpAtTheEnd() async throws {
        try await HTTPFixture.with({ request in
            guard request.rpc == "initialize", case .whole(let status, let headers, let body) = plainServer(request) else {
                return request.method == "DELETE" ? .status(200) : plainServer(request)
            }
            return .whole(status: status, headers: headers + [("mcp-session-id", "abc")], body: body)
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                _ = try await pool.run("one___echo")
            }
            #expect(fixture.requests.first?.headers["mcp-session-id"] == nil)
            #expect(fixture.requests.dropFirst().allSatisfy { $0.headers["mcp-session-id"] == "abc" })
            #expect(fixture.requests.last?.method == "DELETE")
        }
    }

    @Test func anAnswerMayBeAStreamOfEventsWithOtherMessagesBeforeIt() async throws {
        try await HTTPFixture.with({ request in
            guard request.rpc == "tools/call", let id = request.message["id"] else { return plainServer(request) }
            let answer: JSONValue = ["jsonrpc": "2.0", "id": id, "result": ["content": [["type": "text", "text": "from a stream"]]]]
            return .events([
                #"{"jsonrpc":"2.0","method":"notifications/progress","params":{}}"#, #"{"jsonrpc":"2.0","id":"s-1","method":"ping"}"#,
                #"{"jsonrpc":"2.0","id":"s-2","method":"roots/list"}"#, answer.serialized(),
            ])
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let made1 = try await pool.run("one___echo")
                #expect(made1 == ToolResult(.succeeded, "from a stream"))
                // initialize, initialized, list, GET, call, two answers.
                await fixture.requests(count: 7)
            }
            let answers = fixture.requests.filter { $0.message["method"] == nil && $0.method == "POST" }.map(\.message)
            #expect(answers.contains(["jsonrpc": "2.0", "id": "s-1", "result": .object([:])]))
            #expect(answers.contains { $0["id"] == "s-2" && $0["error"]?["code"] == -32_601 })
        }
    }

    @Test(arguments: ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
    func theRevisionOfTheServerIsTaken(revision: String) async throws {
        try await HTTPFixture.with({ plainServer($0, revision: revision) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                #expect(await pool.status(of: session).first?.phase == .connected)
            }
            #expect(fixture.requests("tools/list").first?.headers["mcp-protocol-version"] == revision)
        }
    }

    @Test func aRevisionNobodyKnowsIsRefusedByName() async throws {
        try await HTTPFixture.with({ plainServer($0, revision: "1999-01-01") }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let status = try #require(await pool.status(of: session).first)
                #expect(status.phase == .failed)
                #expect(
                    status.error?.hasPrefix("The MCP server \"one\" speaks revision \"1999-01-01\" of the protocol; known are ") == true)
            }
        }
    }

    @Test func aServerWithoutAHandshakeIsToldTheRevisionWithEveryRequest() async throws {
        try await HTTPFixture.with({ request in
            guard let id = request.message["id"] else { return .status(400) }
            func result(_ value: JSONValue) -> HTTPFixture.Reply { .json(["jsonrpc": "2.0", "id": id, "result": value]) }
            switch request.rpc {
            case "server/discover": return result(["supportedVersions": ["2026-07-28"], "capabilities": ["tools": .object([:])]])
            case "tools/list": return result(["resultType": "complete", "tools": [["name": "ä"], ["name": "ask"]]])
            case "tools/call" where request.message["params"]?["name"] == "ask": return result(["resultType": "input_required"])
            case "tools/call": return result(["resultType": "complete", "content": [["type": "text", "text": "done"]]])
            default: return .json(["jsonrpc": "2.0", "id": id, "error": ["code": -32_022, "message": "Unsupported protocol version"]])
            }
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let name = try #require(await pool.names().first { $0 != "one___ask" })
                let result = try await pool.run(name)
                #expect(result == ToolResult(.succeeded, "done"))
                let asking = try await pool.run("one___ask")
                #expect(asking.text == "Error: the MCP server \"one\" asks for input of a person, which this version cannot give it.")
            }
            let posts = fixture.requests.filter { $0.method == "POST" }
            #expect(posts.map(\.rpc) == ["initialize", "server/discover", "tools/list", "tools/call", "tools/call"])
            for post in posts.dropFirst() {
                let version = post.message["params"]?["_meta"]?["io.modelcontextprotocol/protocolVersion"]
                #expect(version == "2026-07-28")
                #expect(post.headers["mcp-protocol-version"] == "2026-07-28")
                #expect(post.headers["mcp-method"] == post.rpc)
            }
            #expect(posts.dropFirst(3).map { $0.headers["mcp-name"] } == ["=?base64?w6Q=?=", "ask"])
        }
    }

    @Test func toolsOfAllPagesAreThereAndACursorThatRepeatsEndsTheList() async throws {
        try await HTTPFixture.with({ request in
            guard request.rpc == "tools/list", let id = request.message["id"] else { return plainServer(request) }
            let cursor = request.message["params"]?["cursor"]?.stringValue
            let name = cursor.map { "after_" + $0 } ?? "first"
            return .json([
                "jsonrpc": "2.0", "id": id,
                "result": ["tools": [["name": .string(name)]], "nextCursor": .string(cursor == nil ? "a" : "b")],
            ])
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                #expect(await pool.names() == ["one___first", "one___after_a", "one___after_b"])
            }
        }
    }

    @Test func whatCannotBeOfferedIsLeftOutAndTheRestStays() async throws {
        let tools: JSONValue = [
            echo, ["description": "no name"], ["name": .string(String(repeating: "n", count: 129))],
            ["name": "array", "inputSchema": ["type": "array"]], ["name": "text", "inputSchema": "no"], echo,
            ["name": "large", "inputSchema": ["type": "object", "description": .string(String(repeating: "d", count: 200_000))]],
        ]
        try await HTTPFixture.with({ plainServer($0, tools: tools) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                #expect(await pool.names() == ["one___echo"])
            }
        }
    }

    @Test func aServerWithMoreToolsThanAnybodyNeedsHasThemCut() async throws {
        let tools = JSONValue.array((0..<2_000).map { ["name": .string("t\($0)")] })
        try await HTTPFixture.with({ plainServer($0, tools: tools) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                #expect(await pool.names().count == 512)
            }
        }
    }

    // MARK: Hostile and broken servers

    @Test(arguments: [
        (HTTPFixture.Reply.status(500, "went\nwrong"), "answered HTTP 500: went"), (.status(401), "wants a sign-in (HTTP 401)"),
        (.status(302), "answered HTTP 302"), (.json("no message"), "it sent JSON that is no message of JSON-RPC"),
        (.whole(status: 200, headers: [("content-type", "application/json")], body: "<html>"), "what it sent is not JSON"),
        (.whole(status: 200, headers: [("content-type", "text/html")], body: "<html>"), "neither JSON nor a stream of events"),
        (.events([]), "the stream of events ended"), (.hangUp, "cannot be reached"),
        (.endless(type: "application/json"), "sent an answer larger than 1048576 bytes"),
        (.endless(type: "text/event-stream"), "sent an event larger than 1048576 bytes"),
        (.json(["jsonrpc": "2.0", "id": .null, "error": ["code": -32_600, "message": "no\u{1B}[2J"]]), "answered error -32600: no"),
    ])
    func aCallThatGetsNoResultFailsWithASentenceAndNothingElse(reply: HTTPFixture.Reply, words: String) async throws {
        try await expect(words, of: reply, patient)
    }

    @Test(arguments: [HTTPFixture.Reply.nothing, .openEvents([])])
    func aCallThatIsNeverAnsweredIsNotWaitedForLongerThanItsLimit(reply: HTTPFixture.Reply) async throws {
        var limits = patient
        limits.sessionCall = .milliseconds(100)
        try await expect("did not answer the call within 100 ms", of: reply, limits)
    }

    private func expect(_ words: String, of reply: HTTPFixture.Reply, _ limits: MCPLimits) async throws {
        try await HTTPFixture.with({ $0.rpc == "tools/call" ? reply : plainServer($0) }) { fixture in
            try await withPool(limits: limits) { pool in
                await pool.connect([server(fixture.url)], to: session)
                let result = try await pool.run("one___echo")
                #expect(result.status == .failed)
                #expect(result.text.hasPrefix("Error: the MCP server \"one\" "))
                #expect(result.text.contains(words), "\(result.text)")
                #expect(!result.text.contains("\u{1B}"))
                // The session goes on, with the tool.
                #expect(await pool.names() == ["one___echo"])
            }
        }
    }

    @Test func aServerThatNeverAnswersTheHandshakeFailsAlone() async throws {
        try await HTTPFixture.with({ _ in .nothing }) { mute in
            try await HTTPFixture.with({ plainServer($0) }) { fixture in
                var limits = patient
                limits.connect = .milliseconds(300)
                try await withPool(limits: limits) { pool in
                    await pool.connect([server(mute.url, name: "mute"), server(fixture.url)], to: session)
                    while await pool.status(of: session).first?.phase == .connecting { await Task.yield() }
                    #expect(
                        await pool.status(of: session).first?.error
                            == "The MCP server \"mute\" did not answer the handshake within 300 ms.")
                }
            }
        }
    }

    @Test func nobodyWaitsForASlowServerButWhoWantsItsTools() async throws {
        try await HTTPFixture.with({ _ in .nothing }) { mute in
            try await withPool { pool in
                await pool.attach([server(mute.url, name: "mute")], to: session)
                #expect(await pool.status(of: session).map(\.phase) == [.connecting])
                let looking = Task { await pool.names() }
                // As an interrupt does.
                looking.cancel()
                #expect(await looking.value == [])
            }
        }
    }

    @Test func aSlowServerIsWaitedForOnce() async throws {
        // It shakes hands, and then says nothing for as long as a list may take.
        try await HTTPFixture.with({ $0.rpc == "tools/list" ? .nothing : plainServer($0) }) { slow in
            var limits = patient
            limits.connect = .seconds(1)
            try await withPool(limits: limits) { pool in
                await pool.attach([server(slow.url)], to: session)
                #expect(await pool.names() == [])
                #expect(await pool.status(of: session).map(\.phase) == [.connecting])
                #expect(pool.unsettled(session) == nil)
            }
        }
    }

    @Test func whenTheServerIsGoneTheCallFailsAndWhenItIsBackTheNextOneWorks() async throws {
        try await HTTPFixture.with({ plainServer($0) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let port = fixture.port
                await fixture.close()
                let refused = try await pool.run("one___echo")
                #expect(refused.status == .failed)
                #expect(refused.text.contains("cannot be reached") || refused.text.contains("ended the connection"), "\(refused.text)")
                let again = try await pool.run("one___echo")
                #expect(again.text == "Error: the MCP server \"one\" cannot be reached: connection refused.")
                #expect(await pool.status(of: session).first?.phase == .disconnected)
                try await fixture.open(port: port)
                let made2 = try await pool.run("one___echo")
                #expect(made2.status == .succeeded)
            }
        }
    }

    @Test func aSessionTheServerForgotIsBegunAnewAndTheRefusedCallMadeOnce() async throws {
        let begun = Mutex(0)
        try await HTTPFixture.with({ request in
            if request.rpc == "initialize", case .whole(let status, let headers, let body) = plainServer(request) {
                let number = begun.withLock { count in
                    count += 1
                    return count
                }
                return .whole(status: status, headers: headers + [("mcp-session-id", "s\(number)")], body: body)
            }
            if request.rpc == "tools/call", request.headers["mcp-session-id"] == "s1" { return .status(404) }
            return plainServer(request)
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let made3 = try await pool.run("one___echo")
                #expect(made3.status == .succeeded)
            }
            #expect(fixture.requests("tools/call").map { $0.headers["mcp-session-id"] } == ["s1", "s2"])
        }
    }

    @Test func cancellingACallTellsTheServerAndClosesTheStream() async throws {
        try await HTTPFixture.with({ $0.rpc == "tools/call" ? .openEvents([]) : plainServer($0) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let tool = try #require(await pool.tool("one___echo"))
                let result = await withTaskGroup(of: ToolResult.self) { group in
                    group.addTask { await tool.run(["text": "x"], in: context) }
                    while fixture.requests("tools/call").isEmpty { await Task.yield() }
                    group.cancelAll()
                    return await group.next()
                }
                #expect(result?.status == .interrupted)
                while fixture.requests("notifications/cancelled").isEmpty { await Task.yield() }
                await fixture.someConnectionClosed()
                let call = fixture.requests("tools/call").first?.message["id"]
                #expect(fixture.requests("notifications/cancelled").first?.message["params"]?["requestId"] == call)
            }
        }
    }

    @Test func callsToOneServerRunSideBySide() async throws {
        let calls = Mutex(0)
        try await HTTPFixture.with({ request in
            if request.rpc == "tools/call" { calls.withLock { $0 += 1 } }
            return request.rpc == "tools/call" ? .openEvents([]) : plainServer(request)
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let tool = try #require(await pool.tool("one___echo"))
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<20 { group.addTask { _ = await tool.run(["text": "x"], in: context) } }
                    // None of them is answered: they are all there at once.
                    while calls.withLock({ $0 }) < 20 { await Task.yield() }
                    group.cancelAll()
                }
            }
        }
    }

    @Test func newsOfOtherToolsOnTheServersOwnStreamAreAskedFor() async throws {
        let lists = Mutex(0)
        try await HTTPFixture.with({ request in
            if request.method == "GET" {
                return .openEvents([#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#])
            }
            guard request.rpc == "tools/list" else { return plainServer(request) }
            let isFirst = lists.withLock { count in
                count += 1
                return count == 1
            }
            return plainServer(request, tools: isFirst ? [echo] : [echo, ["name": "late"]])
        }) { fixture in
            try await withPool { pool in
                let changes = pool.changes(of: session)
                await pool.connect([server(fixture.url)], to: session)
                if await pool.status(of: session).first?.toolCount != 2 {
                    for await servers in changes where servers.first?.toolCount == 2 { break }
                }
                #expect(await pool.names() == ["one___echo", "one___late"])
            }
        }
    }
}
