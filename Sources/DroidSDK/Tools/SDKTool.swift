import ApusBase
import Foundation

/// A function of this program that the agent of a session may call. Made by ``tool(_:_:input:annotations:handler:)``, offered by
/// ``createSDKMCPServer(name:version:tools:)``.
public struct SDKTool: Sendable {
    public let name: String
    public let description: String
    /// JSON Schema of the input. What does not fit never reaches the handler.
    public let inputSchema: JSON
    public let annotations: ToolAnnotations?
    let schema: JSONSchema
    let handler: @Sendable (JSON) async throws -> ToolResponse
}

/// What a tool says about itself. The agent's side believes none of it beyond what its autonomy level lets pass: a tool that says nothing
/// is asked about like one that may destroy things.
public struct ToolAnnotations: Sendable, Hashable {
    public var title: String?
    /// It changes nothing.
    public var readOnly: Bool?
    /// `false`: it changes things and destroys nothing.
    public var destructive: Bool?
    /// Calling it again with the same input changes nothing more.
    public var idempotent: Bool?
    /// It reaches beyond this machine.
    public var openWorld: Bool?

    public init(
        title: String? = nil, readOnly: Bool? = nil, destructive: Bool? = nil, idempotent: Bool? = nil, openWorld: Bool? = nil
    ) {
        self.title = title
        self.readOnly = readOnly
        self.destructive = destructive
        self.idempotent = idempotent
        self.openWorld = openWorld
    }

    var json: JSONValue {
        var object = JSONObject()
        if let title { object["title"] = .string(title) }
        if let readOnly { object["readOnlyHint"] = .bool(readOnly) }
        if let destructive { object["destructiveHint"] = .bool(destructive) }
        if let idempotent { object["idempotentHint"] = .bool(idempotent) }
        if let openWorld { object["openWorldHint"] = .bool(openWorld) }
        return .object(object)
    }
}

/// Why a tool or a server of tools cannot be made.
public struct ToolDefinitionError: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public var description: String { message }
}

/// Makes a tool whose input is a `Decodable` type. Its JSON Schema is made from the type.
///
/// A schema can be made of structures and classes with synthesized decoding: texts, truth values, numbers, `Date` (ISO 8601), `URL`,
/// `UUID`, `Data` (Base64), optionals (which may be left out), arrays, dictionaries with text keys, `String` and `Int` enumerations
/// that are `CaseIterable`, and such types within each other. Other types (recursive ones, enumerations with associated values, decoding
/// written by hand that looks at values) need the overload that takes a schema: ``tool(_:_:schema:annotations:handler:)``.
///
/// Input that does not fit is answered as an error that names what is wrong; so is whatever `handler` throws. Calls may run side by side.
/// The handler's task is cancelled when the client goes away.
///
/// - Throws: ``ToolDefinitionError`` when no schema can be made of `Input`, or the name is not 1 to 64 letters, digits, `_` and `-`.
public func tool<Input: Decodable & Sendable>(
    _ name: String, _ description: String, input: Input.Type, annotations: ToolAnnotations? = nil,
    handler: @escaping @Sendable (Input) async throws -> some ToolOutput
) throws -> SDKTool {
    let schema: JSONValue
    do throws(SchemaRecorder.Fault) {
        schema = try SchemaRecorder.schema(of: Input.self, as: "the input of the tool \(name)")
    } catch {
        throw ToolDefinitionError(message: error.message)
    }
    return try tool(name, description, schema: JSON(schema), annotations: annotations) { (json: JSON) in
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let input: Input
        do {
            input = try decoder.decode(Input.self, from: Data(json.value.serializedBytes()))
        } catch {
            return ToolResponse.error("The input of \(name) does not fit: \(SchemaRecorder.sentence(error)).")
        }
        return try await handler(input).response
    }
}

/// Makes a tool with a JSON Schema (draft 2020-12, an object) written by hand. Input that does not fit it never reaches `handler`.
///
/// - Throws: ``ToolDefinitionError`` when the schema cannot be checked or the name is not 1 to 64 letters, digits, `_` and `-`.
public func tool(
    _ name: String, _ description: String, schema: JSON, annotations: ToolAnnotations? = nil,
    handler: @escaping @Sendable (JSON) async throws -> some ToolOutput
) throws -> SDKTool {
    guard (1...64).contains(name.utf8.count), name.utf8.allSatisfy(isPlain) else {
        throw ToolDefinitionError(message: "\"\(name)\" cannot be the name of a tool: use 1 to 64 letters, digits, \"_\" and \"-\".")
    }
    guard schema["type"]?.stringValue == "object" else {
        throw ToolDefinitionError(message: "The schema of the tool \(name) must have the type \"object\".")
    }
    let checked: JSONSchema
    do throws(JSONSchema.Fault) {
        checked = try JSONSchema(schema.value)
    } catch {
        throw ToolDefinitionError(message: "The schema of the tool \(name) cannot be used: \(error).")
    }
    return SDKTool(name: name, description: description, inputSchema: schema, annotations: annotations, schema: checked) { input in
        try await handler(input).response
    }
}

/// Letters, digits, `_` and `-`.
func isPlain(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == 95 || byte == 45
}
