import ApusBase

/// One plain object in place of the references and alternatives at the top of a schema, which providers refuse there.
struct MCPSchemaTop {
    /// What is flattened at most: schemas that refer to each other many times over would take forever.
    private static let maximumSchemas = 512
    private static let maximumDepth = 8
    private static let composing = ["$ref", "allOf", "anyOf", "oneOf", "not", "enum", "const", "if", "then", "else"]

    private let told: JSONObject
    private let document: MCPSchemaMender
    private var left = maximumSchemas
    /// The members that each of several alternatives wants.
    private(set) var alternatives: [[String]] = []

    init(_ told: JSONObject) {
        self.told = told
        document = MCPSchemaMender(root: told)
    }

    /// All members of all parts, and as required what every alternative wants.
    mutating func flattened() -> JSONObject { flattened(told, depth: 0) }

    private mutating func flattened(_ schema: JSONObject, depth: Int) -> JSONObject {
        left -= 1
        var root = resolved(schema)
        var properties = root["properties"]?.objectValue ?? JSONObject()
        var required = Self.names(root["required"])
        for branch in branches(root["allOf"], depth) {
            Self.merge(branch["properties"]?.objectValue, into: &properties)
            required += Self.names(branch["required"]).filter { !required.contains($0) }
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = branches(root[keyword], depth)
            for branch in branches { Self.merge(branch["properties"]?.objectValue, into: &properties) }
            let wants = branches.map { Self.names($0["required"]) }
            let common = wants.first.map { first in first.filter { name in wants.allSatisfy { $0.contains(name) } } } ?? []
            required += common.filter { !required.contains($0) }
            // Where nothing or the same is wanted there is nothing to tell.
            if Set(wants.map(Set.init)).count > 1 { alternatives += wants }
        }
        for keyword in Self.composing { root[keyword] = nil }
        if !properties.isEmpty { root["properties"] = .object(properties) }
        root["required"] = required.isEmpty ? nil : .array(required.map { .string($0) })
        return root
    }

    private mutating func branches(_ value: JSONValue?, _ depth: Int) -> [JSONObject] {
        var branches: [JSONObject] = []
        for branch in value?.arrayValue ?? [] where depth < Self.maximumDepth && left > 0 {
            if let branch = branch.objectValue { branches.append(flattened(branch, depth: depth + 1)) }
        }
        return branches
    }

    /// The members of what it refers to below those that stand beside the reference.
    private func resolved(_ schema: JSONObject) -> JSONObject {
        var schema = schema
        for _ in 0..<Self.maximumDepth {
            guard let reference = schema["$ref"]?.stringValue else { break }
            schema["$ref"] = nil
            guard let target = document.target(of: reference)?.objectValue else { break }
            for (key, value) in target where schema[key] == nil { schema[key] = value }
        }
        return schema
    }

    private static func names(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// A member that parts describe differently may be what any of them says.
    private static func merge(_ more: JSONObject?, into properties: inout JSONObject) {
        for (name, schema) in more ?? JSONObject() {
            guard let known = properties[name], known != schema else {
                properties[name] = schema
                continue
            }
            let either = known["anyOf"]?.arrayValue.flatMap { known.objectValue?.count == 1 ? $0 : nil } ?? [known]
            if !either.contains(schema) { properties[name] = ["anyOf": .array(either + [schema])] }
        }
    }
}
