import ApusBase
import ApusTransport

/// Answers the messages of MCP clients with the tools of this program. Keeps nothing between them: there are no sessions.
struct ToolAnswers: Sendable {
    private static let revisions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
    private static let maximumBatch = 64

    let name: String
    let version: String
    let tools: [SDKTool]

    func answer(_ body: [UInt8], accepting accept: String) async -> LoopbackListener.Answer {
        let message: JSONValue
        do throws(JSONError) {
            message = try JSONValue(parsing: body)
        } catch {
            return write(Self.error(.null, -32_700, "Parse error: \(error)"), status: 400, accept)
        }
        if let batch = message.arrayValue {
            guard !batch.isEmpty, batch.count <= Self.maximumBatch else {
                return write(Self.error(.null, -32_600, "A batch has 1 to \(Self.maximumBatch) messages"), status: 400, accept)
            }
            var answers: [JSONValue] = []
            for message in batch {
                if let answer = await answer(message) { answers.append(answer) }
            }
            return answers.isEmpty ? LoopbackListener.Answer(status: 202) : write(.array(answers), status: 200, accept)
        }
        guard let answer = await answer(message) else { return LoopbackListener.Answer(status: 202) }
        return write(answer, status: 200, accept)
    }

    /// JSON, unless the client takes nothing but events.
    private func write(_ value: JSONValue, status: Int, _ accept: String) -> LoopbackListener.Answer {
        let takesJSON = accept.isEmpty || accept.contains("application/json") || accept.contains("*/*") || accept.contains("application/*")
        if takesJSON || !accept.contains("text/event-stream") {
            return LoopbackListener.Answer(status: status, contentType: "application/json", body: value.serializedBytes())
        }
        var bytes: [UInt8] = []
        ServerSentEvent(event: "message", data: value.serialized()).write(into: &bytes)
        return LoopbackListener.Answer(status: status, contentType: "text/event-stream", body: bytes)
    }

    /// `nil` for what wants no answer.
    private func answer(_ message: JSONValue) async -> JSONValue? {
        guard let method = message["method"]?.stringValue else {
            // An answer to something we never asked, or nothing of the protocol.
            return message["result"] != nil || message["error"] != nil ? nil : Self.error(.null, -32_600, "Invalid request")
        }
        guard let id = message["id"], !id.isNull else { return nil }
        switch method {
        case "initialize": return Self.result(id, welcome(message["params"]?["protocolVersion"]?.stringValue))
        case "ping": return Self.result(id, .object([:]))
        case "tools/list": return Self.result(id, ["tools": .array(tools.map(Self.listed))])
        case "tools/call":
            guard let name = message["params"]?["name"]?.stringValue else {
                return Self.error(id, -32_602, "tools/call needs the \"name\" of a tool")
            }
            guard let tool = tools.first(where: { $0.name == name }) else {
                return Self.error(id, -32_602, "Unknown tool: \(name). Known: \(tools.map(\.name).joined(separator: ", "))")
            }
            return Self.result(id, await call(tool, message["params"]?["arguments"] ?? .object([:])).json)
        default: return Self.error(id, -32_601, "Method not found: \(method)")
        }
    }

    private func call(_ tool: SDKTool, _ input: JSONValue) async -> ToolResponse {
        let violations = tool.schema.violations(of: input)
        if !violations.isEmpty {
            let words = violations.map(\.description).joined(separator: "; ")
            return .error("The input of \(tool.name) does not fit: \(words).")
        }
        do {
            return try await tool.handler(JSON(input))
        } catch is CancellationError {
            return .error("\(tool.name) was cancelled.")
        } catch {
            return .error("\(tool.name) failed: \(error)")
        }
    }

    private func welcome(_ asked: String?) -> JSONValue {
        let newest = Self.revisions.last ?? ""
        let revision = asked.flatMap { Self.revisions.contains($0) ? $0 : nil } ?? newest
        return [
            "protocolVersion": .string(revision), "capabilities": ["tools": .object([:])],
            "serverInfo": ["name": .string(name), "version": .string(version)],
        ]
    }

    private static func listed(_ tool: SDKTool) -> JSONValue {
        var object: JSONObject = [
            "name": .string(tool.name), "description": .string(tool.description), "inputSchema": tool.inputSchema.value,
        ]
        if let annotations = tool.annotations { object["annotations"] = annotations.json }
        return .object(object)
    }

    private static func result(_ id: JSONValue, _ value: JSONValue) -> JSONValue { ["jsonrpc": "2.0", "id": id, "result": value] }

    private static func error(_ id: JSONValue, _ code: Int64, _ message: String) -> JSONValue {
        ["jsonrpc": "2.0", "id": id, "error": ["code": .integer(code), "message": .string(message)]]
    }
}
