package import ApusBase

extension JSONValue {
    /// What a value is, in words for a warning that must not repeat it.
    package var kindForPeople: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}
