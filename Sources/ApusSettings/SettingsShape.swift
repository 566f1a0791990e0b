package import ApusBase

/// What a value of a settings key may be: one description for checking, for the JSON schema and for people.
package enum SettingsShape: Hashable, Sendable {
    case text
    case flag
    case number(ClosedRange<Int64>, unit: String)
    case choice([String])
    /// A list of strings.
    case texts
    /// A list of anything: its elements have a reader of their own, or none yet.
    case list
    case object
    case anything

    package enum Verdict: Hashable, Sendable {
        /// An empty text and `null` say nothing.
        case unset
        case fits(JSONValue)
        /// What of the value can be used, and the sentence's end: `is 7 where a string is needed`.
        case doubtful(JSONValue?, String)
    }

    package func judge(_ value: JSONValue) -> Verdict {
        if value.isNull { return .unset }
        switch self {
        case .anything: return .fits(value)
        case .text:
            guard let text = value.stringValue else { return wrong(value) }
            return text.isEmpty ? .unset : .fits(value)
        case .flag: return value.boolValue == nil ? wrong(value) : .fits(value)
        case .number(let range, _):
            guard let number = value.integerValue, range.contains(number) else { return wrong(value) }
            return .fits(.integer(number))
        case .choice(let known):
            guard let text = value.stringValue else { return wrong(value) }
            if text.isEmpty { return .unset }
            if known.contains(text) { return .fits(value) }
            let seen = escapedForDisplay(text, keepingNewlines: false)
            return .doubtful(nil, "is \"\(seen)\", which is unknown; use one of \(known.joined(separator: ", "))")
        case .texts:
            guard let elements = value.arrayValue else { return wrong(value) }
            let texts = elements.filter { $0.stringValue != nil }
            if texts.count == elements.count { return .fits(value) }
            return .doubtful(.array(texts), "is a list where \(expected) is needed")
        case .list: return value.arrayValue == nil ? wrong(value) : .fits(value)
        case .object: return value.objectValue == nil ? wrong(value) : .fits(value)
        }
    }

    private func wrong(_ value: JSONValue) -> Verdict { .doubtful(nil, "is \(value.kindForPeople) where \(expected) is needed") }

    /// In words, behind "where" and before "is needed".
    package var expected: String {
        switch self {
        case .text, .choice: "a string"
        case .flag: "true or false"
        case .number(let range, let unit): "a number of \(unit) from \(range.lowerBound) to \(range.upperBound)"
        case .texts: "a list of strings only"
        case .list: "a list"
        case .object: "an object"
        case .anything: "anything"
        }
    }

    var schema: JSONObject {
        switch self {
        case .text: ["type": "string"]
        case .flag: ["type": "boolean"]
        case .number(let range, _):
            ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .choice(let known): ["type": "string", "enum": .array(known.map(JSONValue.string))]
        case .texts: ["type": "array", "items": ["type": "string"]]
        case .list: ["type": "array"]
        case .object: ["type": "object"]
        case .anything: [:]
        }
    }
}
