/// Walks a schema once before it is used, so that its use cannot fail.
struct JSONSchemaReading {
    let document: JSONValue

    private static let refused = ["$dynamicRef", "$recursiveRef", "unevaluatedProperties", "unevaluatedItems"]
    private static let schemas = ["not", "if", "then", "else", "contains", "additionalProperties", "propertyNames", "items"]
    private static let schemaLists = ["allOf", "anyOf", "oneOf", "prefixItems"]
    private static let schemaMaps = ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]
    private static let counts = [
        "minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains",
    ]
    private static let numbers = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]

    func check(_ schema: JSONValue, at place: String, depth: Int) throws(JSONSchema.Fault) {
        if depth > JSONSchema.maximumDepth { throw fault(place, "is nested more than \(JSONSchema.maximumDepth) deep") }
        if schema.boolValue != nil { return }
        guard let members = schema.objectValue else { throw fault(place, "must be an object, true or false") }
        for (keyword, value) in members {
            let here = place + JSONSchemaWords.step(keyword)
            if Self.refused.contains(keyword) { throw fault(here, "is a keyword that is not supported") }
            if Self.schemas.contains(keyword) { try check(value, at: here, depth: depth + 1) }
            if Self.schemaLists.contains(keyword) { try checkList(value, at: here, depth) }
            if Self.schemaMaps.contains(keyword) { try checkMap(value, at: here, depth) }
            try checkLimit(keyword, value, at: here)
            try checkWords(keyword, value, at: here)
        }
    }

    private func checkList(_ value: JSONValue, at place: String, _ depth: Int) throws(JSONSchema.Fault) {
        guard let elements = value.arrayValue, !elements.isEmpty else { throw fault(place, "must be a list of schemas") }
        for (index, element) in elements.enumerated() { try check(element, at: "\(place)/\(index)", depth: depth + 1) }
    }

    private func checkMap(_ value: JSONValue, at place: String, _ depth: Int) throws(JSONSchema.Fault) {
        guard let members = value.objectValue else { throw fault(place, "must be an object of schemas") }
        for (name, member) in members {
            if place.hasSuffix("/patternProperties") { try checkPattern(name, at: place) }
            try check(member, at: place + JSONSchemaWords.step(name), depth: depth + 1)
        }
    }

    private func checkLimit(_ keyword: String, _ value: JSONValue, at place: String) throws(JSONSchema.Fault) {
        if Self.counts.contains(keyword), (value.integerValue ?? -1) < 0 { throw fault(place, "must be a whole number of at least 0") }
        if Self.numbers.contains(keyword), value.doubleValue == nil { throw fault(place, "must be a number") }
        if keyword == "multipleOf", !((value.doubleValue ?? 0) > 0) { throw fault(place, "must be a number above 0") }
        if keyword == "uniqueItems", value.boolValue == nil { throw fault(place, "must be true or false") }
    }

    private func checkWords(_ keyword: String, _ value: JSONValue, at place: String) throws(JSONSchema.Fault) {
        switch keyword {
        case "type":
            let names = value.stringValue.map { [$0] } ?? value.arrayValue?.map { $0.stringValue ?? "" } ?? [""]
            for name in names where !JSONSchemaWords.types.contains(name) {
                throw fault(place, "must be one of \(JSONSchemaWords.types.joined(separator: ", ")), or a list of them")
            }
        case "enum": if value.arrayValue == nil { throw fault(place, "must be a list") }
        case "required":
            guard let names = value.arrayValue, names.allSatisfy({ $0.stringValue != nil }) else {
                throw fault(place, "must be a list of names")
            }
        case "pattern":
            guard let pattern = value.stringValue else { throw fault(place, "must be a regular expression") }
            try checkPattern(pattern, at: place)
        case "$ref":
            guard let reference = value.stringValue, JSONSchemaWords.target(of: reference, in: document) != nil else {
                throw fault(place, "leads nowhere: only references within the document are followed")
            }
        default: break
        }
    }

    private func checkPattern(_ pattern: String, at place: String) throws(JSONSchema.Fault) {
        do { _ = try Regex(pattern) } catch { throw fault(place, "is not a regular expression: \(pattern)") }
    }

    private func fault(_ place: String, _ problem: String) -> JSONSchema.Fault { JSONSchema.Fault(place: place, problem: problem) }
}
