import ApusBase
import ApusCore
import Testing

@testable import ApusModels

@Suite struct TranscriptRepairTests {
    private static func call(_ id: CallID, _ name: String = "Read") -> ItemContent { .toolCall(ToolCall(id: id, name: name, input: [:])) }
    private static func result(_ id: CallID, _ text: String = "ok") -> ModelToolResult {
        ModelToolResult(call: id, tool: "Read", text: text, isError: false)
    }
    private static func missing(_ id: CallID, _ name: String = "Read") -> ModelToolResult {
        ModelToolResult(call: id, tool: name, text: TranscriptRepair.missingResult, isError: true)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var broken: [ModelMessage]
        var mended: [ModelMessage]
        var testDescription: String { name }

        init(_ name: String, _ broken: [ModelMessage], _ mended: [ModelMessage]) {
            self.name = name
            self.broken = broken
            self.mended = mended
        }
    }

    private static let hi = ModelMessage.user(["Hi"])
    private static let inOrder: [ModelMessage] = [
        hi, .assistant([.reasoning("r", nil), .text("I look."), call("a"), call("b")]), .toolResults([result("a"), result("b")]),
        .assistant([.text("Done.")]), .user(["And?"]), .user(["more"]), .assistant([call("c")]), .toolResults([result("c")]),
    ]

    static let rows = [
        Row("nothing", [], []), Row("in order", inOrder, inOrder), Row("orphan result", [hi, .toolResults([result("x")])], [hi]),
        Row(
            "result of an earlier call again", [hi, .assistant([call("a")]), .toolResults([result("a"), result("a", "again")])],
            [hi, .assistant([call("a")]), .toolResults([result("a")])]),
        Row(
            "missing results at the end", [hi, .assistant([call("a"), call("b")])],
            [hi, .assistant([call("a"), call("b")]), .toolResults([missing("a"), missing("b")])]),
        Row(
            "missing result before the next prompt", [hi, .assistant([call("a")]), .user(["stop"])],
            [hi, .assistant([call("a")]), .toolResults([missing("a")]), .user(["stop"])]),
        Row(
            "missing among others, in another order",
            [hi, .assistant([call("a"), call("b"), call("c")]), .toolResults([result("c"), result("a")])],
            [hi, .assistant([call("a"), call("b"), call("c")]), .toolResults([result("a"), missing("b"), result("c")])]),
        Row(
            "result behind the next prompt", [hi, .assistant([call("a")]), .user(["wait"]), .toolResults([result("a")])],
            [hi, .assistant([call("a")]), .toolResults([result("a")]), .user(["wait"])]),
        Row(
            "result behind the next response",
            [hi, .assistant([call("a")]), .assistant([.text("x")]), .toolResults([result("a")])],
            [hi, .assistant([call("a")]), .toolResults([missing("a")]), .assistant([.text("x")])]),
        Row(
            "results in two messages", [hi, .assistant([call("a"), call("b")]), .toolResults([result("a")]), .toolResults([result("b")])],
            [hi, .assistant([call("a"), call("b")]), .toolResults([result("a"), result("b")])]),
        Row(
            "empty messages", [hi, .assistant([]), .assistant([.text("")]), .user([""]), .user([]), .user(["", "x"])],
            [hi, .user(["", "x"])]),
        Row(
            "same id twice in a message", [hi, .assistant([call("a"), call("a")]), .toolResults([result("a", "1"), result("a", "2")])],
            [hi, .assistant([call("a"), call("a_2")]), .toolResults([result("a", "1"), result("a_2", "2")])]),
        Row(
            "same id in a later message",
            [hi, .assistant([call("a")]), .toolResults([result("a", "1")]), .assistant([call("a")]), .toolResults([result("a", "2")])],
            [
                hi, .assistant([call("a")]), .toolResults([result("a", "1")]), .assistant([call("a_2")]),
                .toolResults([result("a_2", "2")]),
            ]),
        Row("begins with a response", [.assistant([.text("x")])], [.user([TranscriptRepair.missingStart]), .assistant([.text("x")])]),
        Row(
            "begins with results", [.toolResults([result("a")]), .assistant([.text("x")])],
            [.user([TranscriptRepair.missingStart]), .assistant([.text("x")])]),
        Row(
            "names that cannot be sent", [hi, .assistant([call("a", ""), call("b", "fs.read é")])],
            [
                hi, .assistant([call("a", "unknown"), call("b", "fs_read__")]),
                .toolResults([missing("a", "unknown"), missing("b", "fs_read__")]),
            ]),
    ]

    @Test(arguments: rows) func table(_ row: Row) {
        let once = TranscriptRepair.repaired(row.broken)
        #expect(once == row.mended)
        #expect(TranscriptRepair.repaired(once) == once)
    }

    /// The writers themselves repair: each body names every call exactly once and answers it exactly once, behind it.
    @Test(arguments: rows) func everyWriterSendsPairs(_ row: Row) throws {
        let request = ModelRequest(system: "", messages: row.broken, tools: [])
        let calls = row.mended.flatMap { message -> [String] in
            guard case .toolResults(let results) = message else { return [] }
            return results.map(\.call.rawValue)
        }
        let messages = try JSONValue(parsing: MessagesRequest(request, to: messagesEndpoint).body())["messages"]?.arrayValue ?? []
        let blocks = messages.flatMap { $0["content"]?.arrayValue ?? [] }
        #expect(blocks.compactMap { $0["tool_use_id"]?.stringValue } == calls)
        #expect(blocks.filter { $0["type"] == "tool_use" }.compactMap { $0["id"]?.stringValue } == calls)
        let chat = try JSONValue(parsing: ChatRequest(request, to: chatEndpoint).body())["messages"]?.arrayValue ?? []
        #expect(chat.compactMap { $0["tool_call_id"]?.stringValue } == calls)
        #expect(chat.flatMap { $0["tool_calls"]?.arrayValue ?? [] }.compactMap { $0["id"]?.stringValue } == calls)
        let input = try JSONValue(parsing: ResponsesRequest(request, to: responsesEndpoint).body())["input"]?.arrayValue ?? []
        for type in ["function_call", "function_call_output"] {
            #expect(input.filter { $0["type"]?.stringValue == type }.compactMap { $0["call_id"]?.stringValue } == calls)
        }
        for first in [messages.first, chat.first, input.first] where first != nil { #expect(first?["role"] == "user") }
    }

    @Test func idsTooLongForTheResponsesAPIAreCutAndStayApart() throws {
        let long = String(repeating: "x", count: 80)
        let ids = [CallID(long + "1"), CallID(long + "2"), "short"]
        let request = ModelRequest(
            system: "", messages: [Self.hi, .assistant(ids.map { Self.call($0) }), .toolResults(ids.map { Self.result($0) })], tools: [])
        let input = try JSONValue(parsing: ResponsesRequest(request, to: responsesEndpoint).body())["input"]?.arrayValue ?? []
        let sent = input.compactMap { $0["call_id"]?.stringValue }
        let stem = String(repeating: "x", count: 56)
        #expect(sent == [stem + "_1", stem + "_2", "short", stem + "_1", stem + "_2", "short"])
    }
}
