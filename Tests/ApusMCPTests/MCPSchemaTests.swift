import ApusBase
import ApusCore
import ApusProcess
import Foundation
import Synchronization
import Testing

@testable import ApusMCP

/// Schemas of servers as providers take them.
@Suite struct MCPSchemaTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var told: JSONObject
        var offered: JSONValue

        init(_ name: String, _ told: JSONObject, _ offered: JSONValue) {
            (testDescription, self.told, self.offered) = (name, told, offered)
        }
    }

    private static let text: JSONValue = ["type": "string"]

    static let cases: [Case] = [
        Case("nothing", [:], ["type": "object", "properties": [:]]),
        Case(
            "what is good stays", ["type": "object", "properties": ["a": text], "required": ["a"], "additionalProperties": false],
            ["type": "object", "properties": ["a": text], "required": ["a"], "additionalProperties": false]),
        Case("no type, null allowed", ["properties": ["a": text]], ["properties": ["a": text], "type": "object"]),
        Case("a list of types", ["type": ["object", "null"], "properties": ["a": text]], ["type": "object", "properties": ["a": text]]),
        Case(
            "a reference at the top",
            ["$ref": "#/$defs/Args", "$defs": ["Args": ["type": "object", "properties": ["a": text], "required": ["a"]]]],
            [
                "$defs": ["Args": ["type": "object", "properties": ["a": text], "required": ["a"]]], "type": "object",
                "properties": ["a": text],
                "required": ["a"],
            ]),
        Case(
            "alternatives at the top",
            [
                "anyOf": [
                    ["properties": ["path": text, "mode": text], "required": ["mode", "path"]],
                    ["properties": ["url": text, "mode": ["type": "integer"]], "required": ["mode", "url"]],
                ]
            ],
            [
                "properties": ["path": text, "mode": ["anyOf": [["type": "string"], ["type": "integer"]]], "url": text],
                "required": ["mode"],
                "type": "object", "description": "Needs the members of one of these: mode, path; mode, url.",
            ]),
        Case(
            "parts at the top",
            [
                "allOf": [["properties": ["a": text], "required": ["a"]], ["$ref": "#/definitions/B"]],
                "definitions": ["B": ["properties": ["b": text]]],
            ],
            [
                "definitions": ["B": ["properties": ["b": text]]], "properties": ["a": text, "b": text], "required": ["a"],
                "type": "object",
            ]),
        Case(
            "odd names",
            ["type": "object", "properties": ["the name": text, "the_name": text, "": text], "required": ["the name", "gone"]],
            ["type": "object", "properties": ["the_name_2": text, "the_name": text, "_": text], "required": ["the_name_2"]]),
        Case(
            "draft 3 and 4",
            [
                "$schema": "http://json-schema.org/draft-04/schema#", "id": "x",
                "properties": ["n": ["type": "number", "minimum": 0, "exclusiveMinimum": true, "required": true]],
            ],
            ["id": "x", "properties": ["n": ["type": "number", "exclusiveMinimum": 0]], "type": "object"]),
        Case(
            "tuples and lists without members", ["properties": ["t": ["type": "array", "items": [text, text]], "l": ["type": "array"]]],
            [
                "properties": ["t": ["type": "array", "prefixItems": [text, text], "items": [:]], "l": ["type": "array", "items": [:]]],
                "type": "object",
            ]),
        Case(
            "references that lead nowhere",
            ["properties": ["a": ["$ref": "#/$defs/no"], "b": ["$ref": "https://h.test/s", "type": "string"]]],
            ["properties": ["a": [:], "b": ["type": "string"]], "type": "object"]),
        Case(
            "words that are no types, and nonsense",
            ["properties": ["a": ["type": "any", "enum": [], "minLength": "3", "description": 7, "anyOf": []], "b": true, "c": "text"]],
            ["properties": ["a": [:], "b": [:], "c": [:]], "type": "object"]),
        Case(
            "a recursive one", ["properties": ["children": ["type": "array", "items": ["$ref": "#"]]]],
            ["properties": ["children": ["type": "array", "items": ["$ref": "#"]]], "type": "object"]),
    ]

    @Test(arguments: cases) func aSchemaIsOfferedAsEveryProviderTakesIt(one: Case) {
        #expect(MCPSchema(one.told).offered == one.offered)
    }

    @Test(arguments: cases) func whatIsOfferedIsTakenByTheStrictest(one: Case) {
        #expect(Self.refusals(MCPSchema(one.told).offered) == [])
        #expect(MCPSchema(MCPSchema(one.told).offered.objectValue ?? [:]).offered == MCPSchema(one.told).offered)
    }

    @Test func namesThatModelsSeeAreTheServersAgainInTheCall() {
        let long = String(repeating: "x", count: 80)
        let schema = MCPSchema(["properties": ["user:id": Self.text, long: Self.text, "plain": Self.text]])
        let names = schema.offered["properties"]?.objectValue?.keys ?? []
        #expect(names == ["user_id", String(repeating: "x", count: 64), "plain"])
        let input = JSONValue.object(JSONObject(names.map { ($0, .string($0)) }))
        #expect(schema.arguments(input).objectValue?.keys == ["user:id", long, "plain"])
        #expect(schema.arguments("no object") == "no object")
    }

    @Test func schemasThatReferToEachOtherWithoutEndAreReadOnceAndSoon() {
        let branches = JSONValue.array(Array(repeating: ["$ref": "#/$defs/a"], count: 400))
        let schema = MCPSchema(["$ref": "#/$defs/a", "$defs": ["a": ["allOf": branches, "properties": ["p": Self.text]]]])
        #expect(schema.offered["properties"]?["p"] == Self.text)
        var deep: JSONValue = Self.text
        for _ in 0..<90 { deep = ["type": "object", "properties": ["d": deep]] }
        #expect(Self.refusals(MCPSchema(["properties": ["d": deep]]).offered) == [])
    }

    /// Each branch has as many names to compare as fit: looking at all of them again and again would take minutes.
    @Test func aSchemaThatIsTooMuchWorkIsOfferedAsAnyObject() {
        let names = JSONValue.array((0..<15_000).map { .string("n\($0)") })
        let branches = JSONValue.array(Array(repeating: ["$ref": "#/$defs/a"], count: 512))
        for keyword in ["allOf", "anyOf", "oneOf"] {
            let schema = MCPSchema(["description": "d", keyword: branches, "$defs": ["a": ["required": names]]])
            #expect(schema.offered == ["description": "d", "type": "object", "properties": [:]])
            #expect(schema.arguments(["n1": 1]) == ["n1": 1])
        }
        // Once is no trouble.
        let once = MCPSchema(["properties": ["n7": Self.text], "required": names])
        #expect(once.offered == ["properties": ["n7": Self.text], "required": ["n7"], "type": "object"])
    }

    @Test func thousandsOfNamesThatBecomeTheSameAreToldApart() {
        let originals = (0..<15_000).compactMap { UnicodeScalar(0x4E00 + $0).map { String(Character($0)) } }
        let schema = MCPSchema(["properties": .object(JSONObject(originals.map { ($0, Self.text) }))])
        let names = schema.offered["properties"]?.objectValue?.keys ?? []
        #expect(names.count == 15_000 && Set(names).count == 15_000)
        #expect(Array(names.prefix(3)) == ["_", "__2", "__3"] && names.last == "__15000")
        #expect(names.allSatisfy { $0.utf8.count <= 64 })
        let input = JSONValue.object(JSONObject(names.map { ($0, 1) }))
        #expect(schema.arguments(input).objectValue?.keys == originals)
        // Long ones stay within their bound.
        let long = (0..<12_000).compactMap { UnicodeScalar(0x4E00 + $0).map { String(repeating: "x", count: 63) + String(Character($0)) } }
        let others =
            MCPSchema(["properties": .object(JSONObject(long.map { ($0, Self.text) }))]).offered["properties"]?.objectValue?.keys ?? []
        #expect(Set(others).count == 12_000 && others.allSatisfy { $0.utf8.count <= 64 })
    }

    @Test func whatStandsBesideAReferenceAddsToIt() {
        let base: JSONValue = ["type": "object", "properties": ["a": Self.text], "required": ["a"], "additionalProperties": false]
        let both = MCPSchema(["$ref": "#/$defs/B", "properties": ["b": Self.text], "required": ["b"], "$defs": ["B": base]])
        #expect(both.offered["properties"] == ["b": Self.text, "a": Self.text])
        #expect(both.offered["required"] == ["b", "a"])
        #expect(both.offered["additionalProperties"] == nil, "it would refuse what the other part wants")
        let alone = MCPSchema(["$ref": "#/$defs/B", "$defs": ["B": base]])
        #expect(alone.offered["additionalProperties"] == false && alone.offered["properties"] == ["a": Self.text])
        let closed = MCPSchema([
            "allOf": [["properties": ["c": Self.text], "patternProperties": ["^x-": Self.text]]], "properties": ["a": Self.text],
            "unevaluatedProperties": false,
        ])
        #expect(closed.offered["properties"] == ["a": Self.text, "c": Self.text] && closed.offered["unevaluatedProperties"] == nil)
    }

    @Test func aServerWithOddSchemasHasItsToolsAndIsCalledInItsOwnWords() async throws {
        let tools: JSONValue = [
            [
                "name": "odd",
                "inputSchema": ["anyOf": [["properties": ["user id": Self.text]], ["properties": ["all": ["type": "boolean"]]]]],
            ],
            [
                "name": .string(String(repeating: "long/", count: 20)),
                "inputSchema": ["$ref": "#/$defs/A", "$defs": ["A": ["type": "object"]]],
            ],
            echo,
        ]
        try await HTTPFixture.with({ plainServer($0, tools: tools) }) { fixture in
            try await withPool { pool in
                await pool.connect([server(fixture.url)], to: session)
                let offered = await MCPToolSource(pool).tools(for: ToolScope(session: session, selection: .usual)).map(\.definition)
                #expect(offered.count == 3)
                for tool in offered {
                    #expect(tool.name.wholeMatch(of: /[a-zA-Z0-9_-]{1,64}/) != nil, "\(tool.name)")
                    #expect(Self.refusals(tool.inputSchema) == [])
                }
                let result = try await pool.run("one___odd", ["user_id": "7", "all": true])
                #expect(result.text == #"{"user id":"7","all":true}"#)
                // Clients see what the server says.
                #expect(await pool.tools(of: session).first?.inputSchema["anyOf"] != nil)
            }
        }
    }

    /// What the schema of JSON Schema 2020-12 itself says, by the package that most servers check theirs with.
    @Test(.enabled(if: MCPPeerTests.old.isInstalled, MCPPeerTests.hint)) func whatIsOfferedIsJSONSchemaOf2020() async throws {
        let home = Home()
        let file = home.path + "/schemas.json"
        let offered = JSONValue.array(Self.cases.map { MCPSchema($0.told).offered })
        try offered.serialized().write(toFile: file, atomically: false, encoding: .utf8)
        let script = """
            import json, sys, jsonschema
            for number, schema in enumerate(json.load(open(sys.argv[1]))):
                jsonschema.Draft202012Validator.check_schema(schema)
                assert schema["type"] == "object", number
            print("all are valid")
            """
        let said = Mutex("")
        let request = ProcessRequest(
            executable: MCPPeerTests.old.python, arguments: ["-c", script, file], environment: ["PATH": "/usr/bin:/bin"],
            workingDirectory: home.path)
        let end = try await ProcessTable(keeper: keeper).run(request, timeout: .seconds(120)) { bytes in
            said.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
        }
        #expect(end == .exited(0) && said.withLock { $0 } == "all are valid\n", "\(said.withLock { $0 })")
    }

    /// What the three providers' interfaces are known to refuse, each of which costs the whole request.
    static func refusals(_ schema: JSONValue) -> [String] {
        var refusals: [String] = []
        if schema["type"] != "object" { refusals.append("the top is no object") }
        for key in ["anyOf", "oneOf", "allOf", "not", "enum", "$ref"] where schema[key] != nil { refusals.append("\(key) at the top") }
        let names = schema["properties"]?.objectValue?.keys
        if names == nil { refusals.append("no properties") }
        for name in names ?? [] where name.wholeMatch(of: /[a-zA-Z0-9_.-]{1,64}/) == nil { refusals.append("the name \(name)") }
        func look(_ value: JSONValue, isSchema: Bool) {
            if let object = value.objectValue {
                if isSchema {
                    if object["type"] == "array", object["items"] == nil { refusals.append("a list without items") }
                    if object["items"]?.arrayValue != nil { refusals.append("a list of items") }
                    if let reference = object["$ref"]?.stringValue,
                        MCPSchemaMender(root: schema.objectValue ?? [:]).target(of: reference) == nil
                    {
                        refusals.append("the reference \(reference)")
                    }
                }
                for (key, value) in object { look(value, isSchema: !["properties", "$defs", "definitions"].contains(key) || !isSchema) }
            } else {
                for value in value.arrayValue ?? [] { look(value, isSchema: isSchema) }
            }
        }
        look(schema, isSchema: true)
        return refusals
    }
}
