import ApusBase

/// An input schema as every provider takes it. Servers send what their language's library makes of a type; a provider that refuses one of
/// them refuses the whole request, with all other tools in it.
///
/// At the top: an object with named members, without `anyOf`, `oneOf`, `allOf`, `not`, `enum` or a reference, and with names of 1 to 64
/// letters, digits, `_`, `.` and `-`. Below: JSON Schema 2020-12 (`MCPSchemaMender`). What is taken away only ever lets more through: the
/// server checks what it gets, and the model reads of alternatives in the description.
struct MCPSchema: Hashable, Sendable {
    /// What models are told.
    let offered: JSONValue
    /// The names of the server for members that models see under another one, by that one.
    private let renamed: [String: String]

    private static let longestName = 64
    /// Alternatives at the top that are told in words.
    private static let shownAlternatives = 16

    /// - Parameter told: what the server says; members that are no schema are left out. One that is too much work to read is offered as an
    ///   object of anything.
    init(_ told: JSONObject) {
        var top = MCPSchemaTop(told)
        var root = top.flattened()
        if top.isBeyondBudget {
            root = JSONObject()
            if let text = told["description"]?.stringValue { root["description"] = .string(text) }
            top = MCPSchemaTop(root)
        }
        root["type"] = "object"
        let (properties, originals) = Self.renamed(root["properties"]?.objectValue ?? JSONObject())
        let offered = Dictionary(originals.map { ($1, $0) }) { first, _ in first }
        func name(_ original: String) -> String { offered[original] ?? original }
        root["properties"] = .object(properties)
        let required = (root["required"]?.arrayValue ?? []).compactMap(\.stringValue).map(name).filter { properties[$0] != nil }
        root["required"] = required.isEmpty ? nil : .array(required.map { .string($0) })
        if let words = Self.words(top.alternatives.map { $0.map(name) }) {
            let before = root["description"]?.stringValue ?? ""
            root["description"] = .string(before.isEmpty ? words : before + " " + words)
        }
        self.offered = MCPSchemaMender(root: root).mended(.object(root))
        renamed = originals
    }

    /// A model's input with the names that the server knows.
    func arguments(_ input: JSONValue) -> JSONValue {
        guard !renamed.isEmpty, let object = input.objectValue else { return input }
        return .object(JSONObject(object.map { (renamed[$0.key] ?? $0.key, $0.value) }))
    }

    private static func words(_ alternatives: [[String]]) -> String? {
        if alternatives.isEmpty { return nil }
        let shown = alternatives.prefix(shownAlternatives).map { $0.isEmpty ? "none of them" : $0.joined(separator: ", ") }
        return "Needs the members of one of these: " + shown.joined(separator: "; ") + (alternatives.count > shown.count ? "; …" : "") + "."
    }

    // MARK: Names

    /// The properties under names that are taken, and the old names by the new ones.
    private static func renamed(_ properties: JSONObject) -> (JSONObject, [String: String]) {
        var originals: [String: String] = [:]
        var taken = Set(properties.keys.filter(isPlain))
        var renamed = JSONObject()
        // Thousands of names may become the same one.
        var numbers: [Substring: Int] = [:]
        for (name, schema) in properties {
            if isPlain(name) {
                renamed[name] = schema
                continue
            }
            let plain = String(
                String.UnicodeScalarView(name.unicodeScalars.prefix(longestName).map { isPlain($0) ? $0 : "_" }))
            var other = plain.isEmpty ? "_" : plain
            let stem = plain.prefix(longestName - 8)
            while !taken.insert(other).inserted {
                let number = numbers[stem, default: 2]
                other = stem + "_\(number)"
                numbers[stem] = number + 1
            }
            originals[other] = name
            renamed[other] = schema
        }
        return (renamed, originals)
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= longestName && name.unicodeScalars.allSatisfy { isPlain($0) }
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".": true
        default: false
        }
    }
}
