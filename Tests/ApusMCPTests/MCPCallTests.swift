import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusMCP

/// What a server says while one of its tools runs.
@Suite struct MCPCallTests {
    /// A server whose call answers what `during` makes of its stream: it is given what was posted in answer.
    private func with(
        _ messages: [JSONValue], asking context: ToolContext,
        _ check: @escaping @Sendable (ToolResult, [JSONValue]) async throws -> Void
    ) async throws {
        let feed = HTTPFixture.Feed()
        let call = Mutex<JSONValue>(.null)
        let answers = Mutex<[JSONValue]>([])
        let expected = messages.filter { $0["id"] != nil }.count
        @Sendable func finish() {
            let answer: JSONValue = [
                "jsonrpc": "2.0", "id": call.withLock { $0 }, "result": ["content": [["type": "text", "text": "done"]]],
            ]
            feed.push(answer.serialized())
        }
        try await HTTPFixture.with({ request in
            if request.rpc == "tools/call" {
                call.withLock { $0 = request.message["id"] ?? .null }
                let token = request.message["params"]?["_meta"]?["progressToken"] ?? .null
                for message in messages {
                    var object = message.objectValue ?? JSONObject()
                    if var params = object["params"]?.objectValue, params["progressToken"] != nil {
                        params["progressToken"] = token
                        object["params"] = .object(params)
                    }
                    feed.push(JSONValue.object(object).serialized())
                }
                if expected == 0 { finish() }
                return .feed(feed)
            }
            if request.method == "POST", request.message["method"] == nil {
                let count = answers.withLock { answers in
                    answers.append(request.message)
                    return answers.count
                }
                if count == expected { finish() }
                return .status(202)
            }
            return plainServer(request)
        }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let tool = try #require(await pool.tool("one___echo"))
                let result = await tool.run(["text": "x"], in: context)
                try await check(result, answers.withLock { $0 })
            }
        }
    }

    private func asked(_ schema: JSONValue, mode: String? = nil) -> JSONValue {
        var params: JSONObject = ["message": "Who are\u{1B} you?", "requestedSchema": schema]
        if let mode { params["mode"] = .string(mode) }
        return ["jsonrpc": "2.0", "id": "e-1", "method": "elicitation/create", "params": .object(params)]
    }

    private static let form: JSONValue = [
        "type": "object", "required": ["name"],
        "properties": [
            "name": ["type": "string", "title": "Name", "maxLength": 5], "age": ["type": "integer", "minimum": 0],
            "kind": ["type": "string", "enum": ["a", "b"], "enumNames": ["Alpha", "Beta"]], "sure": ["type": "boolean"],
            "likes": ["type": "array", "items": ["type": "string", "enum": ["x", "y"]]],
        ],
    ]

    @Test func progressIsShownAsItComesAndKeepsTheCallAlive() async throws {
        let shown = Mutex<[String]>([])
        var context = context
        context.showOutput = { text in shown.withLock { $0.append(text) } }
        func progress(_ params: JSONObject) -> JSONValue {
            var params = params
            params["progressToken"] = 0
            return ["jsonrpc": "2.0", "method": "notifications/progress", "params": .object(params)]
        }
        try await with(
            [progress(["progress": 1, "total": 3]), progress(["progress": 2, "message": "half\u{1B}[2J"]), progress([:])], asking: context
        ) { result, _ in
            #expect(result == ToolResult(.succeeded, "done"))
        }
        // The call may end before the last piece is shown.
        let lines = shown.withLock { $0 }
        #expect(["1 of 3\n", "2: half\\u{1B}[2J\n"].starts(with: lines) || lines.first == "1 of 3\n", "\(lines)")
        #expect(!lines.joined().contains("\u{1B}"))
        let call = MCPCall(
            server: "one", caller: MCPCall.Caller(show: { _ in }, ask: { _ in nil }), idle: .seconds(60), total: .seconds(600))
        let before = call.deadline
        call.hear(progress: nil)
        #expect(call.deadline > before)
    }

    @Test func aFormBecomesQuestionsAndTheAnswersItsContent() async throws {
        let questions = Mutex<[UserQuestion.Item]>([])
        var context = context
        context.askUser = { items in
            questions.withLock { $0 = items }
            let words = ["Ada", "36", "Beta", "yes", "x, y"]
            return UserAnswer(
                id: .newQuestion(), isCancelled: false,
                items: zip(items, words).map { UserAnswer.Item(index: $0.index, question: $0.question, answer: $1) })
        }
        try await with([asked(Self.form)], asking: context) { result, answers in
            #expect(result == ToolResult(.succeeded, "done"))
            #expect(answers.map { $0["id"] } == ["e-1"])
            #expect(
                answers.first?["result"] == [
                    "action": "accept", "content": ["name": "Ada", "age": 36, "kind": "b", "sure": true, "likes": ["x", "y"]],
                ])
        }
        let items = questions.withLock { $0 }
        #expect(items.map(\.index) == [1, 2, 3, 4, 5])
        #expect(items.map(\.options) == [[], [], ["Alpha", "Beta"], ["Yes", "No"], ["x", "y"]])
        #expect(items.map(\.allowsSeveral) == [false, false, false, false, true])
        // People know who asks.
        #expect(items.allSatisfy { $0.question.hasPrefix("The MCP server \"one\" asks: Who are") && !$0.question.contains("\u{1B}") })
    }

    @Test(arguments: [["", "", "", "", ""], ["Ada", "old", "", "", ""], ["Adalbert", "", "", "", ""], ["Ada", "-1", "", "", ""]])
    func anAnswerThatDoesNotFitIsNotSent(words: [String]) async throws {
        var context = context
        context.askUser = { items in
            UserAnswer(
                id: .newQuestion(), isCancelled: false,
                items: zip(items, words).map { UserAnswer.Item(index: $0.index, question: $0.question, answer: $1) })
        }
        try await with([asked(Self.form)], asking: context) { _, answers in
            #expect(answers.first?["result"] == ["action": "cancel"])
        }
    }

    @Test func whereNobodyCanBeAskedTheServerIsDeclined() async throws {
        try await with([asked(Self.form)], asking: context) { result, answers in
            #expect(answers.first?["result"] == ["action": "decline"])
            #expect(result.status == .succeeded)
        }
    }

    private static let refused: [(JSONValue, String?)] = [
        (["type": "object", "properties": ["a": ["type": "object"]]], nil), (form, "url"),
        (["type": "object", "properties": .object(JSONObject((0..<17).map { ("f\($0)", ["type": "string"]) }))], nil),
    ]

    @Test(arguments: refused)
    func whatIsNoFlatFormIsRefusedAndNobodyIsAsked(schema: JSONValue, mode: String?) async throws {
        var context = context
        context.askUser = { items in
            Issue.record("asked: \(items)")
            return nil
        }
        try await with([asked(schema, mode: mode)], asking: context) { _, answers in
            #expect(answers.first?["error"]?["code"] == -32_602)
        }
    }

    @Test func whatIsNotOfferedIsRefusedInTheProtocolsWords() async throws {
        let requests = ["roots/list", "sampling/createMessage", "ping"].map { method -> JSONValue in
            ["jsonrpc": "2.0", "id": .string(method), "method": .string(method)]
        }
        try await with(requests, asking: context) { result, answers in
            #expect(result.status == .succeeded)
            let byID = Dictionary(answers.map { ($0["id"]?.stringValue ?? "", $0) }, uniquingKeysWith: { $1 })
            #expect(byID["roots/list"]?["error"]?["code"] == -32_601)
            #expect(byID["sampling/createMessage"]?["error"]?["code"] == -32_601)
            #expect(byID["ping"]?["result"] == .object([:]))
        }
    }

    @Test func aQuestionOutsideOfAnyCallIsDeclined() async throws {
        let feed = HTTPFixture.Feed()
        feed.push(asked(Self.form).serialized())
        try await HTTPFixture.with({ $0.method == "GET" ? .feed(feed) : plainServer($0) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                func answer() -> JSONValue? { fixture.requests.first { $0.message["id"] == "e-1" }?.message["result"] }
                while answer() == nil { await Task.yield() }
                #expect(answer() == ["action": "decline"])
            }
        }
    }
}
