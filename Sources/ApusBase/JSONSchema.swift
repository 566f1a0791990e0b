/// Checks values against a JSON Schema (draft 2020-12).
///
/// Understood are the keywords that say something about a value itself, `$ref` within the document, and the applicators; annotations,
/// `format` and unknown keywords say nothing here, as the draft has it. Remote references, `$dynamicRef` and `unevaluated*` are refused
/// when the schema is read, so that nothing is passed that was not checked.
package struct JSONSchema: Hashable, Sendable {
    /// Why a document is not a schema that can be checked; `place` is a JSON pointer into it.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package var place: String
        package var problem: String
        package var description: String { "\(place.isEmpty ? "The schema" : "The schema at \(place)") \(problem)" }
    }

    /// What a value lacks; `place` is a JSON pointer into the value.
    package struct Violation: Hashable, Sendable, CustomStringConvertible {
        package var place: String
        package var problem: String
        package var description: String { "\(place.isEmpty ? "the value" : place) \(problem)" }
    }

    /// How deep schemas may nest and references may lead.
    static let maximumDepth = 64
    /// How many schemas are tried on parts of one value.
    static let maximumSteps = 100_000
    /// How long a text may be that is matched with a pattern. What a pattern does within it is up to who wrote the schema.
    static let maximumPatternBytes = 65_536
    /// How many violations are told.
    static let maximumViolations = 8

    package let document: JSONValue

    /// Reads a schema and refuses what could not be checked: wrong shapes, references that lead nowhere, patterns that do not compile.
    package init(_ document: JSONValue) throws(Fault) {
        self.document = document
        try JSONSchemaReading(document: document).check(document, at: "", depth: 0)
    }

    /// What is wrong with a value, the first few; empty when it fits.
    package func violations(of value: JSONValue) -> [Violation] {
        var check = JSONSchemaCheck(document: document)
        check.check(value, document, at: "", depth: 0)
        return check.violations
    }
}

/// What the reading of a schema and its use share.
enum JSONSchemaWords {
    static let types = ["null", "boolean", "integer", "number", "string", "array", "object"]

    /// A step of a JSON pointer.
    static func step(_ name: String) -> String {
        "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// What a local reference (`#`, `#/$defs/x`, `#anchor`) names.
    static func target(of reference: String, in document: JSONValue) -> JSONValue? {
        guard reference.hasPrefix("#") else { return nil }
        let pointer = reference.dropFirst()
        if pointer.isEmpty { return document }
        guard pointer.hasPrefix("/") else { return anchored(String(pointer), in: document, depth: 0) }
        var value = document
        for step in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            let name = String(step).replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = value[name] ?? Int(name).flatMap({ value[$0] }) else { return nil }
            value = next
        }
        return value
    }

    private static func anchored(_ name: String, in value: JSONValue, depth: Int) -> JSONValue? {
        if depth > JSONSchema.maximumDepth { return nil }
        if value["$anchor"]?.stringValue == name { return value }
        if let members = value.objectValue {
            for (_, member) in members {
                if let found = anchored(name, in: member, depth: depth + 1) { return found }
            }
        }
        for element in value.arrayValue ?? [] {
            if let found = anchored(name, in: element, depth: depth + 1) { return found }
        }
        return nil
    }
}
