import ApusBase

/// Why something in a frame cannot be read: the place, and what is wrong there. Becomes `-32602` (see ``DroidFailure``).
package struct DroidDecodingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where, seen from the value that was to be read: `mcpServers[0].name`; empty for that value itself.
    package private(set) var path: String
    package let reason: Reason

    package enum Reason: Hashable, Sendable {
        case missing
        case unknownKey(known: [String])
        case wrongType(expected: String, found: String)
        case unknownValue(String, known: [String])
        /// A value of the right type that is not allowed; the text says what is.
        case invalid(String)
    }

    package init(at path: String, _ reason: Reason) {
        self.path = path
        self.reason = reason
    }

    static func missing(_ key: StaticString) -> DroidDecodingError { DroidDecodingError(at: key.description, .missing) }

    static func unknownKey(_ key: String, known: [String]) -> DroidDecodingError {
        DroidDecodingError(at: key, .unknownKey(known: known))
    }

    static func wrongType(_ expected: String, _ found: JSONValue) -> DroidDecodingError {
        DroidDecodingError(at: "", .wrongType(expected: expected, found: found.kind))
    }

    static func unknownValue(_ value: String, known: [String]) -> DroidDecodingError {
        DroidDecodingError(at: "", .unknownValue(value, known: known))
    }

    static func invalid(_ text: String) -> DroidDecodingError { DroidDecodingError(at: "", .invalid(text)) }

    func within(_ key: StaticString) -> DroidDecodingError { within(step: key.description) }

    func within(step: String) -> DroidDecodingError {
        var copy = self
        copy.path = path.isEmpty ? step : path.hasPrefix("[") ? step + path : step + "." + path
        return copy
    }

    package var description: String {
        let place = path.isEmpty ? "the value" : "\"\(DroidDecodingError.shortened(path))\""
        switch reason {
        case .missing:
            return "\(place) is missing"
        case .unknownKey(let known):
            // A long list helps nobody; that of `initialize_session` would also be taken by a client for a complaint about its `cwd`.
            return "\(place) is not a known key" + (1...10 ~= known.count ? "; known: " + known.joined(separator: ", ") : "")
        case .wrongType(let expected, let found):
            return "\(place) must be \(expected), not \(found)"
        case .unknownValue(let value, let known):
            return "\(place) must be one of \(known.joined(separator: ", ")), not \"\(DroidDecodingError.shortened(value))\""
        case .invalid(let text):
            return "\(place) \(text)"
        }
    }

    /// What a peer sent goes into a message, so its length is bounded here.
    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 120 ? text : String(text.prefix(119)) + "…"
    }
}

extension JSONValue {
    /// What it is, as a message says it.
    fileprivate var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .double: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
