import ApusBase

/// Makes JSON Schema 2020-12 of what servers send: drafts 3 to 7, OpenAPI, and mistakes. A keyword that cannot be mended is left out, which
/// lets more through and never less; keywords that nobody knows stay.
struct MCPSchemaMender {
    /// What references begin at.
    private let root: JSONObject

    private static let types: Set<String> = ["object", "array", "string", "number", "integer", "boolean", "null"]
    /// Schemas within schemas; what is deeper accepts anything.
    private static let maximumDepth = 48
    private static let single = [
        "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties",
        "contentSchema",
    ]
    private static let named = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]
    private static let lists = ["anyOf", "oneOf", "allOf", "prefixItems"]
    private static let texts = ["title", "description", "format", "pattern", "$comment", "contentMediaType", "contentEncoding"]
    private static let numbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]
    private static let counts = [
        "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains",
    ]
    private static let switches = ["uniqueItems", "deprecated", "readOnly", "writeOnly"]
    /// They name other documents, or change what references begin at.
    private static let removed = [
        "$schema", "$id", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary",
    ]

    init(root: JSONObject) { self.root = root }

    func mended(_ schema: JSONValue) -> JSONValue { mended(schema, depth: 0) }

    /// What a reference within the document leads to; `nil` for one that leads nowhere or elsewhere.
    func target(of reference: String) -> JSONValue? {
        if reference == "#" { return .object(root) }
        guard reference.hasPrefix("#/") else { return nil }
        var value = JSONValue.object(root)
        for part in reference.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false) {
            let name = Self.percentDecoded(part).replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = value[name] ?? Int(name).flatMap({ value[$0] }) else { return nil }
            value = next
        }
        return value.objectValue == nil && value.boolValue == nil ? nil : value
    }

    private static func percentDecoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func mended(_ schema: JSONValue, depth: Int) -> JSONValue {
        switch schema {
        case .bool(true): return .object([:])
        case .bool(false): return ["not": .object([:])]
        case .object(let object): return depth > Self.maximumDepth ? .object([:]) : .object(mended(object, depth: depth))
        case .null, .integer, .double, .string, .array: return .object([:])
        }
    }

    private func mended(_ told: JSONObject, depth: Int) -> JSONObject {
        var schema = told
        for key in Self.removed { schema[key] = nil }
        if let reference = schema["$ref"], reference.stringValue.flatMap(target) == nil { schema["$ref"] = nil }
        mendType(&schema)
        mendDraftFour(&schema)
        mendValues(&schema)
        mendItems(&schema)
        for key in Self.single {
            guard let value = schema[key] else { continue }
            // `additionalProperties: false` and its like are as good as schemas everywhere.
            if value.boolValue == nil { schema[key] = value.objectValue == nil ? nil : mended(value, depth: depth + 1) }
        }
        if let items = schema["items"], items.boolValue == nil { schema["items"] = mended(items, depth: depth + 1) }
        for key in Self.named {
            guard let value = schema[key] else { continue }
            schema[key] = value.objectValue.map { object in
                .object(JSONObject(object.map { ($0.key, mended($0.value, depth: depth + 1)) }))
            }
        }
        for key in Self.lists {
            guard let value = schema[key] else { continue }
            let list = value.arrayValue ?? []
            schema[key] = list.isEmpty ? nil : .array(list.map { mended($0, depth: depth + 1) })
        }
        return schema
    }

    /// Also `required: true` of draft 3, which says of a member what only its object can say.
    private func mendType(_ schema: inout JSONObject) {
        if let type = schema["type"] {
            let known = (type.arrayValue ?? [type]).compactMap(\.stringValue).filter(Self.types.contains)
            var names: [String] = []
            for name in known where !names.contains(name) { names.append(name) }
            schema["type"] = names.isEmpty ? nil : names.count == 1 ? .string(names[0]) : .array(names.map { .string($0) })
        }
        if let required = schema["required"] {
            var seen: Set<String> = []
            let names = (required.arrayValue?.compactMap(\.stringValue) ?? []).filter { seen.insert($0).inserted }
            schema["required"] = names.isEmpty ? nil : .array(names.map { .string($0) })
        }
        if let values = schema["enum"], values.arrayValue?.isEmpty ?? true { schema["enum"] = nil }
    }

    /// Draft 4 and OpenAPI 3.0: the exclusive bounds say yes or no of the others.
    private func mendDraftFour(_ schema: inout JSONObject) {
        for (exclusive, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
            guard let isExclusive = schema[exclusive]?.boolValue else { continue }
            schema[exclusive] = isExclusive ? schema[bound] : nil
            if isExclusive { schema[bound] = nil }
        }
    }

    private func mendValues(_ schema: inout JSONObject) {
        for key in Self.texts { if let value = schema[key], value.stringValue == nil { schema[key] = nil } }
        for key in Self.switches { if let value = schema[key], value.boolValue == nil { schema[key] = nil } }
        for key in Self.numbers { if let value = schema[key], value.doubleValue == nil { schema[key] = nil } }
        if let value = schema["multipleOf"]?.doubleValue, value <= 0 { schema["multipleOf"] = nil }
        for key in Self.counts { if let value = schema[key], (value.integerValue ?? -1) < 0 { schema[key] = nil } }
        if let examples = schema["examples"], examples.arrayValue == nil { schema["examples"] = nil }
        if let dependent = schema["dependentRequired"], dependent.objectValue == nil { schema["dependentRequired"] = nil }
    }

    /// Before 2020-12 a list of schemas in `items` was what `prefixItems` is now. An array says what is in it: some refuse one that does not.
    private func mendItems(_ schema: inout JSONObject) {
        if let places = schema["items"]?.arrayValue {
            schema["items"] = schema["additionalItems"]
            if schema["prefixItems"] == nil { schema["prefixItems"] = .array(places) }
        }
        schema["additionalItems"] = nil
        if let items = schema["items"], items.objectValue == nil, items.boolValue == nil { schema["items"] = nil }
        let isArray = schema["type"] == "array" || schema["type"]?.arrayValue?.contains("array") == true
        if isArray, schema["items"] == nil { schema["items"] = .object([:]) }
    }
}
