import ApusBase
import ApusCore
import Foundation
import Testing

@testable import ApusMCP
@testable import ApusSettings

/// What servers offer to read.
@Suite struct MCPResourceTests {
    private static let png = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0]).base64EncodedString()

    private static let contents: [String: JSONValue] = [
        "one://text": [["uri": "one://text", "mimeType": "text/plain", "text": "festina lente"]],
        "one://image": [["uri": "one://image", "mimeType": "image/png", "blob": .string(png)]],
        "one://bytes": [["uri": "one://bytes", "mimeType": "application/zip", "blob": "AAEC"]],
        "one://json": [["uri": "one://json", "mimeType": "application/json", "blob": .string(Data("{}".utf8).base64EncodedString())]],
        "one://folder": [["uri": "one://a", "text": "first"], ["uri": "one://b", "text": "second"]],
        "one://long": [["uri": "one://long", "text": .string(String(repeating: "l", count: 100_000))]],
        "one://none": [],
    ]

    /// A server with a tool, three pages of resources and a template.
    private static func reader(_ request: HTTPFixture.Request, pages: Int = 3) -> HTTPFixture.Reply {
        let params = request.message["params"]
        func result(_ value: JSONValue) -> HTTPFixture.Reply {
            .json(["jsonrpc": "2.0", "id": request.message["id"] ?? .null, "result": value])
        }
        switch request.rpc {
        case "initialize":
            return result([
                "protocolVersion": params?["protocolVersion"] ?? "?", "capabilities": ["tools": [:], "resources": [:]],
                "serverInfo": ["name": "reader", "version": "1"],
            ])
        case "resources/list":
            let page = params?["cursor"]?.stringValue.flatMap { Int($0) } ?? 0
            var value: JSONObject = [
                "resources": [["uri": .string("one://\(page)"), "name": .string("n\(page)"), "description": "two\nlines", "size": 7]]
            ]
            if page + 1 < pages { value["nextCursor"] = .string(String(page + 1)) }
            return result(.object(value))
        case "resources/templates/list":
            return result(["resourceTemplates": [["uriTemplate": "one://notes/{id}", "name": "a note"]]])
        case "resources/read":
            guard let contents = params?["uri"]?.stringValue.flatMap({ Self.contents[$0] }) else {
                let error: JSONValue = ["code": -32_002, "message": "Resource not found"]
                return .json(["jsonrpc": "2.0", "id": request.message["id"] ?? .null, "error": error])
            }
            return result(["contents": contents])
        default: return plainServer(request)
        }
    }

    private func with(
        _ names: [String] = ["one"], limits: MCPLimits = patient, rules: MCPRules = MCPRules(), pages: Int = 3,
        _ body: (MCPPool, HTTPFixture) async throws -> Void
    ) async throws {
        try await HTTPFixture.with({ Self.reader($0, pages: pages) }) { fixture in
            try await withPool(limits: limits, rules: rules) { pool in
                await pool.connect(names.map { server(fixture.url, name: $0) }, to: session)
                try await body(pool, fixture)
            }
        }
    }

    @Test func aServerWithResourcesBringsTheTwoToolsThatReadThem() async throws {
        try await with { pool, _ in
            #expect(await pool.names() == ["one___echo", "ListMcpResources", "ReadMcpResource"])
            let list = try await pool.run("ListMcpResources", ["server": "one"])
            #expect(
                list
                    == ToolResult(
                        .succeeded,
                        """
                        {"uri":"one://0","name":"n0","description":"two\\\\nlines","size":7}
                        {"uri":"one://1","name":"n1","description":"two\\\\nlines","size":7}
                        {"uri":"one://2","name":"n2","description":"two\\\\nlines","size":7}
                        {"uriTemplate":"one://notes/{id}","name":"a note"}
                        """))
            #expect(await pool.status(of: session).first?.resourceCount == 3)
        }
    }

    @Test func aServerWithoutResourcesBringsNone() async throws {
        try await HTTPFixture.with({ request in
            if request.rpc.hasPrefix("resources") {
                let error: JSONValue = ["code": -32_601, "message": "Method not found"]
                return .json(["jsonrpc": "2.0", "id": request.message["id"] ?? .null, "error": error])
            }
            return Self.reader(request)
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                #expect(await pool.names() == ["one___echo"])
            }
        }
    }

    @Test(arguments: [
        ("one://text", "festina lente", 0), ("one://image", "", 1), ("one://json", "{}", 0),
        ("one://bytes", "[resource one://bytes, 3 bytes of type application/zip, not text]", 0),
        ("one://folder", "[one://a]\nfirst\n[one://b]\nsecond", 0), ("one://none", "The resource is empty.", 0),
    ])
    func aResourceIsReadAsResultsOfToolsAre(uri: String, text: String, images: Int) async throws {
        try await with { pool, fixture in
            let result = try await pool.run("ReadMcpResource", ["server": "one", "uri": .string(uri)])
            #expect(result.status == .succeeded)
            #expect(result.text == text)
            #expect(result.media.map(\.details.type) == Array(repeating: .png, count: images))
            #expect(fixture.requests("resources/read").map { $0.message["params"]?["uri"] } == [.string(uri)])
        }
    }

    @Test func whatIsLongIsBoundedAndWhatIsNotThereIsTold() async throws {
        try await with { pool, _ in
            let long = try await pool.run("ReadMcpResource", ["server": "one", "uri": "one://long"])
            #expect(long.text.contains("characters omitted"))
            #expect(long.text.unicodeScalars.count < 41_000)
            let gone = try await pool.run("ReadMcpResource", ["server": "one", "uri": "one://gone"])
            #expect(gone == ToolResult(.failed, "Error: the MCP server \"one\" answered error -32002: Resource not found."))
        }
    }

    @Test func aListOfThousandsIsReadInParts() async throws {
        var limits = patient
        limits.resources = 40
        try await with(limits: limits, pages: 1_000) { pool, fixture in
            let first = try await pool.run("ListMcpResources", ["server": "one"])
            let lines = first.text.split(separator: "\n")
            #expect(lines.count == 41)
            #expect(lines.last == #"[There is more: go on with the cursor "40"]"#)
            let second = try await pool.run("ListMcpResources", ["server": "one", "cursor": "999"])
            #expect(second.text.split(separator: "\n").count == 2, "\(second.text)")
        }
    }

    @Test func aCallIsPermittedAsOthersOfThatServerAre() async throws {
        var warnings: [String] = []
        let autonomy = ServerAutonomy(addresses: [], names: [["strict": "high", "one___ReadMcpResource": "medium"]], &warnings)
        try await with(["one", "strict"], rules: MCPRules(autonomy: autonomy)) { pool, _ in
            func access(_ tool: String, _ server: String, _ uri: String = "one://0") async throws -> AccessRequest {
                let found = await pool.tool(tool)
                return try #require(found).access(for: ["server": .string(server), "uri": .string(uri)], in: context)
            }
            let listing = try await access("ListMcpResources", "one")
            #expect(listing.action == .serverCall(tool: "ListMcpResources", claim: .reads) && listing.server == "one")
            let reading = try await access("ReadMcpResource", "one")
            #expect(reading.action == .serverCall(tool: "ReadMcpResource", claim: .adds))
            let strict = try await access("ReadMcpResource", "strict")
            #expect(strict.action == .serverCall(tool: "ReadMcpResource", claim: .destroys) && strict.server == "strict")
            await #expect(throws: ToolInputError("No MCP server named \"two\" has resources here. There are: one, strict.")) {
                _ = try await access("ReadMcpResource", "two")
            }
        }
    }

    /// `one://{+text}` would take whatever a model puts into it to the server.
    @Test func whatTheServerHasNotListedIsAskedForLikeACallOfAnyTool() async throws {
        try await with(["one", "two"]) { pool, _ in
            func claim(_ tool: String, _ input: JSONValue) async throws -> AccessRequest.Action {
                let found = await pool.tool(tool)
                return try #require(found).access(for: input, in: context).action
            }
            for uri in ["one://0", "one://2"] {
                let listed = try await claim("ReadMcpResource", ["server": "one", "uri": .string(uri)])
                #expect(listed == .serverCall(tool: "ReadMcpResource", claim: .reads), "\(uri)")
            }
            for uri in ["one://notes/1", "one://0?secret", "one://3", "ONE://0"] {
                let made = try await claim("ReadMcpResource", ["server": "one", "uri": .string(uri)])
                #expect(made == .serverCall(tool: "ReadMcpResource", claim: .destroys), "\(uri)")
            }
            let first = try await claim("ListMcpResources", ["server": "two", "cursor": "1"])
            #expect(first == .serverCall(tool: "ListMcpResources", claim: .reads))
            let made = try await claim("ListMcpResources", ["server": "two", "cursor": "secret"])
            #expect(made == .serverCall(tool: "ListMcpResources", claim: .destroys))
        }
    }

    @Test func aListThatOnlyGoesOnEndsWithThePageThatBroughtNothing() async throws {
        try await HTTPFixture.with({ request in
            guard request.rpc == "resources/list", let cursor = request.message["params"]?["cursor"]?.stringValue else {
                return Self.reader(request)
            }
            let page: JSONValue = ["resources": [], "nextCursor": .string(cursor + "+")]
            return .json(["jsonrpc": "2.0", "id": request.message["id"] ?? .null, "result": page])
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let tool = try #require(await pool.tool("ListMcpResources"))
                let before = fixture.requests("resources/list").count
                let result = await tool.run(["server": "one"], in: context)
                #expect(fixture.requests("resources/list").count == before + 2)
                #expect(result.text.hasSuffix(#"[There is more: go on with the cursor "1+"]"#), "\(result.text)")
            }
        }
    }

    @Test func aSelectionLeavesThemOrNotServerByServer() async throws {
        try await with(["one", "two"]) { pool, _ in
            func reads(_ selection: ToolSelection) async -> [String] {
                guard let tool = await pool.tool("ReadMcpResource", selection: selection) else { return [] }
                var servers: [String] = []
                for name in ["one", "two"] where (try? tool.access(for: ["server": .string(name), "uri": "u"], in: context)) != nil {
                    servers.append(name)
                }
                return servers
            }
            let cases: [(selection: ToolSelection, servers: [String])] = [
                (.usual, ["one", "two"]), (ToolSelection(only: ["MCP:two"]), ["two"]), (ToolSelection(only: ["Read"]), []),
                (ToolSelection(only: ["ReadMcpResource"]), ["one", "two"]), (ToolSelection(disabled: ["one___ReadMcpResource"]), ["two"]),
                (ToolSelection(disabled: ["ReadMcpResource"]), []),
            ]
            for one in cases {
                let servers = await reads(one.selection)
                #expect(servers == one.servers, "\(one.selection)")
            }
        }
    }
}
