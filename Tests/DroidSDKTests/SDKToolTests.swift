import ApusBase
import ApusTransport
import Foundation
import Testing

@testable import DroidSDK

@Suite struct SDKToolTests {
    enum Size: String, Decodable, CaseIterable { case small, large }

    struct Inner: Decodable, Sendable {
        var names: [String]
        var limits: [String: Int]?
    }

    struct Input: Decodable, Sendable {
        var text: String
        var count: Int
        var ratio: Double?
        var flag: Bool?
        var size: Size
        var when: Date?
        var inner: Inner
        var byte: UInt8?
    }

    struct Tree: Decodable, Sendable { var children: [Tree] }
    struct Plain: Decodable, Sendable { var text: String }

    @Test func aSchemaIsMadeFromTheTypeOfTheInput() throws {
        let made = try tool("t", "", input: Input.self) { _ in "" }
        let expected: JSON = [
            "type": "object",
            "properties": [
                "text": ["type": "string"], "count": ["type": "integer"], "ratio": ["type": "number"], "flag": ["type": "boolean"],
                "size": ["type": "string", "enum": ["small", "large"]], "when": ["type": "string", "format": "date-time"],
                "inner": [
                    "type": "object",
                    "properties": [
                        "names": ["type": "array", "items": ["type": "string"]],
                        "limits": ["type": "object", "additionalProperties": ["type": "integer"]],
                    ],
                    "required": ["names"], "additionalProperties": false,
                ],
                "byte": ["type": "integer", "minimum": 0, "maximum": 255],
            ],
            "required": ["text", "count", "size", "inner"], "additionalProperties": false,
        ]
        #expect(made.inputSchema == expected)
    }

    @Test func whatNoSchemaCanBeMadeOfIsRefusedWithTheWayOut() {
        let error = #expect(throws: ToolDefinitionError.self) { try tool("t", "", input: Tree.self) { _ in "" } }
        #expect(error?.message.hasSuffix("Give it one with \"schema\".") == true)
        #expect(throws: ToolDefinitionError.self) { try tool("t", "", input: [String].self) { _ in "" } }
        #expect(throws: ToolDefinitionError.self) { try tool("no name", "", input: Plain.self) { _ in "" } }
        #expect(throws: ToolDefinitionError.self) { try tool("t", "", schema: ["type": "string"]) { _ in "" } }
        #expect(throws: ToolDefinitionError.self) { try tool("t", "", schema: ["type": "object", "properties": 5]) { _ in "" } }
    }

    private func answers() throws -> ToolAnswers {
        let say = try tool("say", "Says it", input: Plain.self, annotations: ToolAnnotations(readOnly: true)) { $0.text }
        let fail = try tool("fail", "Fails", schema: ["type": "object"]) { _ -> ToolResponse in
            throw ToolDefinitionError(message: "on purpose")
        }
        let structured = try tool("structured", "", schema: ["type": "object"]) { _ in JSON.object(["a": 1]) }
        let image = try tool("image", "", schema: ["type": "object"]) { _ in ToolResponse.image([1, 2, 3], mimeType: "image/png") }
        return ToolAnswers(name: "n", version: "2", tools: [say, fail, structured, image])
    }

    private func ask(_ message: JSONValue, accepting accept: String = "") async throws -> JSONValue {
        let answer = try await answers().answer(message.serializedBytes(), accepting: accept)
        return try JSONValue(parsing: answer.body)
    }

    private func call(_ name: String, _ input: JSONValue) async throws -> JSONValue? {
        try await ask(["jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": ["name": .string(name), "arguments": input]])["result"]
    }

    @Test func resultsTakeTheFormOfTheProtocol() async throws {
        #expect(try await call("say", ["text": "hi"]) == ["content": [["type": "text", "text": "hi"]], "isError": false])
        #expect(
            try await call("structured", .object([:]))
                == ["content": [["type": "text", "text": #"{"a":1}"#]], "structuredContent": ["a": 1], "isError": false])
        #expect(
            try await call("image", .object([:]))
                == ["content": [["type": "image", "data": "AQID", "mimeType": "image/png"]], "isError": false])
    }

    @Test func inputThatDoesNotFitAndWhatAHandlerThrowsAreResultsThatSayWhy() async throws {
        let wrong = try await call("say", ["text": 5, "more": 1])
        #expect(wrong?["isError"] == true)
        let text = wrong?["content"]?[0]?["text"]?.stringValue ?? ""
        #expect(text.hasPrefix("The input of say does not fit: ") && text.contains("/text"), "\(text)")
        let failed = try await call("fail", .object([:]))
        #expect(failed == ["content": [["type": "text", "text": "fail failed: on purpose"]], "isError": true])
    }

    @Test func theHandshakeTakesTheRevisionOfTheClientOrSaysItsOwn() async throws {
        for (asked, given) in [("2025-03-26", "2025-03-26"), ("2999-01-01", "2025-11-25")] {
            let welcome = try await ask([
                "jsonrpc": "2.0", "id": "a", "method": "initialize", "params": ["protocolVersion": .string(asked)],
            ])
            #expect(welcome["result"]?["protocolVersion"]?.stringValue == given)
            #expect(welcome["result"]?["serverInfo"] == ["name": "n", "version": "2"])
        }
    }

    @Test func aListNamesSchemaAndAnnotations() async throws {
        let tools = try await ask(["jsonrpc": "2.0", "id": 1, "method": "tools/list"])["result"]?["tools"]
        #expect(tools?[0]?["annotations"] == ["readOnlyHint": true])
        #expect(tools?[0]?["inputSchema"]?["required"] == ["text"])
        #expect(tools?.arrayValue?.count == 4)
    }

    @Test func whatIsNotUnderstoodIsAnError() async throws {
        #expect(try await ask(["jsonrpc": "2.0", "id": 1, "method": "resources/list"])["error"]?["code"] == -32_601)
        #expect(try await call("none", .object([:])) == nil)
        let broken = try await answers().answer(Array("{".utf8), accepting: "")
        #expect(broken.status == 400)
        let news = try await answers().answer(Array(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#.utf8), accepting: "")
        #expect(news.status == 202 && news.body.isEmpty)
        let events = try await answers().answer(
            Array(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8), accepting: "text/event-stream")
        #expect(events.contentType == "text/event-stream")
        #expect(String(decoding: events.body, as: UTF8.self) == "event: message\ndata: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}\n\n")
    }
}
