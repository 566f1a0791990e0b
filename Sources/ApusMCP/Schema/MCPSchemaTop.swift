import ApusBase

/// One plain object in place of the references and alternatives at the top of a schema, which providers refuse there.
struct MCPSchemaTop {
    /// What is flattened at most: schemas that refer to each other many times over would take forever.
    private static let maximumSchemas = 512
    private static let maximumDepth = 8
    /// Members and names that are looked at while they are put together, also where they are looked at again.
    private static let maximumParts = 65_536
    private static let composing = ["$ref", "allOf", "anyOf", "oneOf", "not", "enum", "const", "if", "then", "else"]
    /// Of these, what brings members or conditions for them.
    private static let joining = ["allOf", "anyOf", "oneOf", "if", "then", "else"]
    private static let closing = ["additionalProperties", "unevaluatedProperties"]

    private let told: JSONObject
    private let document: MCPSchemaMender
    private var left = maximumSchemas
    private var partsLeft = maximumParts
    /// The members that each of several alternatives wants.
    private(set) var alternatives: [[String]] = []

    /// Parts were left out because there were too many of them: what was put together says too little, and may be wrong.
    var isBeyondBudget: Bool { partsLeft < 0 }

    init(_ told: JSONObject) {
        self.told = told
        document = MCPSchemaMender(root: told)
    }

    /// All members of all parts, and as required what every alternative wants.
    mutating func flattened() -> JSONObject { flattened(told, depth: 0) }

    private mutating func flattened(_ schema: JSONObject, depth: Int) -> JSONObject {
        left -= 1
        var root = schema
        var isJoined = Self.joining.contains { root[$0] != nil }
        // What it refers to is one more part: what stands beside the reference adds to that and takes nothing away.
        let target = target(of: root, depth)
        root["$ref"] = nil
        if let target {
            isJoined = isJoined || (Self.closing + ["properties"]).contains { root[$0] != nil }
            for (key, value) in target where root[key] == nil { root[key] = value }
        }
        var properties = root["properties"]?.objectValue ?? JSONObject()
        var required = Names(Self.names(root["required"]))
        for branch in (target.map { [$0] } ?? []) + branches(root["allOf"], depth) {
            merge(branch["properties"]?.objectValue, into: &properties)
            required.add(counted(branch["required"]))
        }
        for keyword in ["anyOf", "oneOf"] {
            let branches = branches(root[keyword], depth)
            for branch in branches { merge(branch["properties"]?.objectValue, into: &properties) }
            let wants = branches.map { counted($0["required"]) }
            let sets = wants.map(Set.init)
            let common = sets.dropFirst().reduce(sets.first ?? []) { $0.intersection($1) }
            required.add((wants.first ?? []).filter(common.contains))
            // Where nothing or the same is wanted there is nothing to tell.
            if Set(sets).count > 1 { alternatives += wants }
        }
        for keyword in Self.composing { root[keyword] = nil }
        // No part knows the members of the others, so that none can say there are no more.
        if isJoined { for keyword in Self.closing where root[keyword]?.boolValue == false { root[keyword] = nil } }
        if !properties.isEmpty { root["properties"] = .object(properties) }
        root["required"] = required.all.isEmpty ? nil : .array(required.all.map { .string($0) })
        return root
    }

    private mutating func branches(_ value: JSONValue?, _ depth: Int) -> [JSONObject] {
        var branches: [JSONObject] = []
        for branch in value?.arrayValue ?? [] where depth < Self.maximumDepth && left > 0 && !isBeyondBudget {
            if let branch = branch.objectValue { branches.append(flattened(branch, depth: depth + 1)) }
        }
        return branches
    }

    /// What a schema refers to, flattened too.
    private mutating func target(of schema: JSONObject, _ depth: Int) -> JSONObject? {
        guard let reference = schema["$ref"]?.stringValue, depth < Self.maximumDepth, left > 0, !isBeyondBudget else { return nil }
        partsLeft -= reference.utf8.count
        guard let target = document.target(of: reference)?.objectValue else { return nil }
        partsLeft -= target.count
        return flattened(target, depth: depth + 1)
    }

    private mutating func counted(_ value: JSONValue?) -> [String] {
        partsLeft -= value?.arrayValue?.count ?? 0
        return isBeyondBudget ? [] : Self.names(value)
    }

    private static func names(_ value: JSONValue?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// A member that parts describe differently may be what any of them says.
    private mutating func merge(_ more: JSONObject?, into properties: inout JSONObject) {
        partsLeft -= more?.count ?? 0
        for (name, schema) in more ?? JSONObject() {
            if isBeyondBudget { return }
            guard let known = properties[name] else {
                properties[name] = schema
                continue
            }
            // Comparing two is looking at all that is in one of them.
            count(schema)
            if isBeyondBudget || known == schema { continue }
            let either = known["anyOf"]?.arrayValue.flatMap { known.objectValue?.count == 1 ? $0 : nil } ?? [known]
            partsLeft -= either.count
            if !either.contains(schema) { properties[name] = ["anyOf": .array(either + [schema])] }
        }
    }

    /// Takes the values in `value` from what may be looked at.
    private mutating func count(_ value: JSONValue) {
        if isBeyondBudget { return }
        partsLeft -= 1
        switch value {
        case .object(let members): for (_, member) in members { count(member) }
        case .array(let elements): for element in elements { count(element) }
        case .null, .bool, .integer, .double, .string: break
        }
    }

    /// Names in the order in which they came, each once.
    private struct Names {
        private(set) var all: [String] = []
        private var seen: Set<String> = []

        init(_ names: [String]) { add(names) }

        mutating func add(_ names: [String]) {
            for name in names where seen.insert(name).inserted { all.append(name) }
        }
    }
}
